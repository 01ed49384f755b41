//! Whole-system tests: one module per promise or part. What needs a container is below `on_hosts`, which
//! `tests/run --quick` leaves out.

#![expect(
    clippy::unwrap_used,
    reason = "parts of tests that are not test functions themselves"
)]

mod drain;
mod durability;
mod on_hosts;
mod service_flow;
mod settings;
mod tidy;
