//! Does the new release prove itself: before it is promoted, and after?

use std::time::{Duration, Instant};

use provision::connections::quote;

use crate::control::control_script;
use crate::gate::{Gate, Probe, Verdict};
use crate::host::{StepError, USUAL, last_lines, said};
use crate::layout::Slot;
use crate::perform::{Work, as_gate};
use crate::runner::{RunnerState, runner_of};
use crate::session::Session;

const PROBE_EVERY: Duration = Duration::from_millis(250);
const SMOKE: Duration = Duration::from_secs(30);
const SMOKE_RETRIES: Duration = Duration::from_secs(5);
/// The way through the proxy may lag behind a promotion by a moment.
const PUBLIC: Duration = Duration::from_secs(15);

/// Waits until the new release has said often enough that it is ready.
pub(crate) fn wait_at_gate(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let target = session.host.target;
    let mut gate = Gate::new(target.gate_probes, target.gate);
    let started = Instant::now();
    loop {
        let probe = probe_readiness(session, work.begin.to)?;
        match gate.observe(&probe, started.elapsed()) {
            Verdict::Open => return Ok(()),
            Verdict::Closed(reason) => return Err(StepError::Gate(reason)),
            Verdict::Wait => session.pause(PROBE_EVERY, work.interruptible)?,
        }
    }
}

/// Asks the release itself, and its runner only where that is not ready.
fn probe_readiness(session: &mut Session<'_>, slot: Slot) -> Result<Probe, StepError> {
    const STATE: &str = "--- state";
    let target = session.host.target;
    let runner = runner_of(target);
    let script = format!(
        "{} 2>&1 && exit 0\necho; echo '{STATE}'; {{ {}\n}} | tail -n 1\nexit 1",
        control_script(target, slot, "readiness", Duration::from_secs(5)),
        runner.state_script(target, slot)
    );
    let output = session.host.run(&script, "", USUAL)?;
    let text = output.text();
    let (answer, state) = text.rsplit_once(STATE).unwrap_or((&text, ""));
    let ready = output.success();
    let runner = if ready {
        RunnerState::Running
    } else {
        runner.parse_state(state.trim())
    };
    Ok(Probe {
        ready,
        answer: last_lines(answer, 5),
        runner,
    })
}

/// The release that was sent must be the one that answers, in the state it should be in, and
/// students' first requests must get the answers they should.
pub(crate) fn smoke(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let to = work.begin.to;
    let status = session.host.probe_status(to)?.map_err(StepError::Gate)?;
    if let Some(difference) = status.difference_to(work.manifest) {
        return Err(StepError::Gate(difference));
    }
    let expected = if to == Slot::Single {
        "serving"
    } else {
        "standby"
    };
    if status.state != expected {
        return Err(StepError::Gate(format!(
            "it is {}, not {expected}",
            status.state
        )));
    }
    // The routes a student meets first, asked on the admin socket. Many logins at once may fill the
    // queue of the only slot for a moment.
    let started = Instant::now();
    loop {
        match session.host.apply_control(to, "smoke", SMOKE) {
            Err(StepError::Failed(_)) if started.elapsed() < SMOKE_RETRIES => {
                session.pause(PROBE_EVERY, work.interruptible)?;
            }
            other => return other.map(drop).map_err(as_gate),
        }
    }
}

/// After the promotion the new release must answer, on the way that students take.
pub(crate) fn verify(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let to = work.begin.to;
    let status = session.host.probe_status(to)?.map_err(StepError::Gate)?;
    if let Some(difference) = status.difference_to(work.manifest) {
        return Err(StepError::Gate(difference));
    }
    if !status.is_serving() {
        return Err(StepError::Gate(format!(
            "it is {}, not serving",
            status.state
        )));
    }
    let Some(url) = public_url(session, to) else {
        return Ok(());
    };
    let started = Instant::now();
    loop {
        let Some(reason) = probe_public(session, &url, &work.manifest.version)? else {
            return Ok(());
        };
        if started.elapsed() > PUBLIC {
            return Err(StepError::Gate(format!(
                "{url} does not answer as it should: {reason}"
            )));
        }
        session.pause(PROBE_EVERY, work.interruptible)?;
    }
}

fn public_url(session: &Session<'_>, slot: Slot) -> Option<String> {
    let target = session.host.target;
    let own_port = || {
        target
            .port(slot)
            .map(|port| format!("http://127.0.0.1:{port}"))
    };
    let base = target.exam_public_url.clone().or_else(own_port)?;
    Some(format!("{base}/health/readiness"))
}

/// Asks the way students come in, from the host itself; `None` when the right release answers.
fn probe_public(
    session: &mut Session<'_>,
    url: &str,
    version: &str,
) -> Result<Option<String>, StepError> {
    const NO_CLIENT: i32 = 69;
    // The certificate is not this check's matter: it may be for another name, or self-signed.
    let script = format!(
        "if command -v curl >/dev/null; then curl -kfsS --max-time 10 {url}\n\
         elif command -v wget >/dev/null; then wget -q -T 10 -O - --no-check-certificate {url}\n\
         else exit {NO_CLIENT}; fi",
        url = quote(url)
    );
    let output = session.host.run(&script, "", USUAL)?;
    if output.status == NO_CLIENT {
        session.note("neither curl nor wget is on the host: the public address was not checked");
        return Ok(None);
    }
    if !output.success() {
        return Ok(Some(said(&output)));
    }
    let body: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if body["version"] == version {
        return Ok(None);
    }
    Ok(Some(format!(
        "it answers `{}`, not with version {version}",
        last_lines(&output.text(), 5)
    )))
}
