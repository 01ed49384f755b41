//! `--dry-run`: what would be run on which host, in which order, and how it would be taken back.

use std::fmt::Write as _;

use release::fleet::{Member, Wave, ask_all};
use release::steps::describe::Described;
use release::{DeployError, Look, look};

use super::failure;
use super::fleet::Job;
use crate::failure::Failure;
use crate::output::{Outcome, Paint, Printer};

pub(super) fn run(
    job: &Job<'_>,
    members: &[Member<'_>],
    waves: &[Wave],
    printer: &Printer,
) -> Result<Outcome, Failure> {
    let parallel = usize::from(job.fleet.parallel);
    let looks = ask_all(members, parallel, |connection, target| {
        look(connection, target, job.wish, &job.options)
    });
    let mut refused = None;
    for (number, wave) in waves.iter().enumerate() {
        if waves.len() > 1 || members.len() > 1 {
            let names: Vec<&str> = wave
                .hosts
                .iter()
                .map(|host| members[*host].target.host.as_str())
                .collect();
            let title = format!(
                "wave {} of {}, {}: {}",
                number + 1,
                waves.len(),
                wave.kind,
                names.join(", ")
            );
            printer.data(&printer.paint().strong(&title));
        }
        for &host in &wave.hosts {
            let Some(look) = looks.get(host) else {
                continue;
            };
            if let Some(failure) = print(number + 1, look, printer) {
                refused.get_or_insert(failure);
            }
        }
    }
    printer.data("nothing was changed: this was a dry run");
    match refused {
        Some(failure) => Err(failure),
        None => Ok(Outcome::done()
            .field("hosts", members.len())
            .field("changed", 0)
            .field("dry_run", true)),
    }
}

/// Prints one host; a failure where the run would stop there.
fn print(wave: usize, look: &Result<Look, DeployError>, printer: &Printer) -> Option<Failure> {
    let look = match look {
        Ok(look) => look,
        Err(error) => {
            printer.data(&format!("  {}", printer.paint().bad(&error.to_string())));
            return Some(failure(error));
        }
    };
    printer.record(
        "dry_run",
        &serde_json::json!({ "wave": wave, "plan": look }),
    );
    printer.data(&text(look, printer.paint()));
    let host = look.host.clone();
    if let Some(owner) = &look.locked {
        let owner = Box::new(owner.clone());
        return Some(failure(&DeployError::Locked { host, owner }));
    }
    if look.reasons.is_empty() {
        return None;
    }
    let reason = look.reasons.join("; ");
    Some(failure(&DeployError::Refused { host, reason }))
}

fn text(look: &Look, paint: &Paint) -> String {
    let mut text = format!("{}: {}", paint.strong(&look.host), look.release);
    if look.serves_already {
        return format!("{text} serves already; nothing would be done");
    }
    let from = match (look.from, &look.previous) {
        (Some(slot), Some(previous)) => format!("; {slot} serves {previous}"),
        _ => "; nothing serves".to_owned(),
    };
    let warm = if look.warm {
        " (it waits there, warm)"
    } else {
        ""
    };
    write!(text, " to {}{warm}{from}", look.slot).ok();
    let root = if look.as_root { " as root" } else { "" };
    write!(
        text,
        "\n  {}",
        paint.faint(&format!(
            "every script runs{root} in {}, after it has checked that the lock is still held",
            look.directory
        ))
    )
    .ok();
    if let Some(release) = &look.unfinished {
        let said = format!(
            "first of all the interrupted work on {release} is finished or undone; what follows may then be another slot"
        );
        write!(text, "\n  {}", paint.changed(&said)).ok();
    }
    if let Some(owner) = &look.locked {
        write!(text, "\n  {} {owner}", paint.bad("it would be refused:")).ok();
    }
    for reason in &look.reasons {
        write!(text, "\n  {} {reason}", paint.bad("it would be refused:")).ok();
    }
    for warning in &look.warnings {
        write!(text, "\n  {} {warning}", paint.changed("look at this:")).ok();
    }
    for (number, described) in look.steps.iter().enumerate() {
        text += &step(number + 1, described, paint);
    }
    text
}

fn step(number: usize, described: &Described, paint: &Paint) -> String {
    let name = format!("{number:>2}. {}", described.step);
    let mut text = format!("\n  {}", paint.strong(&name));
    for command in &described.commands {
        text += &indented(command, "      ", paint);
    }
    match described.undo.as_slice() {
        [] => {}
        undo => {
            write!(text, "\n      {}", paint.changed("undo:")).ok();
            for command in undo {
                text += &indented(command, "        ", paint);
            }
        }
    }
    text
}

fn indented(script: &str, margin: &str, paint: &Paint) -> String {
    let lines = script.lines().filter(|line| !line.trim().is_empty());
    let shown = lines.map(|line| {
        let line = if line.starts_with('#') {
            paint.faint(line)
        } else {
            line.to_owned()
        };
        format!("\n{margin}{line}")
    });
    shown.collect()
}
