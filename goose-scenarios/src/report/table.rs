//! The report as a person reads it: at most 100 columns, plain text.

use crate::{
    judge::Verdict,
    profile::render_milliseconds,
    report::{EndpointReport, Report, RuleResult},
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
    for phase in &report.phases {
        lines.push(String::new());
        let name = if phase.name.replace('-', "_") == phase.run.name() {
            phase.name.clone()
        } else {
            format!("{} ({})", phase.name, phase.run)
        };
        let head = ["requests", "failed", "p50", "p95", "p99", "max"].map(str::to_owned);
        lines.push(row(&name, head));
        lines.extend(phase.endpoints.iter().map(endpoint_row));
    }
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

fn row(name: &str, [requests, failed, p50, p95, p99, longest]: [String; 6]) -> String {
    format!("{name:<30} {requests:>9} {failed:>8} {p50:>9} {p95:>9} {p99:>9} {longest:>9}")
}

fn endpoint_row(endpoint: &EndpointReport) -> String {
    let latency = |percentile: fn(&crate::report::Latency) -> f64| {
        endpoint.intended.as_ref().map_or_else(
            || "-".to_owned(),
            |latency| render_milliseconds(percentile(latency)),
        )
    };
    row(
        &format!("  {}", endpoint.name),
        [
            endpoint.sent.to_string(),
            endpoint.failed.to_string(),
            latency(|latency| latency.p50_ms),
            latency(|latency| latency.p95_ms),
            latency(|latency| latency.p99_ms),
            latency(|latency| latency.max_ms),
        ],
    )
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
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn table_shows_numbers_answers_what_is_wrong_and_the_verdict_last() {
        let expected = "\
load smoke  http://127.0.0.1:8080  seed 7  20.5s

sit (autosave)                  requests   failed       p50       p95       p99       max
  POST login                         124        4         -         -         -         -
  PUT answers                        124        4     0.4ms      12ms     512ms     12.3s

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
