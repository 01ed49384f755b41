//! One short exam per fault: no gate may go green on a dead, lying or stalled server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use goose_scenarios::{
    Credentials, EndedBy, Endpoint, EndpointReport, LoadError, Password, Profile, Report,
    RunOptions, StoredSource, Verdict, render_table, run_profile,
};
use tokio::sync::Mutex;

use crate::fake::{Fault, start};

/// Goose keeps process-wide state: one run at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

const PROFILE: &str = "
name: short
users: { count: 4 }
seed: 1
client: { timeout: 3s, save_attempts: 3 }
exam: { duration: 2s, saves_per_question: 12, save_every: 100ms }
# Wide, for a machine that builds other things meanwhile; still far below the stall.
generator: { canary_p99: 250ms, idle_lag_p99: 250ms }
gates:
  defaults: { error_rate: 1%, min_samples: 10, achieved_of_offered: 90% }
  endpoints:
    PUT answers: { p95: 400ms }
";

fn options(target_url: String, folder: &tempfile::TempDir) -> RunOptions {
    RunOptions {
        target_url,
        profile: Profile::parse_profile(PROFILE, "test").unwrap(),
        credentials: Credentials {
            logins: (1..=4).map(|number| format!("student-{number}")).collect(),
            password: Password::new("correct horse"),
        },
        exam_id: None,
        ledger_path: folder.path().join("ledger.jsonl"),
        stored_source: StoredSource::Http,
        interrupt: Arc::new(AtomicBool::new(false)),
    }
}

async fn run_against(target_url: String) -> Report {
    let _one = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let report = run_profile(options(target_url, &folder), |_| ())
        .await
        .unwrap();
    assert_eq!(report.exit_code, report.verdict.exit_code());
    report
}

async fn run_with(fault: Fault) -> Report {
    run_against(start(fault)).await
}

fn saves(report: &Report) -> &EndpointReport {
    let mut endpoints = report.endpoints.iter();
    endpoints
        .find(|endpoint| endpoint.name == Endpoint::SaveAnswers)
        .unwrap()
}

#[track_caller]
fn assert_verdict(report: &Report, verdict: Verdict, exit_code: u8, rule: &str) {
    let table = render_table(report);
    assert_eq!(
        (report.verdict, report.exit_code),
        (verdict, exit_code),
        "{table}"
    );
    let decisive = report.rules.iter().find(|result| result.id == rule);
    assert_eq!(
        decisive.map(|rule| rule.verdict),
        Some(verdict),
        "{rule}\n{table}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_service_passes_and_every_save_is_accounted_for() {
    let _one = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let mut snapshots = Vec::new();
    let options = options(start(Fault::None), &folder);
    let ledger_path = options.ledger_path.clone();
    let report = run_profile(options, |progress| snapshots.push(progress))
        .await
        .unwrap();
    assert_verdict(&report, Verdict::Pass, 0, "error_rate/PUT answers");
    let correctness = report.correctness.as_ref().unwrap();
    // 4 users, 12 saves of 3 questions; a busy machine may coalesce a few.
    assert!(
        correctness.acked > 120 && correctness.acked <= 144,
        "{correctness:?}"
    );
    assert_eq!(
        (correctness.sent, correctness.stored),
        (correctness.acked, correctness.acked)
    );
    assert_eq!(correctness.submits_acked, 4);
    assert_eq!(report.users.finished, 4);
    let text = std::fs::read_to_string(ledger_path).unwrap();
    let acknowledged = text
        .lines()
        .filter(|line| line.contains(r#""t":"A""#))
        .count();
    assert_eq!(acknowledged as u64, correctness.acked);
    assert!(!text.contains("correct horse"));
    assert!(
        snapshots.len() >= 2
            && snapshots
                .iter()
                .any(|progress| progress.saves_acknowledged > 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_saves_are_corrupt_although_every_response_was_fast_and_good() {
    let report = run_with(Fault::LosesSaves).await;
    assert_verdict(&report, Verdict::Corrupt, 8, "correctness.lost_acked");
    assert_eq!(saves(&report).failed, 0);
    let correctness = report.correctness.unwrap();
    // Sequences 1 to 3 of 3 questions of 4 students are stored, the rest was lost.
    assert_eq!(correctness.stored, 36);
    assert_eq!(correctness.lost_acked, correctness.acked - 36);
    assert_eq!(correctness.regressed, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn altered_saves_are_corrupt() {
    let report = run_with(Fault::AltersSaves).await;
    assert_verdict(&report, Verdict::Corrupt, 8, "correctness.altered");
}

#[tokio::test(flavor = "multi_thread")]
async fn invented_answers_are_corrupt() {
    let report = run_with(Fault::InventsAnswers).await;
    assert_verdict(&report, Verdict::Corrupt, 8, "correctness.phantom");
}

#[tokio::test(flavor = "multi_thread")]
async fn forgotten_submissions_are_corrupt() {
    let report = run_with(Fault::ForgetsSubmissions).await;
    assert_verdict(&report, Verdict::Corrupt, 8, "correctness.submits_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn fast_errors_fail_and_are_no_good_latencies() {
    let report = run_with(Fault::FastErrors).await;
    assert_verdict(&report, Verdict::Fail, 4, "error_rate/PUT answers");
    assert_eq!(saves(&report).intended, None);
    assert_eq!(saves(&report).by_status["500"], saves(&report).sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_acknowledgements_are_failures() {
    let report = run_with(Fault::EmptyAcknowledgements).await;
    assert_verdict(&report, Verdict::Fail, 4, "error_rate/PUT answers");
    assert_eq!(
        saves(&report).by_status["unusable 200"],
        saves(&report).sent
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_outcomes_are_errors_and_no_losses() {
    let report = run_with(Fault::UnknownOutcomes).await;
    assert_verdict(&report, Verdict::Fail, 4, "error_rate/PUT answers");
    let correctness = report.correctness.unwrap();
    assert!(
        correctness.acked > 0,
        "a save is repeated until it is acknowledged"
    );
    assert_eq!(correctness.lost_acked, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn stall_fails_the_latency_of_what_was_meant_to_be_sent_meanwhile() {
    let report = run_with(Fault::Stalls).await;
    assert_verdict(&report, Verdict::Fail, 4, "latency.p95/PUT answers");
    assert_eq!(saves(&report).failed, 0);
    assert!(saves(&report).coalesced > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_logins_leave_dead_users_who_do_nothing() {
    let report = run_with(Fault::RefusesLogin).await;
    assert_verdict(&report, Verdict::Fail, 4, "users.dead");
    assert_eq!((report.users.dead, saves(&report).sent), (4, 0));
    assert_eq!(
        report.users.reasons[0].reason,
        "POST login failed: 401 Wrong credentials"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn service_that_dies_half_way_fails() {
    let report = run_with(Fault::Dies).await;
    assert_verdict(&report, Verdict::Fail, 4, "error_rate/PUT answers");
    assert!(saves(&report).ok > 0);
    assert_eq!(report.correctness, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn service_that_was_never_there_fails() {
    // Bound and dropped: nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let report = run_against(target).await;
    assert_verdict(&report, Verdict::Fail, 4, "users.dead");
    assert_eq!(report.users.reasons[0].reason, "POST login failed: connect");
}

#[tokio::test(flavor = "multi_thread")]
async fn used_up_logins_are_no_pass() {
    let report = run_with(Fault::AlreadySubmitted).await;
    assert_verdict(&report, Verdict::Fail, 4, "users.dead");
    assert!(report.users.reasons[0].reason.contains("fresh logins"));
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_run_ends_soon_and_is_inconclusive() {
    let _one = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let options = options(start(Fault::None), &folder);
    let interrupt = Arc::clone(&options.interrupt);
    let report = run_profile(options, |progress| {
        if progress.saves_acknowledged > 0 {
            interrupt.store(true, Ordering::Relaxed);
        }
    })
    .await
    .unwrap();
    assert_verdict(&report, Verdict::Inconclusive, 7, "run.completed");
    assert_eq!(report.ended_by, EndedBy::Interrupted);
    let correctness = report.correctness.unwrap();
    assert!(
        correctness.acked > 0 && correctness.lost_acked == 0,
        "{correctness:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_generator_condemns_nobody() {
    let hogs: Vec<_> = (0..2)
        .map(|_| {
            tokio::spawn(async {
                loop {
                    std::thread::sleep(Duration::from_millis(600));
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let report = run_with(Fault::None).await;
    for hog in hogs {
        hog.abort();
    }
    assert_verdict(&report, Verdict::Inconclusive, 7, "generator.healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_start_says_why_and_writes_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let mut few = options("http://127.0.0.1:9".into(), &folder);
    few.credentials.logins.truncate(3);
    let error = run_profile(few, |_| ()).await.unwrap_err();
    assert!(
        matches!(
            error,
            LoadError::TooFewLogins {
                needed: 4,
                given: 3
            }
        ),
        "{error}"
    );
    let existing = options("http://127.0.0.1:9".into(), &folder);
    std::fs::write(&existing.ledger_path, "an older run").unwrap();
    let error = run_profile(existing, |_| ()).await.unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("ledger.jsonl"), "{error}");
}
