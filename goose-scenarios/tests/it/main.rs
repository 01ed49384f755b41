//! Who tests the tester? Each fault of a fake exam service has its verdict and exit code.

mod fake;
mod verdicts;
