//! How does a report look to a person? Markdown that reads well as plain text too.

use std::fmt::Write as _;

use super::trail::{StepOutcome, StepRecord, Trail};
use super::{HostReport, Report};

const NOTHING: &str = "-";

pub(super) fn render(report: &Report) -> String {
    let mut text = format!(
        "# {}: {}\n\n",
        capital(&report.occasion.name()),
        report.ending.name()
    );
    text += &head(report);
    if let Some(reason) = &report.reason {
        text += &section("Why", &fenced(reason));
    }
    text += &section("What to do next", &format!("{}\n", report.next));
    text += &section("Hosts", &hosts(&report.hosts));
    for host in &report.hosts {
        text += &host_section(host, report.reason.as_ref());
    }
    text
}

fn head(report: &Report) -> String {
    let occasion = &report.occasion;
    let mut rows = vec![
        ("by", occasion.who.clone()),
        (
            "began",
            occasion.began.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        ),
        ("took", seconds(Some(report.took_ms)) + " s"),
        ("exit code", report.exit_code.to_string()),
    ];
    if let Some(release) = &occasion.release {
        let dirty = if release.dirty {
            " with uncommitted changes"
        } else {
            ""
        };
        rows.push(("release", code(&release.id)));
        if let Some(version) = &release.version {
            rows.push(("version", version.clone()));
            let commit = release.commit.as_deref().unwrap_or(NOTHING);
            rows.push(("commit", format!("{}{dirty}", code(commit))));
            let signed = release.signed_by.clone();
            rows.push(("signed by", signed.unwrap_or_else(|| "nobody".to_owned())));
        }
        if let Some(checksum) = &release.checksum {
            rows.push(("manifest", code(checksum)));
        }
    }
    let waves = occasion.waves.iter();
    let waves: Vec<String> = waves
        .map(|wave| format!("{} ({})", wave.hosts.join(", "), wave.kind))
        .collect();
    rows.push(("waves", waves.join(", then ")));
    let rows = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value]);
    table(&["", ""], rows)
}

fn hosts(hosts: &[HostReport]) -> String {
    let titles = [
        "host",
        "wave",
        "outcome",
        "release",
        "before",
        "slot",
        "seconds",
        "cutover s",
    ];
    let rows = hosts.iter().map(|host| {
        vec![
            host.host.clone(),
            host.wave.to_string(),
            host.outcome.name().to_owned(),
            host.release
                .as_deref()
                .map_or_else(|| NOTHING.to_owned(), code),
            host.before
                .as_deref()
                .map_or_else(|| NOTHING.to_owned(), code),
            host.slot.map_or(NOTHING, |slot| slot.name()).to_owned(),
            seconds((host.took_ms > 0).then_some(host.took_ms)),
            seconds(host.cutover_ms),
        ]
    });
    table(&titles, rows)
}

fn host_section(host: &HostReport, said: Option<&String>) -> String {
    if host.trail == Trail::default() && host.reason.is_none() {
        return String::new();
    }
    let mut text = format!("\n## {}: {}\n", host.host, host.outcome);
    if let Some(reason) = host.reason.as_ref().filter(|reason| Some(*reason) != said) {
        write!(text, "\n{}", fenced(reason)).ok();
    }
    text += &trail(&host.trail);
    if let Some(back) = &host.way_back {
        let how = if back.warm { "warm" } else { "cold" };
        let cutover = seconds(back.cutover_ms);
        write!(
            text,
            "\n**The way back** ({how}): {} s, cutover {cutover} s\n",
            seconds(Some(back.took_ms))
        )
        .ok();
        text += &trail(&back.trail);
    }
    text
}

fn trail(trail: &Trail) -> String {
    let mut text = String::new();
    if !trail.steps.is_empty() {
        let rows = trail.steps.iter().map(|record| {
            vec![
                record.step.clone(),
                outcome(record).to_owned(),
                seconds(record.took_ms),
            ]
        });
        write!(text, "\n{}", table(&["step", "outcome", "seconds"], rows)).ok();
    }
    // What only passed or failed is among the steps already.
    let figures: Vec<_> = trail
        .gates
        .iter()
        .filter(|gate| gate.limit.is_some())
        .collect();
    if !figures.is_empty() {
        let or_nothing =
            |value: &Option<String>| value.clone().unwrap_or_else(|| NOTHING.to_owned());
        let rows = figures.iter().map(|gate| {
            vec![
                gate.gate.clone(),
                gate.verdict.word().to_owned(),
                or_nothing(&gate.value),
                or_nothing(&gate.limit),
            ]
        });
        write!(
            text,
            "\n{}",
            table(&["gate", "verdict", "seen", "limit"], rows)
        )
        .ok();
    }
    if !trail.notes.is_empty() {
        text.push('\n');
        for note in &trail.notes {
            writeln!(text, "- {}", one_line(note)).ok();
        }
    }
    text
}

fn outcome(record: &StepRecord) -> &'static str {
    match record.outcome {
        StepOutcome::Done => "done",
        StepOutcome::Failed => "**failed**",
        StepOutcome::Undone => "taken back",
        StepOutcome::UndoFailed => "**not taken back**",
    }
}

/// Columns as wide as their widest cell, so that the text reads without being rendered.
fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let titles = titles.iter().map(|title| (*title).to_owned()).collect();
    let cells: Vec<Vec<String>> = std::iter::once(titles)
        .chain(rows)
        .map(|row: Vec<String>| row.iter().map(|cell| escaped(cell)).collect())
        .collect();
    let columns = cells.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let widths = cells.iter().filter_map(|row| row.get(column));
            widths
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(1)
        })
        .collect();
    let mut text = String::new();
    for (number, row) in cells.iter().enumerate() {
        let padded = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:<width$}"));
        writeln!(text, "| {} |", padded.collect::<Vec<_>>().join(" | ")).ok();
        if number == 0 {
            let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            writeln!(text, "| {} |", rule.join(" | ")).ok();
        }
    }
    text
}

fn section(title: &str, body: &str) -> String {
    format!("\n## {title}\n\n{body}")
}

/// What programs said, as they said it.
fn fenced(text: &str) -> String {
    format!(
        "~~~text\n{}\n~~~\n",
        text.trim_end().replace("\n~~~", "\n ~~~")
    )
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn escaped(cell: &str) -> String {
    one_line(cell).replace('|', "\\|")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn seconds(milliseconds: Option<u64>) -> String {
    milliseconds.map_or_else(
        || NOTHING.to_owned(),
        |ms| format!("{:.2}", std::time::Duration::from_millis(ms).as_secs_f64()),
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
