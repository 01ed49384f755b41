//! `examctl maintenance`: tell people to come back later, on every host, and take it back.

use std::cell::Cell;

use release::maintenance::{MaintenanceState, Switch, parse_until, switch_maintenance};
use release::{DeployError, ServiceStatus};

use crate::cli::{Hosts, Maintenance, MaintenanceOn};
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::{deploy, site};

pub(super) fn run(command: &Maintenance, printer: &Printer) -> Result<Outcome, Failure> {
    match command {
        Maintenance::On(arguments) => switch(&arguments.hosts, &on(arguments)?, printer),
        Maintenance::Off(hosts) => switch(hosts, &Switch::Off, printer),
        Maintenance::Status(hosts) => status(hosts, printer),
    }
}

fn on(arguments: &MaintenanceOn) -> Result<Switch, Failure> {
    let now = release::clock::Clock::system().local_now();
    let until = arguments
        .until
        .as_deref()
        .map(|text| parse_until(text, &now))
        .transpose()
        .map_err(|reason| Failure::invalid(format!("--until: {reason}")))?;
    Ok(Switch::On {
        until,
        message: arguments.message.clone(),
    })
}

/// One host that cannot be told does not keep the others from being told.
fn switch(hosts: &Hosts, switch: &Switch, printer: &Printer) -> Result<Outcome, Failure> {
    let options = deploy::options()?;
    let changed = Cell::new(0);
    let outcome = site::each_host(hosts, printer, |connection, target| {
        // The lock and the journal are nothing that one needs to see of this.
        let state = switch_maintenance(connection, target, switch, &options, &mut |_| {})
            .map_err(|error: DeployError| deploy::failure(&error))?;
        changed.set(changed.get() + i32::from(state.changed));
        show(&state, printer);
        Ok(())
    })?;
    Ok(outcome.field("changed", changed.get()))
}

fn status(hosts: &Hosts, printer: &Printer) -> Result<Outcome, Failure> {
    site::each_host(hosts, printer, |connection, target| {
        let status =
            release::status(connection, target).map_err(|error| deploy::failure(&error))?;
        let service = status
            .slots
            .iter()
            .filter_map(|slot| slot.service.as_ref())
            .find(|service| ServiceStatus::is_serving(service));
        let Some(service) = service else {
            return Err(Failure::failed("no release serves here"));
        };
        let state = MaintenanceState {
            host: target.host.clone(),
            maintenance: service.maintenance.clone(),
            changed: false,
        };
        show(&state, printer);
        Ok(())
    })
}

fn show(state: &MaintenanceState, printer: &Printer) {
    printer.record("maintenance", state);
    printer.data(&format!("   {}", text(state)));
}

fn text(state: &MaintenanceState) -> String {
    match &state.maintenance {
        None => "no maintenance: students are served".to_owned(),
        Some(maintenance) => maintenance.to_string(),
    }
}
