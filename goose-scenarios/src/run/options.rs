//! What a run needs to know, and why there was none.

use std::{
    io::{BufRead, Write},
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use super::preflight::Permission;
use crate::{
    judge::exit_code,
    profile::{Overrides, ProfileError, ProfileSource},
    student::{Credentials, TargetError},
    truth::StoredSource,
};

/// A generator, as a pair of streams: what [`super::work`] reads and writes.
pub struct Link {
    /// Of the host, or `local`.
    pub name: String,
    pub input: Box<dyn Write + Send>,
    pub output: Box<dyn BufRead + Send>,
    /// Where it writes its ledger, on its own host.
    pub ledger_path: PathBuf,
}

/// What kills the server in `chaos_kill`, on this machine.
#[derive(Debug, Clone)]
pub struct Chaos {
    /// Program and arguments.
    pub argv: Vec<String>,
}

/// What one run needs to know.
pub struct LeadOptions {
    pub run_id: String,
    pub source: ProfileSource,
    pub overrides: Overrides,
    /// Such as `http://127.0.0.1:8080`.
    pub target: String,
    pub credentials: Credentials,
    /// Without it, each student sits the first exam on their list that they have not submitted.
    pub exam_id: Option<String>,
    pub stored_source: StoredSource,
    pub permission: Permission,
    /// What kills the server, where the profile has it killed.
    pub chaos: Option<Chaos>,
    /// Restarts the server after the run; what it acknowledged is compared again then.
    pub restart: Option<Chaos>,
    /// Where the server's metrics are read meanwhile.
    pub metrics_url: Option<String>,
    /// Set to true, it ends the run soon; the report says so and is no pass.
    pub interrupt: Arc<AtomicBool>,
}

/// Why there was no run. A run that took place has a [`Report`], however bad.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(
        "the profile has {needed} users and there are only {given} logins: give more logins or ask for fewer users"
    )]
    TooFewLogins { needed: u32, given: usize },
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Unknown(String),
    #[error("generator {generator}: {message}")]
    Generator {
        generator: String,
        message: String,
        exit_code: u8,
    },
}

impl LoadError {
    /// The exit status for a run that did not take place for this reason.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Profile(_) | Self::Target(_) | Self::TooFewLogins { .. } | Self::Refused(_) => {
                exit_code::USAGE
            }
            Self::Unknown(_) => exit_code::INCONCLUSIVE,
            Self::Generator { exit_code, .. } => *exit_code,
        }
    }
}
