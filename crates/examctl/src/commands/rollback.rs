//! `examctl rollback`: back to the last good release, or to a named one.

use release::Wish;
use release::report::ReleaseReport;

use crate::cli::{Global, Rollback};
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::deploy::{self, Job};

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
