//! Ordered, undoable work on hosts: releases are packed, deployed behind a gate, and rolled back.
//!
//! The promise: a deploy ends with the new release serving, or with the old one serving as before;
//! one that is interrupted is finished or undone by the next run, from the host's own journal.
//!
//! | question | room |
//! |---|---|
//! | what is a release, and is this file an intact one? | `artifact` |
//! | where does it go? | `target` |
//! | how is a host held, asked and told? | `host` |
//! | how well does a release do, by its own counters? | `metrics` |
//! | are students told to come back later? | `maintenance` |
//! | which steps, and how is each done and undone? | `steps` |
//! | in which order, and what if one fails or is interrupted? | `deploy` |
//! | what was done here, and what was being done when it stopped? | `journal` |
//! | what keeps the service running? | `runner` |
//! | what does the service say of itself? | `logs`, `status` |
//! | what is kept of the database, and how does it come back? | `backup` |
//! | which of several hosts first, and what if one of them fails? | `fleet` |
//! | what is said of it afterwards, and to whom? | `report`, `notify` |

pub mod artifact;
pub mod backup;
pub mod clock;
pub mod deploy;
pub mod error;
pub mod event;
pub mod fleet;
mod host;
pub mod journal;
pub mod logs;
pub mod maintenance;
mod metrics;
pub mod notify;
mod options;
pub mod report;
pub mod runner;
pub mod status;
pub mod steps;
pub mod target;

pub use deploy::look::{Look, Wish, look, preflight};
pub use deploy::prune::prune;
pub use deploy::rollback::rollback;
pub use deploy::{Deployed, Recovered, deploy, recover};
pub use error::DeployError;
pub use event::{DeployEvent, Events, GateFigure, GateVerdict};
pub use host::control::{Maintenance, NextExam, ServiceStatus};
pub use journal::verify::verify_journal;
pub use logs::{LogLine, LogRequest, follow_all, logs};
pub use options::DeployOptions;
pub use status::{HostStatus, history, status};
pub use steps::load::generator::{Generator, GeneratorError};
