//! The exam day as load, with a verdict that can be believed.
//!
//! ```text
//! profile -> plan -> student                 what is to happen, and each request that makes it so
//!                    student/attack          goose: starts the users (the only file that names it)
//! record  truth  health                      what happened, what was promised, could we see it
//! run                                        the one who leads a run, its generators, and the merge of what they bring
//! judge -> report                            pass, fail, inconclusive or corrupt, and why: for people
//!                                            (table, page), for machines (gate.json) and for CI (JUnit)
//! ```
//!
//! One generator per process at a time: goose keeps process-wide state and handles Ctrl-C for the process.

mod health;
mod judge;
mod plan;
mod profile;
mod record;
mod report;
mod run;
pub mod schema;
mod student;
mod truth;

pub use health::GeneratorHealth;
pub use judge::{
    Verdict,
    compare::{Compared, Comparison, Tolerance, compare, render_comparison},
    exit_code,
};
pub use profile::{
    Client, ExamFacts, GateDefaults, Gates, GeneratorLimits, Kills, LatencyLimits, Overrides,
    Phase, PhaseGates, Profile, ProfileError, ProfileSource, Scenario, Shape, Users,
    derive_profile, parse_duration,
};
pub use record::Endpoint;
pub use report::{
    DeathReason, EndedBy, EndpointReport, Latency, PageError, PhaseReport, Report, RuleResult,
    SCHEMA, Second, UsersReport, render_junit, render_page, render_table,
};
pub use run::{
    Chaos, Instruction, Kill, LeadOptions, Link, Live, LoadError, Message, Orders, Permission,
    ServerSecond, TargetFacts, lead, new_run_id, work,
};
pub use student::{Credentials, Password, fetch_exam};
pub use truth::{Correctness, StoredSource};
