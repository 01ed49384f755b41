# Makes the image of a release from what lies on the host, and nothing else: no base image, no
# registry, and no byte over the network. After variables: release, image, program, user (a name),
# ids (UID:GID), data, labels. Run in the release's root.
umask 022
from=releases/$release
case $(head -c 4 "$from/exam-service" | tail -c 3) in
ELF) ;;
*) echo "its exam-service is a script: there is nothing in a container that could run it" >&2; exit 65 ;;
esac
# What a run that was killed has left behind; nobody else makes one while the lock is held.
rm -rf image.??????
work=$(mktemp -d "$PWD/image.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
root=$work/root
add() { mkdir -p "$root$(dirname "$1")" && cp -L "$1" "$root$1"; }

mkdir -p "$root/release" "$root/etc" "$root/tmp" && chmod 1777 "$root/tmp" || exit 1
cp -R "$from/." "$root/release/" || exit 1
printf 'root:x:0:0::/:/nonexistent\n%s:x:%s::%s:/nonexistent\n' "$user" "$ids" "$data" >"$root/etc/passwd"
printf 'root:x:0:\n%s:x:%s:\n' "$user" "${ids#*:}" >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then add /etc/ssl/certs/ca-certificates.crt || exit 1; fi

# ldd runs the program's loader, so it does not do that as root.
listed=$(runuser -u "$user" -- ldd "$from/exam-service" 2>&1)
case $listed in
*'not a dynamic executable'* | *'statically linked'*) ;;
*'not found'*)
  echo "the host lacks what the program needs: $listed" >&2; exit 65 ;;
*)
  libraries=$(printf '%s\n' "$listed" | sed -nE 's/^[[:space:]]*(.* => )?(\/[^ ]+) \(0x[0-9a-f]+\)$/\2/p')
  [ -n "$libraries" ] || { echo "ldd says: $listed" >&2; exit 1; }
  for library in $libraries; do add "$library" || exit 1; done
  # Older C libraries look names up in modules of their own.
  for library in $libraries; do
    case $library in */libc.so.*)
      for module in libnss_files.so.2 libnss_dns.so.2 libresolv.so.2; do
        [ ! -e "$(dirname "$library")/$module" ] || add "$(dirname "$library")/$module" || exit 1
      done ;;
    esac
  done
  # Where the loader finds them.
  if [ -e /etc/ld.so.cache ]; then add /etc/ld.so.cache || exit 1; fi ;;
esac

made=$({ tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -c . || : >"$work/cut"; } |
  docker import --message "exam-service $release" --change "ENTRYPOINT [\"$program\"]" --change "USER $ids" \
    --change "LABEL $labels" -) || exit 1
# It gets its name when it is whole.
[ ! -e "$work/cut" ] || { docker rmi "$made" >/dev/null; echo "tar could not read all of the release" >&2; exit 1; }
docker tag "$made" "$image"
