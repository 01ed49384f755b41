# Lets apt fetch the lists of the staged file (%s) alone: it goes live only if they come and their signature is right.
d=$(mktemp -d) && cp %s "$d/staged.sources" || exit 1
# That these lists are new says nothing of the others.
m=$(stat -c '@%Y' /var/lib/apt/lists)
n=0
until e=$(apt-get -q update -o Dir::Etc::sourcelist="$d/staged.sources" -o Dir::Etc::sourceparts=/dev/null \
  -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any 2>&1); do
  n=$((n + 1))
  case "$e" in *"Could not get lock"*|*"Unable to lock"*) [ "$n" -lt 18 ] && sleep 5 && continue ;; esac
  rm -rf "$d"
  echo "$e" | grep -E '^(E|W|Err)' >&2
  echo "apt cannot use this repository" >&2
  exit 1
done
rm -rf "$d"
[ -z "$m" ] || touch -d "$m" /var/lib/apt/lists
