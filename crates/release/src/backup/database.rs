//! Which database does a host's service use, and can it be backed up? Pure.

/// A database that a backup can be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// One file, beside it what is not yet in it.
    Sqlite { path: String },
}

impl Database {
    /// The database that an address names.
    ///
    /// # Errors
    /// In words that name no more of the address than its beginning: the rest may hold a password.
    pub(crate) fn from_url(url: &str) -> Result<Self, String> {
        let scheme = url.split(':').next().unwrap_or_default();
        match (scheme, url.strip_prefix("sqlite://")) {
            (_, Some(path)) if path.starts_with('/') && !path.contains(['\n', '\0', '?', '#']) => {
                Ok(Self::Sqlite {
                    path: path.to_owned(),
                })
            }
            ("sqlite", _) => Err("the service names no absolute path of its database".to_owned()),
            ("mysql" | "mariadb" | "postgres" | "postgresql", _) => Err(format!(
                "this examctl backs up SQLite, not `{scheme}`: use the database's own tools until it does"
            )),
            _ => Err(format!(
                "the service uses a database that this examctl does not know (`{}`)",
                scheme.chars().take(20).collect::<String>()
            )),
        }
    }

    /// The word for its kind, as manifests have it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
        }
    }

    /// The file.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Sqlite { path } => path,
        }
    }

    /// The directory of the file, where copies of it can be put in its place by one rename.
    pub(crate) fn directory(&self) -> &str {
        let Self::Sqlite { path } = self;
        match path.rsplit_once('/') {
            None | Some(("", _)) => "/",
            Some((directory, _)) => directory,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_database_or_says_why_it_cannot_be_backed_up() {
        let sqlite = Database::from_url("sqlite:///var/lib/exam service/exam.db").unwrap();
        assert_eq!(
            (sqlite.kind(), sqlite.path(), sqlite.directory()),
            (
                "sqlite",
                "/var/lib/exam service/exam.db",
                "/var/lib/exam service"
            )
        );
        for (url, expected) in [
            ("sqlite://exam.db", "no absolute path"),
            ("sqlite:/exam.db", "no absolute path"),
            ("mysql://exam:word@db/exam", "backs up SQLite, not `mysql`"),
            ("postgres://exam:word@db/exam", "not `postgres`"),
            ("redis://exam:word@db", "does not know (`redis`)"),
            ("", "does not know"),
        ] {
            let refusal = Database::from_url(url).unwrap_err();
            assert!(refusal.contains(expected), "{url}: {refusal}");
            assert!(!refusal.contains("word"), "{refusal}");
        }
    }
}
