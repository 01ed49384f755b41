//! Trying a task again where the world is slow.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::event::{Event, Failure, FailureKind};
use super::run::HostRun;
use crate::playbook::ReadyTask;

/// How often a waiting run looks whether it shall stop.
const GLANCE: Duration = Duration::from_millis(100);

/// Does `attempt` as often as the task allows, until it succeeds. A failure that another attempt
/// follows is not the task's.
pub(super) fn with_retries<'a, T>(
    run: &mut HostRun<'a>,
    task: &ReadyTask,
    mut attempt: impl FnMut(&mut HostRun<'a>, u32) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let attempts = task.retries.map_or(1, |retries| retries.attempts);
    let mut number = 1;
    loop {
        run.quiet = number < attempts;
        let outcome = attempt(run, number);
        run.quiet = false;
        let failure = match outcome {
            Err(failure) if failure.kind == FailureKind::TaskFailed && number < attempts => failure,
            Err(failure) if number < attempts && failure.task.is_some() => {
                run.say_failed(&failure);
                return Err(failure);
            }
            outcome => return outcome,
        };
        number += 1;
        let wait = task
            .retries
            .map(|retries| retries.delay_before(number))
            .unwrap_or_default();
        (run.emit)(Event::TaskRetried {
            host: run.host(),
            task: task.name.clone(),
            attempt: number,
            attempts,
            wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            error: failure.message,
        });
        pause(run, wait);
        run.check_interrupt(&task.name)?;
    }
}

/// Waits, unless the user asks to stop.
fn pause(run: &HostRun<'_>, wait: Duration) {
    let until = Instant::now() + wait;
    while !run.options.interrupt.load(Ordering::Relaxed) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(GLANCE));
    }
}
