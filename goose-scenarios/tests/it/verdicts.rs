//! One short exam per fault: no gate may go green on a dead, lying or stalled server.

use goose_scenarios::{EndedBy, Report, Verdict, lead};

use crate::{
    fake::{Fault, start},
    rig::{
        PROFILE, assert_verdict, interrupting, options, run_against, run_with as run, saves,
        start_generator,
    },
};

fn run_with(fault: Fault) -> Report {
    run_against(&start(fault))
}

#[test]
fn healthy_service_passes_and_every_save_is_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    let (link, mut child) = start_generator("local", folder.path());
    let ledger_path = link.ledger_path.clone();
    let options = options(&start(Fault::None), PROFILE);
    let mut seen = Vec::new();
    let report = lead(&options, vec![link], &mut |live| seen.push(live)).unwrap();
    child.wait().unwrap();
    assert_verdict(&report, Verdict::Pass, 0, "sit/error_rate/PUT answers", "");
    let correctness = report.correctness.as_ref().unwrap();
    // 4 users, 12 saves of 3 questions, and a page twice; a busy machine may coalesce a few.
    assert!(
        correctness.acked > 120 && correctness.acked <= 152,
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
    let phases: Vec<_> = seen.iter().map(|live| live.phase.as_str()).collect();
    assert!(phases.contains(&"sit"), "{phases:?}");
    assert!(
        seen.iter()
            .any(|live| live.saves_per_second > 0.0 && live.save_p95_ms.is_some())
    );
    assert_eq!(report.target_facts.unwrap().environment, "staging");
}

#[test]
fn everything_of_the_baseline_is_asked_for() {
    let profile = "
name: baseline
users: { count: 4 }
seed: 1
client: { timeout: 3s, save_attempts: 1 }
phases: [{ name: all, run: baseline, duration: 1s, every: 500ms }]
generator: { canary_p99: 250ms, idle_lag_p99: 250ms, cpu: 100%, steal: 100%, clock: 500ms }
gates:
  defaults: { error_rate: 1%, min_samples: 4, achieved_of_offered: 70% }
  endpoints: { GET page: { p95: 400ms } }
";
    let report = run(&options(&start(Fault::None), profile)).unwrap();
    // Every request was answered, and nobody saved anything: that proves nothing of answers.
    assert_verdict(&report, Verdict::Pass, 0, "all/error_rate/GET page", "");
    let asked: Vec<_> = report.phases[0]
        .endpoints
        .iter()
        .map(|endpoint| endpoint.name)
        .collect();
    assert_eq!(asked, goose_scenarios::Endpoint::BASELINE);
}

#[test]
fn lost_saves_are_corrupt_although_every_response_was_fast_and_good() {
    let report = run_with(Fault::LosesSaves);
    assert_verdict(
        &report,
        Verdict::Corrupt,
        8,
        "correctness.lost_acked",
        "was acknowledged",
    );
    assert_eq!(saves(&report).failed, 0);
    let correctness = report.correctness.unwrap();
    // Sequences 1 to 3 of 3 questions of 4 students are stored, the rest was lost.
    assert_eq!(correctness.stored, 36);
    assert_eq!(correctness.lost_acked, correctness.acked - 36);
    assert_eq!(correctness.regressed, 12);
}

#[test]
fn altered_saves_are_corrupt() {
    let report = run_with(Fault::AltersSaves);
    assert_verdict(
        &report,
        Verdict::Corrupt,
        8,
        "correctness.altered",
        "another response",
    );
}

#[test]
fn invented_answers_are_corrupt() {
    let report = run_with(Fault::InventsAnswers);
    assert_verdict(
        &report,
        Verdict::Corrupt,
        8,
        "correctness.phantom",
        "never sent",
    );
}

#[test]
fn forgotten_submissions_are_corrupt() {
    let report = run_with(Fault::ForgetsSubmissions);
    assert_verdict(
        &report,
        Verdict::Corrupt,
        8,
        "correctness.submits_missing",
        "its submission was acknowledged",
    );
}

#[test]
fn fast_errors_fail_and_are_no_good_latencies() {
    let report = run_with(Fault::FastErrors);
    assert_verdict(
        &report,
        Verdict::Fail,
        4,
        "sit/error_rate/PUT answers",
        "requests failed, mostly",
    );
    assert_eq!(saves(&report).intended, None);
    assert_eq!(saves(&report).by_status["500"], saves(&report).sent);
}

#[test]
fn empty_acknowledgements_are_failures() {
    let report = run_with(Fault::EmptyAcknowledgements);
    assert_verdict(
        &report,
        Verdict::Fail,
        4,
        "sit/error_rate/PUT answers",
        "requests failed, mostly",
    );
    assert_eq!(
        saves(&report).by_status["unusable 200"],
        saves(&report).sent
    );
}

#[test]
fn unknown_outcomes_are_errors_and_no_losses() {
    let report = run_with(Fault::UnknownOutcomes);
    assert_verdict(
        &report,
        Verdict::Fail,
        4,
        "sit/error_rate/PUT answers",
        "requests failed, mostly",
    );
    let correctness = report.correctness.unwrap();
    assert!(
        correctness.acked > 0,
        "a save is repeated until it is acknowledged"
    );
    assert_eq!(correctness.lost_acked, 0);
}

#[test]
fn stall_fails_the_latency_of_what_was_meant_to_be_sent_meanwhile() {
    let report = run_with(Fault::Stalls);
    assert_verdict(
        &report,
        Verdict::Fail,
        4,
        "sit/latency.p95/PUT answers",
        "successes",
    );
    assert_eq!(saves(&report).failed, 0);
    assert!(saves(&report).coalesced > 0);
}

#[test]
fn refused_logins_leave_dead_users_who_do_nothing() {
    let report = run_with(Fault::RefusesLogin);
    assert_verdict(&report, Verdict::Fail, 4, "users.dead", "4 users dead");
    assert_eq!((report.users.dead, saves(&report).sent), (4, 0));
    assert_eq!(
        report.users.reasons[0].reason,
        "POST login failed: 401 Wrong credentials"
    );
}

#[test]
fn service_that_dies_half_way_fails() {
    let report = run_with(Fault::Dies);
    assert_verdict(
        &report,
        Verdict::Fail,
        4,
        "sit/error_rate/PUT answers",
        "requests failed, mostly",
    );
    assert!(saves(&report).ok > 0);
    assert_eq!(report.correctness, None);
}

#[test]
fn service_that_was_never_there_fails() {
    // Bound and dropped: nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let report = run_against(&target);
    assert_verdict(&report, Verdict::Fail, 4, "users.dead", "4 users dead");
    assert_eq!(report.users.reasons[0].reason, "POST login failed: connect");
}

#[test]
fn used_up_logins_are_no_pass() {
    let report = run_with(Fault::AlreadySubmitted);
    assert_verdict(&report, Verdict::Fail, 4, "users.dead", "4 users dead");
    assert!(report.users.reasons[0].reason.contains("fresh logins"));
}

#[test]
fn interrupted_run_ends_soon_and_is_inconclusive() {
    let folder = tempfile::tempdir().unwrap();
    let (link, mut child) = start_generator("local", folder.path());
    let options = options(&start(Fault::None), PROFILE);
    let report = lead(&options, vec![link], &mut interrupting(&options)).unwrap();
    child.wait().unwrap();
    assert_verdict(
        &report,
        Verdict::Inconclusive,
        7,
        "run.completed",
        "interrupted",
    );
    assert_eq!(report.ended_by, EndedBy::Interrupted);
    let correctness = report.correctness.unwrap();
    assert!(
        correctness.acked > 0 && correctness.lost_acked == 0,
        "{correctness:?}"
    );
}

#[test]
fn duplicated_answers_are_corrupt() {
    let report = run_with(Fault::DuplicatesAnswers);
    assert_verdict(
        &report,
        Verdict::Corrupt,
        8,
        "correctness.duplicate",
        "more than once",
    );
}

#[test]
fn answers_shown_older_than_acknowledged_are_corrupt_even_if_they_are_there_later() {
    let report = run_with(Fault::ShowsStaleAnswers);
    assert_verdict(
        &report,
        Verdict::Corrupt,
        8,
        "correctness.stale_reads",
        "was shown after",
    );
    assert_eq!(report.correctness.unwrap().lost_acked, 0);
}

#[test]
fn a_slow_start_of_the_exam_fails_in_its_phase_alone() {
    let report = run_with(Fault::StartsSlowly);
    assert_verdict(
        &report,
        Verdict::Fail,
        4,
        "start/latency.p95/POST attempts",
        "4 successes",
    );
    let in_sit = report
        .rules
        .iter()
        .filter(|rule| rule.id.starts_with("sit/"));
    assert!(
        in_sit.clone().count() > 3 && in_sit.clone().all(|rule| rule.verdict == Verdict::Pass),
        "{:#?}",
        report.rules
    );
}
