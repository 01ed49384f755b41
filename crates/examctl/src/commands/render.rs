//! `examctl render`: a template as it would be written for a host.

use provision::assets::Assets;
use provision::engine::{self, RunOptions};

use crate::cli::Render;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::{check, site};

pub(super) fn run(arguments: &Render, printer: &Printer) -> Result<Outcome, Failure> {
    let options = RunOptions {
        limit: Some(arguments.host.clone()),
        extra_vars: check::extra_vars(&arguments.extra_vars)?,
        ..RunOptions::default()
    };
    let inventory = site::inventory(&arguments.inventory)?;
    let checked = engine::check(
        &arguments.playbook,
        Some(&inventory),
        &Assets::embedded(),
        &options,
    )
    .map_err(|problems| check::invalid(&problems))?;
    let text = engine::render(
        &checked,
        &arguments.host,
        &arguments.template.display().to_string(),
    )
    .map_err(|problem| Failure::invalid(problem.to_string()))?;
    printer.data(text.trim_end_matches('\n'));
    printer.record(
        "rendered",
        &serde_json::json!({"template": arguments.template, "host": arguments.host, "text": text}),
    );
    Ok(Outcome::done())
}
