//! What a person who watches a deploy gets to see, line by line.

use std::time::Duration;

use release::fleet::FleetEvent;
use release::report::{HostOutcome, HostReport};
use release::{DeployEvent, Deployed, GateFigure, GateVerdict};

use crate::output::{Paint, Printer};

/// One event of a deploy or rollback, of the one host there is.
pub(in crate::commands) fn show(event: &DeployEvent, printer: &Printer) {
    printer.record("deploy_event", &serde_json::json!({ "event": event }));
    if let Some(line) = line(event, printer.paint()) {
        printer.progress(line.trim_end());
    }
}

/// Whose turn it is, where hosts are worked on one after the other.
pub(in crate::commands) fn heading(host: &str, what: &str, printer: &Printer) {
    printer.progress(&printer.paint().strong(&format!("{host}: {what}")));
}

/// How one host ended.
pub(in crate::commands) fn finished(deployed: &Deployed, printer: &Printer) {
    printer.record("deployed", deployed);
    printer.data(&format!(
        "{} {} serves {}",
        printer.paint().good("done"),
        deployed.host,
        deployed.release
    ));
}

/// Shows what happens to several hosts, each line with its host.
pub(super) struct FleetShow<'p> {
    printer: &'p Printer,
    /// What one host is to run, where there is only one.
    alone: bool,
    width: usize,
}

impl<'p> FleetShow<'p> {
    pub(super) fn new(printer: &'p Printer, hosts: &[&str]) -> Self {
        let widths = hosts.iter().map(|host| host.chars().count());
        Self {
            printer,
            alone: hosts.len() == 1,
            width: widths.max().unwrap_or(0),
        }
    }

    pub(super) fn event(&self, event: &FleetEvent) {
        if let FleetEvent::Host { host, event } = event {
            let record = serde_json::json!({ "host": host, "event": event });
            self.printer.record("deploy_event", &record);
        } else {
            let record = serde_json::json!({ "event": event });
            self.printer.record("fleet_event", &record);
        }
        if let Some(text) = self.text(event) {
            self.printer.progress(text.trim_end());
        }
    }

    fn text(&self, event: &FleetEvent) -> Option<String> {
        let paint = self.printer.paint();
        match event {
            FleetEvent::Host { host, event } => {
                let line = line(event, paint)?;
                Some(if self.alone {
                    line
                } else {
                    self.of(host, &line)
                })
            }
            _ if self.alone => None,
            FleetEvent::Looking { hosts } => Some(paint.strong(&format!(
                "looking at {} hosts before anything changes",
                hosts.len()
            ))),
            FleetEvent::WaveStarted {
                wave,
                waves,
                kind,
                hosts,
            } => Some(paint.strong(&format!(
                "wave {wave} of {waves}, {kind}: {}",
                hosts.join(", ")
            ))),
            FleetEvent::HostFinished { report } => {
                Some(self.of(&report.host, &ended(report, paint)))
            }
            FleetEvent::GoingBack { hosts } => {
                Some(paint.changed(&format!("going back: {}", hosts.join(", "))))
            }
        }
    }

    fn of(&self, host: &str, line: &str) -> String {
        let host = self
            .printer
            .paint()
            .strong(&format!("{host:<0$}", self.width));
        // Of a text of several lines each one says whose it is.
        let lines = line.lines().map(|line| {
            let margin = if line.starts_with("  ") { "" } else { "    " };
            format!("  {host}{margin}{line}")
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn ended(report: &HostReport, paint: &Paint) -> String {
    let outcome = report.outcome.name();
    match report.outcome {
        HostOutcome::Serves | HostOutcome::Already => {
            format!(
                "  {} {outcome} {}",
                paint.good("done"),
                report.release.as_deref().unwrap_or_default()
            )
        }
        HostOutcome::WentBack => {
            format!(
                "  {} {}",
                paint.changed(outcome),
                report
                    .before
                    .as_deref()
                    .map_or_else(String::new, |id| format!("to {id}"))
            )
        }
        _ => format!("  {}", paint.bad(outcome)),
    }
}

fn line(event: &DeployEvent, paint: &Paint) -> Option<String> {
    Some(match event {
        DeployEvent::StepStarted { .. }
        | DeployEvent::Progress { .. }
        | DeployEvent::Finished { .. } => return None,
        DeployEvent::StepDone { step, took_ms } => {
            let took = paint.faint(&format!(
                "{:>7.2} s",
                Duration::from_millis(*took_ms).as_secs_f64()
            ));
            format!("  {} {step:<15} {took}", paint.good("ok"))
        }
        DeployEvent::StepFailed { step, reason } => {
            format!("  {} {step:<15} {reason}", paint.bad("failed"))
        }
        DeployEvent::Undoing { step } => format!("  {} {step}", paint.changed("undoing")),
        DeployEvent::Undone { step } => format!("  {} {step}", paint.changed("undone")),
        DeployEvent::Gate { figure, .. } => gate_line(figure, paint),
        DeployEvent::Note { text } => format!("  {text}"),
    })
}

/// A figure beside its limit; what was not judged says so.
fn gate_line(figure: &GateFigure, paint: &Paint) -> String {
    let word = figure.verdict.word();
    let word = match figure.verdict {
        GateVerdict::Passed => paint.good(word),
        GateVerdict::Failed => paint.bad(word),
        GateVerdict::NotJudged => paint.changed(word),
    };
    format!(
        "     {:<18} {} (limit: {}) {word}",
        figure.name, figure.value, figure.limit
    )
}
