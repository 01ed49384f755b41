//! `examctl rollback`: back to the last good release, or to a named one.

use crate::cli::{Global, Rollback};
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::backup::Asked;
use super::{deploy, site};

pub(super) fn run(
    arguments: &Rollback,
    global: &Global,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    deploy::confirm_during_exam(arguments.during_exam, global)?;
    let hosts = site::hosts(&arguments.hosts)?;
    let mut options = deploy::options()?;
    options.during_exam = arguments.during_exam;
    options
        .pause_before_step
        .clone_from(&arguments.pause_before);
    let mut changed = 0;
    for host in &hosts {
        let target = site::target(host)?;
        let to = arguments.to.as_deref();
        deploy::heading(
            &host.name,
            &format!("back to {}", to.unwrap_or("the last good release")),
            printer,
        );
        let mut connection = site::connect(host, &arguments.hosts)?;
        if arguments.with_db {
            let mut asked = Asked::new(global, printer);
            let deployed = release::backup::rollback_with_database(
                connection.as_mut(),
                &target,
                to,
                &options,
                &mut |event| deploy::show(&event, printer),
                &mut |preview| asked.confirm(preview),
            );
            changed += i32::from(asked.finish(deployed)?.changed);
            continue;
        }
        let deployed =
            release::rollback(connection.as_mut(), &target, to, &options, &mut |event| {
                deploy::show(&event, printer);
            })
            .map_err(|error| deploy::failure(&error))?;
        deploy::finished(&deployed, printer);
        changed += i32::from(deployed.changed);
    }
    Ok(Outcome::done()
        .field("hosts", hosts.len())
        .field("changed", changed)
        .field("failed", 0))
}
