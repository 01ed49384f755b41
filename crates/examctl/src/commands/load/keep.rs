//! Where runs are kept: a folder each, named by the run.

use std::path::{Path, PathBuf};

use goose_scenarios::{Report, render_junit, render_page};

use crate::cli;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

const GATE: &str = "gate.json";

/// The folder of one run.
pub(super) struct Kept(PathBuf);

impl Kept {
    /// A new folder: before the run, so that nothing fails after it for want of a place.
    pub(super) fn create(results: &Path, run_id: &str) -> Result<Self, Failure> {
        let folder = results.join(run_id);
        let shown = folder.display();
        if folder.exists() {
            return Err(Failure::invalid(format!(
                "{shown} is there already: a run never overwrites another. Name it otherwise with --run-id"
            )));
        }
        std::fs::create_dir_all(&folder).map_err(|error| {
            Failure::invalid(format!("cannot make the folder {shown}: {error}"))
        })?;
        Ok(Self(folder))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// Takes the folder away again if nothing is in it: there was no run.
    pub(super) fn discard(&self) {
        let Ok(entries) = std::fs::read_dir(&self.0) else {
            return;
        };
        // A ledger without a line is none.
        for entry in entries.flatten() {
            if entry.metadata().is_ok_and(|data| data.len() == 0) {
                std::fs::remove_file(entry.path()).ok();
            }
        }
        std::fs::remove_dir(&self.0).ok();
    }

    /// The report in all its forms.
    pub(super) fn write(&self, report: &Report) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(report)
            .map_err(|error| Failure::failed(format!("the report cannot be written: {error}")))?;
        let page = render_page(report).map_err(|error| Failure::failed(error.to_string()))?;
        for (name, text) in [
            (GATE, json),
            ("report.html", page),
            ("junit.xml", render_junit(report)),
        ] {
            let path = self.0.join(name);
            std::fs::write(&path, text).map_err(|error| {
                Failure::failed(format!("cannot write {}: {error}", path.display()))
            })?;
        }
        Ok(())
    }
}

/// The report of a run by its name, or by the path of its `gate.json` or folder.
pub(super) fn read(results: &Path, run: &str) -> Result<Report, Failure> {
    let path = [
        results.join(run).join(GATE),
        Path::new(run).join(GATE),
        PathBuf::from(run),
    ]
    .into_iter()
    .find(|path| path.is_file())
    .ok_or_else(|| {
        let folder = results.display();
        Failure::invalid(format!("no run '{run}' is kept in {folder}"))
            .hint("see those that are: examctl load list")
    })?;
    let shown = path.display();
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::invalid(format!("{shown} cannot be read: {error}")))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::invalid(format!(
            "{shown}: line {}, column {}: this is no report of a load run: {error}",
            error.line(),
            error.column()
        ))
    })
}

pub(super) fn list(arguments: &cli::Kept, printer: &Printer) -> Result<Outcome, Failure> {
    let folder = &arguments.results;
    let entries = std::fs::read_dir(folder).map_err(|error| {
        Failure::invalid(format!("{} cannot be read: {error}", folder.display()))
    })?;
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let mut reports: Vec<Report> = names.filter_map(|name| read(folder, &name).ok()).collect();
    reports.sort_by_key(|report| std::cmp::Reverse(report.started_at));
    printer.data(&format!(
        "{:<44} {:<20} {:>6}  {:<13} {}",
        "run", "began", "users", "verdict", "target"
    ));
    for report in &reports {
        printer.data(&format!(
            "{:<44} {:<20} {:>6}  {:<13} {}",
            report.run_id,
            report.started_at.format("%Y-%m-%d %H:%M:%S"),
            report.users.planned,
            report.verdict.to_string(),
            report.target
        ));
        let record = serde_json::json!({
            "run_id": report.run_id, "profile": report.profile, "started_at": report.started_at,
            "users": report.users.planned, "verdict": report.verdict, "target": report.target,
        });
        printer.record("load_run", &record);
    }
    Ok(Outcome::done().field("runs", reports.len()))
}
