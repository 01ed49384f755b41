# nft takes the file, twice over, touches nobody else's table, and the kernel then does what it says.
file=firewall/examctl.nft
nft -c -f $file
nft add table inet other
nft -f $file
nft list ruleset >once
nft -f $file
nft list ruleset | cmp - once
grep -q 'table inet other' once
[ "$(grep -c 'policy drop' once)" -eq 1 ]
nft delete table inet other

# systemd takes the unit that loads it, and finds it no more exposed than "OK".
unit=firewall/examctl-firewall.service
if [ -f $unit ]; then
    systemd-analyze verify --man=no ./$unit 2>&1 | tee said
    [ ! -s said ]
    systemd-analyze security --no-pager --offline=true ./$unit >exposure
    tail -n 1 exposure
    tail -n 1 exposure | grep -q 'OK\|SAFE\|PERFECT'
fi

# Two hosts and a wire. What gets through to a listener on each port is what the file says.
ip netns add client
ip link add wire type veth peer name far
ip link set far netns client
ip address add 10.20.0.1/22 dev wire
ip link set wire up
ip link set lo up
ip -n client address add 10.20.0.2/22 dev far
ip -n client address add 192.0.2.20/24 dev far
ip -n client address add 203.0.113.5/24 dev far
ip -n client link set far up
ip address add 192.0.2.1/24 dev wire
ip address add 203.0.113.1/24 dev wire
for port in 22 79 80 85 91 443 2222 3306 9100; do
    python3 -m http.server --bind 0.0.0.0 "$port" >/dev/null 2>&1 &
done
trap 'kill $(jobs -p); wait; ip netns delete client' EXIT
for port in 22 79 80 85 91 443 2222 3306 9100; do
    for _ in $(seq 50); do curl --silent --output /dev/null "http://127.0.0.1:$port/" && break || sleep 0.2; done
done
reach() { # FROM TO PORT: yes or no
    if ip netns exec client curl --silent --output /dev/null --connect-timeout 1 --interface "$1" "http://$2:$3/"; then
        echo yes
    else
        echo no
    fi
}
[ "$(reach 203.0.113.5 203.0.113.1 9100)" = no ]
if grep -q '"operators"' $file; then
    [ "$(reach 10.20.0.2 10.20.0.1 443)" = yes ]
    [ "$(reach 203.0.113.5 203.0.113.1 443)" = no ]
    [ "$(reach 192.0.2.20 192.0.2.1 9100)" = yes ]
    [ "$(reach 10.20.0.2 10.20.0.1 9100)" = no ]
    [ "$(reach 192.0.2.20 192.0.2.1 2222)" = yes ]
    [ "$(reach 203.0.113.5 203.0.113.1 2222)" = no ]
elif grep -q '80-90' $file; then
    for port in 22 80 85 3306; do [ "$(reach 203.0.113.5 203.0.113.1 $port)" = yes ]; done
    for port in 79 91 443; do [ "$(reach 203.0.113.5 203.0.113.1 $port)" = no ]; done
else
    for port in 22 80 443; do [ "$(reach 203.0.113.5 203.0.113.1 $port)" = yes ]; done
    for port in 79 2222 3306; do [ "$(reach 203.0.113.5 203.0.113.1 $port)" = no ]; done
fi
