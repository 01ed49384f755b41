//! `examctl rollback`: back to the last good release, or to a named one.

use release::report::ReleaseReport;
use release::{DeployOptions, Wish};

use crate::cli::{Global, Rollback};
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::backup::Asked;
use super::deploy::{self, Job};
use super::site;

pub(super) fn run(
    arguments: &Rollback,
    global: &Global,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    if !arguments.fleet.dry_run {
        deploy::confirm_during_exam(arguments.during_exam, global)?;
    }
    let mut options = deploy::options()?;
    options.during_exam = arguments.during_exam;
    options
        .pause_before_step
        .clone_from(&arguments.pause_before);
    if arguments.with_db {
        return with_database(arguments, &options, global, printer);
    }
    let to = arguments.to.as_deref();
    let job = Job {
        wish: Wish::Rollback { to },
        release: to.map(ReleaseReport::named),
        hosts: &arguments.hosts,
        fleet: &arguments.fleet,
        options,
    };
    deploy::run_fleet(&job, printer)
}

/// Host after host, each with its own question: what would be lost differs from host to host.
fn with_database(
    arguments: &Rollback,
    options: &DeployOptions,
    global: &Global,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    let hosts = site::hosts(&arguments.hosts)?;
    let mut changed = 0;
    for host in &hosts {
        let target = site::target(host)?;
        let to = arguments.to.as_deref();
        let back = to.unwrap_or("the last good release");
        deploy::heading(
            &host.name,
            &format!("back to {back}, with its database"),
            printer,
        );
        let mut connection = site::connect(host, &arguments.hosts)?;
        let mut asked = Asked::new(global, printer);
        let deployed = release::backup::rollback_with_database(
            connection.as_mut(),
            &target,
            to,
            options,
            &mut |event| deploy::show(&event, printer),
            &mut |preview| asked.confirm(preview),
        );
        changed += i32::from(asked.finish(deployed)?.changed);
    }
    Ok(Outcome::done()
        .field("hosts", hosts.len())
        .field("changed", changed)
        .field("failed", 0))
}
