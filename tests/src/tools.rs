//! Programs that nobody here wrote, asked about the running service.

use std::path::PathBuf;
use std::process::{Command, Output};

/// A command that is ended after so many seconds.
pub fn bounded(seconds: u32, program: impl Into<PathBuf>) -> Command {
    let mut command = Command::new("timeout");
    command.arg(seconds.to_string()).arg(program.into());
    command
}

/// What a tool has written, on both outputs.
pub fn written(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
