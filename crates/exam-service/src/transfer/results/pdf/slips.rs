//! Result slips: half a page for each student, to be cut and handed out.

use super::{percent_of, points};
use crate::transfer::pdf::{Align, GREY, HEIGHT, MARGIN, PALE, Sheets, Style, WIDTH, date};
use crate::transfer::results::{Earned, ResultRow, ResultTable, UnwritableError};

const ROOM: f32 = WIDTH - 2.0 * MARGIN;
/// How many slips are on a page.
const SLIPS: usize = 2;
const SLIP_HEIGHT: f32 = 385.0;
/// Questions in one line of a slip.
const COLUMNS: usize = 10;
/// Lines of questions that a slip has room for.
const LINES: usize = 8;

/// Writes a slip for each row.
///
/// # Errors
/// Where it cannot be written.
pub fn write(table: &ResultTable) -> Result<Vec<u8>, UnwritableError> {
    let mut sheets = Sheets::new(&table.title)?;
    for rows in table.rows.chunks(SLIPS) {
        sheets.add_page();
        let mut top = 20.0;
        for row in rows {
            slip(&mut sheets, top, table, row);
            top += SLIP_HEIGHT;
        }
        // Where to cut.
        sheets.fill(0.0, 20.0 + SLIP_HEIGHT, WIDTH, 0.4, GREY);
    }
    if table.rows.is_empty() {
        sheets.text(
            MARGIN,
            70.0,
            ROOM,
            Style::of(11.0),
            "There are no attempts.",
        );
    }
    sheets.finish()
}

fn slip(sheets: &mut Sheets, top: f32, table: &ResultTable, row: &ResultRow) {
    let grey = Style::of(9.0).in_colour(GREY);
    sheets.text(
        MARGIN,
        top + 34.0,
        ROOM,
        Style::of(12.0).bold(),
        &table.title,
    );
    sheets.text(MARGIN, top + 48.0, ROOM, grey, &date(table.starts_at));
    sheets.text(MARGIN, top + 78.0, ROOM, Style::of(16.0).bold(), &row.name);
    let person = [row.student_number.as_str(), row.login.as_str()];
    let person: Vec<&str> = person.into_iter().filter(|it| !it.is_empty()).collect();
    sheets.text(MARGIN, top + 94.0, ROOM, grey, &person.join("   ·   "));
    sheets.fill(MARGIN, top + 108.0, ROOM, 44.0, PALE);
    let step = ROOM / 3.0;
    let grade = row.grade.clone().unwrap_or_else(|| "–".to_owned());
    let values = [
        ("Points", points(row.score, row.max_score)),
        ("Percent", percent_of(row)),
        ("Grade", grade),
    ];
    let mut x = MARGIN + 10.0;
    for (name, value) in values {
        sheets.text(
            x,
            top + 121.0,
            step - 14.0,
            Style::of(7.5).in_colour(GREY),
            name,
        );
        sheets.text(x, top + 143.0, step - 14.0, Style::of(16.0).bold(), &value);
        x += step;
    }
    if row.waiting > 0 {
        let note = format!("Not final: {} answers wait for a grade.", row.waiting);
        sheets.text(MARGIN, top + 168.0, ROOM, grey, &note);
    }
    questions(sheets, top + 186.0, row);
}

/// What each question earned, those that were asked.
fn questions(sheets: &mut Sheets, top: f32, row: &ResultRow) {
    let step = 10.0_f32.recip() * ROOM;
    let asked: Vec<(usize, Earned)> = (1..)
        .zip(row.earned.iter().copied())
        .filter(|(_, earned)| *earned != Earned::NotAsked)
        .collect();
    let mut y = top;
    for line in asked.chunks(COLUMNS).take(LINES) {
        let mut x = MARGIN;
        for (number, earned) in line {
            let text = match earned {
                Earned::Points(points) => points.to_string(),
                Earned::Waiting | Earned::NotAsked => "…".to_owned(),
            };
            let centre = Align::Centre;
            let (middle, small) = (x + step / 2.0, Style::of(7.0).in_colour(GREY));
            sheets.text(
                middle,
                y,
                step - 4.0,
                small.at(centre),
                &format!("Q{number}"),
            );
            sheets.text(
                middle,
                y + 11.0,
                step - 4.0,
                Style::of(9.0).at(centre),
                &text,
            );
            x += step;
        }
        y += 24.0;
    }
    let left = asked.len().saturating_sub(COLUMNS * LINES);
    if left > 0 {
        let note = format!("and {left} more questions");
        sheets.text(
            MARGIN,
            y.min(HEIGHT),
            ROOM,
            Style::of(8.0).in_colour(GREY),
            &note,
        );
    }
}
