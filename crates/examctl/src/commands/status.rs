//! `examctl status`: what runs on each host, and what was deployed when.

use release::HostStatus;
use release::journal::Mark;
use release::status::SlotStatus;

use crate::cli::Hosts;
use crate::failure::Failure;
use crate::output::{Outcome, Paint, Printer};

use super::{deploy, site};

pub(super) fn run(arguments: &Hosts, printer: &Printer) -> Result<Outcome, Failure> {
    site::each_host(arguments, printer, |connection, target| {
        let status =
            release::status(connection, target).map_err(|error| deploy::failure(&error))?;
        printer.record("host_status", &status);
        printer.data(&text(&status, printer.paint()));
        Ok(())
    })
}

fn text(status: &HostStatus, paint: &Paint) -> String {
    let mut lines = Vec::new();
    if !status.prepared {
        lines.push("   nothing was ever deployed here".to_owned());
    }
    for slot in &status.slots {
        lines.push(slot_line(slot, status.active == Some(slot.slot), paint));
    }
    lines.extend(status.slots.iter().find_map(what_is_coming));
    for release in &status.releases {
        let active = if release.active { ", active" } else { "" };
        let mark = mark(release.mark);
        lines.push(format!("   release  {:<36} {mark}{active}", release.id));
    }
    if let Some(owner) = &status.lock {
        let locked = paint.changed("locked");
        lines.push(format!(
            "   {locked} by {} since {}",
            owner.who, owner.since
        ));
    }
    if let Some(unfinished) = &status.unfinished {
        lines.push(format!(
            "   {} work on {} (the next deploy or rollback finishes or undoes it)",
            paint.changed("unfinished"),
            unfinished.release
        ));
    }
    lines.join("\n")
}

fn slot_line(slot: &SlotStatus, active: bool, paint: &Paint) -> String {
    let mark = if active {
        paint.good("*")
    } else {
        " ".to_owned()
    };
    let release = slot.release.as_deref().unwrap_or("-");
    let state = match &slot.service {
        Some(service) if service.open_attempts > 0 => {
            format!("{}, {} open attempts", service.state, service.open_attempts)
        }
        Some(service) => service.state.clone(),
        None if slot.running => paint.bad("does not answer"),
        None => "not running".to_owned(),
    };
    format!(" {mark} {:<8} {release:<36} {state}", slot.slot.to_string())
}

/// Maintenance, or the next exam, as the slot that serves knows them.
fn what_is_coming(slot: &SlotStatus) -> Option<String> {
    let service = slot
        .service
        .as_ref()
        .filter(|service| service.is_serving())?;
    if let Some(maintenance) = &service.maintenance {
        return Some(format!("   {maintenance}"));
    }
    let exam = service.next_exam.as_ref()?;
    let begins = exam.starts_at.format("%Y-%m-%d %H:%M UTC");
    Some(format!("   next exam {} begins {begins}", exam.title))
}

fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Good => "good",
        Mark::Bad => "bad",
        Mark::RolledBack => "rolled back",
        Mark::Untried => "untried",
    }
}
