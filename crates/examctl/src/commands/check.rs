//! `examctl check`: everything that can be found wrong without contacting a host.

use std::path::{Path, PathBuf};

use provision::assets::Assets;
use provision::engine::{self, Checked, RunOptions};
use provision::problem::Problem;

use crate::cli::PlaybookRun;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::site;

pub(super) fn run(arguments: &PlaybookRun, printer: &Printer) -> Result<Outcome, Failure> {
    let options = options(arguments)?;
    let playbook = playbook(arguments.playbook.as_deref());
    // A playbook can be checked alone; with an inventory the variables of every host are checked too.
    let checked = if arguments.hosts.inventory.exists() {
        checked(arguments, &options)?
    } else {
        engine::check(&playbook, None, &Assets::embedded(), &options)
            .map_err(|problems| invalid(&problems))?
    };
    let hosts = checked.host_names();
    printer.data(&format!(
        "{} {} ({})",
        printer.paint().good("ok"),
        playbook.display(),
        checked.name()
    ));
    if hosts.is_empty() {
        printer.progress("no inventory was given, so no host's variables were checked (-i FILE)");
    }
    Ok(Outcome::done()
        .field("hosts", hosts.len())
        .field("problems", 0))
}

/// The playbook that was named, or the one that everybody starts with.
pub(super) fn playbook(named: Option<&Path>) -> PathBuf {
    let own = Path::new("playbooks/online.yaml");
    match named {
        Some(path) => path.to_owned(),
        None if own.is_file() => own.to_owned(),
        None => PathBuf::from("online"),
    }
}

/// The playbook with its hosts, or every problem in them.
pub(super) fn checked(arguments: &PlaybookRun, options: &RunOptions) -> Result<Checked, Failure> {
    let hosts = &arguments.hosts;
    let inventory = site::inventory(&hosts.inventory, hosts.identity.as_deref())?;
    engine::check(
        &playbook(arguments.playbook.as_deref()),
        Some(&inventory),
        &Assets::embedded(),
        options,
    )
    .map_err(|problems| invalid(&problems))
}

pub(super) fn options(arguments: &PlaybookRun) -> Result<RunOptions, Failure> {
    Ok(RunOptions {
        limit: arguments.hosts.limit.clone(),
        tags: arguments.tags.clone(),
        extra_vars: extra_vars(&arguments.extra_vars)?,
        parallel_hosts: usize::from(arguments.parallel),
        open: arguments.hosts.open_options(),
        ..RunOptions::default()
    })
}

pub(super) fn extra_vars(
    pairs: &[String],
) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    pairs
        .iter()
        .map(|pair| engine::parse_extra_var(pair))
        .collect::<Result<_, _>>()
        .map_err(Failure::invalid)
}

/// All problems, one a line.
pub(super) fn invalid(problems: &[Problem]) -> Failure {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Failure::invalid(lines.join("\n       "))
}
