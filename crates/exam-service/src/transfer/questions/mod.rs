//! Questions in the formats of other programs: read with a report of what was not understood, written with a report of
//! what the format cannot say.

mod gift;
mod html;
mod moodle;
mod qti;
mod report;
mod sheet;
mod weights;
mod xml;

use thiserror::Error;

use crate::exam::Question;
use crate::transfer::table;

pub(in crate::transfer) use qti::package;
use report::Spot;
pub use report::{Effect, Note, Report};

/// The largest file that is read.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// The most questions in one file.
pub const MAX_QUESTIONS: usize = 20_000;

/// A format that is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma-separated values, a question in each line.
    Csv,
    /// An Excel workbook, a question in each row of its first sheet.
    Xlsx,
    /// Moodle's text format.
    Gift,
    /// Moodle's XML.
    MoodleXml,
    /// 1EdTech QTI 2.1, one item or a package of them.
    Qti21,
    /// The same, 3.0.
    Qti30,
}

/// Why a file cannot be read or written at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransferError {
    /// Too large.
    #[error("the file is larger than {} MiB: split it", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// Too many questions.
    #[error("the file has more than {MAX_QUESTIONS} questions: split it")]
    TooMany,
    /// Too many rows.
    #[error("the sheet has more than {0} rows: split it")]
    TooManyRows(usize),
    /// No known format.
    #[error(
        "the format of '{0}' is not known: use .csv, .xlsx, .gift or .txt, .xml or .zip, or name a format"
    )]
    UnknownFormat(String),
    /// Not what it should be.
    #[error("{}{what}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
    Unreadable {
        /// Where it stops being readable, from 1.
        line: Option<usize>,
        /// Why.
        what: String,
    },
    /// It cannot be written.
    #[error("the file cannot be written: {0}")]
    Unwritable(String),
}

impl TransferError {
    pub(super) fn unreadable(what: impl Into<String>) -> Self {
        Self::Unreadable {
            line: None,
            what: what.into(),
        }
    }
}

/// What a file held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The questions, in the order of the file.
    pub questions: Vec<Question>,
    /// What was not taken, or not as it was.
    pub report: Report,
}

/// A file for another program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// What the format cannot say.
    pub report: Report,
}

impl Import {
    /// Leaves out the questions with which something is wrong, and says what.
    pub fn keep(&mut self, check: impl Fn(&Question) -> Result<(), String>) {
        let report = &mut self.report;
        let mut number = 0;
        self.questions.retain(|question| {
            number += 1;
            let checked = check(question);
            if let Err(why) = &checked {
                report.skip(&Spot::question(number), why);
            }
            checked.is_ok()
        });
        report.taken = self.questions.len();
    }
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Csv,
        Self::Xlsx,
        Self::Gift,
        Self::MoodleXml,
        Self::Qti21,
        Self::Qti30,
    ];

    /// The name by which it is chosen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Gift => "gift",
            Self::MoodleXml => "moodle-xml",
            Self::Qti21 => "qti-2.1",
            Self::Qti30 => "qti-3.0",
        }
    }

    /// The format with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// The format of a file by how its name ends; of XML and packages by what is in them, where that is known already.
    ///
    /// # Errors
    /// When it is none that is known.
    pub fn of_file(name: &str, content: Option<&[u8]>) -> Result<Self, TransferError> {
        let extension = name
            .rsplit_once('.')
            .map(|(_, end)| end.to_ascii_lowercase());
        let has = |text: &str| {
            let beginning = content
                .map(|bytes| String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).into_owned());
            beginning.is_some_and(|beginning| beginning.contains(text))
        };
        match extension.as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("xlsx") => Ok(Self::Xlsx),
            Some("gift" | "txt") => Ok(Self::Gift),
            Some("xml") if has("<qti-assessment-item") => Ok(Self::Qti30),
            Some("xml") if has("<assessmentItem") => Ok(Self::Qti21),
            Some("xml") => Ok(Self::MoodleXml),
            Some("zip") => Ok(Self::Qti30),
            _ => Err(TransferError::UnknownFormat(name.to_owned())),
        }
    }
}

/// Reads the questions of a file. What cannot be understood is in the report and never stops the rest.
///
/// # Errors
/// When the file as a whole is not in this format, or beyond a limit.
pub fn import(format: Format, bytes: &[u8]) -> Result<Import, TransferError> {
    if bytes.len() > MAX_BYTES {
        return Err(TransferError::TooLarge);
    }
    let mut import = match format {
        Format::Csv => sheet::read(table::csv::read(bytes)?),
        Format::Xlsx => sheet::read(table::xlsx::read(bytes, MAX_QUESTIONS + 1)?),
        Format::Gift => gift::read(&text(bytes)?),
        Format::MoodleXml => moodle::read(&text(bytes)?),
        Format::Qti21 | Format::Qti30 => qti::read(bytes),
    }?;
    if import.questions.len() > MAX_QUESTIONS {
        return Err(TransferError::TooMany);
    }
    import.report.taken = import.questions.len();
    Ok(import)
}

/// Writes questions into a file.
///
/// # Errors
/// When the file cannot be made.
pub fn export(format: Format, questions: &[Question]) -> Result<Export, TransferError> {
    if questions.len() > MAX_QUESTIONS {
        return Err(TransferError::TooMany);
    }
    let mut report = Report::default();
    let bytes = match format {
        Format::Csv => table::csv::write(sheet::write(questions)),
        Format::Xlsx => table::xlsx::write(sheet::write(questions)),
        Format::Gift => Ok(gift::write(questions, &mut report).into_bytes()),
        Format::MoodleXml => Ok(moodle::write(questions, &mut report).into_bytes()),
        Format::Qti21 => qti::write(questions, qti::Version::V21, &mut report),
        Format::Qti30 => qti::write(questions, qti::Version::V30, &mut report),
    }?;
    report.taken = questions.len() - report.skipped;
    Ok(Export { bytes, report })
}

/// The text of a file in UTF-8, with or without a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<String, TransferError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        let read = String::from_utf8_lossy(&bytes[..error.utf8_error().valid_up_to()]);
        TransferError::Unreadable {
            line: Some(1 + read.matches('\n').count()),
            what: "this is not UTF-8: save the file in that encoding".to_owned(),
        }
    })
}

#[cfg(test)]
mod tests;
