//! `examctl render`: a template as it would be written for a host.

use provision::assets::Assets;
use provision::engine::{self, RunOptions};

use crate::cli::Render;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::{check, site};

pub(super) fn run(arguments: &Render, printer: &Printer) -> Result<Outcome, Failure> {
    let options = RunOptions {
        extra_vars: check::extra_vars(&arguments.extra_vars)?,
        ..RunOptions::default()
    };
    let inventory = site::inventory(&arguments.inventory, arguments.identity.as_deref())?;
    let hosts = inventory
        .hosts_for(Some(&arguments.host))
        .map_err(|problem| Failure::invalid(problem.to_string()))?;
    let [host] = hosts.as_slice() else {
        return Err(Failure::invalid(format!(
            "'{}' is not one host but {}",
            arguments.host,
            hosts.len()
        )));
    };
    let playbook = check::playbook(arguments.playbook.as_deref());
    let text = engine::render_template(
        &arguments.template,
        &playbook,
        (&inventory, host),
        &Assets::embedded(),
        &options,
    )
    .map_err(|problems| check::invalid(&problems))?;
    printer.data(text.trim_end_matches('\n'));
    printer.record(
        "rendered",
        &serde_json::json!({"template": arguments.template, "host": host.name, "text": text}),
    );
    Ok(Outcome::done())
}
