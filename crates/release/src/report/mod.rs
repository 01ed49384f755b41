//! What is said of a deploy or a rollback afterwards, for people and for programs?

mod host;
pub mod trail;

pub use self::host::{HostOutcome, HostReport, WayBack};
