//! The report as a person reads it: at most 100 columns, plain text.

use std::fmt::Write as _;

use crate::{
    quantity::render_milliseconds,
    report::{EndpointReport, Report},
    verdict::Verdict,
};

/// Widest line.
const WIDTH: usize = 100;

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
    for rule in report
        .rules
        .iter()
        .filter(|rule| rule.verdict != Verdict::Pass)
    {
        lines.push(format!(
            "{:<12}  {}: {}, observed {}{}",
            rule.verdict.to_string(),
            rule.subject,
            rule.rule,
            rule.observed,
            if rule.reason.is_empty() {
                String::new()
            } else {
                format!(" ({})", rule.reason)
            }
        ));
    }
    let examples = report
        .correctness
        .iter()
        .flat_map(|correctness| &correctness.examples);
    lines.extend(examples.take(5).map(|example| format!("  {example}")));
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
    let mut line = String::new();
    let written = write!(
        line,
        "{name:<14} {requests:>10} {failed:>10} {p50:>10} {p95:>10} {p99:>10} {longest:>10}"
    );
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
    line
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

fn users_line(report: &Report) -> String {
    let users = &report.users;
    let mut line = format!(
        "users    {} planned, {} finished, {} dead",
        users.planned, users.finished, users.dead
    );
    if users.interrupted > 0 {
        line.push_str(&format!(", {} interrupted", users.interrupted));
    }
    line
}

fn answers_line(report: &Report) -> String {
    let Some(correctness) = &report.correctness else {
        return "answers  not compared with what is stored".to_owned();
    };
    let mut line = format!(
        "answers  {} sent, {} acknowledged, {} stored, {} lost",
        correctness.sent, correctness.acked, correctness.stored, correctness.lost_acked
    );
    for (name, count) in correctness.faults() {
        if count > 0 && name != "lost_acked" {
            line.push_str(&format!(", {count} {}", name.replace('_', " ")));
        }
    }
    line
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
