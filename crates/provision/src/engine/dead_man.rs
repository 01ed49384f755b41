//! Changes that could lock examctl out take themselves back unless a new connection confirms them.
//!
//! A timer on the host is armed before the change. Afterwards a connection is opened anew, the way
//! the next run will have to come: only that proves that the host can still be reached. What cannot
//! be confirmed in time, the host puts back by itself.

use std::time::{Duration, Instant};

use super::event::Failure;
use super::run::HostRun;
use crate::connections::{Command, Connection, ConnectionError, open, quote};
use crate::ops::Revert;

/// Pause between attempts to open the new connection.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// So long before the timer fires no confirmation is begun any more.
const MARGIN: Duration = Duration::from_secs(5);

/// Logins that the host may refuse before no further one is tried: more of them, and what guards
/// the host against guessed passwords (fail2ban) would ban this machine.
const REFUSALS: usize = 2;

/// An armed timer.
pub(super) struct DeadMan {
    folder: String,
    unit: String,
    fires: Instant,
    after: Duration,
}

/// Why a change is not confirmed yet.
struct Unconfirmed {
    /// The host may answer the next time.
    no_answer: bool,
    reason: String,
}

impl From<ConnectionError> for Unconfirmed {
    fn from(error: ConnectionError) -> Self {
        Self {
            no_answer: matches!(
                error,
                ConnectionError::Unreachable { .. }
                    | ConnectionError::Lost { .. }
                    | ConnectionError::TimedOut { .. }
            ),
            reason: error.to_string(),
        }
    }
}

impl DeadMan {
    /// Saves what is there and arms the timer.
    pub(super) fn arm(run: &mut HostRun<'_>, task: &str, revert: &Revert) -> Result<Self, Failure> {
        let token = run.lock.token().to_owned();
        let folder = format!("{}/revert/{token}", run.checked.state_directory);
        let after = run.options.revert_after;
        let armed = Self {
            unit: format!("examctl-revert-{token}"),
            folder,
            fires: Instant::now() + after,
            after,
        };
        let command = Command::new(armed.arm_script(revert));
        run.run_change(task, "arm the timer that takes this back", &command)?;
        Ok(armed)
    }

    fn arm_script(&self, revert: &Revert) -> String {
        let folder = quote(&self.folder);
        let unit = &self.unit;
        let seconds = self.after.as_secs();
        format!(
            "set -e\n\
             umask 077\n\
             rm -rf {folder}\n\
             mkdir -p {folder}/saved\n\
             export EXAMCTL_SAVED={folder}/saved\n\
             (\n{prepare}\n)\n\
             cat > {folder}/restore <<'EXAMCTL-END'\n\
             PATH=$PATH:/usr/sbin:/sbin\n\
             export EXAMCTL_SAVED={folder}/saved\n\
             mkdir {folder}/settled 2>/dev/null || exit 0\n\
             {restore}\n\
             EXAMCTL-END\n\
             if [ -d /run/systemd/system ]; then\n\
             systemd-run --quiet --collect --unit={unit} --on-active={seconds} --timer-property=AccuracySec=1s /bin/sh {folder}/restore\n\
             else\n\
             setsid sh -c 'sleep {seconds}; exec sh \"$1/restore\"' - {folder} </dev/null >/dev/null 2>&1 &\n\
             fi\n",
            prepare = revert.prepare,
            restore = revert.restore,
        )
    }

    /// Disarms the timer over a new connection, which takes the place of the old one.
    pub(super) fn confirm(self, run: &mut HostRun<'_>, task: &str) -> Result<(), Failure> {
        let until = self.fires.checked_sub(MARGIN).unwrap_or(self.fires);
        let mut refusals = 0;
        let reason = loop {
            let unconfirmed = match self.try_confirm(run) {
                Ok(connection) => {
                    run.connection = connection;
                    return Ok(());
                }
                Err(unconfirmed) => unconfirmed,
            };
            if !unconfirmed.no_answer {
                refusals += 1;
            }
            if refusals == REFUSALS || Instant::now() + RETRY_PAUSE >= until {
                break unconfirmed.reason;
            }
            std::thread::sleep(RETRY_PAUSE);
        };
        let message = format!(
            "the change was made, and then no new connection could be opened to confirm it: {reason}. \
             The host takes the change back by itself within {} s of making it; examctl can reach it \
             again after that",
            self.after.as_secs()
        );
        Err(run.task_failed(task, &message))
    }

    fn try_confirm(&self, run: &HostRun<'_>) -> Result<Box<dyn Connection>, Unconfirmed> {
        let mut connection = open(&run.play.host, &run.options.open)?;
        let command = Command::new(self.confirm_script())
            .become_root(run.play.seat().become_root)
            .timeout(MARGIN);
        let output = connection.run(&command)?;
        if output.success() {
            return Ok(connection);
        }
        Err(Unconfirmed {
            no_answer: false,
            reason: output.error_text(),
        })
    }

    fn confirm_script(&self) -> String {
        let folder = quote(&self.folder);
        format!(
            "mkdir {folder}/settled || {{ [ ! -d {folder}/settled ] || echo 'the host has taken it back already' >&2; exit 1; }}\n\
             [ ! -d /run/systemd/system ] || systemctl --quiet stop {}.timer\n\
             rm -rf {folder}\n",
            self.unit
        )
    }

    /// The change failed while the host could still be reached: puts back what was saved at once.
    pub(super) fn take_back(self, run: &mut HostRun<'_>) {
        let folder = quote(&self.folder);
        let script = format!(
            "sh {folder}/restore\n\
             [ ! -d /run/systemd/system ] || systemctl --quiet stop {}.timer\n\
             rm -rf {folder}\n",
            self.unit
        );
        let command = Command::new(script)
            .become_root(run.play.seat().become_root)
            .timeout(Duration::from_secs(30));
        // Where this fails the timer does it.
        run.connection.run(&command).ok();
    }
}
