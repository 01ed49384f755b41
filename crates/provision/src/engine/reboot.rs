//! Booting a host anew in the middle of a run, and reaching it again.

use std::time::{Duration, Instant};

use super::event::Failure;
use super::run::HostRun;
use crate::connections::{Command, Connection, open};

/// Pause between attempts to reach the host again.
const RETRY_PAUSE: Duration = Duration::from_secs(2);
/// How long the new host may take to say when it booted.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// Different after each boot, in containers too, where the kernel stays: its boot and the moment
/// the first process started.
const BOOT: &str = "read -r b </proc/sys/kernel/random/boot_id; read -r s </proc/1/stat; s=${s##*) }; set -- $s; echo \"$b ${20}\"";

/// Detached and a moment later, so that the answer still gets through.
const TRIGGER: &str = "if [ -d /run/systemd/system ]; then\n\
    systemd-run --quiet --collect --on-active=1 --timer-property=AccuracySec=100ms systemctl reboot\n\
    else\n\
    setsid sh -c 'sleep 1; exec reboot' </dev/null >/dev/null 2>&1 &\n\
    fi";

/// Reboots the host of `run` and connects again; facts read before are no longer true. `script`
/// puts around the commands that reboot it what else has to be done.
pub(super) fn reboot_host(
    run: &mut HostRun<'_>,
    task: &str,
    what: &str,
    script: &dyn Fn(&str) -> String,
    timeout: Duration,
) -> Result<(), Failure> {
    let until = Instant::now() + timeout;
    let before = boot_of(run.connection.as_mut()).map_err(|reason| {
        run.task_failed(task, &format!("cannot tell when the host booted: {reason}"))
    })?;
    run.run_change(task, what, &Command::new(script(TRIGGER)))?;
    let mut reason = "it did not go down".to_owned();
    while Instant::now() < until {
        std::thread::sleep(RETRY_PAUSE);
        match reconnect(run, &before) {
            Ok(Some(connection)) => {
                run.connection = connection;
                return Ok(());
            }
            Ok(None) => {}
            Err(error) => reason = error,
        }
    }
    let message = format!(
        "the host was told to reboot and cannot be reached again within {} s: {reason}. Look at its console; the next apply goes on from here",
        timeout.as_secs()
    );
    Err(run.task_failed(task, &message))
}

/// A connection to the host as it booted anew; `None` while it is still going down.
fn reconnect(run: &HostRun<'_>, before: &str) -> Result<Option<Box<dyn Connection>>, String> {
    let mut connection =
        open(&run.play.host, &run.options.open).map_err(|error| error.to_string())?;
    let now = boot_of(connection.as_mut())?;
    Ok((now != before).then_some(connection))
}

fn boot_of(connection: &mut dyn Connection) -> Result<String, String> {
    let command = Command::new(BOOT).timeout(ANSWER_TIMEOUT);
    let output = connection
        .run(&command)
        .map_err(|error| error.to_string())?;
    if output.success() {
        Ok(output.text())
    } else {
        Err(output.error_text())
    }
}
