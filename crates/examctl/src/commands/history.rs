//! `examctl history`: what was deployed and rolled back, as each host's journal has it.

use release::journal::{Outcome as DeployOutcome, Past, PastDeploy, PastNote};
use release::steps::Kind;

use crate::cli::History;
use crate::failure::Failure;
use crate::output::{Outcome, Paint, Printer};

use super::{deploy, site};

pub(super) fn run(arguments: &History, printer: &Printer) -> Result<Outcome, Failure> {
    site::each_host(&arguments.lines.hosts, printer, |connection, target| {
        let past = release::history(connection, target, usize::from(arguments.lines.lines))
            .map_err(|error| deploy::failure(&error))?;
        for past in &past {
            match past {
                Past::Deploy(deploy) => {
                    printer.record("past_deploy", deploy);
                    printer.data(&line(deploy, printer.paint()));
                }
                Past::Note(note) => {
                    printer.record("past_note", note);
                    printer.data(&note_line(note));
                }
            }
        }
        if past.is_empty() {
            printer.data("  nothing was ever done here");
        }
        Ok(())
    })
}

fn line(past: &PastDeploy, paint: &Paint) -> String {
    let kind = match past.kind {
        Kind::Deploy => "deploy",
        Kind::Rollback => "rollback",
    };
    let outcome = match past.outcome {
        Some(DeployOutcome::Good) => paint.good("good"),
        Some(DeployOutcome::Undone) => paint.changed("undone"),
        None => paint.bad("unfinished"),
    };
    let reason = past
        .reason
        .as_deref()
        .and_then(|reason| reason.lines().next())
        .map_or_else(String::new, |reason| format!(": {reason}"));
    format!(
        "  {}  {kind:<8}  {}  {outcome} by {}{reason}",
        past.began, past.release, past.who
    )
}

fn note_line(note: &PastNote) -> String {
    format!(
        "  {}  {:<8}  {} by {}",
        note.at, note.what, note.detail, note.who
    )
}
