//! From arguments to a run over all hosts, and from its end to what is printed: deploy and rollback.

use std::sync::Arc;

use release::fleet::{
    Canary, FleetEnd, FleetOptions, OnFailure, Wave, plan_waves, run as run_waves,
};
use release::report::{HostOutcome, Occasion, ReleaseReport, Report};
use release::steps::Kind;
use release::{DeployOptions, Wish};

use super::show::FleetShow;
use super::telling::{Beginning, check_report, finish, notifier};
use super::{dry_run, failure, recap};
use crate::cli::{Fleet, Hosts, OnFailure as AskedOnFailure};
use crate::commands::site::{Site, members, sites};
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

/// One deploy or rollback as it was asked for.
pub(in crate::commands) struct Job<'j> {
    pub(in crate::commands) wish: Wish<'j>,
    /// `None`: the last good one of each host.
    pub(in crate::commands) release: Option<ReleaseReport>,
    pub(in crate::commands) hosts: &'j Hosts,
    pub(in crate::commands) fleet: &'j Fleet,
    pub(in crate::commands) options: DeployOptions,
}

pub(in crate::commands) fn run(job: &Job<'_>, printer: &Printer) -> Result<Outcome, Failure> {
    let sites = sites(job.hosts)?;
    let waves = waves(job.fleet, &sites)?;
    let members = members(&sites, job.hosts);
    if job.fleet.dry_run {
        return dry_run::run(job, &members, &waves, printer);
    }
    check_report(job.fleet.report.as_deref())?;
    let notifier = Arc::new(notifier(job.fleet, &sites)?);
    let names: Vec<&str> = sites.iter().map(|site| site.host.name.as_str()).collect();
    let occasion = Occasion {
        kind: job.wish.kind(),
        who: job.options.who.clone(),
        began: job.options.clock.now(),
        release: job.release.clone(),
        waves: Occasion::name_waves(&waves, &names),
    };
    let title = match names.as_slice() {
        [host] => format!("{host}: {}", goal(&occasion)),
        _ => occasion.name(),
    };
    printer.progress(&printer.paint().strong(&title));
    let beginning = Beginning::tell(&notifier, &occasion);
    let show = FleetShow::new(printer, &names);
    let options = FleetOptions {
        on_failure: match job.fleet.on_failure {
            AskedOnFailure::Undo => OnFailure::Undo,
            AskedOnFailure::Stop => OnFailure::Stop,
        },
        parallel: usize::from(job.fleet.parallel),
    };
    let mut watch = |event| show.event(&event);
    let end = run_waves(
        &members,
        &waves,
        job.wish,
        &job.options,
        options,
        &mut watch,
    );
    let report = Report::new(occasion, &end, job.options.clock.now());
    recap::print(&report, printer);
    finish(job.fleet, &notifier, beginning, &report, printer);
    outcome(&report, &end)
}

/// What one host is to serve.
fn goal(occasion: &Occasion) -> String {
    match (occasion.kind, &occasion.release) {
        (Kind::Deploy, Some(release)) => release.id.clone(),
        (Kind::Rollback, Some(release)) => format!("back to {}", release.id),
        _ => "back to the last good release".to_owned(),
    }
}

fn waves(arguments: &Fleet, sites: &[Site]) -> Result<Vec<Wave>, Failure> {
    let hosts: Vec<(&str, bool)> = sites
        .iter()
        .map(|site| (site.host.name.as_str(), site.target.canary))
        .collect();
    let usual = Canary::Usual;
    let canary = arguments.canary.as_ref().unwrap_or(&usual);
    plan_waves(&hosts, canary, arguments.batch).map_err(|error| Failure::invalid(error.to_string()))
}

/// The last line of the command, and its exit code.
fn outcome(report: &Report, end: &FleetEnd) -> Result<Outcome, Failure> {
    let count = |wanted: fn(HostOutcome) -> bool| {
        let hosts = report.hosts.iter();
        hosts.filter(|host| wanted(host.outcome)).count()
    };
    let slowest = report.hosts.iter().filter_map(|host| host.cutover_ms).max();
    let release = report.occasion.release.as_ref().map(|release| &release.id);
    let mut outcome = Outcome::done()
        .field("hosts", report.hosts.len())
        .field("changed", count(|outcome| outcome == HostOutcome::Serves))
        .field(
            "failed",
            count(|outcome| {
                !outcome.is_good()
                    && !matches!(outcome, HostOutcome::NotBegun | HostOutcome::WentBack)
            }),
        )
        .field(
            "went_back",
            count(|outcome| outcome == HostOutcome::WentBack),
        )
        .field(
            "not_begun",
            count(|outcome| outcome == HostOutcome::NotBegun),
        )
        .field("ending", serde_json::json!(report.ending))
        .field("took_ms", report.took_ms)
        .field("cutover_ms", slowest);
    if let Some(release) = release {
        outcome = outcome.field("release", release.clone());
    }
    match &end.error {
        None => Ok(outcome),
        Some(error) => {
            let mut failure = failure(error);
            failure.fields = Box::new(outcome.fields);
            if report.hosts.len() > 1 {
                failure = failure.hint(report.next.clone());
            }
            Err(failure)
        }
    }
}
