//! `examctl status`: what runs on each host, and what was deployed when.

use release::HostStatus;
use release::journal::Mark;
use release::status::SlotStatus;

use crate::cli::Hosts;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::{Outcome, Paint, Printer};

use super::{deploy, site};

pub(super) fn run(arguments: &Hosts, printer: &Printer) -> Result<Outcome, Failure> {
    let hosts = site::hosts(arguments)?;
    let mut failed = 0;
    let mut code = ExitCode::Done;
    for host in &hosts {
        match host_status(host) {
            Ok(status) => {
                printer.record("host_status", &status);
                printer.data(&text(&status, printer.paint()));
            }
            Err(failure) => {
                failed += 1;
                code = failure.code;
                printer.record(
                    "host_failed",
                    &serde_json::json!({"host": host.name, "message": failure.message}),
                );
                printer.data(&format!(
                    "{}: {}",
                    printer.paint().strong(&host.name),
                    printer.paint().bad(&failure.message)
                ));
            }
        }
    }
    Ok(Outcome::with(code)
        .field("hosts", hosts.len())
        .field("failed", failed))
}

fn host_status(host: &provision::inventory::Host) -> Result<HostStatus, Failure> {
    let target = site::target(host)?;
    let mut connection = site::connect(host)?;
    release::status(connection.as_mut(), &target).map_err(|error| deploy::failure(&error))
}

fn text(status: &HostStatus, paint: &Paint) -> String {
    let mut lines = vec![paint.strong(&status.host)];
    if !status.prepared {
        lines.push("   nothing was ever deployed here".to_owned());
    }
    for slot in &status.slots {
        lines.push(slot_line(slot, status.active == Some(slot.slot), paint));
    }
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

fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Good => "good",
        Mark::Bad => "bad",
        Mark::RolledBack => "rolled back",
        Mark::Untried => "untried",
    }
}
