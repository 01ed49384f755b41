//! How did it end, host by host? One table, and for one host one sentence.

use std::time::Duration;

use release::report::{HostOutcome, HostReport, Report};

use crate::output::{Paint, Printer};

/// The end of a run on standard output.
pub(super) fn print(report: &Report, printer: &Printer) {
    for host in &report.hosts {
        if host.outcome.is_good() {
            printer.record("deployed", &deployed(host));
        }
    }
    let paint = printer.paint();
    match report.hosts.as_slice() {
        [host] => {
            if let Some(sentence) = sentence(host, paint) {
                printer.data(&sentence);
            }
        }
        hosts => printer.data(&recap(hosts, paint)),
    }
}

fn deployed(host: &HostReport) -> serde_json::Value {
    serde_json::json!({
        "host": host.host,
        "release": host.release,
        "previous": host.before,
        "slot": host.slot,
        "changed": host.outcome == HostOutcome::Serves,
        "warm": host.warm,
        "took_ms": host.took_ms,
        "cutover_ms": host.cutover_ms,
    })
}

fn sentence(host: &HostReport, paint: &Paint) -> Option<String> {
    let release = host.release.as_deref().unwrap_or_default();
    let name = &host.host;
    let good = paint.good("done");
    match host.outcome {
        HostOutcome::Serves => {
            let warm = if host.warm { ", it was still warm" } else { "" };
            let before = host.before.as_deref();
            let before = before.map_or_else(String::new, |id| format!(" (before: {id})"));
            let cutover = host.cutover_ms.map_or_else(String::new, |ms| {
                format!("; the cutover took {}{warm}", seconds(ms) + " s")
            });
            Some(format!("{good} {name} serves {release}{before}{cutover}"))
        }
        HostOutcome::Already => Some(format!(
            "{good} {name} serves {release} already; nothing was changed"
        )),
        // The error says it.
        _ => None,
    }
}

fn recap(hosts: &[HostReport], paint: &Paint) -> String {
    let titles = [
        "host", "outcome", "release", "before", "slot", "seconds", "cutover",
    ];
    let rows = hosts.iter().map(|host| {
        vec![
            host.host.clone(),
            host.outcome.name().to_owned(),
            host.release.clone().unwrap_or_default(),
            host.before.clone().unwrap_or_default(),
            host.slot.map_or_else(String::new, |slot| slot.to_string()),
            if host.took_ms > 0 {
                seconds(host.took_ms)
            } else {
                String::new()
            },
            host.cutover_ms.map_or_else(String::new, seconds),
        ]
    });
    let lines = table(&titles, rows.collect());
    let painted = lines.iter().enumerate().map(|(number, line)| {
        match number.checked_sub(1).and_then(|host| hosts.get(host)) {
            None => paint.strong(line),
            Some(host) if host.outcome.is_good() => line.clone(),
            Some(host) if host.outcome == HostOutcome::NotBegun => paint.faint(line),
            Some(host) if host.outcome == HostOutcome::WentBack => paint.changed(line),
            Some(_) => paint.bad(line),
        }
    });
    painted.collect::<Vec<_>>().join("\n")
}

/// Lines of columns as wide as their widest cell; the first one holds the titles.
pub(in crate::commands) fn table(titles: &[&str], rows: Vec<Vec<String>>) -> Vec<String> {
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let all: Vec<Vec<String>> = std::iter::once(titles).chain(rows).collect();
    let width = |column: usize| {
        let cells = all.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate();
        let padded: Vec<String> = cells
            .map(|(column, cell)| format!("{cell:<0$}", width(column)))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect()
}

fn seconds(milliseconds: u64) -> String {
    format!("{:.2}", Duration::from_millis(milliseconds).as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = vec![
            vec!["exam-1".to_owned(), "serves".to_owned()],
            vec!["b".to_owned(), String::new()],
        ];
        assert_eq!(
            table(&["host", "outcome"], rows),
            ["host    outcome", "exam-1  serves", "b"]
        );
    }
}
