//! Ordered, undoable work on hosts: releases are packed, deployed behind a gate, and rolled back.
//!
//! The promise: a deploy ends with the new release serving, or with the old one serving as before;
//! one that is interrupted is finished or undone by the next run, from the host's own journal.
//!
//! | question | file |
//! |---|---|
//! | what is a release, and is this file an intact one? | `manifest` `artifact` `pack` `elf` |
//! | where does it go, and what is there now? | `target` `layout` `facts` `status` |
//! | may it go there now? | `lock` `preflight` |
//! | which steps, and how is each done and undone? | `steps` `perform` `upload` `gate` `prove` `undo` |
//! | what if it fails, or is interrupted? | `journal` `execute` `recovery` `recover` |
//! | what keeps the service running? | `runner` |

pub mod artifact;
mod checksum;
pub mod clock;
mod control;
pub mod deploy;
pub mod elf;
pub mod error;
pub mod event;
mod execute;
mod facts;
mod gate;
mod host;
pub mod journal;
pub mod layout;
pub mod lock;
pub mod manifest;
mod options;
pub mod pack;
mod perform;
mod preflight;
mod prove;
pub mod prune;
mod recover;
mod recovery;
pub mod rollback;
pub mod runner;
mod session;
pub mod status;
pub mod steps;
pub mod target;
mod undo;
mod upload;

pub use control::ServiceStatus;
pub use deploy::{Deployed, deploy, recover};
pub use error::DeployError;
pub use event::{DeployEvent, Events};
pub use options::DeployOptions;
pub use prune::prune;
pub use recover::Recovered;
pub use rollback::rollback;
pub use status::{HostStatus, history, logs, status};
