//! The exam day as load, with a verdict that can be believed.
//!
//! ```text
//! profile -> plan -> student -> saving -> step    what is to happen, and each request that makes it so
//!                    attack                       goose: starts the users (the only file that names it)
//! recorder  timeline  ledger  health              what happened, what was promised, could we see it
//! stored -> reconcile                             what the server really has, against what it promised
//! gate -> report                                  pass, fail, inconclusive or corrupt, and why: for people
//!                                                 (table, page), for machines (JSON) and for CI (JUnit)
//! ```
//!
//! One run per process at a time: goose keeps process-wide state and handles Ctrl-C for the process.
//! A run needs a multi-threaded tokio runtime of its own, or its timing means little.

mod attack;
mod client;
mod credentials;
mod endpoint;
pub mod exit_code;
mod gate;
mod health;
mod ledger;
mod plan;
mod profile;
mod progress;
mod quantity;
mod reconcile;
mod recorder;
mod report;
mod run;
mod run_profile;
mod saving;
mod step;
mod stored;
mod student;
mod timeline;
mod verdict;
mod wire;

pub use credentials::{Credentials, Password};
pub use endpoint::Endpoint;
pub use health::GeneratorHealth;
pub use profile::{
    Client, Exam, GateDefaults, Gates, GeneratorLimits, LatencyLimits, Overrides, Profile,
    ProfileError, Users,
};
pub use progress::Progress;
pub use quantity::parse_duration;
pub use reconcile::Correctness;
pub use report::{
    DeathReason, EndedBy, EndpointReport, Latency, PageError, Report, RuleResult, SCHEMA,
    UsersReport, render_junit, render_page, render_table,
};
pub use run_profile::{LoadError, RunOptions, run_profile};
pub use stored::StoredSource;
pub use timeline::Second;
pub use verdict::Verdict;
