//! Ways to reach a host: run a script, put a file, get a file. Nothing else.
//!
//! A connection is blocking and belongs to one thread; hosts run in parallel on a thread each.
//!
//! | module | question it answers |
//! |---|---|
//! | `open` | what does the inventory ask for? |
//! | `ssh`, `ssh_config` | how does one get to a host over SSH, and is it the right one? |
//! | `process` | how does one get a shell of this machine or of a container? |
//! | `shell` | how do scripts run one after the other in one shell? |
//! | `hosted` | what is a connection, once there are shells? |
//! | `stream` | how does a program on a host become a socket here? |

mod command;
mod hosted;
mod open;
mod process;
mod shell;
mod ssh;
mod ssh_config;
mod stream;
pub(crate) mod write;

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

pub use command::{Command, DEFAULT_TIMEOUT, Output, quote};
pub use open::{OpenOptions, open};
pub use process::Local;

/// One open connection to one host.
pub trait Connection: Send {
    /// How a person would name it, for instance `ssh root@10.0.0.5:22`.
    fn describe(&self) -> String;

    /// Runs one script. A non-zero exit status is an [`Output`], not an error.
    fn run(&mut self, command: &Command) -> Result<Output, ConnectionError>;

    /// Writes a file atomically: into a new file beside `put.path`, synced, then renamed over it
    /// (in place where the destination is a mount point and cannot be replaced).
    fn put(&mut self, put: &mut Put<'_>) -> Result<(), ConnectionError>;

    /// Reads a file of at most `limit_bytes`; `None` where there is none. Reads as the
    /// connection's user and never as root: for a root-only file [`Connection::run`] a `cat` with
    /// [`Command::become_root`].
    fn get(&mut self, path: &str, limit_bytes: u64) -> Result<Option<Vec<u8>>, ConnectionError>;

    /// Gives this connection up and opens it anew, to the same host in the same way. Tried once:
    /// while a host reboots, call it again until it is there.
    fn reconnect(&mut self) -> Result<(), ConnectionError>;

    /// A second connection to the same host that shares nothing with this one: what proves that
    /// the host can still be reached.
    fn fresh(&self) -> Result<Box<dyn Connection>, ConnectionError>;

    /// Starts a script on a connection of its own and returns a socket that is its input and output,
    /// for programs that are spoken with. The command's limit is for getting there; its `stdin` is
    /// not used. The socket's end ends the script, and the script's end closes the socket; what it
    /// prints on its error output is dropped.
    fn stream(&self, command: &Command) -> Result<UnixStream, ConnectionError>;
}

/// A file on its way to a host.
pub struct Put<'a> {
    pub content: &'a mut dyn Read,
    /// Exact length of `content` in bytes; anything else is an error and leaves the old file.
    pub size: u64,
    /// Absolute path on the host; its directory must exist.
    pub path: &'a str,
    /// Permission bits, for instance `0o640`.
    pub mode: u32,
    /// `user:group`, or `None` for the user that runs it.
    pub owner: Option<&'a str>,
    pub become_root: bool,
    pub timeout: Duration,
    /// Called with the number of bytes sent so far.
    pub progress: Option<&'a mut dyn FnMut(u64)>,
}

/// What became of a script that was given up. Prints as the end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It and everything that it started has ended.
    Ended,
    /// Something of it could not be ended.
    StillRuns,
    /// The host does not answer any more.
    Unknown,
    /// There was no answer from the start.
    PerhapsNotStarted,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ended => "; it was ended on the host",
            Self::StillRuns => "; it could not be ended and still runs on the host",
            Self::Unknown => "; it may still run on the host, which does not answer any more",
            Self::PerhapsNotStarted => "; whether it was started is not known",
        })
    }
}

/// Why a host could not be reached or a transfer did not happen.
///
/// Everything here means "the host's state is as unknown as before"; a command that ran and
/// failed is an [`Output`].
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error("cannot reach {host}: {reason}")]
    Unreachable { host: String, reason: String },

    #[error("the host key of {host} cannot be trusted by {known_hosts}: {reason}")]
    HostKey {
        host: String,
        known_hosts: PathBuf,
        reason: String,
    },

    #[error("{host} refused every way to log in: {reason}")]
    Authentication { host: String, reason: String },

    #[error("{host}: {reason}")]
    NotRoot { host: String, reason: String },

    /// The inventory or the SSH configuration asks for what cannot be done.
    #[error("{host}: {reason}")]
    Settings { host: String, reason: String },

    #[error("{host}: {what} took longer than {limit:?}{outcome}")]
    TimedOut {
        host: String,
        what: String,
        limit: Duration,
        outcome: Outcome,
    },

    #[error("{host}: {what} printed more than {} MiB and was given up{outcome}", limit_bytes >> 20)]
    TooMuchOutput {
        host: String,
        what: String,
        limit_bytes: usize,
        outcome: Outcome,
    },

    #[error("{host}: cannot write {path}: {reason}")]
    Write {
        host: String,
        path: String,
        reason: String,
    },

    #[error("{host}: cannot read {path}: {reason}")]
    Read {
        host: String,
        path: String,
        reason: String,
    },

    #[error("{host}: the connection was lost: {reason}")]
    Lost { host: String, reason: String },
}
