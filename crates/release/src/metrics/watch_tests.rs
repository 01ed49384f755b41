use super::*;
use crate::metrics::reading::Process;
use crate::metrics::tally::Tally;
use crate::metrics::tally::tests::tally;

/// One second of a release: requests, failed ones, and how slow they were in milliseconds.
type Second = (u64, u64, u64);

fn limits(vars: &str) -> BakeLimits {
    let vars = serde_json::from_str(vars).unwrap();
    crate::target::Target::from_vars("h", &vars).unwrap().bake
}

fn reading(all: Tally, pid: u64) -> Reading {
    Reading {
        process: Process {
            pid: Some(pid),
            ..Process::default()
        },
        counters: Counters {
            all,
            saves: tally(0, 0, &[]),
        },
    }
}

/// What a colour has counted after these seconds.
fn counted(seconds: &[Second]) -> Tally {
    let sum = |of: fn(&Second) -> u64| seconds.iter().map(of).sum::<u64>();
    let up_to = |bound: u64| {
        let fast = seconds.iter().filter(|second| second.2 <= bound);
        fast.map(|second| second.0).sum::<u64>()
    };
    let bounds = [10, 100, 1000, 2000];
    let mut buckets: Vec<_> = bounds.map(|bound| (bound, up_to(bound))).to_vec();
    buckets.push((0, sum(|second| second.0)));
    tally(sum(|second| second.0), sum(|second| second.1), &buckets)
}

/// How a watch of 20 s over these seconds ends, and when.
fn watched(vars: &str, seconds: &[Second]) -> (usize, String) {
    let old = Baseline {
        counters: Counters {
            all: counted(&[(1000, 0, 10)]),
            saves: tally(0, 0, &[]),
        },
        period: String::new(),
    };
    let start = reading(counted(&[]), 7);
    let length = Duration::from_secs(20);
    let mut watch = Watch::new(limits(vars), length, Some(old), Some(start));
    for second in 1..=seconds.len() {
        let look = Ok(reading(counted(&seconds[..second]), 7));
        match watch.observe(look, Duration::from_secs(second as u64)) {
            Outlook::Watching => {}
            Outlook::Over { failure, .. } => {
                return (second, failure.unwrap_or_else(|| "passed".to_owned()));
            }
        }
    }
    (seconds.len(), "watching".to_owned())
}

#[test]
fn a_release_that_does_well_is_watched_to_the_end() {
    assert_eq!(
        watched("{}", &[(100, 0, 10); 30]),
        (20, "passed".to_owned())
    );
}

#[test]
fn a_release_that_fails_plainly_is_not_borne_with() {
    let (second, reason) = watched("{}", &[(100, 100, 10); 30]);
    assert_eq!(second, 1);
    assert!(
        reason.starts_with("error-rate is 100 % (100 of 100), the limit is 1 % ["),
        "{reason}"
    );
}

#[test]
fn a_slow_release_is_found_after_three_slices() {
    let (second, reason) = watched("{}", &[(100, 0, 1000); 30]);
    assert_eq!(second, 6, "{reason}");
    assert!(reason.contains("the latest 3 slices"), "{reason}");
    assert!(
        reason.contains("p95-to-old is 955.0 ms over 600 requests"),
        "{reason}"
    );
}

#[test]
fn one_that_turns_slow_late_is_found_although_all_in_all_it_is_quick() {
    let mut seconds = vec![(1000, 0, 10); 18];
    seconds.extend([(60, 0, 1000); 12]);
    // The last slice is bad at the end, so that it is looked at for longer.
    let (second, reason) = watched("{}", &seconds);
    assert_eq!(second, 24, "{reason}");
    let slices = "the latest 3 slices of at least 50 requests were over the limits";
    assert_eq!(reason, slices);
}

#[test]
fn a_short_stall_is_no_failure() {
    let mut seconds = vec![(100, 0, 10); 30];
    seconds[5] = (3, 0, 2000);
    assert_eq!(watched("{}", &seconds).1, "passed");
}

#[test]
fn few_requests_are_waited_for_and_then_said() {
    let (second, end) = watched("{}", &[(1, 0, 10); 30]);
    assert_eq!((second, &*end), (20, "passed"));
    let required = r#"{"exam_bake_require_traffic": true}"#;
    let (second, reason) = watched(required, &[(1, 0, 10); 30]);
    assert_eq!(second, 20);
    assert!(
        reason
            .contains("requests is too few requests to judge: 20 of 50, the limit is at least 50"),
        "{reason}"
    );
}

#[test]
fn silence_is_borne_for_a_while_and_a_restart_is_not() {
    let new_watch = || {
        let start = reading(counted(&[(9, 0, 10)]), 7);
        Watch::new(limits("{}"), Duration::from_secs(20), None, Some(start))
    };
    let silence = || Err("timed out".to_owned());
    let at = Duration::from_secs(30);
    let mut watch = new_watch();
    for _ in 0..4 {
        assert_eq!(watch.observe(silence(), at), Outlook::Watching);
    }
    let Outlook::Over { failure, .. } = watch.observe(silence(), at) else {
        panic!("still watching");
    };
    assert_eq!(
        failure.unwrap(),
        "its metrics could not be read 5 times in a row: timed out"
    );
    for (now, expected) in [
        (reading(counted(&[(9, 0, 10)]), 8), "process 7 is now 8"),
        (
            reading(counted(&[(8, 0, 10)]), 7),
            "its counters began anew",
        ),
    ] {
        let Outlook::Over { failure, .. } = new_watch().observe(Ok(now), at) else {
            panic!("still watching");
        };
        assert!(failure.unwrap().contains(expected));
    }
}

#[test]
fn without_a_look_before_the_cutover_the_first_one_is_the_beginning() {
    let mut watch = Watch::new(limits("{}"), Duration::from_secs(2), None, None);
    let look = |seconds: &[Second]| Ok(reading(counted(seconds), 7));
    let failing_before = [(100, 100, 10)];
    let after = [(100, 100, 10), (100, 0, 10)];
    let second = Duration::from_secs(1);
    assert_eq!(
        watch.observe(look(&failing_before), second),
        Outlook::Watching
    );
    let Outlook::Over { failure, figures } = watch.observe(look(&after), second * 2) else {
        panic!("still watching");
    };
    assert_eq!(failure, None);
    // Without the old release only the absolute limits are judged.
    let verdict = |name: &str| {
        let figure = figures.iter().find(|figure| figure.name == name);
        figure.unwrap().verdict
    };
    assert_eq!(verdict("p95"), GateVerdict::Passed);
    assert_eq!(verdict("p95-to-old"), GateVerdict::NotJudged);
}
