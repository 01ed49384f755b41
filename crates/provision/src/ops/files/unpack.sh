# Unpacks an archive beside its destination, looks at what came out, and puts it in place.
# Set before: archive to owner mode kind strip sha256 record stamp. With archive empty it arrives on standard input.
to_parent=${to%/*} asked_strip=$strip
mkdir -p "$to_parent/" && t=$(mktemp -d "$to_parent/.examctl-unpack.XXXXXX") || exit 1
trap 'rm -rf "$t"' EXIT
die() { echo "$1" >&2; exit 1; }
need() { command -v "$1" >/dev/null || die "$1 is not on this host: install it in an earlier package task"; }
if [ -z "$archive" ]; then archive=$t/archive; cat >"$archive" || exit 1; fi
[ -f "$archive" ] || die "there is no archive $archive on this host: download it in an earlier task"
got=$(sha256sum <"$archive" | cut -c 1-64)
[ -z "$sha256" ] || [ "$got" = "$sha256" ] || die "the archive has sha256 $got, not $sha256: it changed or arrived damaged"

broken() { die "the archive cannot be unpacked; nothing was changed"; }
case $kind in
  tar) how= ;; gz) how=-z ;; xz) need xz; how=-J ;; zst) need zstd; how=--zstd ;; zip) need unzip ;;
esac
if [ "$kind" = zip ]; then names=$(unzip -Z1 "$archive"); else names=$(tar $how -tf "$archive"); fi || broken
bad=$(printf '%s\n' "$names" | grep -E -m 1 '^/|^\.\.(/|$)|/\.\.(/|$)') &&
  die "the archive holds '$bad', which leaves the directory; nothing was changed"
mkdir "$t/new" || exit 1
if [ "$kind" = zip ]; then unzip -q "$archive" -d "$t/new"; else tar $how -xf "$archive" -C "$t/new" --no-same-owner; fi || broken
bad=$(find "$t/new" ! -type f ! -type d ! -type l | head -n 1)
[ -z "$bad" ] || die "the archive holds '${bad#"$t/new/"}', which is a device or pipe; nothing was changed"

while [ "$strip" -gt 0 ]; do
  mkdir "$t/next" && find "$t/new" -mindepth 2 -maxdepth 2 -exec mv -t "$t/next" -- {} + || exit 1
  rm -rf "$t/new" && mv "$t/next" "$t/new" || exit 1
  strip=$((strip - 1))
done
[ -n "$(ls -A "$t/new")" ] || die "nothing is left of the archive after strip_components; nothing was changed"
find "$t/new" -type l | while IFS= read -r link; do
  target=$(readlink "$link")
  case $target in /*) ;; *) target=$(realpath -sm "${link%/*}/$target") ;; esac
  case $target in "$t/new"|"$t/new"/*) ;; *) echo "${link#"$t/new/"}" ;; esac
done >"$t/links"
[ ! -s "$t/links" ] || die "the archive holds the link '$(head -n 1 "$t/links")', which leaves the directory; nothing was changed"

[ -z "$owner" ] || chown -hR "$owner" "$t/new" || exit 1
new_mode=$mode
if [ -d "$to" ]; then [ -n "$new_mode" ] || new_mode=$(stat -c %a "$to"); keep=$(stat -c %u:%g "$to")
else mkdir "$to" || exit 1; [ -n "$new_mode" ] || new_mode=755; keep=; fi
cp -a "$t/new/." "$to/" || exit 1
[ -n "$owner" ] || [ -z "$keep" ] || chown "$keep" "$to" || exit 1
chmod "$new_mode" "$to" || exit 1
mkdir -p "${record%/*}" && printf '%s %s %s\n' "$got" "$asked_strip" "$stamp" >"$record.new" && mv -f "$record.new" "$record"
