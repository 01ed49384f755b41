//! What does `examctl` do when somebody runs it?

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use std::thread::JoinHandle;

use regex::Regex;
use serde_json::Value;

use crate::binaries::binary;

/// A run of `examctl` that is being prepared.
///
/// ```no_run
/// use integration_tests::examctl::Examctl;
/// let directory = tempfile::tempdir().unwrap();
/// let run = Examctl::new(["check", "broken.yaml"]).in_directory(directory.path()).run();
/// assert_eq!(run.code, 2, "{run}");
/// assert!(run.stderr.contains("broken.yaml:3:5"), "{run}");
/// ```
pub struct Examctl {
    command: Command,
    input: Option<String>,
}

/// A finished run.
#[derive(Debug)]
pub struct Run {
    /// Exit code; 128 and more: ended by that signal.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A run that has not finished: its output can be followed, and it can be killed.
///
/// ```no_run
/// # use integration_tests::examctl::Examctl;
/// let mut running = Examctl::new(["--format", "json", "deploy", "v2.tar.zst"]).start();
/// running.wait_for_line(|line| line.contains("\"step\":\"promote\""));
/// running.kill();
/// ```
pub struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    seen: String,
    stderr: Option<JoinHandle<String>>,
}

impl Examctl {
    /// A run with these arguments: no input, no colours, and none of the caller's own settings.
    pub fn new<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new(binary("examctl"));
        command
            .args(arguments)
            .env("NO_COLOR", "1")
            .env_remove("SSH_AUTH_SOCK")
            .env_remove("CI")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            command,
            input: None,
        }
    }

    /// What is on its standard input.
    #[must_use]
    pub fn input(mut self, text: &str) -> Self {
        self.command.stdin(Stdio::piped());
        self.input = Some(text.to_owned());
        self
    }

    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    #[must_use]
    pub fn in_directory(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Run {
        self.start().finish()
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        let mut child = self.command.spawn().expect("examctl starts");
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), self.input) {
            // Whether it reads all of it is its own affair.
            stdin.write_all(input.as_bytes()).ok();
        }
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let mut stderr = child.stderr.take().expect("stderr is a pipe");
        let stderr = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).expect("a pipe can be read");
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Running {
            child,
            stdout,
            seen: String::new(),
            stderr: Some(stderr),
        }
    }
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Reads standard output up to the first line that `wanted` accepts, and returns that line.
    ///
    /// # Panics
    /// When the output ends before it.
    pub fn wait_for_line(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let start = self.seen.len();
            let read = self
                .stdout
                .read_line(&mut self.seen)
                .expect("output is UTF-8");
            let line = self.seen[start..].trim_end();
            assert!(
                read > 0,
                "examctl ended without the awaited line; it said:\n{}",
                self.seen
            );
            if wanted(line) {
                return line.to_owned();
            }
        }
    }

    /// Ends it at once, as a crash would (SIGKILL); what it wrote so far is in the result.
    pub fn kill(mut self) -> Run {
        self.child.kill().expect("a child can be killed");
        self.finish()
    }

    /// Asks it to end (SIGINT, as Ctrl-C does) and waits until it has.
    pub fn interrupt(self) -> Run {
        crate::service::signal("INT", self.child.id());
        self.finish()
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Run {
        self.stdout
            .read_to_string(&mut self.seen)
            .expect("output is UTF-8");
        let status = self.child.wait().expect("a child can be waited for");
        let stderr = self.stderr.take().expect("finished once");
        Run {
            code: crate::service::exit_code(status),
            stdout: std::mem::take(&mut self.seen),
            stderr: stderr.join().expect("the reader of stderr ends with it"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After `finish` there is nothing left to kill; after a failed test there is.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Run {
    /// The lines of `--format json`.
    pub fn events(&self) -> Vec<Value> {
        let parse = |line| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{self}"))
        };
        self.stdout.lines().map(parse).collect()
    }

    /// The last line of `--format json`.
    ///
    /// # Panics
    /// When it is not the summary.
    pub fn summary(&self) -> Value {
        let last = self
            .events()
            .pop()
            .unwrap_or_else(|| panic!("there is no output\n{self}"));
        assert_eq!(last["type"], "summary", "{self}");
        last
    }

    /// Everything a person sees, for a snapshot: see [`filtered`].
    pub fn snapshot(&self, directories: &[(&Path, &str)]) -> String {
        let text = format!(
            "exit code: {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        );
        filtered(&text, directories)
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "exit code {}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

static FILTERS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)",
            "[TIME]",
        ),
        (
            r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
            "[UUID]",
        ),
        (r"\b[0-9a-f]{40,64}\b", "[HASH]"),
        (r"\b\d+\.\d+\.\d+-[0-9a-z]+-[0-9a-f]{8}\b", "[RELEASE]"),
        (r"(SHA256:)[A-Za-z0-9+/=]{43,44}", "$1[FINGERPRINT]"),
        (r"(127\.0\.0\.1\]?:)\d+", "$1[PORT]"),
        (r"\b\d+(\.\d+)? ?(ns|us|µs|ms|s)\b", "[DURATION]"),
    ]
    .map(|(pattern, replacement)| (Regex::new(pattern).expect("a valid pattern"), replacement))
    .into()
});

/// `text` with what differs from run to run replaced: the given folders by their names, times,
/// durations, UUIDs, hashes, releases, key fingerprints and loopback ports.
pub fn filtered(text: &str, directories: &[(&Path, &str)]) -> String {
    let mut text = text.to_owned();
    for (directory, name) in directories {
        let resolved = directory
            .canonicalize()
            .unwrap_or_else(|_| PathBuf::from(directory));
        for path in [resolved.as_path(), directory] {
            text = text.replace(path.to_str().expect("paths are UTF-8"), name);
        }
    }
    FILTERS.iter().fold(text, |text, (pattern, replacement)| {
        pattern.replace_all(&text, *replacement).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_replaced() {
        let text = "2026-01-02T03:04:05.678Z deployed /tmp/.x1/site in 12.3 s to 127.0.0.1:40123 as \
                    01890a5d-ac96-774b-bcce-b302099a8057, 4 hosts";
        assert_eq!(
            filtered(text, &[(Path::new("/tmp/.x1"), "[DIRECTORY]")]),
            "[TIME] deployed [DIRECTORY]/site in [DURATION] to 127.0.0.1:[PORT] as [UUID], 4 hosts"
        );
    }
}
