//! How does a program on a host become a socket here? A thread carries bytes between the two.
//!
//! It is for whoever speaks a protocol with the program (HTTP with a container engine), where
//! [`super::Connection::run`], which feeds first and reads to the end, does not do.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd as _;

use super::hosted::Way;
use super::shell::{Failure, Link, Received, Start};

/// Bytes on their way to the program, at most.
const CHUNK_BYTES: usize = 32 * 1024;

/// How long the thread sleeps where nothing moves, before it looks whether anything does.
const IDLE: Duration = Duration::from_mins(1);

/// Starts a script on a way of its own. The socket's end ends the script, and the other way round.
pub(super) fn open<W: Way>(
    mut way: W,
    script: &str,
    as_root: bool,
    deadline: Instant,
) -> Result<UnixStream, Failure> {
    let root = if as_root {
        way.root()
    } else {
        super::shell::Root::Already
    };
    let start = Start::script(&root, script);
    let link = way.start(&start.words, as_root, deadline)?;
    let mut shell = start.open(link, &root, deadline)?;
    start.wait(&mut shell, deadline)?;
    let (link, printed) = start.into_program(shell);
    let lost = |error: std::io::Error| Failure::Lost(error.to_string());
    let (near, far) = UnixStream::pair().map_err(lost)?;
    std::thread::Builder::new()
        .name("stream".to_owned())
        .spawn(move || {
            // Whoever reads the other end then sees its end.
            carry(link, &far, printed).ok();
            drop(way);
        })
        .map_err(lost)?;
    Ok(near)
}

/// Carries bytes both ways until one side ends.
fn carry(mut link: Box<dyn Link>, mut far: &UnixStream, printed: Vec<u8>) -> std::io::Result<()> {
    let mut received = Received {
        stdout: printed,
        ..Received::default()
    };
    let mut unsent = Vec::new();
    let mut at = 0;
    loop {
        far.write_all(&received.stdout)?;
        received.stdout.clear();
        received.stderr.clear();
        if received.ended {
            return Ok(());
        }
        if at == unsent.len() {
            at = 0;
            unsent.clear();
            if is_readable(far)? {
                unsent.resize(CHUNK_BYTES, 0);
                let read = far.read(&mut unsent)?;
                unsent.truncate(read);
                if read == 0 {
                    return Ok(());
                }
            }
        }
        let wake = unsent.is_empty().then(|| far.as_fd());
        match link.step(&unsent[at..], &mut received, Instant::now() + IDLE, wake) {
            Ok(sent) => at += sent,
            Err(Failure::TimedOut) => {}
            Err(_) => return Ok(()),
        }
    }
}

fn is_readable(socket: &UnixStream) -> std::io::Result<bool> {
    let now = Timespec::default();
    match poll(&mut [PollFd::new(socket, PollFlags::IN)], Some(&now)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;
    use crate::connections::{Command, Connection as _, Local};

    #[test]
    fn a_program_is_spoken_with_and_ends_with_its_socket() {
        let folder = tempfile::tempdir().unwrap();
        let ended = folder.path().join("ended");
        let script = format!(
            "echo ready >&2; while read -r word; do echo \"heard $word\"; done; : > {}",
            ended.display()
        );
        let mut socket = Local::default().stream(&Command::new(script)).unwrap();
        let mut answers = BufReader::new(socket.try_clone().unwrap()).lines();
        for word in ["one", "two"] {
            writeln!(socket, "{word}").unwrap();
            assert_eq!(answers.next().unwrap().unwrap(), format!("heard {word}"));
        }
        drop((socket, answers));
        let deadline = Instant::now() + Duration::from_secs(5);
        while !ended.exists() {
            assert!(Instant::now() < deadline, "the program lives on");
            std::thread::yield_now();
        }
    }

    #[test]
    fn much_passes_both_ways_at_once_and_the_end_of_a_program_is_seen() {
        let size = 3 * 1024 * 1024 + 7;
        let command = Command::new(format!("head -c {size} | tee /dev/null"));
        let mut socket = Local::default().stream(&command).unwrap();
        let sent: Vec<u8> = (0..=255).cycle().take(size).collect();
        let mut writer = socket.try_clone().unwrap();
        let content = sent.clone();
        let writing = std::thread::spawn(move || writer.write_all(&content));
        let mut received = Vec::new();
        socket.read_to_end(&mut received).unwrap();
        writing.join().unwrap().unwrap();
        assert!(received == sent);
    }
}
