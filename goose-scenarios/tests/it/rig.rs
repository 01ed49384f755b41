//! Runs against the fake service: generators are processes, as in real life. This very program is what they run.

use std::{
    io::{BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use goose_scenarios::{
    Credentials, Endpoint, EndpointReport, LeadOptions, Link, LoadError, Overrides, Password,
    Permission, ProfileSource, Report, StoredSource, Verdict, lead, render_table, work,
};

/// Set for the process that is a generator.
const GENERATOR: &str = "THIS_IS_A_GENERATOR";

pub(crate) const PROFILE: &str = "
name: short
users: { count: 4 }
seed: 1
client: { timeout: 3s, save_attempts: 3 }
phases:
  - { name: login, run: login_storm, duration: 200ms }
  - { name: start, run: exam_start, duration: 200ms, settle: 400ms }
  - { name: sit, run: autosave, duration: 1200ms, every: 100ms, heartbeat: 400ms }
  - { name: pages, run: page_through, duration: 200ms, every: 100ms }
  - { name: reconnect, run: reconnect, duration: 100ms }
  - { name: submit, run: submit_storm, duration: 200ms }
  - { name: results, run: results_storm, duration: 100ms }
# Wide, for a machine that builds other things meanwhile; still far below the stall.
generator: { canary_p99: 250ms, idle_lag_p99: 250ms, cpu: 100%, steal: 100%, clock: 500ms }
gates:
  defaults: { error_rate: 1%, min_samples: 4, achieved_of_offered: 70% }
  endpoints:
    PUT answers: { p95: 400ms }
    POST attempts: { p95: 300ms }
";

/// What a generator does: this test passes at once, except where it is started as one.
#[test]
fn generator() {
    if std::env::var_os(GENERATOR).is_some() {
        let mut output = std::io::stdout();
        // What the test harness printed before stands on a line of its own then.
        output.write_all(b"\n").unwrap();
        work(BufReader::new(std::io::stdin()), &mut output);
    }
}

/// One of them; its ledger goes into `folder`.
pub(crate) fn start_generator(name: &str, folder: &Path) -> (Link, Child) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "rig::generator",
            "--exact",
            "--nocapture",
            "--test-threads",
            "2",
        ])
        .env(GENERATOR, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let link = Link {
        name: name.to_owned(),
        input: Box::new(child.stdin.take().unwrap()),
        output: Box::new(BufReader::new(child.stdout.take().unwrap())),
        ledger_path: folder.join(format!("ledger-{name}.jsonl")),
    };
    (link, child)
}

pub(crate) fn options(target: &str, profile: &str) -> LeadOptions {
    LeadOptions {
        run_id: "test".into(),
        source: ProfileSource {
            text: profile.to_owned(),
            origin: "test".into(),
        },
        overrides: Overrides::default(),
        target: target.to_owned(),
        credentials: Credentials {
            logins: (1..=1000)
                .map(|number| format!("student-{number}"))
                .collect(),
            password: Password::new("correct horse"),
        },
        exam_id: None,
        stored_source: StoredSource::Http,
        permission: Permission::default(),
        chaos: None,
        restart: None,
        metrics_url: None,
        interrupt: Arc::new(AtomicBool::new(false)),
    }
}

/// With one generator.
pub(crate) fn run_with(options: &LeadOptions) -> Result<Report, LoadError> {
    let folder = tempfile::tempdir().unwrap();
    let (link, mut child) = start_generator("local", folder.path());
    let report = lead(options, vec![link], &mut |_| ());
    child.wait().unwrap();
    if let Ok(report) = &report {
        assert_eq!(report.exit_code, report.verdict.exit_code());
    }
    report
}

pub(crate) fn run_against(target: &str) -> Report {
    run_with(&options(target, PROFILE)).unwrap()
}

/// Interrupts once saves are acknowledged.
pub(crate) fn interrupting(options: &LeadOptions) -> impl FnMut(goose_scenarios::Live) {
    let interrupt = Arc::clone(&options.interrupt);
    move |live| {
        if live.saves_acknowledged > 0 {
            interrupt.store(true, Ordering::Relaxed);
        }
    }
}

/// The saves of the phase `sit`.
pub(crate) fn saves(report: &Report) -> &EndpointReport {
    let mut phases = report.phases.iter();
    let sit = phases.find(|phase| phase.name == "sit").unwrap();
    let mut endpoints = sit.endpoints.iter();
    endpoints
        .find(|endpoint| endpoint.name == Endpoint::SaveAnswers)
        .unwrap()
}

/// The verdict, its exit code, and the rule with the words that say so.
#[track_caller]
pub(crate) fn assert_verdict(
    report: &Report,
    verdict: Verdict,
    exit_code: u8,
    rule: &str,
    words: &str,
) {
    let table = render_table(report);
    assert_eq!(
        (report.verdict, report.exit_code),
        (verdict, exit_code),
        "{table}"
    );
    let decisive = report.rules.iter().find(|result| result.id == rule);
    let said = decisive.map(|rule| (rule.verdict, rule.reason.contains(words)));
    assert_eq!(
        said,
        Some((verdict, true)),
        "{rule} {words}: {decisive:?}\n{table}"
    );
    let last = format!(
        "verdict: {} (exit {exit_code})\n",
        verdict.to_string().to_uppercase()
    );
    assert!(table.ends_with(&last), "{table}");
}
