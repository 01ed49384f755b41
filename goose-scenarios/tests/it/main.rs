//! Who tests the tester? Each fault of a fake exam service has its verdict and exit code.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that cannot start ends the test"
)]

mod fake;
mod generators;
mod rig;
mod safety;
mod stall;
mod verdicts;
