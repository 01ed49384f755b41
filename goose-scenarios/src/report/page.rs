//! The report as a page: one file that opens without a network, today and in ten years.

use serde::Serialize;
use tera::{Context, Tera};

use super::{Latency, Report, RuleResult, chart};
use crate::{quantity::render_milliseconds, verdict::Verdict};

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
    latencies: Vec<ShownLatencies>,
    faults: Vec<(&'static str, u64)>,
    latency_plot: String,
    throughput_plot: String,
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
        latencies: report
            .endpoints
            .iter()
            .map(|endpoint| ShownLatencies {
                intended: percentiles(endpoint.intended),
                service: percentiles(endpoint.service),
            })
            .collect(),
        faults: report
            .correctness
            .as_ref()
            .map(|correctness| correctness.faults().to_vec())
            .unwrap_or_default(),
        latency_plot: chart::latencies(&report.timeline).map_err(PageError)?,
        throughput_plot: chart::throughput(&report.timeline).map_err(PageError)?,
        report,
    };
    let mut tera = Tera::default();
    tera.add_raw_template(NAME, include_str!("page.html.tera"))
        .map_err(failed)?;
    let context = Context::from_serialize(&shown).map_err(failed)?;
    tera.render(NAME, &context).map_err(failed)
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
    use crate::report::table::tests::report;

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
