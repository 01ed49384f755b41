//! One student's exam day: the timetable's deeds one after the other, each at its moment.
//!
//! ```text
//! attack               goose: starts the students (the only file that names it)
//! day -> deeds, saving what a student does, made of operations
//! operation -> request one request with its repetitions, recorded; the only place from which load leaves
//! ```
//!
//! A student who cannot go on is dead and stops: nobody sits an exam without a login.

pub(crate) mod attack;
mod client;
mod credentials;
mod day;
mod deeds;
mod operation;
mod probe;
mod request;
mod saving;
mod session;
mod staff;
pub(crate) mod wire;

use std::collections::BTreeMap;

use reqwest::Client;

pub(crate) use client::{ClientFactory, Target, TargetError};
pub use credentials::{Credentials, Password};
pub(crate) use day::sit_exam;
pub use staff::fetch_exam;

use crate::{
    plan::Chance,
    run::{Run, Stopped},
};
use saving::Sheet;
use session::Session;

/// How a student's day ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Finished,
    Interrupted,
    /// With the reason; it names no person, so that equal ones can be counted.
    Dead(String),
}

impl From<Stopped> for End {
    fn from(_: Stopped) -> Self {
        Self::Interrupted
    }
}

/// One student and what they have so far.
#[derive(Debug)]
struct Student<'a> {
    run: &'a Run,
    /// Their number in the whole run.
    user: u32,
    login: &'a str,
    client: Client,
    session: Option<Session>,
    sheet: Option<Sheet>,
    chance: Chance,
    /// Phases in which a save failed for good, and whether a later one succeeded.
    disturbed: BTreeMap<usize, bool>,
}
