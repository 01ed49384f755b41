//! The report as a page: one file that opens without a network, today and in ten years.

use serde::Serialize;
use tera::{Context, Tera};

use super::{Latency, PhaseReport, Report, RuleResult, chart};
use crate::{judge::Verdict, profile::render_milliseconds};

/// Named so that tera escapes what it puts in.
const NAME: &str = "page.html";

/// The page could not be put together.
#[derive(Debug, thiserror::Error)]
#[error("the report's page cannot be written: {0}")]
pub struct PageError(String);

/// What the template needs besides the report.
#[derive(Serialize)]
struct Shown<'a> {
    report: &'a Report,
    started_at: String,
    seconds: String,
    /// The rules that did not pass, gravest first.
    broken: Vec<&'a RuleResult>,
    phases: Vec<ShownPhase<'a>>,
    faults: Vec<(&'static str, u64)>,
    latency_plot: String,
    throughput_plot: String,
    cores_plot: Option<String>,
    queue_plot: Option<String>,
}

/// A phase with its figures as text.
#[derive(Serialize)]
struct ShownPhase<'a> {
    phase: &'a PhaseReport,
    latencies: Vec<ShownLatencies>,
    kills: Vec<String>,
}

/// Percentiles of an endpoint as text: from the intended moment, and from sending.
#[derive(Serialize)]
struct ShownLatencies {
    intended: [String; 4],
    service: [String; 4],
}

/// The report of a run as HTML with its plots in it.
///
/// # Errors
/// [`PageError`] when the template or a plot fails, which is a defect.
pub fn render_page(report: &Report) -> Result<String, PageError> {
    let failed = |error: tera::Error| PageError(error.to_string());
    let is_broken = |rule: &&RuleResult| rule.verdict != Verdict::Pass;
    let mut broken: Vec<_> = report.rules.iter().filter(is_broken).collect();
    broken.sort_by_key(|rule| std::cmp::Reverse(rule.verdict));
    let shown = Shown {
        started_at: report
            .started_at
            .format("%Y-%m-%d %H:%M:%S UTC")
            .to_string(),
        seconds: format!(
            "{:.1}",
            (report.ended_at - report.started_at).as_seconds_f64()
        ),
        broken,
        phases: report.phases.iter().map(shown_phase).collect(),
        faults: report
            .correctness
            .as_ref()
            .map(|correctness| correctness.faults().to_vec())
            .unwrap_or_default(),
        latency_plot: chart::latencies(report).map_err(PageError)?,
        throughput_plot: chart::throughput(report).map_err(PageError)?,
        cores_plot: chart::server_cores(report).map_err(PageError)?,
        queue_plot: chart::server_queue(report).map_err(PageError)?,
        report,
    };
    let mut tera = Tera::default();
    tera.add_raw_template(NAME, include_str!("page.html.tera"))
        .map_err(failed)?;
    let context = Context::from_serialize(&shown).map_err(failed)?;
    tera.render(NAME, &context).map_err(failed)
}

fn shown_phase(phase: &PhaseReport) -> ShownPhase<'_> {
    let endpoints = phase.endpoints.iter();
    let kills = phase.kills.iter().map(|kill| {
        let outcome = match (&kill.problem, kill.recovered_ms) {
            (Some(problem), _) => problem.clone(),
            (None, Some(milliseconds)) => {
                format!("ready again after {}", render_milliseconds(milliseconds))
            }
            (None, None) => "not ready again".to_owned(),
        };
        format!("Killed at {:.1} s: {outcome}.", kill.at)
    });
    ShownPhase {
        phase,
        latencies: endpoints
            .map(|endpoint| ShownLatencies {
                intended: percentiles(endpoint.intended),
                service: percentiles(endpoint.service),
            })
            .collect(),
        kills: kills.collect(),
    }
}

fn percentiles(latency: Option<Latency>) -> [String; 4] {
    latency.map_or_else(
        || ["–"; 4].map(str::to_owned),
        |it| [it.p50_ms, it.p95_ms, it.p99_ms, it.max_ms].map(render_milliseconds),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn what_comes_from_outside_is_text_and_the_page_needs_nothing_else() {
        let mut report = report();
        report.target = "http://exam.test/<script>".to_owned();
        let page = render_page(&report).unwrap();
        assert!(!page.contains("<script"), "{page}");
        for wanted in [
            "CORRUPT",
            "exam.test",
            "PUT answers",
            "lost_acked = 0",
            "12.3s",
            "<svg",
        ] {
            assert!(page.contains(wanted), "{wanted} is missing:\n{page}");
        }
        for outside in ["src=", "href=", "url(", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
