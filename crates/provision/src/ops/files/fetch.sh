# Fetches one of several addresses into a file, checks it, and puts it in its place.
# Set before: path sha256 owner mode attempts limit. Standard input: the proxy (or an empty line), then one address per line.
IFS= read -r proxy
[ -z "$proxy" ] || export http_proxy="$proxy" https_proxy="$proxy" HTTPS_PROXY="$proxy"
urls=$(cat)
t=$(mktemp "$path.XXXXXX") || exit 1
trap 'rm -f "$t" "$t.said"' EXIT
if command -v curl >/dev/null; then tool=curl
elif command -v wget >/dev/null; then tool=wget
else echo "neither curl nor wget is on this host: install one in an earlier package task" >&2; exit 1; fi

# The address travels on standard input: arguments are visible to every user of the host.
get() {
  case $tool in
    curl) code=$(printf 'url = "%s"\n' "$1" | curl -K - -q -sSL --fail --proto '=http,https' --connect-timeout 20 \
            --speed-limit 100 --speed-time 60 --max-time "$limit" -w '%{http_code}' -o "$t" 2>"$t.said") ;;
    wget) code=; printf '%s\n' "$1" | wget -i - -nv --tries=1 --timeout=60 -O "$t" 2>"$t.said" ;;
  esac
}

n=0 given_up= said=
while [ "$n" -lt "$attempts" ]; do
  [ "$n" -eq 0 ] || sleep "$((1 << n))"
  n=$((n + 1)) left=
  for url in $urls; do
    case " $given_up " in *" $url "*) continue ;; esac
    if get "$url"; then
      got=$(sha256sum <"$t" | cut -c 1-64)
      if [ "$got" = "$sha256" ]; then
        [ -z "$owner" ] || chown "$owner" "$t" || exit 1
        chmod "$mode" "$t" && sync "$t" && mv -fT "$t" "$path"
        exit
      fi
      said="$said$url: it has sha256 $got, not $sha256
"
      given_up="$given_up $url"
    else
      said="$said$url: $(tail -n 1 "$t.said")
"
      # What the server refuses now it refuses again; what it cannot do now it may do later.
      case $code in 408|429) left=1 ;; 4??) given_up="$given_up $url" ;; *) left=1 ;; esac
    fi
  done
  [ -n "$left" ] || break
done
printf '%s' "$said" | tail -n 8 >&2
echo "nothing was downloaded to $path after $n attempts" >&2
exit 1
