//! How is each step done? Every one may be done twice: a crash can lie between doing and noting.

use std::time::{Duration, Instant};

use provision::connections::{Output, quote};

use crate::artifact::Artifact;
use crate::control::control_script;
use crate::gate::{Gate, Probe, Verdict};
use crate::host::{StepError, USUAL, last_lines, said};
use crate::journal::Begin;
use crate::layout::Slot;
use crate::manifest::Manifest;
use crate::preflight::check_open_exams;
use crate::runner::runner_of;
use crate::session::Session;
use crate::steps::Step;
use crate::upload::apply_upload;

const PROBE_EVERY: Duration = Duration::from_millis(250);
/// Less than the lease of the lock.
const MIGRATE: Duration = Duration::from_secs(600);
const PROMOTE: Duration = Duration::from_secs(15);
/// The way through the proxy may lag behind a promotion by a moment.
const PUBLIC: Duration = Duration::from_secs(15);
/// What `exam-service` exits with when its settings are at fault.
const INVALID_SETTINGS: i32 = 2;

/// What the steps of one release work on.
pub(crate) struct Work<'w> {
    pub(crate) begin: &'w Begin,
    pub(crate) manifest: &'w Manifest,
    /// Present where there is something to upload.
    pub(crate) artifact: Option<&'w Artifact>,
    /// Whether an interruption ends a wait.
    pub(crate) interruptible: bool,
}

/// Does one step.
pub(crate) fn apply_step(
    session: &mut Session<'_>,
    work: &Work<'_>,
    step: Step,
) -> Result<(), StepError> {
    let to = work.begin.to;
    let runner = runner_of(session.host.target);
    match step {
        Step::Upload => upload(session, work),
        Step::CheckSettings => check_settings(session, work),
        Step::Migrate => migrate(session, work),
        Step::Stop => {
            if to == Slot::Single {
                check_exams(session)?;
            }
            runner.stop(&mut session.host, to)
        }
        Step::Link => apply_link(session, to, Some(&work.begin.release)),
        Step::Start => runner.start(&mut session.host, to),
        Step::Gate => wait_at_gate(session, work),
        Step::Smoke => smoke(session, work),
        Step::Activate if to == Slot::Single => Ok(()),
        Step::Activate => {
            check_exams(session)?;
            apply_active(session, Some(to))
        }
        Step::Promote => promote(session, work),
        Step::Retire => retire(session, work),
        Step::Verify => verify(session, work),
    }
}

fn upload(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let Some(artifact) = work.artifact else {
        return Err(StepError::Failed(
            "there is no artifact to upload".to_owned(),
        ));
    };
    let release = Some(&work.begin.release);
    let in_use =
        work.begin.previous.as_ref() == release || work.begin.to_before.as_ref() == release;
    apply_upload(session, artifact, in_use)
}

/// Runs the release's own binary as the account that it will run as.
fn run_binary(
    session: &mut Session<'_>,
    work: &Work<'_>,
    verb: &str,
    limit: Duration,
) -> Result<Output, StepError> {
    let target = session.host.target;
    let user = target.exam_user.as_ref().map_or(String::new(), |user| {
        format!("runuser -u {} -- ", quote(user))
    });
    let script = format!(
        "{user}{} --env-file {} {verb}",
        quote(&target.layout().binary(&work.begin.release)),
        quote(&target.exam_env_file)
    );
    Ok(session.host.run(&script, "", limit)?)
}

fn check_settings(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let output = run_binary(session, work, "check", USUAL)?;
    match output.status {
        0 => Ok(()),
        INVALID_SETTINGS => Err(StepError::Failed(format!(
            "the new release does not accept the settings in {}:\n{}",
            session.host.target.exam_env_file,
            said(&output)
        ))),
        _ => Err(StepError::Gate(format!(
            "the new release cannot check its settings: {}",
            said(&output)
        ))),
    }
}

fn migrate(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let output = run_binary(session, work, "migrate", MIGRATE)?;
    if output.success() {
        return Ok(());
    }
    Err(StepError::Failed(format!(
        "`migrate` of the new release: {}",
        said(&output)
    )))
}

/// Exams may have begun since the preflight.
fn check_exams(session: &mut Session<'_>) -> Result<(), StepError> {
    let facts = session.gather_facts()?;
    match check_open_exams(facts.serving_slot(), session.options.during_exam) {
        None => Ok(()),
        Some(reason) => Err(StepError::Failed(reason)),
    }
}

/// Makes a slot name a release, or none.
pub(crate) fn apply_link(
    session: &mut Session<'_>,
    slot: Slot,
    release: Option<&str>,
) -> Result<(), StepError> {
    let layout = session.host.target.layout();
    let link = layout.link(slot);
    let script = match release {
        None => format!("rm -f {}", quote(&link)),
        Some(release) => format!(
            "umask 022; mkdir -p \"$(dirname {link})\" && ln -sfn {to} {new} && mv -fT {new} {link} && sync \"$(dirname {link})\"",
            to = quote(&layout.link_target(slot, release)),
            new = quote(&format!("{link}.new")),
            link = quote(&link),
        ),
    };
    session.host.must_run(&format!("switch {link}"), &script)?;
    Ok(())
}

/// Says which colour serves, or that none does.
pub(crate) fn apply_active(session: &mut Session<'_>, slot: Option<Slot>) -> Result<(), StepError> {
    let script = match slot {
        None => "rm -f active && sync .".to_owned(),
        Some(slot) => format!(
            "umask 022; echo {slot} > active.new && sync active.new && mv -fT active.new active && sync ."
        ),
    };
    session.host.must_run("write `active`", &script)?;
    Ok(())
}

fn wait_at_gate(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let target = session.host.target;
    let mut gate = Gate::new(target.gate_probes, target.gate);
    let started = Instant::now();
    loop {
        let probe = probe_readiness(session, work.begin.to)?;
        match gate.observe(probe, started.elapsed()) {
            Verdict::Open => return Ok(()),
            Verdict::Closed(reason) => return Err(StepError::Gate(reason)),
            Verdict::Wait => session.pause(PROBE_EVERY, work.interruptible)?,
        }
    }
}

fn probe_readiness(session: &mut Session<'_>, slot: Slot) -> Result<Probe, StepError> {
    const STATE: &str = "--- state";
    let target = session.host.target;
    let runner = runner_of(target);
    let script = format!(
        "{} 2>&1; ready=$?\necho; echo '{STATE}'; {{ {}\n}} | tail -n 1\nexit $ready",
        control_script(target, slot, "readiness", Duration::from_secs(5)),
        runner.state_script(target, slot)
    );
    let output = session.host.run(&script, "", USUAL)?;
    let text = output.text();
    let (answer, state) = text.rsplit_once(STATE).unwrap_or((&text, ""));
    Ok(Probe {
        ready: output.success(),
        answer: last_lines(answer, 5),
        runner: runner.parse_state(state.trim()),
    })
}

fn smoke(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
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
    let probe = probe_readiness(session, to)?;
    if probe.ready {
        return Ok(());
    }
    Err(StepError::Gate(format!(
        "it is no longer ready: {}",
        probe.answer
    )))
}

fn promote(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let to = work.begin.to;
    session
        .host
        .apply_control(to, "promote", PROMOTE)
        .map_err(as_gate)?;
    let status = session.host.probe_status(to)?.map_err(StepError::Gate)?;
    if status.is_serving() {
        return Ok(());
    }
    Err(StepError::Gate(format!(
        "it was promoted, but is {}",
        status.state
    )))
}

/// The old release finishes what it holds. One that does not answer is restarted: it comes up in
/// standby, since `active` names the other.
fn retire(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let Some(from) = work.begin.from else {
        return Ok(());
    };
    let target = session.host.target;
    let limit = target.drain + Duration::from_secs(15);
    let error = match session.host.apply_control(from, "standby", limit) {
        Ok(_) => return Ok(()),
        Err(StepError::Connection(error)) => return Err(StepError::Connection(error)),
        Err(error) => error.reason(),
    };
    let runner = runner_of(target);
    session.note(format!(
        "the old release did not go into standby, it is restarted: {error}"
    ));
    runner.stop(&mut session.host, from)?;
    if work.begin.was_serving {
        // Serving goes on without it; a warm way back is all that would be missing.
        if let Err(error) = runner.start(&mut session.host, from) {
            session.note(format!(
                "the old release does not start again: {}",
                error.reason()
            ));
        }
    }
    Ok(())
}

fn verify(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
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
        let reason = match probe_public(session, &url, &work.manifest.version)? {
            None => return Ok(()),
            Some(reason) => reason,
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

fn as_gate(error: StepError) -> StepError {
    match error {
        StepError::Failed(reason) => StepError::Gate(reason),
        other => other,
    }
}
