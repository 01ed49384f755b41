//! A host through shells that stay open: the same for every way to a host.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::command::OUTPUT_LIMIT_BYTES;
use super::shell::{Broken, Failure, Link, Request, Root, Shell, Start, stop_script};
use super::write::put_script;
use super::{Command, Connection, ConnectionError, Outcome, Output, Put, quote, stream};

/// How long ending what a script left running may take.
const STOP_LIMIT: Duration = Duration::from_secs(8);

/// A way to start shells on one host.
pub(super) trait Way: Send + Sized + 'static {
    /// How a person would name it.
    fn name(&self) -> String;

    /// How one becomes root there.
    fn root(&self) -> Root;

    /// Starts `words` as a program whose input and outputs are the link.
    fn start(
        &mut self,
        words: &[String],
        as_root: bool,
        deadline: Instant,
    ) -> Result<Box<dyn Link>, Failure>;

    /// A second one, to the same host, that shares nothing with this one.
    fn again(&self) -> Result<Self, ConnectionError>;
}

/// A host at the end of a [`Way`]: one shell for the connection's user and one for root, each
/// opened when it is needed first.
#[derive(Default)]
pub(super) struct Hosted<W> {
    // Shells end before the way that they go.
    user: Option<Shell>,
    root: Option<Shell>,
    way: W,
}

impl<W: Way> Hosted<W> {
    pub(super) fn new(way: W) -> Self {
        Self {
            user: None,
            root: None,
            way,
        }
    }

    /// Opens a shell now, to see that there is one.
    pub(super) fn open_now(mut self, as_root: bool, limit: Duration) -> Result<Self, String> {
        let deadline = Instant::now() + limit;
        let kind = self.kind(as_root);
        let opened = self.start(&kind, as_root, deadline);
        let shell = opened.and_then(|(start, mut shell)| {
            start.wait(&mut shell, deadline)?;
            Ok(shell)
        });
        match shell {
            Ok(shell) => *self.kept(as_root) = Some(shell),
            Err(Failure::TimedOut) => return Err(format!("no shell within {limit:?}")),
            Err(Failure::NoShell(said)) => return Err(kind.explain(&said).unwrap_or(said)),
            Err(Failure::Lost(reason) | Failure::NotRoot(reason)) => return Err(reason),
            Err(Failure::TooMuchOutput) => return Err("it prints without end".to_owned()),
        }
        Ok(self)
    }

    fn kept(&mut self, as_root: bool) -> &mut Option<Shell> {
        if as_root {
            &mut self.root
        } else {
            &mut self.user
        }
    }

    fn kind(&self, as_root: bool) -> Root {
        if as_root {
            self.way.root()
        } else {
            Root::Already
        }
    }

    fn start(
        &mut self,
        kind: &Root,
        as_root: bool,
        deadline: Instant,
    ) -> Result<(Start, Shell), Failure> {
        let start = Start::new(kind);
        let link = self.way.start(&start.words, as_root, deadline)?;
        let shell = start.open(link, kind, deadline)?;
        Ok((start, shell))
    }

    fn shell(&mut self, as_root: bool, deadline: Instant) -> Result<Shell, Failure> {
        if let Some(shell) = self.kept(as_root).take() {
            return Ok(shell);
        }
        let kind = self.kind(as_root);
        Ok(self.start(&kind, as_root, deadline)?.1)
    }

    /// Runs a command whose standard input is `content`, of an exact length.
    fn exchange<'a>(
        &mut self,
        command: &'a Command,
        content: Option<(&'a mut dyn Read, u64)>,
        progress: Option<&'a mut (dyn FnMut(u64) + '_)>,
    ) -> Result<Output, ConnectionError> {
        let as_root = command.become_root;
        let deadline = Instant::now() + command.timeout;
        let mut shell = self
            .shell(as_root, deadline)
            .map_err(|failure| self.error(failure, command, Outcome::PerhapsNotStarted))?;
        let answer = shell.run(Request {
            script: &command.script,
            content,
            progress,
            deadline,
        });
        match answer {
            Ok(output) => {
                if shell.is_clean() {
                    *self.kept(as_root) = Some(shell);
                }
                Ok(output)
            }
            Err(Broken { failure, session }) => {
                let outcome = match failure {
                    Failure::TimedOut | Failure::TooMuchOutput => self.stop(session, as_root),
                    _ => Outcome::Unknown,
                };
                Err(self.error(failure, command, outcome))
            }
        }
    }

    /// Ends what a given up script left running.
    fn stop(&mut self, session: Option<u32>, as_root: bool) -> Outcome {
        let Some(session) = session else {
            return Outcome::PerhapsNotStarted;
        };
        let deadline = Instant::now() + STOP_LIMIT;
        let stopped = self.shell(as_root, deadline).and_then(|mut shell| {
            let script = stop_script(session);
            let request = Request {
                script: &script,
                content: None,
                progress: None,
                deadline,
            };
            let output = shell.run(request).map_err(|broken| broken.failure)?;
            *self.kept(as_root) = Some(shell);
            Ok(output)
        });
        match stopped {
            Ok(output) if output.success() => Outcome::Ended,
            Ok(_) => Outcome::StillRuns,
            Err(_) => Outcome::Unknown,
        }
    }

    fn error(&self, failure: Failure, command: &Command, outcome: Outcome) -> ConnectionError {
        let host = self.way.name();
        match failure {
            Failure::TimedOut => ConnectionError::TimedOut {
                host,
                what: command.first_line(),
                limit: command.timeout,
                outcome,
            },
            Failure::TooMuchOutput => ConnectionError::TooMuchOutput {
                host,
                what: command.first_line(),
                limit_bytes: OUTPUT_LIMIT_BYTES,
                outcome,
            },
            Failure::NotRoot(reason) => ConnectionError::NotRoot { host, reason },
            Failure::NoShell(said) => match self.kind(command.become_root).explain(&said) {
                Some(reason) => ConnectionError::NotRoot { host, reason },
                None => ConnectionError::Lost { host, reason: said },
            },
            Failure::Lost(reason) => ConnectionError::Lost { host, reason },
        }
    }
}

impl<W: Way> Connection for Hosted<W> {
    fn describe(&self) -> String {
        self.way.name()
    }

    fn run(&mut self, command: &Command) -> Result<Output, ConnectionError> {
        if command.stdin.is_empty() {
            return self.exchange(command, None, None);
        }
        let mut content = command.stdin.as_slice();
        let size = content.len() as u64;
        self.exchange(command, Some((&mut content, size)), None)
    }

    fn put(&mut self, put: &mut Put<'_>) -> Result<(), ConnectionError> {
        let command = Command::new(put_script(put))
            .become_root(put.become_root)
            .timeout(put.timeout);
        let content: &mut dyn Read = &mut *put.content;
        let content = Some((content, put.size));
        let output = self.exchange(&command, content, put.progress.as_deref_mut())?;
        if output.success() {
            return Ok(());
        }
        Err(ConnectionError::Write {
            host: self.way.name(),
            path: put.path.to_owned(),
            reason: output.error_text(),
        })
    }

    fn get(&mut self, path: &str, limit_bytes: u64) -> Result<Option<Vec<u8>>, ConnectionError> {
        const MISSING: i32 = 44;
        let script = format!(
            "[ -e {path} ] || exit {MISSING}; head -c {} {path}",
            limit_bytes + 1,
            path = quote(path)
        );
        let output = self.run(&Command::new(script))?;
        let failed = |reason: String| ConnectionError::Read {
            host: self.way.name(),
            path: path.to_owned(),
            reason,
        };
        match output.status {
            0 if output.stdout.len() as u64 > limit_bytes => {
                Err(failed(format!("it is larger than {limit_bytes} bytes")))
            }
            0 => Ok(Some(output.stdout)),
            MISSING => Ok(None),
            _ => Err(failed(output.error_text())),
        }
    }

    fn reconnect(&mut self) -> Result<(), ConnectionError> {
        self.user = None;
        self.root = None;
        self.way = self.way.again()?;
        Ok(())
    }

    fn fresh(&self) -> Result<Box<dyn Connection>, ConnectionError> {
        Ok(Box::new(Self::new(self.way.again()?)))
    }

    fn stream(&self, command: &Command) -> Result<UnixStream, ConnectionError> {
        let (as_root, deadline) = (command.become_root, Instant::now() + command.timeout);
        stream::open(self.way.again()?, &command.script, as_root, deadline)
            .map_err(|failure| self.error(failure, command, Outcome::PerhapsNotStarted))
    }
}
