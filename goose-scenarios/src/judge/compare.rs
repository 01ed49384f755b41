//! Is a run worse than another one? Percentiles and errors of the same phases and endpoints, side by side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Verdict, exit_code, share};
use crate::{
    profile::{render_milliseconds, render_share},
    record::Endpoint,
    report::{EndpointReport, Latency, Report},
};

const DEAD_USERS: &str = "dead users";

/// How much worse a run may be. Both parts of a latency limit must be exceeded: a share of very little is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tolerance {
    /// Of the percentile before, as a share.
    pub latency_share: f64,
    /// In milliseconds.
    pub latency_ms: f64,
    /// Of all requests, as a share, more than before.
    pub error_rate: f64,
    /// Fewest successes on both sides.
    pub min_samples: u64,
}

impl Default for Tolerance {
    /// 20 % and 10 ms, and 0.5 % of the requests: what two runs of the same release differ by on a shared machine.
    fn default() -> Self {
        Self {
            latency_share: 0.2,
            latency_ms: 10.0,
            error_rate: 0.005,
            min_samples: 100,
        }
    }
}

/// One figure of both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Compared {
    pub phase: String,
    /// Missing where it is about all of them.
    pub endpoint: Option<Endpoint>,
    /// `p50`, `p95`, `p99`, `error rate`, `successes` or `dead users`.
    pub figure: String,
    pub before: String,
    pub after: String,
    /// The latter as a multiple of the former, where there is one.
    pub ratio: Option<f64>,
    pub verdict: Verdict,
}

/// Two runs side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    pub before: String,
    pub after: String,
    pub figures: Vec<Compared>,
    /// Why nothing can be said, if so.
    pub problems: Vec<String>,
    pub verdict: Verdict,
    pub exit_code: u8,
}

/// Compares `after` with `before`.
///
/// Runs of different profiles or sizes, and runs that are no measurement (inconclusive, corrupt), have no comparison:
/// that is inconclusive.
pub fn compare(before: &Report, after: &Report, tolerance: &Tolerance) -> Comparison {
    let problems = problems(before, after);
    let mut figures = vec![dead_users(before, after)];
    for phase in &before.phases {
        let same = after.phases.iter().find(|known| known.name == phase.name);
        for endpoint in &phase.endpoints {
            let endpoints = same.map_or(&[][..], |same| &same.endpoints);
            let found = endpoints.iter().find(|known| known.name == endpoint.name);
            figures.extend(compare_endpoint(&phase.name, endpoint, found, tolerance));
        }
    }
    if figures.iter().all(|figure| figure.figure == DEAD_USERS) {
        figures.clear();
    }
    let verdicts = figures.iter().map(|figure| figure.verdict);
    let verdict = if problems.is_empty() {
        Verdict::of_all(verdicts)
    } else {
        Verdict::Inconclusive
    };
    Comparison {
        before: before.run_id.clone(),
        after: after.run_id.clone(),
        figures,
        problems,
        verdict,
        exit_code: match verdict {
            Verdict::Pass => exit_code::PASSED,
            Verdict::Fail => exit_code::GATE_NOT_MET,
            Verdict::Inconclusive | Verdict::Corrupt => exit_code::INCONCLUSIVE,
        },
    }
}

fn problems(before: &Report, after: &Report) -> Vec<String> {
    let mut problems = Vec::new();
    if before.profile_sha256 != after.profile_sha256 || before.seed != after.seed {
        problems.push(format!(
            "the profiles differ: {} seed {} and {} seed {}, and their texts must be the same",
            before.profile, before.seed, after.profile, after.seed
        ));
    }
    if before.users.planned != after.users.planned {
        problems.push(format!(
            "{} students before and {} after: another load",
            before.users.planned, after.users.planned
        ));
    }
    for (which, report) in [("before", before), ("after", after)] {
        if matches!(report.verdict, Verdict::Inconclusive | Verdict::Corrupt) {
            problems.push(format!(
                "the run {which} is {}: it measured nothing",
                report.verdict
            ));
        }
    }
    problems
}

/// Who could not go on before and can now, or the other way round.
fn dead_users(before: &Report, after: &Report) -> Compared {
    Compared {
        phase: "all".to_owned(),
        endpoint: None,
        figure: DEAD_USERS.to_owned(),
        before: before.users.dead.to_string(),
        after: after.users.dead.to_string(),
        ratio: None,
        verdict: worse_if(after.users.dead > before.users.dead),
    }
}

fn worse_if(is_worse: bool) -> Verdict {
    if is_worse {
        Verdict::Fail
    } else {
        Verdict::Pass
    }
}

fn compare_endpoint(
    phase: &str,
    before: &EndpointReport,
    after: Option<&EndpointReport>,
    tolerance: &Tolerance,
) -> Vec<Compared> {
    let compared = |figure: &str, old: String, new: String, ratio, is_worse| Compared {
        phase: phase.to_owned(),
        endpoint: Some(before.name),
        figure: figure.to_owned(),
        before: old,
        after: new,
        ratio,
        verdict: worse_if(is_worse),
    };
    let mut figures = Vec::new();
    let samples = |latency: Option<Latency>| latency.map_or(0, |latency| latency.samples);
    let (old, new) = (
        samples(before.intended),
        samples(after.and_then(|after| after.intended)),
    );
    // What no longer happens is not quick.
    if new < old - old / 10 {
        figures.push(compared(
            "successes",
            old.to_string(),
            new.to_string(),
            None,
            true,
        ));
    }
    let Some(after) = after else { return figures };
    if let Some((old, new)) = before.intended.zip(after.intended)
        && old.samples.min(new.samples) >= tolerance.min_samples
    {
        for (percentile, old, new) in [
            ("p50", old.p50_ms, new.p50_ms),
            ("p95", old.p95_ms, new.p95_ms),
            ("p99", old.p99_ms, new.p99_ms),
        ] {
            let is_worse =
                new > old * (1.0 + tolerance.latency_share) && new > old + tolerance.latency_ms;
            let ratio = (old > 0.0).then(|| new / old);
            figures.push(compared(
                percentile,
                render_milliseconds(old),
                render_milliseconds(new),
                ratio,
                is_worse,
            ));
        }
    }
    if let Some((old, new)) = share(before.failed, before.sent).zip(share(after.failed, after.sent))
    {
        let is_worse = new > old + tolerance.error_rate;
        figures.push(compared(
            "error rate",
            render_share(old),
            render_share(new),
            None,
            is_worse,
        ));
    }
    figures
}

/// What a person reads: figures that are worse first, then all, then the verdict.
pub fn render_comparison(comparison: &Comparison) -> String {
    let mut text = format!(
        "before  {}\nafter   {}\n\n",
        comparison.before, comparison.after
    );
    let row = |cells: [&str; 6]| {
        let [phase, endpoint, figure, before, after, ratio] = cells;
        format!("{phase:<14} {endpoint:<18} {figure:<10} {before:>9} {after:>9} {ratio:>7}")
    };
    text.push_str(&row([
        "phase", "endpoint", "figure", "before", "after", "ratio",
    ]));
    text.push('\n');
    for figure in &comparison.figures {
        let ratio = figure
            .ratio
            .map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let name = figure.endpoint.map_or("", Endpoint::name);
        let line = row([
            &figure.phase,
            name,
            &figure.figure,
            &figure.before,
            &figure.after,
            &ratio,
        ]);
        text.push_str(line.trim_end());
        text.push_str(if figure.verdict == Verdict::Fail {
            "  worse\n"
        } else {
            "\n"
        });
    }
    for problem in &comparison.problems {
        text.push('\n');
        text.push_str(problem);
    }
    let words = match comparison.verdict {
        Verdict::Pass => "NOT WORSE".to_owned(),
        Verdict::Fail => "WORSE".to_owned(),
        other => other.to_string().to_uppercase(),
    };
    let code = comparison.exit_code;
    text + &format!("\nverdict: {words} (exit {code})\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    fn passed() -> Report {
        let mut report = report();
        report.verdict = Verdict::Pass;
        report
    }

    fn slower(by: f64) -> Report {
        let mut after = passed();
        for endpoint in &mut after.phases[0].endpoints {
            if let Some(latency) = &mut endpoint.intended {
                latency.p99_ms *= by;
            }
        }
        after
    }

    fn judged(before: &Report, after: &Report) -> (Verdict, u8) {
        let comparison = compare(before, after, &Tolerance::default());
        (comparison.verdict, comparison.exit_code)
    }

    #[test]
    fn the_same_is_no_worse_and_much_slower_is() {
        assert_eq!(judged(&passed(), &passed()), (Verdict::Pass, 0));
        assert_eq!(judged(&passed(), &slower(1.1)), (Verdict::Pass, 0));
        assert_eq!(judged(&passed(), &slower(0.1)), (Verdict::Pass, 0));
        assert_eq!(judged(&passed(), &slower(1.5)), (Verdict::Fail, 4));
    }

    #[test]
    fn a_multiple_of_very_little_is_nothing() {
        let quick = |by: f64| {
            let mut report = passed();
            for endpoint in &mut report.phases[0].endpoints {
                if let Some(latency) = &mut endpoint.intended {
                    (latency.p50_ms, latency.p95_ms, latency.p99_ms) = (by, by, by);
                }
            }
            report
        };
        assert_eq!(judged(&quick(0.5), &quick(5.0)), (Verdict::Pass, 0));
        assert_eq!(judged(&quick(0.5), &quick(11.0)), (Verdict::Fail, 4));
    }

    #[test]
    fn a_run_in_which_nobody_got_far_is_worse() {
        let changes: [fn(&mut Report); 3] = [
            |report| report.users.dead = 1,
            |report| report.phases[0].endpoints[1].intended = None,
            |report| drop(report.phases[0].endpoints.remove(1)),
        ];
        for change in changes {
            let mut after = passed();
            change(&mut after);
            assert_eq!(judged(&passed(), &after), (Verdict::Fail, 4));
        }
    }

    #[test]
    fn more_errors_are_worse() {
        let mut after = passed();
        after.phases[0].endpoints[1].failed += 5;
        assert_eq!(judged(&passed(), &after), (Verdict::Fail, 4));
    }

    #[test]
    fn what_was_not_the_same_load_or_no_measurement_is_not_compared() {
        let changes: [fn(&mut Report); 3] = [
            |report| report.profile_sha256 = "other".into(),
            |report| report.users.planned += 1,
            |report| report.verdict = Verdict::Inconclusive,
        ];
        for change in changes {
            let mut after = passed();
            change(&mut after);
            assert_eq!(judged(&passed(), &after), (Verdict::Inconclusive, 7));
        }
    }

    #[test]
    fn runs_without_any_figure_are_not_compared() {
        let nothing = || {
            let mut report = passed();
            report.phases.clear();
            report
        };
        assert_eq!(judged(&nothing(), &nothing()), (Verdict::Inconclusive, 7));
    }

    #[test]
    fn a_person_sees_what_is_worse() {
        let text = render_comparison(&compare(&passed(), &slower(1.5), &Tolerance::default()));
        assert!(text.contains("512ms     769ms    1.50  worse"), "{text}");
        assert!(text.ends_with("verdict: WORSE (exit 4)\n"), "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
    }
}
