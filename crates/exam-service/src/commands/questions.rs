//! `questions convert` and `questions check`: files of questions without a database.

use std::io::Write;
use std::path::Path;

use chrono::TimeDelta;
use serde::Serialize;

use super::{CommandError, print_line};
use crate::exam::paper::PaperHeader;
use crate::exam::review::{self, Finding};
use crate::exam::{ExamId, Paper, Question};
use crate::transfer::questions::{self, Effect, Format, Import, MAX_BYTES, Report, TransferError};

/// What happened, as JSON.
#[derive(Serialize)]
struct Conversion<'a> {
    from: &'a str,
    to: &'a str,
    read: &'a Report,
    written: &'a Report,
}

/// What was found, as JSON.
#[derive(Serialize)]
struct Check<'a> {
    format: &'a str,
    read: &'a Report,
    findings: &'a [Finding],
}

/// Reads the questions of one file and writes them into another; `to` names the format where the name does not.
///
/// # Errors
/// When a file cannot be read or written, or holds no question at all; nothing is written then.
pub fn convert(
    source: &Path,
    target: &Path,
    to: Option<Format>,
    as_json: bool,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let (from, import) = read(source)?;
    let to = match to {
        Some(format) => format,
        None => {
            Format::of_file(&target.to_string_lossy(), None).map_err(|error| at(target, &error))?
        }
    };
    if import.questions.is_empty() {
        print_report(output, "read", &import.report)?;
        return Err(CommandError::Usage(format!(
            "{}: no question could be taken from it",
            source.display()
        )));
    }
    let export = questions::export(to, &import.questions).map_err(|error| at(target, &error))?;
    std::fs::write(target, &export.bytes).map_err(|error| {
        CommandError::Usage(format!("cannot write {}: {error}", target.display()))
    })?;
    if as_json {
        let conversion = Conversion {
            from: from.as_str(),
            to: to.as_str(),
            read: &import.report,
            written: &export.report,
        };
        return print_json(output, &conversion);
    }
    print_report(output, "read", &import.report)?;
    print_report(output, "written", &export.report)
}

/// Reads the questions of a file and reviews them as a paper of all of them; exit code 1 where something keeps them from
/// being published.
///
/// # Errors
/// When the file cannot be read, something in it was not understood, or a question is faulty.
pub fn check(source: &Path, as_json: bool, output: &mut dyn Write) -> Result<(), CommandError> {
    let (format, import) = read(source)?;
    let findings = review_all(import.questions);
    if as_json {
        let check = Check {
            format: format.as_str(),
            read: &import.report,
            findings: &findings,
        };
        print_json(output, &check)?;
    } else {
        print_report(output, "read", &import.report)?;
        for finding in &findings {
            print_line(output, &finding.to_string())?;
        }
    }
    if import.report.skipped > 0 || import.report.taken == 0 || !review::can_be_published(&findings)
    {
        return Err(CommandError::Faulty(source.to_owned()));
    }
    Ok(())
}

fn review_all(questions: Vec<Question>) -> Vec<Finding> {
    if questions.is_empty() {
        return Vec::new();
    }
    // Everything about the exam itself is in order, so that only questions are found.
    let header = PaperHeader {
        exam_id: ExamId::generate(),
        title: "Questions".to_owned(),
        duration: TimeDelta::hours(1),
    };
    let mut findings = review::review(&Paper::new(header, questions), None);
    findings.retain(|finding| finding.place != review::Place::Exam);
    findings
}

fn read(source: &Path) -> Result<(Format, Import), CommandError> {
    let shown = source.display();
    let unreadable =
        |error: std::io::Error| CommandError::Usage(format!("cannot read {shown}: {error}"));
    let length = std::fs::metadata(source).map_err(unreadable)?.len();
    if length > MAX_BYTES as u64 {
        return Err(at(source, &TransferError::TooLarge));
    }
    let bytes = std::fs::read(source).map_err(unreadable)?;
    let format = Format::of_file(&source.to_string_lossy(), Some(&bytes))
        .map_err(|error| at(source, &error))?;
    let import = questions::import(format, &bytes).map_err(|error| at(source, &error))?;
    Ok((format, import))
}

fn at(file: &Path, error: &TransferError) -> CommandError {
    CommandError::Usage(format!("{}: {error}", file.display()))
}

fn print_json(output: &mut dyn Write, value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string(value).map_err(std::io::Error::from)?;
    print_line(output, &text)
}

fn print_report(output: &mut dyn Write, what: &str, report: &Report) -> Result<(), CommandError> {
    let count = format!(
        "{} questions {what}, {} left out",
        report.taken, report.skipped
    );
    print_line(output, &count)?;
    for note in &report.notes {
        let line = note
            .line
            .map(|line| format!("line {line}: "))
            .unwrap_or_default();
        let place = if note.place.is_empty() {
            String::new()
        } else {
            format!("{}: ", note.place)
        };
        let effect = match note.effect {
            Effect::Skipped => "left out",
            Effect::Changed => "changed",
        };
        print_line(output, &format!("  {place}{line}{effect}: {}", note.what))?;
    }
    if report.unlisted_notes > 0 {
        print_line(output, &format!("  and {} more", report.unlisted_notes))?;
    }
    Ok(())
}
