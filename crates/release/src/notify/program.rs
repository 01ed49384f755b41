//! Hands one JSON object to a program of this machine, and ends it when it takes too long.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

const POLL: Duration = Duration::from_millis(20);

/// Runs `program` without arguments and without a shell; what it says on standard error is shown.
pub(super) fn tell(program: &str, json: &[u8], limit: Duration) -> Result<(), String> {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        // Standard output is for the results of this program.
        .stdout(Stdio::null())
        // Its own group: Ctrl-C is for the deploy, and everything that it started ends with it.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    let input = child.stdin.take();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if let Some(mut input) = input {
                // One that reads nothing, or not all, has what it wanted.
                input.write_all(json).ok();
            }
        });
        wait(&mut child, limit)
    })
}

fn wait(child: &mut Child, limit: Duration) -> Result<(), String> {
    let started = Instant::now();
    loop {
        let ended = child.try_wait().map_err(|error| error.to_string())?;
        match ended {
            Some(status) => return judged(status),
            None if started.elapsed() < limit => std::thread::sleep(POLL),
            None => {
                end(child);
                return Err(format!("it was ended after {} s", limit.as_secs_f64()));
            }
        }
    }
}

fn judged(status: ExitStatus) -> Result<(), String> {
    if status.success() {
        Ok(())
    } else {
        Err(format!("it ended with {status}"))
    }
}

/// Its input closes with it, so that whoever still writes there ends too.
fn end(child: &mut Child) {
    // One that is gone by now needs no end.
    kill_process_group(Pid::from_child(child), Signal::KILL).ok();
    child.wait().ok();
}
