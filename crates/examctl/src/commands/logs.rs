//! `examctl logs`: what the service itself says, the end of it or all of it as it is written.

use release::fleet::ask_all;
use release::logs::{FOLLOWED_MAX, parse_since};
use release::target::layout::Slot;
use release::{DeployOptions, LogLine, LogRequest, follow_all};

use crate::cli::{Colour, Logs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{Outcome, Printer};

use super::{deploy, site};

const PARALLEL: usize = 8;
const LINES: u16 = 20;
const LINES_SINCE: u16 = 10_000;

pub(super) fn run(arguments: &Logs, printer: &Printer) -> Result<Outcome, Failure> {
    let request = request(arguments)?;
    let sites = site::sites(&arguments.hosts)?;
    let members = site::members(&sites, &arguments.hosts);
    if arguments.follow {
        return follow(&members, &request, printer);
    }
    let answers = ask_all(&members, PARALLEL, |connection, target| {
        release::logs(connection, target, &request)
    });
    let mut code = ExitCode::Done;
    let mut failed = 0;
    for (site, answer) in sites.iter().zip(&answers) {
        let name = &site.host.name;
        match answer {
            Ok(logs) => {
                for (slot, text) in logs {
                    let title = printer.paint().strong(&format!("{name} {slot}"));
                    printer.data(&title);
                    printer.data(text);
                    let record = serde_json::json!({"host": name, "slot": slot, "text": text});
                    printer.record("log", &record);
                }
            }
            Err(error) => {
                let failure = deploy::failure(error);
                (code, failed) = (failure.code, failed + 1);
                site::show_failed_host(name, &failure, printer);
            }
        }
    }
    Ok(Outcome::with(code)
        .field("hosts", sites.len())
        .field("failed", failed))
}

fn request(arguments: &Logs) -> Result<LogRequest, Failure> {
    let clock = DeployOptions::new(String::new()).clock;
    let since = arguments.since.as_deref();
    let since = since
        .map(|since| parse_since(since, clock.now()))
        .transpose();
    let since = since.map_err(|problem| Failure::invalid(format!("--since {problem}")))?;
    let lines = match since {
        Some(_) => LINES_SINCE,
        None => LINES,
    };
    Ok(LogRequest {
        lines: usize::from(arguments.lines.unwrap_or(lines)),
        since,
        slots: match arguments.colour {
            None => Vec::new(),
            Some(Colour::Blue) => vec![Slot::Blue],
            Some(Colour::Green) => vec![Slot::Green],
            Some(Colour::Both) => vec![Slot::Blue, Slot::Green],
        },
    })
}

/// Until Ctrl-C, or until no log can be followed any more.
fn follow(
    members: &[release::fleet::Member<'_>],
    request: &LogRequest,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    if members.len() * 2 > FOLLOWED_MAX {
        return Err(Failure::invalid(format!(
            "{} hosts are too many to follow at once: choose some with --limit",
            members.len()
        )));
    }
    let interrupt = interrupt::flag()?;
    let widths = members
        .iter()
        .map(|member| member.target.host.chars().count());
    let width = widths.max().unwrap_or(0);
    let mut emit = |line: LogLine| {
        printer.record("log_line", &line);
        let LogLine { host, slot, line } = line;
        let name = format!("{host:<width$} {:<5} |", slot.name());
        printer.data(&format!("{} {line}", printer.paint().faint(&name)));
    };
    let errors = follow_all(members, request, &interrupt, &mut emit);
    let Some(error) = errors.first() else {
        return Ok(Outcome::done().field("hosts", members.len()));
    };
    Err(deploy::failure(error))
}
