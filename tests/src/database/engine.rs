//! How is each database server started and spoken to?

/// The first process of the container becomes the server itself, so that a signal to the container reaches it.
const START_MARIADB: &str = r#"
folder=/var/lib/database/data
printf '%s\n' "$SETTINGS" >/etc/exam.cnf
if [ ! -e "$folder/made" ]; then
    rm -rf "$folder"
    install -d -o mysql -g mysql "$folder"
    mariadb-install-db --no-defaults --user=mysql --datadir="$folder" --skip-test-db --skip-name-resolve \
        --auth-root-authentication-method=socket
    touch "$folder/made"
fi
exec mariadbd --defaults-file=/etc/exam.cnf --user=mysql --datadir="$folder" --port="$PORT" \
    --socket=/tmp/database.sock --pid-file=/tmp/database.pid --max-connections=300 \
    --innodb-log-file-size=96M --innodb-buffer-pool-size=256M
"#;

const START_POSTGRES: &str = r#"
folder=/var/lib/database/data
programs=$(echo /usr/lib/postgresql/*/bin)
printf '%s\n' "$SETTINGS" >/etc/exam.conf
as_postgres='setpriv --reuid=postgres --regid=postgres --init-groups'
if [ ! -e "$folder/made" ]; then
    rm -rf "$folder"
    install -d -m 0700 -o postgres -g postgres "$folder"
    $as_postgres "$programs/initdb" --pgdata="$folder" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
        --auth-local=peer --auth-host=scram-sha-256 --no-sync
    echo "include '/etc/exam.conf'" >>"$folder/postgresql.conf"
    touch "$folder/made"
fi
exec $as_postgres "$programs/postgres" -D "$folder" -c port="$PORT" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories=/tmp -c max_connections=300 -c shared_buffers=256MB
"#;

const MARIADB: &str = "mariadb --no-defaults --batch --skip-column-names";
const AS_POSTGRES: &str = "setpriv --reuid=postgres --regid=postgres --clear-groups";
const PSQL: &str = "psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1";

/// Which database server. Both are the distribution's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    MariaDb,
    Postgres,
}

impl Engine {
    pub const ALL: [Self; 2] = [Self::MariaDb, Self::Postgres];

    /// As names of containers have it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::MariaDb => "mariadb",
            Self::Postgres => "postgres",
        }
    }

    /// The file with its settings, among those that the templates become.
    pub(super) fn settings_file(self) -> &'static str {
        match self {
            Self::MariaDb => "mysql/exam.cnf",
            Self::Postgres => "postgresql/exam.conf",
        }
    }

    /// Makes an empty data folder where there is none, and becomes the server. What a test has less of than a host
    /// (memory, room for a log) and more of (connections) is said on the command line, over the settings.
    pub(super) fn start_script(self) -> &'static str {
        match self {
            Self::MariaDb => START_MARIADB,
            Self::Postgres => START_POSTGRES,
        }
    }

    /// The database that is there from the start.
    pub(super) fn own_database(self) -> &'static str {
        match self {
            Self::MariaDb => "mysql",
            Self::Postgres => "postgres",
        }
    }

    /// The command that runs SQL as the administrator inside of the container, over the server's socket.
    pub(super) fn client(self, database: &str, port: u16, statements: &str) -> Vec<String> {
        let command = match self {
            Self::MariaDb => {
                format!(
                    "{MARIADB} --socket=/tmp/database.sock --user=root --database={database} --execute"
                )
            }
            Self::Postgres => {
                format!(
                    "{AS_POSTGRES} {PSQL} --host=/tmp --port={port} --username=postgres --dbname={database} --command"
                )
            }
        };
        words(&command, statements)
    }

    /// The same as a database's owner, over TCP.
    pub(super) fn client_of_owner(
        self,
        database: &str,
        port: u16,
        statements: &str,
    ) -> Vec<String> {
        let command = match self {
            Self::MariaDb => format!(
                "{MARIADB} --protocol=tcp --host=127.0.0.1 --port={port} --user={database} \
                 --password={database}-password --database={database} --execute"
            ),
            Self::Postgres => {
                format!("{PSQL} --dbname={} --command", self.url(database, port))
            }
        };
        words(&command, statements)
    }

    /// A database and a user of the same name, who may do everything in it and nothing outside of it; what is one of
    /// these is sent at once.
    pub(super) fn create_database(self, name: &str) -> Vec<String> {
        match self {
            Self::MariaDb => vec![format!(
                "CREATE DATABASE {name}; \
                 CREATE USER {name}@'127.0.0.1' IDENTIFIED BY '{name}-password'; \
                 GRANT ALL ON {name}.* TO {name}@'127.0.0.1'"
            )],
            Self::Postgres => vec![
                format!("CREATE ROLE {name} LOGIN PASSWORD '{name}-password'"),
                format!("CREATE DATABASE {name} OWNER {name}"),
            ],
        }
    }

    /// How its owner reaches a database of [`Engine::create_database`].
    pub(super) fn url(self, name: &str, port: u16) -> String {
        let scheme = match self {
            Self::MariaDb => "mysql",
            Self::Postgres => "postgres",
        };
        format!("{scheme}://{name}:{name}-password@127.0.0.1:{port}/{name}")
    }

    /// A question to which the answer is a statement per connection of a client, which ends it.
    pub(super) fn endings_of_connections(self) -> &'static str {
        match self {
            Self::MariaDb => {
                "SELECT CONCAT('KILL CONNECTION ', id) FROM information_schema.processlist \
                 WHERE id <> CONNECTION_ID() AND user NOT IN ('root', 'system user')"
            }
            Self::Postgres => {
                "SELECT 'SELECT pg_terminate_backend(' || pid || ')' FROM pg_stat_activity \
                 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            }
        }
    }
}

/// A command that has no spaces within its words, and one last word that may.
fn words(command: &str, last: &str) -> Vec<String> {
    command
        .split_whitespace()
        .chain([last])
        .map(str::to_owned)
        .collect()
}
