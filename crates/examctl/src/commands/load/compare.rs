//! `examctl load compare`: is the second run worse than the first?

use goose_scenarios::{Tolerance, compare as compare_reports, render_comparison};

use crate::cli::Compare;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::keep::read;

pub(super) fn compare(arguments: &Compare, printer: &Printer) -> Result<Outcome, Failure> {
    for (name, value) in [
        ("--slower-percent", arguments.slower_percent),
        ("--slower-ms", arguments.slower_ms),
    ] {
        if !(0.0..=1_000_000.0).contains(&value) {
            return Err(Failure::invalid(format!(
                "{name} {value}: it must not be negative"
            )));
        }
    }
    let tolerance = Tolerance {
        latency_share: arguments.slower_percent / 100.0,
        latency_ms: arguments.slower_ms,
        ..Tolerance::default()
    };
    let before = read(&arguments.kept.results, &arguments.before)?;
    let after = read(&arguments.kept.results, &arguments.after)?;
    let comparison = compare_reports(&before, &after, &tolerance);
    printer.record("load_comparison", &comparison);
    printer.data(render_comparison(&comparison).trim_end());
    let code = match comparison.exit_code {
        0 => ExitCode::Done,
        4 => ExitCode::Gate,
        _ => ExitCode::Inconclusive,
    };
    let verdict = serde_json::to_value(comparison.verdict).unwrap_or_default();
    Ok(Outcome::with(code).field("verdict", verdict))
}
