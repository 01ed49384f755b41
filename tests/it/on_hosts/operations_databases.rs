//! Databases made, changed and taken away on a real host; every login is tried with real clients.

use std::path::Path;

use integration_tests::examctl::{Examctl, Run};
use integration_tests::host::Host;
use serde_json::json;

use super::provisioning::site;

const FIRST: &str = "first-Passw0rd 'quoted\" \\x";
const SECOND: &str = "second-Passw0rd; DROP";

const INSTALLED: &str = r"
  - name: servers
    package: {names: [mariadb-server, postgresql, redis-server]}
";

const PRESENT: &str = r#"
  - name: mysql database
    mysql_database: {name: exam_main}
  - name: mysql user
    mysql_user:
      name: exam
      password: "{{ password }}"
      limits: {max_user_connections: 20}
      grants:
        - {privileges: [SELECT, INSERT, UPDATE, DELETE, CREATE], on: exam_main.*}
        - {privileges: [PROCESS, REPLICATION CLIENT], on: "*.*"}
  - name: mysql socket user
    mysql_user: {name: deploy, socket: true, grants: [{privileges: [SELECT], on: exam_main.*}]}
  - name: mysql settings
    mysql_settings:
      settings: {max_connections: 120, innodb_log_buffer_size: 24M, log_bin: exam-bin, sync_binlog: 1}
  - name: postgresql settings
    postgresql_settings:
      settings: {shared_buffers: 64MB, work_mem: 8MB, log_statement: all, log_line_prefix: "%m %s "}
  - name: postgresql user
    postgresql_user: {name: exam, password: "{{ password }}", connection_limit: 60}
  - name: postgresql reader
    postgresql_user: {name: reader, password: "{{ password }}", member_of: [pg_monitor]}
  - name: postgresql database
    postgresql_database: {name: exam, owner: exam, locale: C.UTF-8, extensions: [pg_trgm]}
  - name: postgresql grants
    postgresql_grants:
      role: reader
      database: exam
      grants:
        - {privileges: [CONNECT]}
        - {schema: public, privileges: [USAGE]}
        - {schema: public, tables: "*", privileges: [SELECT]}
  - name: postgresql logins
    postgresql_hba:
      rules:
        - {type: host, database: exam, user: [exam, reader], address: 127.0.0.1/32, method: scram-sha-256}
        - {type: host, address: 0.0.0.0/0, method: reject}
  - name: redis
    redis_settings:
      settings: {maxmemory: 256mb, maxmemory-policy: noeviction, appendonly: true}
      users:
        - {name: exam, password: "{{ password }}", rules: "~exam:* &exam:* +@all -@dangerous"}
"#;

const ABSENT: &str = r"
  - name: mysql user
    mysql_user: {name: exam, state: absent}
  - name: mysql database
    mysql_database: {name: exam_main, state: absent, drop: true}
  - name: postgresql database
    postgresql_database: {name: exam, state: absent, drop: true}
  - name: postgresql user
    postgresql_user: {name: exam, state: absent}
  - name: postgresql reader
    postgresql_user: {name: reader, state: absent}
";

/// A host, its playbooks, and everything that any run of them printed.
struct Databases {
    host: Host,
    directory: tempfile::TempDir,
    printed: String,
}

impl Databases {
    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Applies these tasks with this password, as a person would see it.
    fn run(&mut self, verb: &str, tasks: &str, password: &str) -> Run {
        let playbook =
            format!("name: databases\nhosts: online\nsecrets: [password]\ntasks:{tasks}");
        std::fs::write(self.path().join("databases.yaml"), playbook).unwrap();
        let vars = json!({ "password": password });
        std::fs::write(
            self.path().join("inventory.yaml"),
            self.host.inventory_yaml(&vars),
        )
        .unwrap();
        let run = Examctl::new([verb, "databases.yaml"])
            .in_directory(self.path())
            .run();
        self.printed.push_str(&run.to_string());
        run
    }

    fn apply(&mut self, tasks: &str, password: &str) -> Run {
        let run = self.run("apply", tasks, password);
        assert_eq!(run.code, 0, "{run}");
        run
    }

    /// A second run of the same finds nothing to do.
    fn is_settled(&mut self, tasks: &str, password: &str) {
        let again = self.apply(tasks, password);
        assert!(again.stdout.contains("0 changed"), "{again}");
    }

    /// Which of the four logins works with this password.
    fn logins(&self, password: &str) -> [bool; 4] {
        self.host.write("/root/password", password);
        let works = |script: &str| {
            let script = format!("p=$(cat /root/password)\n{script}");
            self.host.try_exec(&script).status.success()
        };
        [
            works("MYSQL_PWD=\"$p\" mysql --protocol=socket -u exam exam_main -e 'SELECT 1'"),
            works("PGPASSWORD=\"$p\" psql -h 127.0.0.1 -U exam exam -c 'SELECT 1'"),
            works("PGPASSWORD=\"$p\" psql -h 127.0.0.1 -U reader exam -c 'SELECT 1'"),
            works("REDISCLI_AUTH=\"$p\" redis-cli --user exam SET exam:1 1 | grep -x OK"),
        ]
    }
}

#[test]
fn databases_accounts_and_settings_become_what_the_playbook_says() {
    let host = Host::start("db");
    let directory = site("");
    let mut databases = Databases {
        host,
        directory,
        printed: String::new(),
    };
    databases.apply(INSTALLED, FIRST);
    databases
        .host
        .exec("redis-cli SET kept 1 && redis-cli SAVE");
    databases.apply(PRESENT, FIRST);
    databases.is_settled(PRESENT, FIRST);
    assert_eq!(databases.logins(FIRST), [true; 4]);
    assert_eq!(databases.logins(SECOND), [false; 4]);
    let host = &databases.host;
    host.exec("runuser -u deploy -- mysql exam_main -e 'SELECT 1'");
    // The values that only a restart brings, and what was saved before it.
    assert_eq!(
        host.exec("mysql -NBe 'SELECT @@innodb_log_buffer_size, @@log_bin'"),
        "25165824\t1"
    );
    assert_eq!(
        host.exec("cd / && runuser -u postgres -- psql -Atc 'SHOW shared_buffers'"),
        "64MB"
    );
    assert!(
        host.exec("ls /var/lib/redis/appendonlydir")
            .contains("base")
    );
    host.exec("grep -q kept /var/lib/redis/appendonlydir/*.rdb");

    drifted_grants_are_put_right(&mut databases);
    mistakes_change_nothing(&mut databases);

    databases.apply(PRESENT, SECOND);
    databases.is_settled(PRESENT, SECOND);
    assert_eq!(databases.logins(SECOND), [true; 4]);
    assert_eq!(databases.logins(FIRST), [false; 4]);

    nothing_secret_is_left_anywhere(&databases);

    let dropped = databases.apply(ABSENT, SECOND);
    assert!(dropped.stdout.contains("ALL DATA"), "{dropped}");
    databases.is_settled(ABSENT, SECOND);
    assert_eq!(databases.logins(SECOND), [false, false, false, true]);
}

/// What somebody did by hand is seen, said and undone.
fn drifted_grants_are_put_right(databases: &mut Databases) {
    databases.host.exec(
        "mysql -e \"GRANT ALL ON exam_main.* TO exam@localhost; GRANT FILE ON *.* TO exam@localhost; SET GLOBAL max_connections = 77\"\n\
         cd / && runuser -u postgres -- psql -q exam -c 'CREATE TABLE t (a int); GRANT DELETE ON t TO reader; ALTER ROLE exam CREATEDB'",
    );
    let drift = databases.apply(PRESENT, FIRST);
    for line in [
        "-ALL PRIVILEGES on exam_main.*",
        "-FILE on *.*",
        "-max_connections = 77",
        "-DELETE on all tables of schema public",
        "+SELECT on all tables of schema public",
        "-create_databases true",
    ] {
        assert!(drift.stdout.contains(line), "{line}\n{drift}");
    }
    databases.is_settled(PRESENT, FIRST);
}

/// Names and contents of all that the servers are set by.
const FILES: &str =
    "find /etc/mysql /etc/postgresql /etc/redis -type f -exec sha256sum {} + | sort";

/// What a server would not take does not go live, and the server goes on.
fn mistakes_change_nothing(databases: &mut Databases) {
    for (right, wrong, said) in [
        (
            "max_connections: 120",
            "max_conections: 120",
            "unknown variable",
        ),
        (
            "innodb_log_buffer_size: 24M",
            "innodb_log_buffer_size: 24Q",
            "24Q",
        ),
        ("work_mem: 8MB", "work_mem: 8XB", "work_mem"),
        (
            "address: 127.0.0.1/32",
            "address: 127.0.0.1/33",
            "invalid CIDR mask",
        ),
        ("maxmemory: 256mb", "maxmemry: 256mb", "Bad directive"),
    ] {
        let before = databases.host.exec(FILES);
        let run = databases.run("apply", &PRESENT.replace(right, wrong), FIRST);
        assert_eq!(run.code, 1, "{wrong}: {run}");
        assert!(run.stdout.contains(said), "{wrong}: {run}");
        assert_eq!(databases.host.exec(FILES), before, "{wrong}: {run}");
    }
    databases.is_settled(PRESENT, FIRST);
    assert_eq!(databases.logins(FIRST), [true; 4]);
}

/// Neither what was printed nor what the host logged holds a password or what is stored of one.
fn nothing_secret_is_left_anywhere(databases: &Databases) {
    let host = &databases.host;
    let stored = host.exec(
        "mysql -NBe \"SELECT authentication_string FROM mysql.user WHERE User = 'exam'\"\n\
         cd / && runuser -u postgres -- psql -Atc \"SELECT rolpassword FROM pg_authid WHERE rolname = 'exam'\"\n\
         grep -o '#[0-9a-f]*' /etc/redis/exam.acl | cut -c 2-",
    );
    let secrets: Vec<&str> = stored
        .lines()
        .chain([FIRST, SECOND, "SCRAM-SHA-256$"])
        .collect();
    assert_eq!(secrets.len(), 6, "{stored}");
    for secret in secrets {
        assert!(
            !databases.printed.contains(secret),
            "{secret}\n{}",
            databases.printed
        );
        host.write("/root/secret", secret);
        host.exec("journalctl -o cat > /root/journal; ! grep -rlF -f /root/secret /var/log /var/lib/examctl /etc/mysql /etc/postgresql /root/journal");
    }
}
