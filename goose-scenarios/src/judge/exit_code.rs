//! What the exit status of a load run says. The same numbers as everywhere in examctl.

/// Every rule holds.
pub const PASSED: u8 = 0;
/// The run could not take place.
pub const FAILED: u8 = 1;
/// What was asked for makes no sense.
pub const USAGE: u8 = 2;
/// A threshold was not met.
pub const GATE_NOT_MET: u8 = 4;
/// Nothing can be said: the generator was too slow, there were too few samples, or the run was interrupted.
pub const INCONCLUSIVE: u8 = 7;
/// An acknowledged answer is missing or wrong.
pub const CORRECTNESS_FAILED: u8 = 8;
