//! Whether an acknowledged answer survives a power cut, and who can read the database.

use super::super::{Check, Severity};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "database.mysql-durable",
        severity: Severity::Critical,
        title: "MySQL or MariaDB may lose committed answers in a power cut",
        fix: "set innodb_flush_log_at_trx_commit = 1, innodb_doublewrite = ON and, with a binary log, sync_binlog = 1",
        script: "c=$(command -v mariadb || command -v mysql) || exit 3\n\
                 v=$(\"$c\" --batch --skip-column-names -e \"SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit','innodb_doublewrite','sync_binlog','log_bin')\" 2>/dev/null) || exit 3\n\
                 printf '%s\\n' \"$v\" | awk '{v[$1] = $2}\n\
                 END {if (v[\"innodb_flush_log_at_trx_commit\"] != 1) print \"innodb_flush_log_at_trx_commit = \" v[\"innodb_flush_log_at_trx_commit\"]\n\
                 if (v[\"innodb_doublewrite\"] == \"OFF\" || v[\"innodb_doublewrite\"] == \"0\") print \"innodb_doublewrite = \" v[\"innodb_doublewrite\"]\n\
                 if (v[\"log_bin\"] == \"ON\" && v[\"sync_binlog\"] != 1) print \"sync_binlog = \" v[\"sync_binlog\"]}'",
    },
    Check {
        id: "database.mysql-no-binary-log",
        severity: Severity::Medium,
        title: "MySQL or MariaDB keeps no binary log: no recovery to a point in time",
        fix: "set log_bin (mysql/exam.cnf of playbook online does)",
        script: "c=$(command -v mariadb || command -v mysql) || exit 3\n\
                 v=$(\"$c\" --batch --skip-column-names -e 'SELECT @@log_bin' 2>/dev/null) || exit 3\n\
                 [ \"$v\" = 1 ] || echo 'log_bin is off'",
    },
    Check {
        id: "database.mysql-open-accounts",
        severity: Severity::Critical,
        title: "MySQL or MariaDB has accounts without a name or a password",
        fix: "drop them, or let them in by unix_socket/auth_socket or with a password",
        script: "c=$(command -v mariadb || command -v mysql) || exit 3\n\
                 \"$c\" --batch --skip-column-names -e \"SELECT CONCAT(User, '@', Host) FROM mysql.user WHERE User = '' OR (User NOT IN ('mariadb.sys', 'mysql.sys', 'mysql.session', 'mysql.infoschema') AND authentication_string = '' AND plugin IN ('mysql_native_password', 'caching_sha2_password', ''))\" 2>/dev/null || exit 3",
    },
    Check {
        id: "database.postgresql-durable",
        severity: Severity::Critical,
        title: "PostgreSQL may lose committed answers in a power cut",
        fix: "set fsync = on, full_page_writes = on and synchronous_commit = on",
        script: "command -v psql >/dev/null || exit 3\n\
                 runuser -u postgres -- psql -XAtqc \"SELECT name || ' = ' || setting FROM pg_settings WHERE (name IN ('fsync', 'full_page_writes') AND setting <> 'on') OR (name = 'synchronous_commit' AND setting = 'off')\" 2>/dev/null || exit 3",
    },
    Check {
        id: "database.postgresql-trust",
        severity: Severity::Critical,
        title: "PostgreSQL lets people in without asking who they are",
        fix: "replace trust in pg_hba.conf by peer or scram-sha-256",
        script: "command -v psql >/dev/null || exit 3\n\
                 runuser -u postgres -- psql -XAtqc \"SELECT 'pg_hba.conf:' || line_number || ' ' || type || ' ' || auth_method FROM pg_hba_file_rules WHERE auth_method = 'trust'\" 2>/dev/null || exit 3",
    },
    Check {
        id: "database.redis-evicts",
        severity: Severity::High,
        title: "Redis throws sessions away when it is full",
        fix: "set maxmemory-policy noeviction",
        script: "[ -r /etc/redis/redis.conf ] || exit 3\n\
                 p=$(cat /etc/redis/*.conf | awk '$1 == \"maxmemory-policy\" {p = $2} END {print p}')\n\
                 [ \"${p:-noeviction}\" = noeviction ] || echo \"maxmemory-policy $p\"",
    },
    Check {
        id: "database.redis-open",
        severity: Severity::High,
        title: "Redis asks nobody for a password",
        fix: "give it accounts (redis/exam-users.acl of playbook online) or requirepass",
        script: "command -v redis-cli >/dev/null || exit 3\n\
                 [ \"$(timeout 2 redis-cli ping 2>/dev/null)\" = PONG ] && echo 'redis-cli ping is answered without a password'; exit 0",
    },
    Check {
        id: "database.sqlite-readable",
        severity: Severity::High,
        title: "the exam database can be read by everybody on the host",
        fix: "chmod 0750 the data directory and 0640 the database",
        script: "d=/var/lib/exam-service\n[ -d $d ] || exit 3\nfind $d -maxdepth 1 -perm /o+rwx",
    },
];
