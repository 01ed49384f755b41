//! How the database fails, said so that an administrator knows what to do.

use thiserror::Error;

use super::durability::{Weakness, listed};

/// A failed store operation.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database could not be opened.
    #[error("cannot open the database {database}: {source}. {advice}")]
    Open {
        /// Which, without what it takes to sign in.
        database: String,
        /// What the driver said.
        source: sqlx::Error,
        /// What to do.
        advice: &'static str,
    },
    /// The database would not keep its promises.
    #[error(
        "the database {database} could lose an acknowledged answer:{}",
        listed(weaknesses)
    )]
    WeakDurability {
        /// Which, without what it takes to sign in.
        database: String,
        /// Everything that is wrong with it.
        weaknesses: Vec<Weakness>,
    },
    /// Something that only an `SQLite` file can do.
    #[error("{what} works with SQLite only so far, and DATABASE_URL names {database}. {instead}")]
    OnlySqlite {
        /// What was asked for.
        what: &'static str,
        /// Which, without what it takes to sign in.
        database: String,
        /// How the same is done there.
        instead: &'static str,
    },
    /// The schema could not be brought up to date or its state not be read.
    #[error("cannot migrate the database: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Pending migrations may not run; nothing was changed.
    #[error("the database was not migrated: {0}. Nothing was changed")]
    MigrationRefused(String),
    /// A migration failed on a database that cannot undo one.
    #[error(
        "migration {name} failed: {source}. This database cannot undo a change of its tables: what the migration had done \
         up to there stays{}. Put right what the error names, then run migrate again: it repeats the migration, and each \
         of its statements can be repeated",
        kept(applied)
    )]
    MigrationStopped {
        /// The step.
        name: String,
        /// Steps that had been applied by the same run, and stay.
        applied: Vec<String>,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// Another process migrates, and does not come to an end.
    #[error(
        "another process has been migrating the database for {seconds} s: wait for it, or end it, and run migrate again"
    )]
    MigrationUnderWay {
        /// How long was waited for it.
        seconds: u32,
    },
    /// A migration failed and was undone.
    #[error(
        "migration {name} failed and was undone: {source}. The database has what it had before it{}",
        kept(applied)
    )]
    MigrationFailed {
        /// The step.
        name: String,
        /// Steps that had been applied by the same run, and stay.
        applied: Vec<String>,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// An operation failed; nothing was changed.
    #[error("cannot {doing}: {source}")]
    Unavailable {
        /// What was tried.
        doing: &'static str,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// Too many wait to write, or waiting took too long; nothing was changed.
    #[error("cannot {doing}: too many wait to write to the database")]
    Busy {
        /// What was tried.
        doing: &'static str,
    },
    /// A commit failed: it is unknown whether the change is stored. Trying again is harmless.
    #[error("cannot tell whether the commit went through while trying to {doing}: {source}")]
    CommitUnknown {
        /// What was tried.
        doing: &'static str,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// The database contains what this program never writes.
    #[error(
        "the database contains something unexpected: {0}. Was it edited by hand or written by a newer version?"
    )]
    Corrupt(String),
    /// The account to be created exists.
    #[error("an account with the login '{0}' exists already")]
    LoginTaken(String),
}

/// What stays of a run in which a later step failed.
fn kept(applied: &[String]) -> String {
    if applied.is_empty() {
        String::new()
    } else {
        format!(", with {} of the same run", applied.join(", "))
    }
}

impl StoreError {
    /// For `map_err`: the operation `doing` failed before its commit.
    pub(super) fn during(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Unavailable { doing, source }
    }

    /// For `map_err`: the commit of `doing` failed.
    pub(super) fn at_commit(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::CommitUnknown { doing, source }
    }
}
