//! What comes from a shell: the output of one script in its frame.

use super::{Failure, Received};
use crate::connections::Output;

/// Finds the frame of one script in what has been received, without reading anything twice.
pub(super) struct Reply {
    stdout: Side,
    stderr: Side,
}

impl Reply {
    pub(super) fn new(mark: &str) -> Self {
        Self {
            stdout: Side::new(mark),
            stderr: Side::new(mark),
        }
    }

    /// Whether the script has ended and all that it printed is here.
    pub(super) fn is_complete(&mut self, received: &Received) -> bool {
        // Both are looked at every time.
        let stdout = self.stdout.look(&received.stdout);
        let stderr = self.stderr.look(&received.stderr);
        stdout && stderr
    }

    /// Whether the shell has started the script.
    pub(super) fn has_begun(&self) -> bool {
        self.stdout.body.is_some()
    }

    /// Bytes of the longer output so far.
    pub(super) fn size(&self, received: &Received) -> usize {
        let stdout = self.stdout.body(&received.stdout).len();
        stdout.max(self.stderr.body(&received.stderr).len())
    }

    /// The session that the script runs in.
    pub(super) fn session(&self, received: &Received) -> Option<u32> {
        first_line(self.stdout.body(&received.stdout))?.0
    }

    /// What the script left behind, once it is complete.
    pub(super) fn output(&self, received: &Received) -> Result<Output, Failure> {
        let broken = || {
            Failure::Lost(
                "the shell on the host answered in an unknown way; are `dd` and `/bin/sh` there?"
                    .to_owned(),
            )
        };
        let (session, stdout) =
            first_line(self.stdout.body(&received.stdout)).ok_or_else(broken)?;
        session.ok_or_else(broken)?;
        Ok(Output {
            status: self.stdout.word.parse().map_err(|_| broken())?,
            stdout: stdout.to_vec(),
            stderr: self.stderr.body(&received.stderr).to_vec(),
        })
    }

    /// Whether something was printed before the frame, and after it.
    pub(super) fn bytes_around(&self, received: &Received) -> (bool, bool) {
        let sides = [
            (&self.stdout, received.stdout.len()),
            (&self.stderr, received.stderr.len()),
        ];
        (
            sides.iter().any(|(side, _)| side.before > 0),
            sides.iter().any(|(side, length)| side.after < *length),
        )
    }
}

/// The number on the first line, and what follows it.
fn first_line(body: &[u8]) -> Option<(Option<u32>, &[u8])> {
    let end = body.iter().position(|byte| *byte == b'\n')?;
    let number = std::str::from_utf8(&body[..end]).ok()?.parse().ok();
    Some((number, &body[end + 1..]))
}

struct Side {
    begin: Vec<u8>,
    end: Vec<u8>,
    /// How far the search has come.
    searched: usize,
    /// Bytes before the frame.
    before: usize,
    body: Option<usize>,
    body_end: Option<usize>,
    /// Where the frame ends.
    after: usize,
    /// What stands behind the mark at the end.
    word: String,
}

impl Side {
    fn new(mark: &str) -> Self {
        Self {
            begin: format!("\n{mark} b\n").into_bytes(),
            end: format!("\n{mark} ").into_bytes(),
            searched: 0,
            before: 0,
            body: None,
            body_end: None,
            after: 0,
            word: String::new(),
        }
    }

    /// What the script printed so far; a little of the mark at its end may be in it until then.
    fn body<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(start) = self.body else {
            return &[];
        };
        &bytes[start..self.body_end.unwrap_or(bytes.len())]
    }

    fn look(&mut self, bytes: &[u8]) -> bool {
        if self.body.is_none() {
            let Some(at) = find(bytes, &self.begin, &mut self.searched) else {
                return false;
            };
            self.before = at;
            self.searched = at + self.begin.len();
            self.body = Some(self.searched);
        }
        if self.body_end.is_some() {
            return true;
        }
        let Some(at) = find(bytes, &self.end, &mut self.searched) else {
            return false;
        };
        let word = &bytes[at + self.end.len()..];
        let Some(length) = word.iter().position(|byte| *byte == b'\n') else {
            return false;
        };
        self.word = String::from_utf8_lossy(&word[..length]).into_owned();
        self.body_end = Some(at);
        self.after = at + self.end.len() + length + 1;
        true
    }
}

/// The place of `needle`, which is not before `searched`; that moves on over what cannot be it.
fn find(bytes: &[u8], needle: &[u8], searched: &mut usize) -> Option<usize> {
    let found = bytes[*searched..]
        .windows(needle.len())
        .position(|window| window == needle);
    if let Some(at) = found {
        *searched += at;
    } else {
        let unseen = (bytes.len() + 1).saturating_sub(needle.len());
        *searched = unseen.max(*searched);
    }
    found.map(|_| *searched)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STDOUT: &[u8] = b"banner\n\n@@7 b\n123\nout\0 @@7 0\n@@8 0\n\n@@7 3\n";
    const STDERR: &[u8] = b"\n@@7 b\n\n@@7 e\n";

    #[test]
    fn a_frame_is_found_in_pieces_of_any_size() {
        for size in 1..STDOUT.len() {
            let mut received = Received::default();
            received.stderr.extend(STDERR);
            let mut reply = Reply::new("@@7");
            for piece in STDOUT.chunks(size) {
                received.stdout.extend(piece);
                let complete = reply.is_complete(&received);
                assert_eq!(complete, received.stdout.len() == STDOUT.len());
            }
            let output = reply.output(&received).unwrap();
            assert_eq!(output.status, 3);
            assert_eq!(output.stdout, b"out\0 @@7 0\n@@8 0\n");
            assert_eq!(output.stderr, b"");
            assert_eq!(reply.session(&received), Some(123));
            assert_eq!(reply.bytes_around(&received), (true, false));
        }
    }
}
