//! The report as a person reads it: at most 100 columns, plain text.

use crate::{
    quantity::render_milliseconds,
    report::{EndpointReport, Report, RuleResult},
    verdict::Verdict,
};

/// Widest line.
const WIDTH: usize = 100;
/// Most rules shown; the report has them all.
const RULES_SHOWN: usize = 6;
/// Most wrong answers shown.
const EXAMPLES_SHOWN: usize = 5;

/// The verdict table: endpoints, users, answers, what is wrong, and the verdict on the last line.
pub fn render_table(report: &Report) -> String {
    let mut lines = vec![format!(
        "load {}  {}  seed {}  {:.1}s",
        report.profile,
        report.target,
        report.seed,
        (report.ended_at - report.started_at).as_seconds_f64()
    )];
    lines.push(String::new());
    lines.push(row([
        "endpoint", "requests", "failed", "p50", "p95", "p99", "max",
    ]
    .map(str::to_owned)));
    lines.extend(report.endpoints.iter().map(endpoint_row));
    lines.push(String::new());
    lines.push(users_line(report));
    lines.push(answers_line(report));
    lines.extend(rule_lines(&report.rules));
    let examples = report
        .correctness
        .iter()
        .flat_map(|correctness| &correctness.examples);
    lines.extend(
        examples
            .take(EXAMPLES_SHOWN)
            .map(|example| format!("  {example}")),
    );
    lines.push(String::new());
    lines.push(format!(
        "verdict: {} (exit {})",
        report.verdict.to_string().to_uppercase(),
        report.exit_code
    ));
    lines.iter().fold(String::new(), |mut text, line| {
        push_wrapped(&mut text, line);
        text
    })
}

fn row([name, requests, failed, p50, p95, p99, longest]: [String; 7]) -> String {
    format!("{name:<14} {requests:>10} {failed:>10} {p50:>10} {p95:>10} {p99:>10} {longest:>10}")
}

fn endpoint_row(endpoint: &EndpointReport) -> String {
    let latency = |percentile: fn(&crate::report::Latency) -> f64| {
        endpoint.intended.as_ref().map_or_else(
            || "-".to_owned(),
            |latency| render_milliseconds(percentile(latency)),
        )
    };
    row([
        endpoint.name.to_string(),
        endpoint.sent.to_string(),
        endpoint.failed.to_string(),
        latency(|latency| latency.p50_ms),
        latency(|latency| latency.p95_ms),
        latency(|latency| latency.p99_ms),
        latency(|latency| latency.max_ms),
    ])
}

/// The rules that did not pass, gravest first; one dead server breaks many of them.
fn rule_lines(rules: &[RuleResult]) -> Vec<String> {
    let mut broken: Vec<_> = rules
        .iter()
        .filter(|rule| rule.verdict != Verdict::Pass)
        .collect();
    broken.sort_by_key(|rule| std::cmp::Reverse(rule.verdict));
    let mut lines: Vec<String> = broken
        .iter()
        .take(RULES_SHOWN)
        .map(|rule| {
            let reason = match rule.reason.as_str() {
                "" => String::new(),
                reason => format!(" ({reason})"),
            };
            format!(
                "{:<12}  {}: {}, observed {}{reason}",
                rule.verdict.to_string(),
                rule.subject,
                rule.rule,
                rule.observed
            )
        })
        .collect();
    if broken.len() > RULES_SHOWN {
        lines.push(format!(
            "and {} more rules that did not pass",
            broken.len() - RULES_SHOWN
        ));
    }
    lines
}

fn users_line(report: &Report) -> String {
    let users = &report.users;
    let interrupted = match users.interrupted {
        0 => String::new(),
        count => format!(", {count} interrupted"),
    };
    format!(
        "users    {} planned, {} finished, {} dead{interrupted}",
        users.planned, users.finished, users.dead
    )
}

fn answers_line(report: &Report) -> String {
    let Some(correctness) = &report.correctness else {
        return "answers  not compared with what is stored".to_owned();
    };
    let mut parts = vec![
        format!("{} saves sent", correctness.sent),
        format!("{} acknowledged", correctness.acked),
        format!("{} stored", correctness.stored),
        format!("{} lost", correctness.lost_acked),
    ];
    let others = correctness.faults().into_iter();
    parts.extend(
        others
            .filter(|(name, count)| *count > 0 && *name != "lost_acked")
            .map(|(name, count)| format!("{count} {}", name.replace('_', " "))),
    );
    format!("answers  {}", parts.join(", "))
}

/// Adds `line`, broken at spaces where it is too wide.
fn push_wrapped(text: &mut String, line: &str) {
    let mut column = 0;
    for word in line.split_inclusive(' ') {
        let width = word.trim_end().chars().count();
        if column > 0 && column + width > WIDTH {
            let kept = text.trim_end_matches(' ').len();
            text.truncate(kept);
            text.push_str("\n    ");
            column = 4;
        }
        text.push_str(word);
        column += word.chars().count();
    }
    let kept = text.trim_end_matches(' ').len();
    text.truncate(kept);
    text.push('\n');
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{
        endpoint::Endpoint,
        health::GeneratorHealth,
        reconcile::Correctness,
        report::{EndedBy, Latency, SCHEMA, UsersReport},
    };

    pub(crate) fn report() -> Report {
        let endpoint = |name, latency| EndpointReport {
            name,
            offered: 120,
            started: 120,
            coalesced: 0,
            sent: 124,
            ok: 120,
            failed: 4,
            by_status: [("200".to_owned(), 120), ("503".to_owned(), 4)].into(),
            service: latency,
            intended: latency,
        };
        let latency = Latency {
            samples: 120,
            p50_ms: 0.44,
            p95_ms: 12.0,
            p99_ms: 512.4,
            max_ms: 12_340.0,
        };
        let verdict = Verdict::Corrupt;
        Report {
            schema: SCHEMA,
            run_id: "run".into(),
            profile: "smoke".into(),
            target: "http://127.0.0.1:8080".into(),
            seed: 7,
            started_at: DateTime::UNIX_EPOCH,
            ended_at: DateTime::UNIX_EPOCH + chrono::TimeDelta::milliseconds(20_500),
            ended_by: EndedBy::Completed,
            users: UsersReport { planned: 10, finished: 10, ..UsersReport::default() },
            endpoints: vec![
                endpoint(Endpoint::Login, None),
                endpoint(Endpoint::SaveAnswers, Some(latency)),
            ],
            rules: vec![RuleResult {
                id: "correctness.lost_acked".into(),
                subject: "answers".into(),
                rule: "lost_acked = 0".into(),
                observed: "1".into(),
                samples: 600,
                verdict,
                reason: "attempt 0199a3c4-0000-7000-8000-000000000000 question 0199a3c4-0000-7000-8000-000000000001: sequence 7 was acknowledged, nothing is stored".into(),
            }],
            correctness: Some(Correctness {
                sent: 600,
                acked: 600,
                stored: 599,
                lost_acked: 1,
                phantom: 2,
                ..Correctness::default()
            }),
            generator: GeneratorHealth::default(),
            timeline: Vec::new(),
            verdict,
            exit_code: verdict.exit_code(),
        }
    }

    #[test]
    fn table_shows_numbers_answers_what_is_wrong_and_the_verdict_last() {
        let expected = "\
load smoke  http://127.0.0.1:8080  seed 7  20.5s

endpoint         requests     failed        p50        p95        p99        max
POST login            124          4          -          -          -          -
PUT answers           124          4      0.4ms       12ms      512ms      12.3s

users    10 planned, 10 finished, 0 dead
answers  600 saves sent, 600 acknowledged, 599 stored, 1 lost, 2 phantom
corrupt       answers: lost_acked = 0, observed 1 (attempt 0199a3c4-0000-7000-8000-000000000000
    question 0199a3c4-0000-7000-8000-000000000001: sequence 7 was acknowledged, nothing is stored)

verdict: CORRUPT (exit 8)
";
        assert_eq!(render_table(&report()), expected);
    }

    #[test]
    fn gravest_rules_are_shown_first_and_the_rest_is_counted() {
        let mut report = report();
        let mut minor = report.rules[0].clone();
        minor.verdict = Verdict::Inconclusive;
        report.rules.splice(0..0, vec![minor; RULES_SHOWN]);
        let table = render_table(&report);
        let corrupt = table.find("corrupt  ").unwrap();
        assert!(corrupt < table.find("inconclusive  ").unwrap(), "{table}");
        assert!(
            table.contains("and 1 more rules that did not pass"),
            "{table}"
        );
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let mut report = report();
        report.target = format!("https://{}.example/exam", "very-long-name-".repeat(3));
        report.rules[0].reason = "word ".repeat(100);
        for line in render_table(&report).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}
