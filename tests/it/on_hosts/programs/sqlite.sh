# The copy of a database in use is whole, while somebody keeps writing.
id exam >/dev/null 2>&1 || useradd --system exam
install -d -o exam -m 0750 /var/lib/exam-service
as() { runuser -u exam -- "$@"; }
as sqlite3 /var/lib/exam-service/exam.db "PRAGMA journal_mode=WAL; CREATE TABLE answers (id INTEGER PRIMARY KEY, body TEXT);
    INSERT INTO answers (body) VALUES ('kept');" >/dev/null
as bash -c 'while :; do sqlite3 -cmd ".timeout 10000" /var/lib/exam-service/exam.db "INSERT INTO answers (body) VALUES (hex(randomblob(2000)))"; done' &
trap 'kill %1' EXIT
. ./backup.sh
backup db.gz
gzip -dc "$newest" >restored.db
[ "$(sqlite3 restored.db 'PRAGMA integrity_check')" = ok ]
[ "$(sqlite3 restored.db "SELECT count(*) FROM answers WHERE body = 'kept'")" -eq 1 ]
[ "$(sqlite3 restored.db 'SELECT count(*) FROM answers')" -gt 1 ]
# The service can go on: nothing beside its database became root's.
[ -z "$(find /var/lib/exam-service ! -user exam)" ]
