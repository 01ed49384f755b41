# MySQL takes the file, starts with it without a warning, and does what it says.
mkdir -p /run/mysqld
chown mysql /run/mysqld
cp mysql/exam.cnf /etc/mysql/conf.d/exam.cnf
mysqld --validate-config --user=mysql 2>&1 | tee said
[ ! -s said ]
rm -rf data
install -d -o mysql data
mysqld --initialize-insecure --user=mysql --datadir="$PWD/data" >initialized.log 2>&1
mysqld --user=mysql --datadir="$PWD/data" --log-error="$PWD/data/server.log" &
trap 'mysqladmin --user=root shutdown; wait' EXIT
for _ in $(seq 150); do mysqladmin --user=root ping >/dev/null 2>&1 && break || sleep 0.2; done
[ "$(mysql --user=root --skip-column-names --execute 'SELECT @@innodb_flush_log_at_trx_commit, @@sync_binlog,
    @@innodb_doublewrite, @@log_bin, @@bind_address, @@local_infile, @@character_set_server' |
    tr '\t' ' ')" = '1 1 ON 1 127.0.0.1 0 utf8mb4' ]
wanted=$(sed -n 's/^innodb_buffer_pool_size = \([0-9]*\)M$/\1/p' mysql/exam.cnf)
[ "$(mysql --user=root --skip-column-names --execute 'SELECT @@innodb_buffer_pool_size DIV 1048576')" = "$wanted" ]
mysql --user=root --execute "
    CREATE DATABASE exam; CREATE TABLE exam.answers (id INT PRIMARY KEY, body BLOB); INSERT INTO exam.answers VALUES (1, 'kept');
    CREATE USER exporter@'127.0.0.1' IDENTIFIED BY 'only-for-samples';
    GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO exporter@'127.0.0.1';"
# It made itself a certificate authority, as it does for every new data directory.
[ -z "$(grep -i 'warn\|error' data/server.log | grep -v 'MY-010068')" ]

. ./exporters.sh
exporter mysqld 9104 mysql_up
if [ -f exam-service/backup.sh ]; then
    . ./backup.sh
    backup sql.gz
    gzip -dc "$newest" >restored.sql
    grep -q '0x6B657074' restored.sql
fi
