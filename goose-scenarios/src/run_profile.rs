//! One run from beginning to end: check, start the students, watch, compare, judge.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior},
};
use uuid::Uuid;

use crate::{
    attack::{self, Ends},
    client::ClientFactory,
    credentials::Credentials,
    exit_code,
    gate::{Evidence, judge},
    health::{HealthMonitor, descriptors_needed, probe_descriptor_limit},
    ledger::Ledger,
    plan::plan,
    profile::Profile,
    progress::{Progress, snapshot},
    reconcile::{Correctness, reconcile},
    recorder::Recorder,
    report::{EndedBy, Report, SCHEMA, UsersReport, endpoint_reports, users_report},
    run::Run,
    stored::{StoredSource, gather_stored},
    student::sit_exam,
};

/// How often the signs to stop are looked at.
const WATCH_PERIOD: Duration = Duration::from_millis(100);
/// How long a run may last beyond its plan, besides what its timeouts allow for.
const OVERTIME: Duration = Duration::from_secs(30);

/// What one run needs to know.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Such as `http://127.0.0.1:8080`.
    pub target_url: String,
    pub profile: Profile,
    pub credentials: Credentials,
    /// Without it, each student sits the first exam on their list that they have not submitted.
    pub exam_id: Option<String>,
    /// Where the ledger is written, as JSON lines. The file must not exist.
    pub ledger_path: PathBuf,
    pub stored_source: StoredSource,
    /// Set to true, it ends the run soon; the report says so and is no pass.
    pub interrupt: Arc<AtomicBool>,
}

/// Why there was no run. A run that took place has a [`Report`], however bad.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("the target '{target}' is not a URL that begins with http:// or https://: {reason}")]
    Target { target: String, reason: String },
    #[error(
        "the profile has {needed} users and there are only {given} logins: give more logins or ask for fewer users"
    )]
    TooFewLogins { needed: u32, given: usize },
    #[error("cannot create the ledger {}: {reason}; it must be a new file in an existing folder", path.display())]
    Ledger { path: PathBuf, reason: String },
    #[error(
        "{users} users need {needed} file descriptors and this process may open {available}: raise the limit (ulimit -n {needed})"
    )]
    DescriptorLimit {
        users: u32,
        needed: u64,
        available: u64,
    },
    #[error("the load generator cannot start: {reason}")]
    Generator { reason: String },
}

impl LoadError {
    /// The exit status for a run that did not take place for this reason.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Target { .. } | Self::TooFewLogins { .. } | Self::Ledger { .. } => {
                exit_code::USAGE
            }
            Self::DescriptorLimit { .. } => exit_code::INCONCLUSIVE,
            Self::Generator { .. } => exit_code::FAILED,
        }
    }
}

/// Runs the profile against the target, about as long as the profile says, and judges what happened.
///
/// `progress` is called once a second. Only one run per process at a time, on a multi-threaded
/// runtime; Ctrl-C ends the run as interrupted.
///
/// # Errors
/// [`LoadError`] when the run could not begin. A server that is down is not an error but a verdict.
pub async fn run_profile(
    options: RunOptions,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Report, LoadError> {
    let interrupt = Arc::clone(&options.interrupt);
    let stored_source = options.stored_source.clone();
    let run = Arc::new(prepare(options)?);
    let started_at = wall_clock();
    let ends = Arc::new(Ends::new(run.profile.users.count));
    let canary = tokio::spawn({
        let run = Arc::clone(&run);
        async move { run.health.run_canary().await }
    });
    let outcome = {
        let student_run = Arc::clone(&run);
        let attack = attack::run_users(&run.target_url, &ends, move |user| {
            let run = Arc::clone(&student_run);
            async move { sit_exam(&run, user).await }
        });
        tokio::pin!(attack);
        loop {
            tokio::select! {
                outcome = &mut attack => break outcome,
                () = watch_for_a_second(&run, &ends, &interrupt) => progress(snapshot(&run, &ends)),
            }
        }
    };
    canary.abort();
    outcome.map_err(|reason| LoadError::Generator { reason })?;
    let correctness = compare(&run, &stored_source).await;
    Ok(report(
        &run,
        &ends.read(users_report),
        correctness,
        started_at,
    ))
}

fn prepare(options: RunOptions) -> Result<Run, LoadError> {
    let target_url = check_target(&options.target_url)?;
    let profile = options.profile;
    let count = profile.users.count;
    let given = options.credentials.logins.len();
    if usize::try_from(count).is_ok_and(|needed| given < needed) {
        return Err(LoadError::TooFewLogins {
            needed: count,
            given,
        });
    }
    let needed = descriptors_needed(count);
    if let Some(available) = probe_descriptor_limit()
        && available < needed
    {
        return Err(LoadError::DescriptorLimit {
            users: count,
            needed,
            available,
        });
    }
    let clients = ClientFactory::new(&target_url, profile.client.timeout)
        .map_err(|reason| LoadError::Generator { reason })?;
    let ledger = Ledger::create(&options.ledger_path).map_err(|error| LoadError::Ledger {
        path: options.ledger_path,
        reason: error.to_string(),
    })?;
    Ok(Run {
        target_url,
        plan: plan(&profile),
        epoch: Instant::now() + attack::start_up_time(count),
        profile,
        credentials: options.credentials,
        exam_id: options.exam_id,
        clients,
        health: HealthMonitor::default(),
        stop: watch::Sender::new(false),
        recorder: Mutex::new(Recorder::default()),
        ledger: Mutex::new(ledger),
    })
}

/// The target without a slash at its end.
fn check_target(target: &str) -> Result<String, LoadError> {
    let wrong = |reason: String| LoadError::Target {
        target: target.to_owned(),
        reason,
    };
    let url = reqwest::Url::parse(target).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("another scheme, or no host".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(wrong("it must hold neither a user nor a query".to_owned()));
    }
    Ok(target.trim_end_matches('/').to_owned())
}

/// Comes back after a second; meanwhile passes on the signs to stop.
async fn watch_for_a_second(run: &Run, ends: &Ends, interrupt: &AtomicBool) {
    let mut period = tokio::time::interval(WATCH_PERIOD);
    period.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..10 {
        period.tick().await;
        if interrupt.load(Ordering::Relaxed) || attack::is_interrupted(ends) {
            run.stop.send_replace(true);
        }
        let overtime =
            Instant::now().saturating_duration_since(run.epoch + run.profile.exam.duration);
        let patience =
            run.profile.client.timeout * (run.profile.client.save_attempts + 4) + OVERTIME;
        if overtime > patience && !run.is_stopped() {
            run.health.breached(format!(
                "the run was ended {overtime:?} after its planned end"
            ));
            run.stop.send_replace(true);
        }
        if overtime > patience * 2 {
            attack::give_up();
        }
    }
}

/// What is stored against what was acknowledged, or why that could not be told.
async fn compare(run: &Run, source: &StoredSource) -> Result<Correctness, String> {
    let stored = gather_stored(source, run).await?;
    let ledger = run.ledger();
    if let Some(failure) = ledger.failure() {
        run.health.breached(failure.to_owned());
    }
    Ok(reconcile(ledger.account(), &stored))
}

fn report(
    run: &Run,
    users: &UsersReport,
    correctness: Result<Correctness, String>,
    started_at: DateTime<Utc>,
) -> Report {
    let ended_by = if run.is_stopped() || users.interrupted > 0 {
        EndedBy::Interrupted
    } else {
        EndedBy::Completed
    };
    let endpoints = endpoint_reports(&run.plan, &run.recorder());
    let timeline = run.recorder().timeline.seconds();
    let generator = run.health.judge(&run.profile.generator);
    let (rules, verdict) = judge(&Evidence {
        profile: &run.profile,
        ended_by,
        users,
        endpoints: &endpoints,
        correctness: correctness.as_ref().map_err(String::as_str),
        generator: &generator,
    });
    Report {
        schema: SCHEMA,
        run_id: Uuid::now_v7().to_string(),
        profile: run.profile.name.clone(),
        target: run.target_url.clone(),
        seed: run.profile.seed,
        started_at,
        ended_at: wall_clock(),
        ended_by,
        users: users.clone(),
        endpoints,
        rules,
        correctness: correctness.ok(),
        generator,
        timeline,
        verdict,
        exit_code: verdict.exit_code(),
    }
}

/// The one place that reads the wall clock, for the dates in a report.
#[expect(
    clippy::disallowed_methods,
    reason = "the owner of the clock in this crate"
)]
fn wall_clock() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_is_an_address_and_nothing_more() {
        assert_eq!(
            check_target("http://127.0.0.1:8080/").unwrap(),
            "http://127.0.0.1:8080"
        );
        for wrong in [
            "localhost",
            "ftp://host",
            "http://user:pass@host",
            "http://host/?a=b",
            "",
        ] {
            assert_eq!(check_target(wrong).unwrap_err().exit_code(), 2, "{wrong}");
        }
    }
}
