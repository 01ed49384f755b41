# Redis takes the files, starts with them, and lets each account do its own.
cp redis/exam-users.acl /etc/redis/exam-users.acl
cp redis/exam.conf /etc/redis/exam.conf
chown redis /etc/redis/exam-users.acl
{ cat /etc/redis/redis.conf && echo 'include /etc/redis/exam.conf'; } >redis.conf
chmod 0644 redis.conf
rm -rf data
install -d -o redis data
runuser -u redis -- redis-server "$PWD/redis.conf" --daemonize no --pidfile '' --dir "$PWD/data" --logfile "$PWD/data/log" &
server=$!
as() { redis-cli --user "$1" --pass "$2" --no-auth-warning "${@:3}"; }
exam() { as exam only-for-samples "$@"; }
for _ in $(seq 50); do [ "$(redis-cli ping 2>&1)" = 'NOAUTH Authentication required.' ] && break || sleep 0.2; done
trap 'kill "$server"; wait' EXIT
[ "$(redis-cli get exam:x 2>&1)" = 'NOAUTH Authentication required.' ]
[ "$(exam set exam:x 1)" = OK ]
exam set other:x 1 2>&1 | grep -q NOPERM
exam flushall 2>&1 | grep -q NOPERM
exam config get maxmemory 2>&1 | grep -q NOPERM
memory=$(sed -n 's/^maxmemory \([0-9]*\)mb$/\1/p' redis/exam.conf)
if grep -q '^user exporter' redis/exam-users.acl; then
    exporter_says() { as exporter only-for-samples-too "$@"; }
    [ "$(exporter_says config get maxmemory | tail -n 1)" = $((memory * 1048576)) ]
    [ "$(exporter_says config get maxmemory-policy | tail -n 1)" = noeviction ]
    [ "$(exporter_says config get appendonly | tail -n 1)" = yes ]
    exporter_says set exam:x 2 2>&1 | grep -q NOPERM
    exporter_says get exam:x 2>&1 | grep -q NOPERM
    . ./exporters.sh
    exporter redis 9121 redis_up
fi
[ -z "$(grep -i 'warn\|error' data/log | grep -v 'overcommit\|::1:6379')" ]
