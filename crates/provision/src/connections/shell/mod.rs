//! One shell on a host that runs one script after the other.
//!
//! A script costs one way to the host and back instead of a channel of its own. Each runs in a
//! session and a process of its own, so that its `exit`, `set -e` and `trap` end with it and a
//! script that is given up can be ended with everything it started.

mod feed;
mod program;
mod reply;
mod sudo;

use std::io::Read;
use std::time::Instant;

use rustix::fd::BorrowedFd;

use super::Output;
use super::command::OUTPUT_LIMIT_BYTES;
use feed::Feed;
use reply::Reply;

pub(super) use program::{mark, stop_script};
pub(super) use sudo::{Root, Start};

/// Why a script did not come to its end. It may still run.
#[derive(Debug)]
pub(super) enum Failure {
    TimedOut,
    TooMuchOutput,
    Lost(String),
    /// The shell is not there: it could not be started, or it ended. What was said of that.
    NoShell(String),
    /// The host does not let the user become root, and why.
    NotRoot(String),
}

/// Both outputs of a shell as they come.
#[derive(Default)]
pub(super) struct Received {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// Nothing more will come.
    pub(super) ended: bool,
}

/// The two ways between here and a shell.
pub(super) trait Link: Send {
    /// Sends some of `unsent` and receives what is there; where neither is possible, waits until
    /// `deadline`, or until `wake` can be read. The bytes sent. What was not sent must be given
    /// again, at the same place.
    fn step(
        &mut self,
        unsent: &[u8],
        received: &mut Received,
        deadline: Instant,
        wake: Option<BorrowedFd<'_>>,
    ) -> Result<usize, Failure>;

    /// Lets the shell see the end of its input.
    fn close_input(&mut self) -> Result<(), Failure>;
}

/// A script and what it reads.
pub(super) struct Request<'a, 'p> {
    pub(super) script: &'a str,
    /// The script's standard input and its exact length in bytes; `None`: there is none.
    pub(super) content: Option<(&'a mut dyn Read, u64)>,
    pub(super) progress: Option<&'a mut (dyn FnMut(u64) + 'p)>,
    pub(super) deadline: Instant,
}

/// A script that did not come to its end.
pub(super) struct Broken {
    pub(super) failure: Failure,
    /// The session on the host that it runs in.
    pub(super) session: Option<u32>,
}

/// An open shell.
pub(super) struct Shell {
    link: Box<dyn Link>,
    received: Received,
    used: bool,
    clean: bool,
}

impl Shell {
    fn new(link: Box<dyn Link>) -> Self {
        Self {
            link,
            received: Received::default(),
            used: false,
            clean: true,
        }
    }

    /// Whether another script may follow. Not after one that left input unread, and not where
    /// something that an earlier script left behind still prints: that would be taken for output.
    pub(super) fn is_clean(&self) -> bool {
        self.clean
    }

    pub(super) fn run(&mut self, request: Request<'_, '_>) -> Result<Output, Broken> {
        let mark = mark();
        let size = request.content.as_ref().map(|(_, size)| *size);
        let head = program::request(&mark, request.script, size);
        let mut reply = Reply::new(&mark);
        let mut feed = Feed::new(head, request.content, request.progress);
        let exchanged = self.exchange(&mut reply, &mut feed, request.deadline);
        let all_taken = exchanged.is_ok() && feed.is_all_sent() && program::is_drained(size);
        match exchanged.and_then(|()| reply.output(&self.received)) {
            Ok(output) => {
                let (before, after) = reply.bytes_around(&self.received);
                // Before the first script stands what a login prints.
                let stray = after || (before && self.used);
                let killed = size.is_some() && output.status >= 128;
                if stray || killed || !all_taken {
                    self.clean = false;
                }
                self.used = true;
                self.received.stdout.clear();
                self.received.stderr.clear();
                Ok(output)
            }
            Err(failure) => Err(Broken {
                failure,
                session: reply.session(&self.received),
            }),
        }
    }

    fn exchange(
        &mut self,
        reply: &mut Reply,
        feed: &mut Feed<'_, '_>,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let mut input_open = true;
        loop {
            if reply.is_complete(&self.received) {
                return Ok(());
            }
            if reply.size(&self.received) > OUTPUT_LIMIT_BYTES {
                return Err(Failure::TooMuchOutput);
            }
            if self.received.ended {
                return Err(self.ended(reply));
            }
            feed.fill().map_err(Failure::Lost)?;
            if feed.is_cut() && input_open {
                self.link.close_input()?;
                input_open = false;
            }
            let sent = self
                .link
                .step(feed.unsent(), &mut self.received, deadline, None)?;
            feed.sent(sent);
        }
    }

    fn ended(&self, reply: &Reply) -> Failure {
        if self.used || reply.has_begun() {
            return Failure::Lost("the shell on the host has ended".to_owned());
        }
        let said = [&self.received.stderr, &self.received.stdout]
            .map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned())
            .into_iter()
            .find(|said| !said.is_empty());
        Failure::NoShell(
            said.unwrap_or_else(|| "the shell on the host ended without a word".to_owned()),
        )
    }
}
