//! The exam server: one binary whose one unforgivable bug is a lost answer.
//!
//! [`exam`] has the rules and knows nothing else; [`store`] keeps things and is the only user of a database;
//! [`http`] speaks to browsers; [`lifecycle`] decides when the public port is open; [`server`] puts them together;
//! [`program`] is what the executable runs.

pub mod access;
pub mod accounts;
mod cli;
pub mod clock;
pub mod commands;
pub mod control;
pub mod emergency;
pub mod ended_sessions;
pub mod exam;
pub mod http;
pub mod jobs;
pub mod lifecycle;
pub mod lockout;
pub mod maintenance;
pub mod passwords;
pub mod program;
pub mod security;
pub mod server;
pub mod settings;
pub mod store;
pub mod telemetry;
pub mod transfer;
pub mod version;

pub use server::serve;
