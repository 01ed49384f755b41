use super::*;

const RULES: &str = r#"{"schema": 1, "verdict": "fail", "rules": [
    {"id": "latency.p95/PUT answers", "subject": "PUT answers", "rule": "p95 <= 500ms", "observed": "1.2s",
     "samples": 180, "verdict": "fail", "reason": "too slow"},
    {"id": "users.dead", "subject": "users", "rule": "none dies", "observed": "0 of 10", "samples": 10,
     "verdict": "pass", "reason": ""},
    {"id": "answers", "subject": "answers", "rule": "every acknowledged save is stored", "observed": "2 missing",
     "samples": 300, "verdict": "corrupt", "reason": "2 saves are not there"},
    {"id": "generator.canary", "subject": "generator", "rule": "canary p99 <= 100ms", "observed": "140ms",
     "samples": 900, "verdict": "inconclusive", "reason": "the generator was late"}]}"#;

const PASSED: &str = r#"{"rules": [{"id": "users.dead", "subject": "users", "rule": "none dies", "verdict": "pass"}]}"#;

/// What becomes of the deploy: `passed`, or who is to blame and in which words.
fn judged(text: &str) -> String {
    match Said::parse(text).judge("smoke") {
        Ok(()) => "passed".to_owned(),
        Err(StepError::Gate(reason)) => format!("the release: {reason}"),
        Err(error) => format!("not the release: {}", error.reason()),
    }
}

#[test]
fn every_outcome_of_a_load_has_its_consequence() {
    for (text, expected) in [
        ("seed 0\nrun 0\npurge 0\nreport\nPASSED", "passed"),
        (
            "seed 0\nrun 0\nsaid where is it?\npurge 0\n",
            "not the release: the load generator left no report of the load `smoke` that can be read, which is no pass: where is it?",
        ),
        (
            "seed 0\nrun 4\npurge 0\nreport\nRULES",
            "the release: it does not bear the load `smoke`: PUT answers: p95 <= 500ms, observed 1.2s; answers: every acknowledged save is stored, observed 2 missing",
        ),
        // What the release did wrong is said first, even where its accounts stay.
        (
            "seed 0\nrun 4\nsaid slow\npurge 1\nsaid locked\n",
            "the release: it does not bear the load `smoke`: slow\nlocked",
        ),
        (
            "seed 0\nrun 8\npurge 0\nreport\nRULES",
            "the release: acknowledged answers are missing or wrong after the load `smoke`: PUT answers: p95 <= 500ms, observed 1.2s; answers: every acknowledged save is stored, observed 2 missing",
        ),
        (
            "seed 0\nrun 7\npurge 0\nreport\nRULES",
            "not the release: the load generator could not judge the release, which is no pass: generator: canary p99 <= 100ms: the generator was late; deploy again when the machine has less to do, or without this gate (`--load-gate off`)",
        ),
        (
            "seed 0\nrun 7\nsaid ended without a report\npurge 0\n",
            "not the release: the load generator could not judge the release, which is no pass: ended without a report; deploy again when the machine has less to do, or without this gate (`--load-gate off`)",
        ),
        (
            "seed 0\nrun 124\npurge 0\n",
            "not the release: the load `smoke` did not come to an end in time; deploy again when the machine has less to do, or without this gate (`--load-gate off`)",
        ),
        (
            "seed 0\nrun 2\nsaid no profile smoke\npurge 0\n",
            "not the release: the load `smoke` could not be run (exit status 2): no profile smoke",
        ),
        (
            "seed 0\nrun 0\npurge 1\nsaid locked\nreport\nPASSED",
            "not the release: the release passed the load `smoke`, but its accounts are still in the database: locked",
        ),
        (
            "seed 0\nrun 0\nreport\nPASSED",
            "not the release: the release passed the load `smoke`, but its accounts are still in the database: no message",
        ),
        (
            "seed 3\nsaid no room\npurge 0\n",
            "not the release: the accounts for the load could not be made (exit status 3): no room",
        ),
        (
            "seed unknown\nsaid unrecognized subcommand 'load'\n",
            "not the release: this release's program does not know `load`, so the load `smoke` cannot be run: deploy it without this gate (`--load-gate off`): unrecognized subcommand 'load'",
        ),
        (
            "purge 1\nsaid locked\n",
            "not the release: the load accounts of an earlier run cannot be taken away, so no new ones are made: locked",
        ),
        (
            "",
            "not the release: the load `smoke` was ended before it began: no message",
        ),
    ] {
        let text = text.replace("RULES", RULES).replace("PASSED", PASSED);
        assert_eq!(judged(&text), expected, "{text}");
    }
}

#[test]
fn what_does_not_hold_and_how_fast_it_was_are_figures_with_their_limits() {
    use GateVerdict::{Failed, NotJudged};
    let said = Said::parse(&format!("seed 0\nrun 4\npurge 0\nreport\n{RULES}\n"));
    let figures = said.figures("smoke");
    let told: Vec<_> = figures
        .iter()
        .map(|figure| (figure.name.as_str(), figure.value.as_str(), figure.verdict))
        .collect();
    assert_eq!(
        told,
        [
            ("load smoke", "1 of 4 rules hold", Failed),
            ("PUT answers", "1.2s (180 samples)", Failed),
            ("answers", "2 missing (300 samples)", Failed),
            ("generator", "140ms (900 samples)", NotJudged),
        ]
    );
    assert_eq!(figures[1].limit, "p95 <= 500ms");
    assert_eq!(
        figures[1].formula,
        "rule latency.p95/PUT answers of the load profile `smoke`"
    );
}

#[test]
fn of_a_release_that_passed_every_limit_of_time_is_told() {
    let rules = RULES
        .replace("\"fail\"", "\"pass\"")
        .replace("\"corrupt\"", "\"pass\"")
        .replace("\"inconclusive\"", "\"pass\"");
    let said = Said::parse(&format!("seed 0\nrun 0\npurge 0\nreport\n{rules}"));
    let figures = said.figures("smoke");
    let names: Vec<_> = figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names, ["load smoke", "PUT answers"]);
    let passed = |figure: &GateFigure| figure.verdict == GateVerdict::Passed;
    assert!(figures.iter().all(passed), "{figures:?}");
}

#[test]
fn without_a_report_there_is_one_figure_and_it_is_no_pass() {
    for text in [
        "seed 3\n",
        "seed 0\nrun 4\npurge 0\nreport\n{\"rules\": [",
        "seed 0\nrun 0\npurge 0\nreport\n{}",
    ] {
        let figures = Said::parse(text).figures("smoke");
        assert_eq!(figures.len(), 1, "{text}");
        assert_eq!(figures[0].verdict, GateVerdict::NotJudged, "{text}");
    }
}
