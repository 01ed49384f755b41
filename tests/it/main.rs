//! Whole-system tests: one module per promise or part. What needs a container is below `on_hosts`, what needs a program
//! that cargo does not bring below `by_tools`: `tests/run --quick` leaves out both.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are parts of tests: what they print is shown when they fail"
)]

mod by_tools;
mod demo;
mod drain;
mod durability;
mod errors;
mod load_runs;
mod on_hosts;
mod operating;
mod pages;
mod plans;
mod references;
mod secrets;
mod service_flow;
mod settings;
mod tidy;
