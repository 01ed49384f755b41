//! Whole-system tests: one module per promise or part. What needs a container is below `on_hosts`, which
//! `tests/run --quick` leaves out.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are parts of tests: what they print is shown when they fail"
)]

mod demo;
mod drain;
mod durability;
mod errors;
mod on_hosts;
mod operating;
mod page;
mod plans;
mod references;
mod secrets;
mod service_flow;
mod settings;
mod tidy;
