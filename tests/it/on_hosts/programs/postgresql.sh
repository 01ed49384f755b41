# PostgreSQL takes the files, starts with them, and does what they say.
programs=$(echo /usr/lib/postgresql/*/bin)
install -d -o postgres /run/postgresql
rm -rf data
install -d -m 0700 -o postgres data
as() { runuser -u postgres -- "$@"; }
as "$programs/initdb" --pgdata=data --auth=trust >/dev/null
echo "include_dir = 'conf.d'" >>data/postgresql.conf
install -d -o postgres data/conf.d
cp postgresql/exam.conf data/conf.d/
cp postgresql/pg_hba.conf data/pg_hba.conf
as "$programs/postgres" -D data -C max_connections
as "$programs/pg_ctl" --pgdata=data --wait --log=data/log start >/dev/null
trap 'as "$programs/pg_ctl" --pgdata=data --mode=fast stop >/dev/null' EXIT
ask() { as psql --no-psqlrc --tuples-only --no-align --command "$1"; }
[ -z "$(ask 'SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL')" ]
[ -z "$(ask 'SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL')" ]
for setting in fsync synchronous_commit full_page_writes; do [ "$(ask "SHOW $setting")" = on ]; done
wanted=$(sed -n 's/^shared_buffers = \([0-9]*\)MB$/\1/p' postgresql/exam.conf)
[ "$(ask "SELECT setting::bigint / 128 FROM pg_settings WHERE name = 'shared_buffers'")" = "$wanted" ]
fails grep 'WARNING\|ERROR\|FATAL' data/log

ask "CREATE ROLE exam LOGIN PASSWORD 'only-for-samples'" >/dev/null
ask 'CREATE DATABASE exam OWNER exam' >/dev/null
# The service signs in with its password, and nobody does without.
export PGHOST=127.0.0.1 PGUSER=exam PGDATABASE=exam
PGPASSWORD=only-for-samples psql --command "CREATE TABLE answers AS SELECT 1 AS id, 'kept' AS body" >/dev/null
fails env PGPASSWORD=wrong psql --command 'SELECT 1' 2>said
fails env PGPASSWORD=only-for-samples psql --dbname=postgres --command 'SELECT 1' 2>said
grep -q 'no pg_hba.conf entry' said
unset PGHOST PGUSER PGDATABASE

if grep -q prometheus postgresql/pg_hba.conf; then
    ask 'CREATE ROLE prometheus LOGIN IN ROLE pg_monitor' >/dev/null
    . ./exporters.sh
    exporter postgres 9187 pg_up
fi
if [ -f exam-service/backup.sh ]; then
    . ./backup.sh
    backup pgdump
    pg_restore --file=- "$newest" | grep -q '^1.kept'
fi
