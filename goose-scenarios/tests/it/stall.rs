//! A stall of two seconds, seen in four ways: by what most load generators measure, by wrk2's correction of it, by this
//! generator, and in the full log of the same run, which is its ledger.

use std::{collections::HashMap, path::Path};

use goose_scenarios::{Latency, Report};
use serde_json::Value;

use crate::{
    fake::{Fault, start},
    rig::{options, start_generator},
};

/// 200 saves a second for 20 seconds, by so many students.
const PROFILE: &str = "
name: stall
users: { count: USERS }
seed: 1
client: { timeout: 10s, save_attempts: 1 }
phases:
  - { name: login, run: login_storm, duration: 2s }
  - { name: start, run: exam_start, duration: 2s }
  - { name: sit, run: autosave, duration: 20s, every: EVERYms, answers: 1 }
generator: { canary_p99: 250ms, idle_lag_p99: 250ms, cpu: 100%, steal: 100%, clock: 500ms, headroom: 0 }
gates:
  defaults: { error_rate: 1%, min_samples: 100, achieved_of_offered: 90% }
  endpoints:
    PUT answers: { p99: 500ms }
";
/// From the ledger, in microseconds: from the moment a save was meant for, and from its sending.
struct Log {
    intended: Vec<u64>,
    service: Vec<u64>,
}

fn read(ledger: &Path) -> Log {
    let text = std::fs::read_to_string(ledger).unwrap();
    let mut sent: HashMap<(String, String, u64), (u64, u64)> = HashMap::new();
    let mut log = Log {
        intended: Vec::new(),
        service: Vec::new(),
    };
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| line[name].as_u64().unwrap_or_default();
        let key = (word("attempt"), word("question"), number("sequence"));
        match line["t"].as_str() {
            Some("S") => drop(sent.insert(key, (number("due"), number("at")))),
            Some("A") => {
                let (due, at) = sent[&key];
                log.intended.push(number("at") - due);
                log.service.push(number("at") - at);
            }
            _ => {}
        }
    }
    log
}

/// As wrk2 and `HdrHistogram` do it afterwards: a latency longer than the interval stands for those that were not sent
/// meanwhile, each shorter by one interval.
fn corrected(service: &[u64], interval: u64) -> Vec<u64> {
    let missing = |latency: u64| {
        (1..)
            .map(move |turn| latency.saturating_sub(turn * interval))
            .take_while(|left| *left >= interval)
    };
    service
        .iter()
        .flat_map(|latency| std::iter::once(*latency).chain(missing(*latency)))
        .collect()
}

/// The nearest rank.
fn percentile(samples: &[u64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "some thousands of samples"
    )]
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a short run")]
    let value = sorted[rank.max(1) - 1] as f64;
    value / 1000.0
}

/// One run with a stall in its middle.
struct Seen {
    report: Report,
    log: Log,
    /// Percentiles in milliseconds, from sending and corrected as wrk2 does.
    corrected: [f64; 3],
}

fn of(samples: &[u64]) -> [f64; 3] {
    [0.5, 0.95, 0.99].map(|share| percentile(samples, share))
}

fn in_milliseconds(latency: Latency) -> [f64; 3] {
    [latency.p50_ms, latency.p95_ms, latency.p99_ms]
}

/// By `users`, each of whom saves every `every` milliseconds. Prints the table that people look for.
#[expect(clippy::print_stdout, reason = "the table is what people look for")]
fn stalled(users: u32, every: u64) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let (link, mut child) = start_generator("local", folder.path());
    let ledger = link.ledger_path.clone();
    let profile = PROFILE
        .replace("USERS", &users.to_string())
        .replace("EVERY", &every.to_string());
    let options = options(&start(Fault::StallsAfter(1500)), &profile);
    let report = goose_scenarios::lead(&options, vec![link], &mut |_| ()).unwrap();
    child.wait().unwrap();
    let log = read(&ledger);
    let corrected = of(&corrected(&log.service, every * 1000));
    let saves = crate::rig::saves(&report);
    let row = |name: &str, [p50, p95, p99]: [f64; 3]| {
        format!("{name:<42} {p50:>8.1} {p95:>8.1} {p99:>8.1}\n")
    };
    println!(
        "a stall of 2 s in 20 s, {users:>3} students (ms)         p50      p95      p99\n{}{}{}{}",
        row(
            "from sending (most generators)",
            in_milliseconds(saves.service.unwrap())
        ),
        row("from sending, corrected as wrk2 does", corrected),
        row(
            "from the intended moment (this report)",
            in_milliseconds(saves.intended.unwrap())
        ),
        row("from the intended moment (full log)", of(&log.intended)),
    );
    Seen {
        report,
        log,
        corrected,
    }
}

/// Every student is one of many, as in an exam: nobody's next save is kept from being sent.
#[test]
fn a_stall_is_seen_by_those_whom_it_kept_waiting() {
    let seen = stalled(500, 2500);
    let saves = crate::rig::saves(&seen.report);
    let reported = in_milliseconds(saves.intended.unwrap());
    for (reported, exact) in reported.into_iter().zip(of(&seen.log.intended)) {
        // A percent, or what passes between two looks at the clock.
        assert!(
            (reported - exact).abs() <= exact * 0.01 + 0.2,
            "{reported} {exact}"
        );
    }
    assert!((1500.0..2100.0).contains(&reported[2]), "{reported:?}");
    assert_eq!(
        (saves.failed, seen.report.exit_code),
        (0, 4),
        "{:#?}",
        seen.report.rules
    );
}

/// With few students who save often, the stall is in few requests: what most generators report says nothing of it.
#[test]
fn a_stall_is_seen_even_where_few_requests_were_sent_in_it() {
    let seen = stalled(25, 125);
    let saves = crate::rig::saves(&seen.report);
    let (sent, reported) = (
        saves.service.unwrap().p99_ms,
        saves.intended.unwrap().p99_ms,
    );
    assert!(sent < 1000.0, "{sent}");
    assert!((1500.0..2100.0).contains(&reported), "{reported}");
    assert!(
        (1500.0..2100.0).contains(&seen.corrected[2]),
        "{:?}",
        seen.corrected
    );
    // What became due meanwhile was one save each, and is missed in what was to be sent.
    assert!(saves.coalesced > 150, "{}", saves.coalesced);
    assert_eq!(seen.report.exit_code, 4, "{:#?}", seen.report.rules);
}
