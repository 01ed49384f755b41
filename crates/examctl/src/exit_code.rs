//! The exit codes that scripts rely on.

use serde::Serialize;

/// How a command ended, as its process says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// Done, passed.
    Done = 0,
    /// Failed: undone, or nothing changed.
    Failed = 1,
    /// Usage or invalid input; no host was contacted.
    Invalid = 2,
    /// Changes are pending (`plan --detailed-exitcode`).
    Pending = 3,
    /// A gate or threshold was not met.
    Gate = 4,
    /// A host cannot be reached.
    Unreachable = 5,
    /// Locked by someone else.
    Locked = 6,
    /// Too little was seen to say pass or fail; never a pass.
    Inconclusive = 7,
    /// An acknowledged answer is missing or wrong.
    Correctness = 8,
    /// Interrupted, cleanly.
    Interrupted = 130,
}

impl ExitCode {
    pub(crate) fn number(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

impl Serialize for ExitCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}
