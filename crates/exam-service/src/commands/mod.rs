//! The commands beside `serve`: each opens the database, does one thing, and prints data on standard output.

mod accounts;
mod backup;
mod check;
mod demo;
mod demo_exam;
mod load;
mod load_exam;
mod migrate;
mod questions;
mod stored_answers;
mod worker;

use std::io::Write;

use thiserror::Error;

use crate::control::ControlError;
use crate::passwords::PasswordError;
use crate::server::ServeError;
use crate::settings::Problems;
use crate::store::StoreError;
use crate::telemetry::TelemetryError;

pub use accounts::create_admin;
pub use backup::{backup, backup_verify};
pub use check::{check, check_json};
pub use demo::seed_demo;
pub use load::{LoadSeed, load_list, load_purge, load_seed};
pub use migrate::{Migrate, migrate};
pub use questions::{check as check_questions, convert as convert_questions};
pub use stored_answers::stored_answers;
pub use worker::{prepare as prepare_worker, worker};

/// Why a command failed.
#[derive(Debug, Error)]
pub enum CommandError {
    /// Arguments or files that cannot be used.
    #[error("{0}")]
    Usage(String),
    /// Settings that cannot be used.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password hash.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The service.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A log.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The admin interface could not be asked.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// The admin interface answered with an error; it has been printed.
    #[error("the service answered with an error")]
    Refused,
    /// The database cannot be used; why has been printed.
    #[error("the database cannot be used with these settings")]
    Unreachable,
    /// The database would not keep what it commits; why has been printed.
    #[error("the database could lose acknowledged answers")]
    Weak,
    /// A copy that must not be relied on; what is wrong with it has been printed.
    #[error("{} is damaged", .0.display())]
    Damaged(std::path::PathBuf),
    /// Questions that cannot be used as they are; what is wrong with them has been printed.
    #[error("{}: some questions cannot be used as they are", .0.display())]
    Faulty(std::path::PathBuf),
    /// Reading or writing.
    #[error("input or output failed: {0}")]
    Io(#[from] std::io::Error),
}

impl CommandError {
    /// 2 for what has to be put right by the caller, 3 for a database that is not there, 1 for what failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_)
            | Self::Settings(_)
            | Self::Weak
            | Self::Store(StoreError::WeakDurability { .. } | StoreError::OnlySqlite { .. }) => 2,
            Self::Unreachable => 3,
            _ => 1,
        }
    }
}

/// Prints one line of data.
///
/// # Errors
/// When the output is closed.
pub fn print_line(output: &mut dyn Write, line: &str) -> Result<(), CommandError> {
    Ok(writeln!(output, "{line}")?)
}
