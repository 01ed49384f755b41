//! Which build this is.

/// The version of the package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The git commit it was built from, when the build said so.
pub const COMMIT: &str = match option_env!("EXAM_GIT_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};
