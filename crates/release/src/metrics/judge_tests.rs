use super::*;
use crate::metrics::tally::tests::tally;

fn limits(vars: &str) -> BakeLimits {
    let vars = serde_json::from_str(vars).unwrap();
    crate::target::Target::from_vars("h", &vars).unwrap().bake
}

/// `name value verdict`, of one kind of request.
fn judged(vars: &str, new: &Tally, old: Option<&Tally>) -> Vec<String> {
    let figures = judge_tally(&limits(vars), "", new, old.map(|old| (old, "in 9 s")));
    figures
        .iter()
        .map(|figure| {
            format!(
                "{}: {} [{}] {}",
                figure.name,
                figure.value,
                figure.limit,
                figure.verdict.word()
            )
        })
        .collect()
}

/// 95 of 100 of these took at most 20 ms, worked out as 19.5 ms.
fn usual(requests: u64, errors: u64) -> Tally {
    tally(
        requests,
        errors,
        &[(10, requests / 2), (20, requests), (0, requests)],
    )
}

#[test]
fn a_release_that_does_as_the_old_one_passes() {
    assert_eq!(
        judged("{}", &usual(1000, 5), Some(&usual(500, 2))),
        [
            "error-rate: 0.5 % (5 of 1000) [1 %] passed",
            "error-rate-to-old: 0.5 % (5 of 1000) [1.2 % (3 x the old release's 0.4 % in 9 s, but not less than 0.5 %)] passed",
            "p95: 19.0 ms over 1000 requests [1000.0 ms] passed",
            "p95-to-old: 19.0 ms over 1000 requests [57.0 ms (3 x the old release's 19.0 ms in 9 s, but not less than 50 ms)] passed",
        ]
    );
}

#[test]
fn every_limit_is_exceeded_by_itself() {
    let slow = |bound| tally(100, 0, &[(bound, 100), (0, 100)]);
    for (new, old, failed) in [
        (usual(1000, 11), None, "error-rate"),
        (usual(1000, 10), None, ""),
        (usual(1000, 6), Some(usual(1000, 0)), "error-rate-to-old"),
        (usual(1000, 5), Some(usual(1000, 0)), ""),
        (usual(1000, 9), Some(usual(1000, 2)), "error-rate-to-old"),
        (slow(1060), None, "p95"),
        (tally(100, 0, &[(10, 50), (0, 100)]), None, "p95"),
        (slow(61), Some(usual(100, 0)), "p95-to-old"),
        (slow(59), Some(usual(100, 0)), ""),
        // Three times as slow as next to nothing is still next to nothing.
        (slow(50), Some(slow(1)), ""),
        (slow(54), Some(slow(1)), "p95-to-old"),
    ] {
        let figures = judge_tally(&limits("{}"), "", &new, old.as_ref().map(|old| (old, "")));
        let names: Vec<_> = figures
            .iter()
            .filter(|figure| figure.verdict == GateVerdict::Failed)
            .map(|figure| &*figure.name)
            .collect();
        assert_eq!(names.join(" "), failed, "{new:?} after {old:?}");
    }
}

#[test]
fn too_few_requests_are_not_judged_and_say_so() {
    for line in judged("{}", &usual(12, 1), None) {
        assert!(line.ends_with("not judged"), "{line}");
    }
    let lines = judged("{}", &usual(12, 0), Some(&usual(7, 0)));
    assert!(lines[0].starts_with("error-rate: too few requests to judge: 12 of 50"));
    assert!(lines[1].contains("the old release had too few requests to judge: 7 of 50 in 9 s"));
}

#[test]
fn a_release_of_which_half_fails_needs_no_fifty_requests() {
    for (requests, errors, fails) in [
        (5, 5, true),
        (10, 5, true),
        (11, 5, false),
        (4, 4, false),
        (40, 10, true),
        (1000, 99, false),
        (1000, 100, true),
    ] {
        let tally = usual(requests, errors);
        assert_eq!(
            fails_plainly(&limits("{}"), &tally),
            fails,
            "{errors} of {requests}"
        );
    }
    let all_allowed = limits(r#"{"exam_bake_error_rate_max": 100}"#);
    assert!(!fails_plainly(&all_allowed, &usual(100, 100)));
}

#[test]
fn one_failed_request_of_fifty_is_allowed_unless_none_is() {
    let verdict = |vars| judged(vars, &usual(50, 1), None)[0].clone();
    assert_eq!(verdict("{}"), "error-rate: 2 % (1 of 50) [1 %] passed");
    let none = verdict(r#"{"exam_bake_error_rate_max": 0}"#);
    assert_eq!(none, "error-rate: 2 % (1 of 50) [0 %] failed");
}

#[test]
fn memory_is_judged_where_there_is_a_limit_and_a_figure() {
    let judged = |vars, kib| judge_memory(&limits(vars), kib).map(|figure| figure.verdict);
    let limited = r#"{"exam_bake_memory_mib_max": 100}"#;
    assert_eq!(judged("{}", Some(1 << 30)), None);
    assert_eq!(judged(limited, Some(100 << 10)), Some(GateVerdict::Passed));
    assert_eq!(
        judged(limited, Some((100 << 10) + 1)),
        Some(GateVerdict::Failed)
    );
    assert_eq!(judged(limited, None), Some(GateVerdict::NotJudged));
}

#[test]
fn an_empty_hall_is_a_failure_only_where_traffic_is_required() {
    let counters = Counters {
        all: usual(12, 0),
        ..Counters::default()
    };
    let figure = judge_traffic(&limits("{}"), &counters);
    assert_eq!(figure.value, "too few requests to judge: 12 of 50");
    assert_eq!(figure.verdict, GateVerdict::NotJudged);
    let required = limits(r#"{"exam_bake_require_traffic": true}"#);
    let figure = judge_traffic(&required, &counters);
    assert_eq!(figure.verdict, GateVerdict::Failed);
}
