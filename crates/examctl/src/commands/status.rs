//! `examctl status`: what runs on each host, and what was deployed when.

use std::fmt::Write as _;

use release::HostStatus;

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
    let mut text = paint.strong(&status.host);
    for slot in &status.slots {
        let mark = if status.active == Some(slot.slot) {
            paint.good("*")
        } else {
            " ".to_owned()
        };
        let release = slot.release.as_deref().unwrap_or("-");
        let state = slot.state.as_deref().unwrap_or("not running");
        let open = slot
            .open_attempts
            .map_or_else(String::new, |count| format!(", {count} open attempts"));
        write!(
            text,
            "\n {mark} {:<8} {release:<36} {state}{open}",
            slot.slot.to_string()
        )
        .ok();
    }
    for release in &status.releases {
        let active = if release.active { ", active" } else { "" };
        write!(
            text,
            "\n   release  {:<36} {}{active}",
            release.id, release.mark
        )
        .ok();
    }
    if let Some(owner) = &status.lock {
        write!(
            text,
            "\n   {} by {} since {}",
            paint.changed("locked"),
            owner.who,
            owner.since
        )
        .ok();
    }
    if let Some(unfinished) = &status.unfinished {
        write!(
            text,
            "\n   {} {} of {} (the next deploy or rollback finishes or undoes it)",
            paint.changed("unfinished"),
            unfinished.kind,
            unfinished.release
        )
        .ok();
    }
    text
}
