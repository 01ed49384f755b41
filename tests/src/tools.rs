//! Programs that nobody here wrote, asked about the running service. `tests/run` sees to them.

use std::path::PathBuf;
use std::process::{Command, Output};

/// As in `tests/run`, which installs it.
const SCHEMATHESIS: &str = "schemathesis-4.32.5";

/// A command that is ended after so many seconds.
pub fn bounded(seconds: u32, program: impl Into<PathBuf>) -> Command {
    let mut command = Command::new("timeout");
    command.arg(seconds.to_string()).arg(program.into());
    command
}

/// Where `tests/run` has put schemathesis.
///
/// # Panics
/// When it is not there: a missing tool is a failure, not a skip.
pub fn schemathesis() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = cache.or_else(home).expect("a cache folder");
    let program = cache
        .join("examctl")
        .join(SCHEMATHESIS)
        .join("bin/schemathesis");
    assert!(
        program.is_file(),
        "{} is not there: run tests/run once, which installs it",
        program.display()
    );
    program
}

/// What a tool has written, on both outputs.
pub fn written(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
