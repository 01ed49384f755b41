//! What is run on a host: a POSIX shell script, its input, and its limits.

use std::time::Duration;

use crate::secret::{Secret, mask_all};

/// How long a command may take unless it says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(2);

/// How much a command may print on each of its two streams before it is given up.
pub(super) const OUTPUT_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// A script for `/bin/sh` on the host.
///
/// Scripts travel on standard input, never split into words, so build them with [`quote`] around
/// every value that is not a constant. Secrets belong in [`Command::stdin`], never in the script:
/// what a script starts shows its arguments to every user of the host. A script has ended when its
/// shell has; what it leaves running in the background must not print.
#[derive(Clone, Debug)]
pub struct Command {
    pub script: String,
    /// Bytes for the script's standard input; empty means no input.
    pub stdin: Vec<u8>,
    /// Run as root: with sudo where the connection's user is not root already.
    pub become_root: bool,
    /// Past this the command is given up and [`super::ConnectionError::TimedOut`] returned.
    pub timeout: Duration,
    /// Values masked in anything that is shown of this command, its output included.
    pub secrets: Vec<Secret>,
}

impl Command {
    pub fn new(script: impl Into<String>) -> Self {
        Self {
            script: script.into(),
            stdin: Vec::new(),
            become_root: false,
            timeout: DEFAULT_TIMEOUT,
            secrets: Vec::new(),
        }
    }

    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    #[must_use]
    pub fn become_root(mut self, yes: bool) -> Self {
        self.become_root = yes;
        self
    }

    /// The script's first line in backquotes, its secrets masked, for messages.
    pub(super) fn first_line(&self) -> String {
        let line = self.script.lines().next().unwrap_or_default();
        format!("`{}`", mask_all(line, &self.secrets))
    }

    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// What a command left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The exit status; 128 + n for a command ended by signal n.
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Output {
    pub fn success(&self) -> bool {
        self.status == 0
    }

    /// Standard output as text, without the final line end.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end().to_owned()
    }

    /// Standard error as text, without the final line end.
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim_end().to_owned()
    }
}

/// `value` as one word of a POSIX shell script.
pub fn quote(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_words_stay_readable_and_others_are_quoted() {
        assert_eq!(quote("/etc/nginx/nginx.conf"), "/etc/nginx/nginx.conf");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("it's; rm -rf /"), r"'it'\''s; rm -rf /'");
    }

    proptest! {
        #[test]
        fn any_quoted_value_comes_back_from_the_shell_as_it_was(value in "[^\0]{0,40}") {
            let output = std::process::Command::new("/bin/sh")
                .args(["-c", &format!("printf %s {}", quote(&value))])
                .output()
                .unwrap();
            prop_assert_eq!(output.stdout, value.as_bytes());
        }
    }
}
