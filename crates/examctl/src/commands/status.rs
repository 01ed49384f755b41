//! `examctl status`: what serves on each host, since when, by whom, and is it healthy?

use chrono::{DateTime, Utc};
use release::fleet::ask_all;
use release::journal::{Mark, Outcome as DeployOutcome, PastDeploy};
use release::status::SlotStatus;
use release::{DeployError, HostStatus};

use crate::cli::Hosts;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::{Outcome, Paint, Printer};

use super::{deploy, site};

const PARALLEL: usize = 8;
const MINUTE: &str = "%Y-%m-%d %H:%M UTC";

pub(super) fn run(arguments: &Hosts, printer: &Printer) -> Result<Outcome, Failure> {
    let sites = site::sites(arguments)?;
    let members = site::members(&sites, arguments);
    let answers = ask_all(&members, PARALLEL, release::status);
    let names: Vec<&str> = sites.iter().map(|site| site.host.name.as_str()).collect();
    print(&names, &answers, printer);
    let healthy = answers
        .iter()
        .flatten()
        .filter(|status| status.healthy)
        .count();
    let mut failed = 0;
    let mut code = if healthy == names.len() {
        ExitCode::Done
    } else {
        ExitCode::Failed
    };
    for (name, answer) in names.iter().zip(&answers) {
        if let Err(error) = answer {
            let failure = deploy::failure(error);
            (code, failed) = (failure.code, failed + 1);
            site::show_failed_host(name, &failure, printer);
        }
    }
    Ok(Outcome::with(code)
        .field("hosts", names.len())
        .field("healthy", healthy)
        .field("failed", failed))
}

fn print(names: &[&str], answers: &[Result<HostStatus, DeployError>], printer: &Printer) {
    for status in answers.iter().flatten() {
        printer.record("host_status", status);
    }
    let paint = printer.paint();
    if names.len() > 1 {
        printer.data(&overview(names, answers, paint));
    }
    if names.len() > 1 && !printer.is_verbose() {
        return;
    }
    for status in answers.iter().flatten() {
        printer.data(&paint.strong(&status.host));
        printer.data(&detail(status, paint));
    }
}

/// One line for each host.
fn overview(names: &[&str], answers: &[Result<HostStatus, DeployError>], paint: &Paint) -> String {
    let titles = [
        "host",
        "",
        "release",
        "slot",
        "since",
        "by",
        "attempts",
        "next exam",
        "notes",
    ];
    let rows = names
        .iter()
        .zip(answers)
        .map(|(name, answer)| match answer {
            Ok(status) => row(status),
            Err(_) => vec![(*name).to_owned(), "unknown".to_owned()],
        });
    let lines = deploy::table(&titles, rows.collect());
    let painted = lines.iter().enumerate().map(|(number, line)| {
        match number.checked_sub(1).and_then(|host| answers.get(host)) {
            None => paint.strong(line),
            Some(Ok(status)) if status.healthy => line.clone(),
            Some(_) => paint.bad(line),
        }
    });
    painted.collect::<Vec<_>>().join("\n")
}

fn row(status: &HostStatus) -> Vec<String> {
    let active = status
        .slots
        .iter()
        .find(|slot| Some(slot.slot) == status.active);
    let service = status.service();
    let mut notes = Vec::new();
    if let Some(owner) = &status.lock {
        notes.push(format!("locked by {}", owner.who));
    }
    if let Some(unfinished) = &status.unfinished {
        notes.push(format!("unfinished: {}", unfinished.release));
    }
    if service.is_some_and(|service| service.maintenance.is_some()) {
        notes.push("maintenance".to_owned());
    }
    vec![
        status.host.clone(),
        if status.healthy {
            "healthy"
        } else {
            "not serving"
        }
        .to_owned(),
        active
            .and_then(|slot| slot.release.clone())
            .unwrap_or_default(),
        active.map_or_else(String::new, |slot| slot.slot.to_string()),
        status
            .since
            .as_deref()
            .map_or_else(String::new, to_the_minute),
        status.by.clone().unwrap_or_default(),
        service.map_or_else(String::new, |service| service.open_attempts.to_string()),
        service
            .and_then(|service| service.next_exam.as_ref())
            .map_or_else(String::new, |exam| minute(exam.starts_at)),
        notes.join(", "),
    ]
}

/// Everything about one host.
fn detail(status: &HostStatus, paint: &Paint) -> String {
    let mut lines = Vec::new();
    if !status.prepared {
        lines.push("   nothing was ever deployed here".to_owned());
    }
    lines.push(health(status, paint));
    for slot in &status.slots {
        lines.push(slot_line(slot, status.active == Some(slot.slot), paint));
    }
    for release in &status.releases {
        let active = if release.active { ", active" } else { "" };
        let mark = mark(release.mark);
        lines.push(format!("   release  {:<36} {mark}{active}", release.id));
    }
    lines.extend(exams(status, paint));
    if let Some(owner) = &status.lock {
        let locked = paint.changed("locked");
        lines.push(format!(
            "   {locked} by {} since {}",
            owner.who, owner.since
        ));
    }
    match (&status.unfinished, &status.last) {
        (Some(unfinished), _) => lines.push(format!(
            "   {} work on {} (the next deploy or rollback finishes or undoes it)",
            paint.changed("unfinished"),
            unfinished.release
        )),
        (None, Some(last)) => lines.push(last_line(last)),
        (None, None) => {}
    }
    lines.join("\n")
}

fn health(status: &HostStatus, paint: &Paint) -> String {
    let word = if status.healthy {
        paint.good("healthy")
    } else {
        paint.bad("not serving")
    };
    let since = status.since.as_deref().map_or_else(String::new, |since| {
        let by = status
            .by
            .as_deref()
            .map_or_else(String::new, |by| format!(" by {by}"));
        format!(", in service since {}{by}", to_the_minute(since))
    });
    format!("   {word}{since}")
}

fn exams(status: &HostStatus, paint: &Paint) -> Vec<String> {
    let Some(service) = status.service() else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    if service.exams_running > 0 {
        lines.push(format!("   exams    {} running now", service.exams_running));
    }
    if let Some(exam) = &service.next_exam {
        let starts = minute(exam.starts_at);
        lines.push(format!("   next     {} starts at {starts}", exam.title));
    }
    if let Some(maintenance) = &service.maintenance {
        lines.push(format!("   {}", paint.changed(&maintenance.to_string())));
    }
    lines
}

fn last_line(last: &PastDeploy) -> String {
    let outcome = match last.outcome {
        Some(DeployOutcome::Good) => "good",
        Some(DeployOutcome::Undone) => "undone",
        None => "unfinished",
    };
    let began = to_the_minute(&last.began);
    format!(
        "   last     {began} {} by {}: {outcome}",
        last.release, last.who
    )
}

fn minute(time: DateTime<Utc>) -> String {
    time.format(MINUTE).to_string()
}

/// `2026-01-02T03:04:05.678Z` as a person reads it, always UTC.
fn to_the_minute(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) if time.ends_with('Z') => format!("{day} {minute} UTC"),
        _ => time.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_to_the_minute_and_anything_else_as_it_is() {
        assert_eq!(
            to_the_minute("2026-01-02T03:04:05.678Z"),
            "2026-01-02 03:04 UTC"
        );
        assert_eq!(
            to_the_minute("2026-01-02T03:04:05+02:00"),
            "2026-01-02T03:04:05+02:00"
        );
        assert_eq!(to_the_minute("soon"), "soon");
    }
}
