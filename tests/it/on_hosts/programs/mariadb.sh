# MariaDB takes the file without a warning, starts with it, and does what it says.
mkdir -p /run/mysqld
chown mysql /run/mysqld
cp mysql/exam.cnf /etc/mysql/mariadb.conf.d/99-exam.cnf
mariadbd --help --verbose --user=mysql >/dev/null 2>help
fails grep 'ERROR\|unknown\|deprecated\|ignored' help
rm -rf data
install -d -o mysql data
mariadb-install-db --user=mysql --datadir="$PWD/data" --skip-test-db >install 2>&1
mariadbd --user=mysql --datadir="$PWD/data" --log-error="$PWD/data/server.log" &
trap 'mariadb-admin --user=root shutdown; wait' EXIT
for _ in $(seq 150); do mariadb-admin --user=root ping >/dev/null 2>&1 && break || sleep 0.2; done
[ "$(mariadb --user=root --skip-column-names --execute 'SELECT @@innodb_flush_log_at_trx_commit, @@sync_binlog,
    @@innodb_doublewrite IN ("1", "ON"), @@log_bin, @@binlog_format, @@bind_address, @@local_infile, @@character_set_server' |
    tr '\t' ' ')" = '1 1 1 1 ROW 127.0.0.1 0 utf8mb4' ]
wanted=$(sed -n 's/^innodb_buffer_pool_size = \([0-9]*\)M$/\1/p' mysql/exam.cnf)
[ "$(mariadb --user=root --skip-column-names --execute 'SELECT @@innodb_buffer_pool_size DIV 1048576')" = "$wanted" ]
mariadb --user=root --execute "
    CREATE DATABASE exam; CREATE TABLE exam.answers (id INT PRIMARY KEY, body BLOB); INSERT INTO exam.answers VALUES (1, 'kept');
    CREATE USER exporter@'127.0.0.1' IDENTIFIED BY 'only-for-samples';
    GRANT PROCESS, REPLICATION CLIENT, SLAVE MONITOR, SELECT ON *.* TO exporter@'127.0.0.1';"
# A container has no hardware address to make identifiers of, and a name that was never looked up.
[ -z "$(grep -i 'warn\|error' data/server.log* | grep -v 'MAC address\|proxies_priv')" ]

. ./exporters.sh
exporter mysqld 9104 mysql_up
if [ -f exam-service/backup.sh ]; then
    . ./backup.sh
    backup sql.gz
    gzip -dc "$newest" >restored.sql
    grep -q '0x6B657074' restored.sql
fi
