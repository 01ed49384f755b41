//! This machine, through `/bin/sh`.

use std::os::unix::net::UnixStream;
use std::time::Instant;

use super::link::ProcessLink;
use crate::connections::hosted::{Hosted, Way};
use crate::connections::shell::{Failure, Link, Root};
use crate::connections::{Command, Connection, ConnectionError, Output, Put};

/// The machine that runs this program.
#[derive(Default)]
pub struct Local(Hosted<ThisMachine>);

#[derive(Default)]
struct ThisMachine {
    /// How the user of this program becomes root; `None`: with sudo, without a password.
    root: Option<Root>,
}

impl Local {
    pub(in crate::connections) fn with_root(root: Root) -> Self {
        Self(Hosted::new(ThisMachine { root: Some(root) }))
    }
}

impl Connection for Local {
    fn describe(&self) -> String {
        self.0.describe()
    }

    fn run(&mut self, command: &Command) -> Result<Output, ConnectionError> {
        self.0.run(command)
    }

    fn put(&mut self, put: &mut Put<'_>) -> Result<(), ConnectionError> {
        self.0.put(put)
    }

    fn get(&mut self, path: &str, limit_bytes: u64) -> Result<Option<Vec<u8>>, ConnectionError> {
        self.0.get(path, limit_bytes)
    }

    fn reconnect(&mut self) -> Result<(), ConnectionError> {
        self.0.reconnect()
    }

    fn fresh(&self) -> Result<Box<dyn Connection>, ConnectionError> {
        self.0.fresh()
    }

    fn stream(&self, command: &Command) -> Result<UnixStream, ConnectionError> {
        self.0.stream(command)
    }
}

impl Way for ThisMachine {
    fn name(&self) -> String {
        "this machine".to_owned()
    }

    fn root(&self) -> Root {
        if rustix::process::geteuid().is_root() {
            return Root::Already;
        }
        self.root.clone().unwrap_or_else(|| Root::Sudo {
            user: std::env::var("USER").unwrap_or_else(|_| "who runs this program".to_owned()),
        })
    }

    fn start(
        &mut self,
        words: &[String],
        _as_root: bool,
        _deadline: Instant,
    ) -> Result<Box<dyn Link>, Failure> {
        Ok(Box::new(ProcessLink::start(words)?))
    }

    fn again(&self) -> Result<Self, ConnectionError> {
        Ok(Self {
            root: self.root.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_command_returns_its_status_and_both_streams() {
        let output = Local::default()
            .run(&Command::new("cat; echo oops >&2; exit 3").stdin("hello\n"))
            .unwrap();
        assert_eq!(
            (output.status, output.text(), output.error_text()),
            (3, "hello".into(), "oops".into())
        );
    }

    #[test]
    fn a_command_past_its_limit_is_given_up() {
        let error = Local::default()
            .run(&Command::new("exec sleep 30").timeout(Duration::from_millis(50)))
            .unwrap_err();
        assert!(matches!(error, ConnectionError::TimedOut { .. }), "{error}");
    }

    #[test]
    fn a_child_that_reads_nothing_of_much_input_is_given_up_too() {
        let input = vec![b'x'; 1024 * 1024];
        let command = Command::new("sleep 30").stdin(input);
        let error = Local::default()
            .run(&command.timeout(Duration::from_millis(50)))
            .unwrap_err();
        assert!(matches!(error, ConnectionError::TimedOut { .. }), "{error}");
    }

    #[test]
    fn much_input_and_output_pass_at_the_same_time() {
        let input: Vec<u8> = (0..=255).cycle().take(3 * 1024 * 1024 + 7).collect();
        let output = Local::default()
            .run(&Command::new("tee /dev/stderr").stdin(input.clone()))
            .unwrap();
        assert!(output.stdout == input && output.stderr == input);
    }

    #[test]
    fn what_a_command_started_ends_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let pid_file = directory.path().join("pid");
        let script = format!("sleep 30 & echo $! > {}; wait", pid_file.display());
        Local::default()
            .run(&Command::new(script).timeout(Duration::from_millis(300)))
            .unwrap_err();
        let pid = std::fs::read_to_string(&pid_file).unwrap();
        let status = format!("/proc/{}/stat", pid.trim());
        let deadline = Instant::now() + Duration::from_secs(5);
        // A killed process stays a zombie until whoever inherited it looks.
        while std::fs::read_to_string(&status).is_ok_and(|text| !text.contains(") Z ")) {
            assert!(Instant::now() < deadline, "the child lives on");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_command_is_not_in_the_process_group_of_the_terminal() {
        let output = Local::default()
            .run(&Command::new("cut -d' ' -f5 /proc/$$/stat"))
            .unwrap();
        let own = rustix::process::getpgrp().as_raw_nonzero().to_string();
        assert!(output.success() && output.text() != own, "{own}");
    }

    #[test]
    fn endless_output_is_an_error_that_says_so() {
        let error = Local::default()
            .run(&Command::new("exec cat /dev/zero"))
            .unwrap_err();
        assert!(error.to_string().contains("more than 16 MiB"), "{error}");
    }

    #[test]
    fn a_short_upload_leaves_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "old").unwrap();
        let path = path.to_str().unwrap();
        let mut content: &[u8] = b"ne";
        let error = Local::default()
            .put(&mut Put {
                content: &mut content,
                size: 3,
                path,
                mode: 0o640,
                owner: None,
                become_root: false,
                timeout: Duration::from_secs(5),
                progress: None,
            })
            .unwrap_err();
        assert!(
            error.to_string().contains("received 2 of 3 bytes"),
            "{error}"
        );
        assert_eq!(Local::default().get(path, 10).unwrap().unwrap(), b"old");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
