# Fetches the package lists where they are missing, older than a day, or do not know a package.
# Set before: state names wait. The lock of the lists has no timeout of its own in apt, hence the loop.
known() {
  for p in $names; do apt-cache show --no-all-versions "$p" 2>/dev/null | grep -q . || return 1; done
}
fresh() {
  [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' 2>/dev/null | head -n 1)" ] &&
    [ -n "$(find /var/lib/apt/lists /var/lib/apt/periodic/update-success-stamp "$state/apt-updated" -maxdepth 0 -mmin -1440 2>/dev/null)" ]
}
update() {
  n=0
  until e=$(apt-get -q update 2>&1); do
    case "$e" in *"Could not get lock"*|*"Unable to lock"*) ;; *) printf '%s\n' "$e" >&2; return 1 ;; esac
    [ "$n" -lt "$wait" ] || { printf '%s\n' "$e" >&2; return 1; }
    n=$((n + 2))
    sleep 2
  done
  mkdir -p "$state" && touch "$state/apt-updated"
}
if ! fresh || ! known; then update || exit 1; fi
