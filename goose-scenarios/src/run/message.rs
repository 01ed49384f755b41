//! What the one who leads a run and its generators tell each other, a JSON object a line.

use std::{fmt, path::PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::progress::Progress;
use crate::{
    health::GeneratorHealth, profile::Overrides, record::Recorder, report::UsersReport,
    truth::Account,
};

/// The first line to a generator. The password travels nowhere else.
#[derive(Clone, Serialize, Deserialize)]
pub struct Orders {
    /// The profile's own text, and where it came from.
    pub profile: String,
    pub profile_origin: String,
    pub overrides: Overrides,
    pub target: String,
    /// Without it, each student sits the first exam on their list that they have not submitted.
    pub exam_id: Option<String>,
    /// The number of the first student of this generator in the whole run.
    pub first_user: u32,
    /// One for each student of this generator.
    pub logins: Vec<String>,
    pub password: String,
    /// Where the ledger is written, as JSON lines. The file must not exist.
    pub ledger_path: PathBuf,
}

impl fmt::Debug for Orders {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Orders")
            .field("target", &self.target)
            .field("users", &self.logins.len())
            .finish_non_exhaustive()
    }
}

/// The further lines to a generator. The end of the input stops the run, as [`Instruction::Stop`] does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instruction {
    /// Say what time it is.
    Clock,
    /// Begin at this moment of the generator's own clock.
    Start {
        at: DateTime<Utc>,
    },
    Stop,
}

/// The lines of a generator.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Everything is prepared; the time is the generator's.
    Ready,
    Clock(DateTime<Utc>),
    Progress(Progress),
    /// The last line of a run that took place.
    Evidence(Box<Evidence>),
    /// The last line of one that did not.
    Refused {
        message: String,
        exit_code: u8,
    },
}

/// Everything that one generator knows at the end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Evidence {
    pub(crate) recorder: Recorder,
    pub(crate) users: UsersReport,
    pub(crate) account: Account,
    pub(crate) health: GeneratorHealth,
    /// Whether it was stopped before its end.
    pub(crate) interrupted: bool,
}
