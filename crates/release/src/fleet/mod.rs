//! How does one release get to several hosts, and what if one of them fails?
//!
//! All hosts are looked at before the first one changes. Then they go in waves: the canaries, and the
//! rest in batches, the hosts of one wave at the same time. When one fails, no further host is begun;
//! those that had switched go back or stay, as asked.
//!
//! Hosts that share one database need nothing special: the first of them migrates it, the others find
//! nothing to do, and migrations only add, so that a host that went back lives with them.

mod back;
mod end;
mod plan;
mod run;
mod threads;

use std::str::FromStr;

use provision::connections::{Connection, ConnectionError};
use serde::Serialize;

pub use self::end::FleetEnd;
pub use self::plan::{Batch, Canary, UnknownCanary, Wave, WaveKind, plan_waves};
pub use self::run::{ask_all, run};
pub(crate) use self::threads::each;
use crate::event::DeployEvent;
use crate::report::HostReport;
use crate::target::Target;

/// A host of a fleet: where the release goes, and the way there.
pub struct Member<'m> {
    pub target: &'m Target,
    pub connect: Box<dyn Fn() -> Result<Box<dyn Connection>, ConnectionError> + Sync + 'm>,
}

/// What becomes of hosts that had switched when another one failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// They go back to the release that they had before, the latest wave first.
    #[default]
    Undo,
    /// They keep the new one.
    Stop,
}

impl FromStr for OnFailure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "undo" => Ok(Self::Undo),
            "stop" => Ok(Self::Stop),
            _ => Err("`undo` or `stop`".to_owned()),
        }
    }
}

/// How the hosts of a fleet are worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FleetOptions {
    pub on_failure: OnFailure,
    /// Hosts worked on at the same time, at least 1.
    pub parallel: usize,
}

/// What someone who watches a fleet gets to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FleetEvent {
    /// All hosts are looked at; nothing changes.
    Looking {
        hosts: Vec<String>,
    },
    WaveStarted {
        /// From 1.
        wave: usize,
        waves: usize,
        kind: WaveKind,
        hosts: Vec<String>,
    },
    /// Something happened in the deploy of one host.
    Host {
        host: String,
        event: DeployEvent,
    },
    HostFinished {
        report: Box<HostReport>,
    },
    /// These hosts had switched and go back to what they had before.
    GoingBack {
        hosts: Vec<String>,
    },
}
