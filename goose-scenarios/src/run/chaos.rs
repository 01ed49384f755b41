//! Kills the server at its moments, and waits until it is there again.

use std::{
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lead::{Chaos, Prepared};
use crate::student::{ClientFactory, Target};

const PROBE_EVERY: Duration = Duration::from_millis(100);
/// How long a server that was killed is waited for.
const PATIENCE: Duration = Duration::from_mins(2);

/// One kill and what became of the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Kill {
    /// The number of its phase.
    #[serde(skip)]
    pub(crate) phase: usize,
    /// Seconds since the plan began.
    pub at: f64,
    /// Until it said that it is ready again, in milliseconds; missing if it never did.
    pub recovered_ms: Option<f64>,
    /// Why the kill did not work, if it did not.
    pub problem: Option<String>,
}

/// Kills in a thread of its own.
pub(super) struct Killer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Kill>>,
}

impl Killer {
    pub(super) fn start(prepared: &Prepared, kill: Chaos, epoch: Instant) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let moments = moments(prepared);
        let (target, clients, ended) = (
            prepared.target.clone(),
            prepared.clients.clone(),
            Arc::clone(&stop),
        );
        let thread = std::thread::spawn(move || {
            let mut kills = Vec::new();
            for (phase, at) in moments {
                while Instant::now() < epoch + at {
                    if ended.load(Ordering::Relaxed) {
                        return kills;
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
                kills.push(kill_once(phase, at, &kill, &target, &clients, &ended));
            }
            kills
        });
        Self { stop, thread }
    }

    pub(super) fn finish(self) -> Vec<Kill> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

/// In the middle of equal parts of each phase that has kills.
fn moments(prepared: &Prepared) -> Vec<(usize, Duration)> {
    let phases = prepared
        .profile
        .phases
        .iter()
        .zip(prepared.profile.windows())
        .enumerate();
    let moments = phases.flat_map(|(number, (phase, (begins, _)))| {
        let kills = phase.chaos.as_ref().map_or(0, |chaos| chaos.kills);
        (0..kills).map(move |kill| {
            let share = (f64::from(kill) + 0.5) / f64::from(kills);
            (number, begins + phase.duration.mul_f64(share))
        })
    });
    moments.collect()
}

fn kill_once(
    phase: usize,
    at: Duration,
    kill: &Chaos,
    target: &Target,
    clients: &ClientFactory,
    ended: &AtomicBool,
) -> Kill {
    let killed_at = Instant::now();
    let problem = run_command(&kill.argv).err();
    let recovered = match problem {
        None => wait_until_ready(target, clients, ended)
            .then(|| killed_at.elapsed().as_secs_f64() * 1000.0),
        Some(_) => None,
    };
    Kill {
        phase,
        at: at.as_secs_f64(),
        recovered_ms: recovered,
        problem,
    }
}

/// Whether the server says within two minutes that it is ready.
pub(super) fn wait_until_ready(
    target: &Target,
    clients: &ClientFactory,
    ended: &AtomicBool,
) -> bool {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return false;
    };
    let url = format!("{}/health/readiness", target.url);
    let deadline = Instant::now() + PATIENCE;
    runtime.block_on(async {
        while Instant::now() < deadline && !ended.load(Ordering::Relaxed) {
            tokio::time::sleep(PROBE_EVERY).await;
            // A client of its own each time: no connection of before the kill.
            let Ok(client) = clients.build() else {
                return false;
            };
            let reply = client.get(&url).send().await;
            if reply.is_ok_and(|reply| reply.status().is_success()) {
                return true;
            }
        }
        false
    })
}

/// Runs a command that a person gave.
pub(super) fn run_command(argv: &[String]) -> Result<(), String> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run '{program}': {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no message");
    Err(format!("'{program}' failed ({}): {last}", output.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_says_why() {
        let run = |words: &[&str]| {
            run_command(
                &words
                    .iter()
                    .map(|word| (*word).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(run(&["true"]), Ok(()));
        let error = run(&["sh", "-c", "echo no such unit >&2; exit 5"]).unwrap_err();
        assert!(
            error.contains("no such unit") && error.contains('5'),
            "{error}"
        );
        assert!(run(&[]).is_err() && run(&["/nonexistent/program"]).is_err());
    }
}
