//! A question as a row of cells: what spreadsheets and CSV share.
//!
//! ```text
//! type name text format points penalty difficulty tags feedback shuffle scoring correct partial units notes option 1 option 2 ...
//! ```
//!
//! The first row names the columns, in any order; `type`, `text` and `points` have to be there. Tags, places and the like
//! are separated by `;`. What the options are depends on the type:
//!
//! | type | options | correct | partial (percent) | scoring |
//! |---|---|---|---|---|
//! | `multiple_choice` | options | `2` | `3=50` | |
//! | `multiple_response` | options | `1;3` | `1=50;3=50` where weighted | `all_or_nothing`, `right_only`, `right_minus_wrong`, `per_option`, `weighted` |
//! | `true_false` | | `true`, `false` | | |
//! | `numeric` | `3.14`, `3.14 +- 0.01`, `200 +- 5%`, `9.81 to 3 figures` | | `2=50` | `unit_required` (`units`: `m=1;cm=0.01`) |
//! | `short_answer` | forms, `*` for any text | | `2=50` | of `case_sensitive`, `ignore_diacritics`, `ignore_spaces` |
//! | `matching` | `prompt => choice`, `* => choice` for one that is left over | | | `per_pair`, `all_or_nothing` |
//! | `ordering` | items in their order | | | `exact`, `positions`, `pairs` |
//! | `essay` | `criterion = 2` | | | the most characters (`notes`: for graders) |

mod kinds;
mod numbers;
mod written;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::report::{Report, Spot};
use super::{Import, TransferError};
use crate::exam::Question;
use crate::exam::number;
use crate::exam::question::TextFormat;
use crate::transfer::table::Row;

/// The columns before the options, in the order in which they are written.
const COLUMNS: [&str; 15] = [
    "type",
    "name",
    "text",
    "format",
    "points",
    "penalty",
    "difficulty",
    "tags",
    "feedback",
    "shuffle",
    "scoring",
    "correct",
    "partial",
    "units",
    "notes",
];

/// The cells of one question by the names of their columns.
struct Cells<'a> {
    by_name: BTreeMap<&'a str, &'a str>,
    options: Vec<&'a str>,
}

impl Cells<'_> {
    fn get(&self, name: &str) -> &str {
        self.by_name.get(name).copied().unwrap_or_default()
    }

    fn number(&self, name: &str) -> Result<Option<Decimal>, String> {
        match self.get(name) {
            "" => Ok(None),
            text => {
                let read = number::parse(&text.replace(',', "."));
                read.map(Some)
                    .map_err(|why| format!("{name} is '{text}': {why}"))
            }
        }
    }
}

pub(super) fn read(rows: Vec<Row>) -> Result<Import, TransferError> {
    let mut rows = rows.into_iter();
    let header = rows
        .next()
        .ok_or_else(|| TransferError::unreadable("the file is empty"))?;
    let names: Vec<String> = header.cells.iter().map(|cell| column_name(cell)).collect();
    for needed in ["type", "text", "points"] {
        if !names.iter().any(|name| name == needed) {
            return Err(TransferError::Unreadable {
                line: Some(header.line),
                what: format!("there is no column '{needed}': the first row names the columns"),
            });
        }
    }
    let mut import = Import {
        questions: Vec::new(),
        report: Report::default(),
    };
    for name in names.iter().filter(|name| !is_known(name)) {
        let what = format!("the column '{name}' is not known and was left out");
        import.report.change(&Spot::line(header.line), what);
    }
    for row in rows.filter(|row| !row.is_empty()) {
        match question(&cells(&names, &row)) {
            Ok(question) => import.questions.push(question),
            Err(why) => import.report.skip(&Spot::line(row.line), why),
        }
    }
    Ok(import)
}

/// `Option 1` is `option 1`, `option_1` too.
fn column_name(cell: &str) -> String {
    let name = cell.trim().to_lowercase().replace('_', " ");
    match name.strip_prefix("option") {
        Some(number) => format!("option {}", number.trim()),
        None => name,
    }
}

fn is_known(name: &str) -> bool {
    name.is_empty() || COLUMNS.contains(&name) || name.starts_with("option ")
}

fn cells<'a>(names: &'a [String], row: &'a Row) -> Cells<'a> {
    let pairs = || {
        names
            .iter()
            .zip(&row.cells)
            .map(|(name, cell)| (name.as_str(), cell.trim()))
    };
    let options = pairs().filter(|(name, cell)| name.starts_with("option ") && !cell.is_empty());
    Cells {
        options: options.map(|(_, cell)| cell).collect(),
        by_name: pairs()
            .filter(|(name, _)| !name.starts_with("option "))
            .collect(),
    }
}

fn question(cells: &Cells<'_>) -> Result<Question, String> {
    let kind = kinds::read(cells)?;
    let points = cells.number("points")?.ok_or("it has no points")?;
    let difficulty = match cells.get("difficulty") {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|_| format!("difficulty is '{text}', not a number from 1 to 5"))?,
        ),
    };
    Ok(Question {
        name: cells.get("name").to_owned(),
        format: match cells.get("format") {
            "" | "plain" => TextFormat::Plain,
            "markdown" => TextFormat::Markdown,
            "html" => TextFormat::Html,
            other => return Err(format!("format is '{other}', not plain, markdown or html")),
        },
        penalty: cells.number("penalty")?.unwrap_or_default(),
        shuffles_options: match cells.get("shuffle") {
            "" | "true" | "yes" | "1" => true,
            "false" | "no" | "0" => false,
            other => return Err(format!("shuffle is '{other}', not true or false")),
        },
        tags: list(cells.get("tags")).map(str::to_owned).collect(),
        difficulty,
        feedback: cells.get("feedback").to_owned(),
        ..Question::new(cells.get("text"), points, kind)
    })
}

/// The parts of a cell.
fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

pub(super) fn write(questions: &[Question]) -> Vec<Vec<String>> {
    let rows: Vec<(Vec<String>, Vec<String>)> = questions.iter().map(row).collect();
    let options = rows
        .iter()
        .map(|(_, options)| options.len())
        .max()
        .unwrap_or(0)
        .max(4);
    let width = COLUMNS.len() + options;
    let header = COLUMNS.iter().map(|name| (*name).to_owned());
    let header = header.chain((1..=options).map(|number| format!("option {number}")));
    let padded = rows.into_iter().map(|(mut cells, options)| {
        cells.extend(options);
        cells.resize(width, String::new());
        cells
    });
    std::iter::once(header.collect()).chain(padded).collect()
}

fn row(question: &Question) -> (Vec<String>, Vec<String>) {
    let kind = written::cells(&question.kind);
    let format = match question.format {
        TextFormat::Plain => "",
        TextFormat::Markdown => "markdown",
        TextFormat::Html => "html",
    };
    let unless_zero = |number: Decimal| {
        if number.is_zero() {
            String::new()
        } else {
            number.normalize().to_string()
        }
    };
    let cells = vec![
        question.kind.as_str().to_owned(),
        question.name.clone(),
        question.text.clone(),
        format.to_owned(),
        question.points.normalize().to_string(),
        unless_zero(question.penalty),
        question
            .difficulty
            .map(|it| it.to_string())
            .unwrap_or_default(),
        question.tags.iter().cloned().collect::<Vec<_>>().join("; "),
        question.feedback.clone(),
        if question.shuffles_options {
            String::new()
        } else {
            "false".to_owned()
        },
        kind.scoring,
        kind.correct,
        kind.partial,
        kind.units,
        kind.notes,
    ];
    (cells, kind.options)
}
