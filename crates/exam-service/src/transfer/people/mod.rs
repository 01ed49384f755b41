//! Accounts from a CSV file or an Excel workbook: a row for each, and a report that names every cell that is wrong.
//!
//! ```text
//! login display_name role email student_number password courses
//! ```
//!
//! The first row names the columns, in any order; `login` and `display_name` have to be there. An empty role is `student`, an
//! empty password is made here, codes of courses are separated by `;`.

mod report;
mod slips;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use crate::accounts::fields::Field;
use crate::accounts::password_rules;
use crate::store::Role;
use crate::transfer::questions::TransferError;
use crate::transfer::table::{self, Row};

pub use report::{PeopleReport, Problem};
pub use slips::{CodeSlip, SlipHead, write_slips};

/// The most accounts in one file.
pub const MAX_PEOPLE: usize = 20_000;
/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;
/// In so many rows the file may give a password: each is hashed slowly on purpose, about 20 ms, before anything is changed.
pub const MAX_GIVEN_PASSWORDS: usize = 100;
/// The most courses that one row may name.
const MAX_COURSES: usize = 50;

const COLUMNS: [&str; 7] = [
    "login",
    "display_name",
    "role",
    "email",
    "student_number",
    "password",
    "courses",
];

/// How a file of accounts is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeopleFormat {
    /// Comma-separated values.
    Csv,
    /// An Excel workbook; its first sheet.
    Xlsx,
}

/// One account of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// In which row of the file, from 1.
    pub row: usize,
    /// What is typed to sign in.
    pub login: String,
    /// What is shown.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// Where mail goes.
    pub email: Option<String>,
    /// May be signed in with instead of the login.
    pub student_number: Option<String>,
    /// Given by the file; otherwise one is made.
    pub password: Option<String>,
    /// Codes of the courses to be in.
    pub courses: Vec<String>,
}

/// Reads the accounts of a file: those whose rows are right, and what is wrong with the others.
///
/// # Errors
/// When the file as a whole is not in this format, or beyond a limit.
pub fn read(
    format: PeopleFormat,
    bytes: &[u8],
) -> Result<(Vec<PersonRow>, PeopleReport), TransferError> {
    let rows = match format {
        PeopleFormat::Csv => table::csv::read(bytes)?,
        PeopleFormat::Xlsx => table::xlsx::read(bytes, MAX_PEOPLE + 1)?,
    };
    if rows.len() > MAX_PEOPLE + 1 {
        return Err(TransferError::TooManyRows(MAX_PEOPLE + 1));
    }
    let mut rows = rows.into_iter();
    let header = rows
        .next()
        .ok_or_else(|| TransferError::unreadable("the file is empty"))?;
    let mut reader = Reader::of_columns(&header)?;
    let people = rows
        .filter(|row| !row.is_empty())
        .filter_map(|row| reader.person(&row))
        .collect();
    Ok((people, reader.report))
}

/// What was made for people, to be printed and handed out, as CSV: login, student number, name and `secret` of each.
///
/// # Errors
/// When it cannot be written.
pub fn credentials<'a>(
    secret: &'a str,
    rows: impl Iterator<Item = [&'a str; 4]>,
) -> Result<String, TransferError> {
    let header = ["login", "student_number", "display_name", secret];
    let rows = std::iter::once(header).chain(rows);
    let bytes = table::csv::write(rows.map(|row| row.map(table::csv::harmless).to_vec()))?;
    String::from_utf8(bytes).map_err(|error| TransferError::Unwritable(error.to_string()))
}

/// Reads rows one after the other; knows what was in those before.
struct Reader {
    /// Where each of [`COLUMNS`] is.
    places: [Option<usize>; 7],
    report: PeopleReport,
    /// In which rows logins and student numbers were.
    seen: [HashMap<String, usize>; 2],
    given_passwords: usize,
}

impl Reader {
    fn of_columns(header: &Row) -> Result<Self, TransferError> {
        let names: Vec<String> = header
            .cells
            .iter()
            .map(|cell| cell.trim().to_lowercase().replace([' ', '-'], "_"))
            .collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        for needed in ["login", "display_name"] {
            if place(needed).is_none() {
                return Err(TransferError::Unreadable {
                    line: Some(header.line),
                    what: format!(
                        "there is no column '{needed}': the first row names the columns, {}",
                        COLUMNS.join(", ")
                    ),
                });
            }
        }
        let unknown = names
            .iter()
            .filter(|name| !name.is_empty() && !COLUMNS.contains(&name.as_str()));
        Ok(Self {
            places: COLUMNS.map(place),
            report: PeopleReport {
                unknown_columns: unknown.take(COLUMNS.len()).cloned().collect(),
                ..PeopleReport::default()
            },
            seen: Default::default(),
            given_passwords: 0,
        })
    }

    /// The account of a row, if everything in it is right.
    fn person(&mut self, row: &Row) -> Option<PersonRow> {
        self.report.rows += 1;
        let before = self.report.count();
        let places = self.places;
        let cell = |column: usize| {
            places[column]
                .and_then(|place| row.cells.get(place))
                .map_or("", |cell| cell.trim())
        };
        let login = self.text(row.line, Field::Login, cell(0));
        let display_name = self.text(row.line, Field::DisplayName, cell(1));
        let role = self.role(row.line, cell(2));
        let email = self.optional(row.line, Field::Email, cell(3));
        let student_number = self.optional(row.line, Field::StudentNumber, cell(4));
        self.unique(row.line, Field::Login, Some(&login));
        self.unique(row.line, Field::StudentNumber, student_number.as_deref());
        // Blanks at the ends of a password are part of it.
        let password = self.places[5].and_then(|place| row.cells.get(place));
        let password = password.filter(|password| !password.is_empty()).cloned();
        if let Some(password) = &password {
            self.password(row.line, password, role, &[&login, &display_name]);
        }
        let courses = self.courses(row.line, cell(6));
        (self.report.count() == before).then_some(PersonRow {
            row: row.line,
            login,
            display_name,
            role,
            email,
            student_number,
            password,
            courses,
        })
    }

    fn text(&mut self, row: usize, field: Field, cell: &str) -> String {
        if let Err(why) = field.check(cell) {
            self.report.add(row, field.as_str(), why);
        }
        cell.to_owned()
    }

    fn optional(&mut self, row: usize, field: Field, cell: &str) -> Option<String> {
        (!cell.is_empty()).then(|| self.text(row, field, cell))
    }

    fn role(&mut self, row: usize, cell: &str) -> Role {
        if cell.is_empty() {
            return Role::Student;
        }
        Role::parse(&cell.to_lowercase()).unwrap_or_else(|| {
            let what = "this is no role: student, lecturer, invigilator or administrator";
            self.report.add(row, "role", what);
            Role::Student
        })
    }

    fn unique(&mut self, row: usize, field: Field, text: Option<&str>) {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return;
        };
        let seen = &mut self.seen[usize::from(field == Field::StudentNumber)];
        match seen.get(text) {
            None => {
                seen.insert(text.to_owned(), row);
            }
            Some(first) => {
                let what = format!("row {first} has the same: take one of them out, or change it");
                self.report.add(row, field.as_str(), what);
            }
        }
    }

    fn password(&mut self, row: usize, password: &str, role: Role, known: &[&str]) {
        self.given_passwords += 1;
        if self.given_passwords > MAX_GIVEN_PASSWORDS {
            let what = format!(
                "more than {MAX_GIVEN_PASSWORDS} rows give a password: leave it empty, and one is made and returned, or split the file"
            );
            self.report.add(row, "password", what);
        } else if let Err(refusal) = password_rules::check(password, role, known) {
            self.report.add(row, "password", refusal.to_string());
        }
    }

    fn courses(&mut self, row: usize, cell: &str) -> Vec<String> {
        let codes: BTreeSet<&str> = cell
            .split(';')
            .map(str::trim)
            .filter(|code| !code.is_empty())
            .collect();
        if codes.len() > MAX_COURSES {
            let what =
                format!("one row names at most {MAX_COURSES} courses: enrol in the course itself");
            self.report.add(row, "courses", what);
            return Vec::new();
        }
        for code in &codes {
            if Field::CourseCode.check(code).is_err() {
                self.report
                    .add(row, "courses", "this is no code of a course");
            }
        }
        codes.into_iter().map(str::to_owned).collect()
    }
}
