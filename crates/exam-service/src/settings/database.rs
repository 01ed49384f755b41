//! Which database: a file of our own, or a server. Its password is never printed.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

/// An example of each form of `DATABASE_URL`.
const SQLITE_EXAMPLE: &str = "sqlite:///var/lib/exam-service/exam.db";
const MYSQL_EXAMPLE: &str = "mysql://exam:PASSWORD@127.0.0.1:3306/exam";
const POSTGRES_EXAMPLE: &str = "postgres://exam:PASSWORD@127.0.0.1:5432/exam";

/// The database of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// An `SQLite` file.
    Sqlite(PathBuf),
    /// A database on a MySQL or MariaDB server.
    MySql(ServerUrl),
    /// A database on a PostgreSQL server.
    Postgres(ServerUrl),
}

impl Database {
    /// Reads a `DATABASE_URL`.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it and what to do, and nothing of a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scheme = text.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => parse_file(text).map(Self::Sqlite),
            "mysql" | "mariadb" => ServerUrl::parse(text, MYSQL_EXAMPLE).map(Self::MySql),
            "postgres" | "postgresql" => {
                ServerUrl::parse(text, POSTGRES_EXAMPLE).map(Self::Postgres)
            }
            // The rest is not shown: it may hold a password.
            _ => Err(format!(
                "begins with none of sqlite:, mysql:, mariadb:, postgres: and postgresql:. For example {SQLITE_EXAMPLE}, \
                 {MYSQL_EXAMPLE} or {POSTGRES_EXAMPLE}"
            )),
        }
    }

    /// `sqlite`, `mysql` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::MySql(_) => "mysql",
            Self::Postgres(_) => "postgres",
        }
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::MySql(_) | Self::Postgres(_) => None,
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::MySql(url) | Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// The URL of a database on a server, with what it takes to sign in. Printed without that.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

impl ServerUrl {
    fn parse(text: &str, example: &str) -> Result<Self, String> {
        // What the parser says would not help, and what it quotes may be a password.
        let url = Url::parse(text).map_err(|_| {
            format!("is not a URL. Write it like {example}, and characters such as / : @ # ? of a password as %2F and so on")
        })?;
        let has = |name: &str| {
            url.query_pairs()
                .any(|(key, value)| key == name && !value.is_empty())
        };
        if url.host_str().is_none_or(str::is_empty) && !has("host") && !has("socket") {
            return Err(format!("does not say which host: {example}"));
        }
        if url.path().trim_start_matches('/').is_empty() && !has("dbname") {
            return Err(format!(
                "does not say which database of the server: {example}"
            ));
        }
        if url.fragment().is_some() {
            return Err("has a '#': in a password write it as %23".to_owned());
        }
        Ok(Self(url))
    }

    /// All of it, password included: for the driver and nobody else.
    pub(crate) fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0;
        write!(f, "{}://", url.scheme())?;
        if !url.username().is_empty() {
            write!(f, "{}@", url.username())?;
        }
        f.write_str(url.host_str().unwrap_or_default())?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

fn parse_file(text: &str) -> Result<PathBuf, String> {
    let Some(path) = text.strip_prefix("sqlite://") else {
        return Err(format!(
            "needs two slashes and an absolute path: {SQLITE_EXAMPLE}"
        ));
    };
    if path.contains(['?', '#']) {
        let message =
            "takes no options: durability is not negotiable here. Leave out what follows the path";
        return Err(message.to_owned());
    }
    absolute(path).ok_or_else(|| format!("'{path}' is not an absolute path: {SQLITE_EXAMPLE}"))
}

/// `/abs/path` on Unix; on Windows also `/C:/abs/path`.
fn absolute(text: &str) -> Option<PathBuf> {
    let trimmed = if cfg!(windows) {
        text.trim_start_matches('/')
    } else {
        text
    };
    let path = PathBuf::from(trimmed);
    (path.is_absolute() && path.file_name().is_some()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_shown_without_what_it_takes_to_sign_in() {
        for (text, kind, shown) in [
            ("sqlite:///x/exam.db", "sqlite", "sqlite:///x/exam.db"),
            (
                "mysql://exam:s3cret@db:3307/exam",
                "mysql",
                "mysql://exam@db:3307/exam",
            ),
            (
                "mariadb://exam:s3cret@db/exam",
                "mysql",
                "mariadb://exam@db/exam",
            ),
            (
                "mysql://exam@localhost/exam?socket=/run/mysqld/mysqld.sock",
                "mysql",
                "mysql://exam@localhost/exam",
            ),
            (
                "postgres://exam:s3cret@db/exam",
                "postgres",
                "postgres://exam@db/exam",
            ),
            (
                "postgresql:///exam?host=/run/postgresql&password=s3cret",
                "postgres",
                "postgresql:///exam",
            ),
        ] {
            let database = Database::parse(text).unwrap();
            assert_eq!((database.kind(), &*database.to_string()), (kind, shown));
            assert!(!format!("{database:?}").contains("s3cret"), "{database:?}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused_in_words_without_its_password() {
        for (text, words) in [
            (
                "oracle://exam:s3cret@db/exam",
                "begins with none of sqlite:",
            ),
            ("exam.db", "begins with none of sqlite:"),
            ("mysql://exam:s3cret@db", "which database"),
            ("mysql://exam:s3cret@/exam", "is not a URL"),
            ("postgres:///exam", "which host"),
            ("postgres://exam:s3cret/x@db/exam", "is not a URL"),
            ("postgres://exam:a@db/exam#s3cret", "has a '#'"),
            ("sqlite:x.db", "two slashes"),
            ("sqlite://x.db", "not an absolute path"),
            ("sqlite:///x.db?mode=rw", "takes no options"),
        ] {
            let refusal = Database::parse(text).unwrap_err();
            assert!(refusal.contains(words), "{text}: {refusal}");
            assert!(!refusal.contains("s3cret"), "{refusal}");
        }
    }
}
