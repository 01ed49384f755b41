//! A stall of two seconds, seen in four ways: by what most load generators measure, by wrk2's correction of it, by this
//! generator, and in the full log of the same run, which is its ledger.

use std::{collections::HashMap, path::Path};

use serde_json::Value;

use crate::{
    fake::{Fault, start},
    rig::{options, start_generator},
};

/// 500 students, one save each 2.5 s: 200 saves a second for 20 seconds.
const PROFILE: &str = "
name: stall
users: { count: 500 }
seed: 1
client: { timeout: 10s, save_attempts: 1 }
phases:
  - { name: login, run: login_storm, duration: 2s }
  - { name: start, run: exam_start, duration: 2s }
  - { name: sit, run: autosave, duration: 20s, every: 2500ms, answers: 1 }
generator: { canary_p99: 250ms, idle_lag_p99: 250ms, cpu: 100%, steal: 100%, clock: 500ms, headroom: 0 }
gates:
  defaults: { error_rate: 1%, min_samples: 100, achieved_of_offered: 90% }
  endpoints:
    PUT answers: { p99: 500ms }
";
/// In microseconds.
const EVERY: u64 = 2_500_000;

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

/// As wrk2 and HdrHistogram do it afterwards: a latency longer than the interval stands for those that were not sent
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

#[test]
#[expect(clippy::print_stdout, reason = "the table is what people look for")]
fn a_stall_is_seen_by_those_whom_it_kept_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let (link, mut child) = start_generator("local", folder.path());
    let ledger = link.ledger_path.clone();
    let options = options(&start(Fault::StallsAfter(1500)), PROFILE);
    let report = goose_scenarios::lead(&options, vec![link], &mut |_| ()).unwrap();
    child.wait().unwrap();
    let saves = crate::rig::saves(&report).clone();
    let (seen, service) = (saves.intended.unwrap(), saves.service.unwrap());
    let log = read(&ledger);
    let corrected = corrected(&log.service, EVERY);
    println!("a stall of 2 s in 20 s at 200 saves/s (ms)      p50      p95      p99");
    let row = |name: &str, [p50, p95, p99]: [f64; 3]| {
        println!("{name:<42} {p50:>8.1} {p95:>8.1} {p99:>8.1}")
    };
    let of = |samples: &[u64]| [0.5, 0.95, 0.99].map(|share| percentile(samples, share));
    row(
        "from sending (most generators)",
        [service.p50_ms, service.p95_ms, service.p99_ms],
    );
    row("from sending, corrected as wrk2 does", of(&corrected));
    row(
        "from the intended moment (this report)",
        [seen.p50_ms, seen.p95_ms, seen.p99_ms],
    );
    row("from the intended moment (full log)", of(&log.intended));
    for (reported, share) in [(seen.p50_ms, 0.5), (seen.p95_ms, 0.95), (seen.p99_ms, 0.99)] {
        let exact = percentile(&log.intended, share);
        // A percent, or what passes between two looks at the clock.
        assert!(
            (reported - exact).abs() <= exact * 0.01 + 0.2,
            "{share}: {reported} {exact}"
        );
    }
    assert!((1500.0..2100.0).contains(&seen.p99_ms), "{seen:?}");
    assert_eq!(
        (saves.failed, report.exit_code),
        (0, 4),
        "{:#?}",
        report.rules
    );
}
