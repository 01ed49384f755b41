//! The report of an exam: its figures, how scores are spread, how each question did, and who earned what.

use super::{figure, percent_of, points};
use crate::exam::statistics::{Band, ExamFigures, QuestionFigures};
use crate::transfer::pdf::{
    Align, BLUE, GREY, HEIGHT, MARGIN, PALE, RED, Sheets, Style, WIDTH, date,
};
use crate::transfer::results::{ResultRow, ResultTable, UnwritableError};

const BODY: Style = Style::of(9.0);
const SMALL: Style = Style::of(7.5).in_colour(GREY);
const ROOM: f32 = WIDTH - 2.0 * MARGIN;
/// From one line of a table to the next.
const LINE: f32 = 15.0;
const CHART_HEIGHT: f32 = 150.0;

/// Writes the report. `questions` has the name of each question of `figures`, where there are figures of questions.
///
/// # Errors
/// Where it cannot be written.
pub fn write(
    table: &ResultTable,
    figures: &ExamFigures,
    questions: &[String],
) -> Result<Vec<u8>, UnwritableError> {
    let mut sheets = Sheets::new(&table.title)?;
    sheets.add_page();
    let mut y = heading(&mut sheets, table, figures);
    y = spread(&mut sheets, y, &figures.bands);
    if let Some(of_questions) = &figures.questions {
        y = items(&mut sheets, y, questions, of_questions);
    }
    results(&mut sheets, y, &table.rows);
    sheets.finish()
}

/// Title and figures; where to go on.
fn heading(sheets: &mut Sheets, table: &ResultTable, figures: &ExamFigures) -> f32 {
    sheets.text(MARGIN, 70.0, ROOM, Style::of(18.0).bold(), &table.title);
    let line = format!(
        "{}   ·   {} attempts, {} of them graded",
        date(table.starts_at),
        table.rows.len(),
        figures.percents.count
    );
    sheets.text(MARGIN, 88.0, ROOM, BODY.in_colour(GREY), &line);
    let percents = &figures.percents;
    let reliability = figures.reliability.unwrap_or_default();
    let figures = [
        ("Mean, %", percents.mean),
        ("Standard deviation, %", percents.standard_deviation),
        ("Median, %", percents.median),
        ("Lowest, %", percents.minimum),
        ("Highest, %", percents.maximum),
        ("Cronbach's alpha", reliability.cronbach_alpha),
    ];
    let step = ROOM / 6.0;
    let mut x = MARGIN;
    for (name, value) in figures {
        sheets.fill(x, 104.0, step - 6.0, 42.0, PALE);
        sheets.text(x + 7.0, 118.0, step - 20.0, SMALL, name);
        let style = Style::of(13.0).bold();
        sheets.text(x + 7.0, 137.0, step - 20.0, style, &figure(value));
        x += step;
    }
    172.0
}

/// How many scores lie in each tenth.
fn spread(sheets: &mut Sheets, y: f32, bands: &[Band]) -> f32 {
    sheets.text(MARGIN, y, ROOM, Style::of(12.0).bold(), "Scores");
    let most = bands
        .iter()
        .map(|band| band.count)
        .max()
        .unwrap_or(0)
        .max(1);
    let floor = y + 14.0 + CHART_HEIGHT;
    let step = ROOM / share(bands.len().max(1), 1);
    let mut x = MARGIN;
    for band in bands {
        let height = (CHART_HEIGHT - 16.0) * share(band.count, most);
        let middle = x + step / 2.0;
        sheets.fill(x + 4.0, floor - height, step - 8.0, height, BLUE);
        let count = band.count.to_string();
        let centre = SMALL.at(Align::Centre);
        sheets.text(middle, floor - height - 4.0, step, centre, &count);
        let range = format!("{:.0}–{:.0} %", band.from_percent, band.to_percent);
        sheets.text(middle, floor + 12.0, step, centre, &range);
        x += step;
    }
    sheets.fill(MARGIN, floor, ROOM, 0.8, GREY);
    floor + 42.0
}

/// How each question did: a bar for its difficulty, and its figures.
fn items(sheets: &mut Sheets, y: f32, names: &[String], figures: &[QuestionFigures]) -> f32 {
    const BAR: f32 = 150.0;
    let (bar, difficulty, discrimination, alarm) = (230.0, 420.0, 470.0, 482.0);
    let head = |sheets: &mut Sheets, y: f32| {
        let right = SMALL.at(Align::Right);
        sheets.text(MARGIN, y, 170.0, Style::of(12.0).bold(), "Questions");
        sheets.text(bar, y, BAR, SMALL, "share of the points that was earned");
        sheets.text(difficulty, y, 60.0, right, "difficulty");
        sheets.text(discrimination, y, 48.0, right, "discrimin.");
        y + LINE
    };
    let mut y = head(sheets, y);
    for (name, question) in names.iter().zip(figures) {
        if y > HEIGHT - 60.0 {
            sheets.add_page();
            y = head(sheets, 64.0);
        }
        sheets.text(MARGIN, y, bar - MARGIN - 8.0, BODY, name);
        sheets.fill(bar, y - 7.0, BAR, 8.0, PALE);
        #[expect(clippy::cast_possible_truncation, reason = "a share for a drawing")]
        let earned = question.statistics.difficulty.unwrap_or_default() as f32;
        let colour = if question.alarms.is_empty() {
            BLUE
        } else {
            RED
        };
        sheets.fill(bar, y - 7.0, BAR * earned.clamp(0.0, 1.0), 8.0, colour);
        let right = BODY.at(Align::Right);
        let text = figure(question.statistics.difficulty);
        sheets.text(difficulty, y, 40.0, right, &text);
        let text = figure(question.statistics.discrimination);
        sheets.text(discrimination, y, 40.0, right, &text);
        let words: Vec<&str> = question.alarms.iter().map(|alarm| alarm.words()).collect();
        let style = SMALL.in_colour(RED);
        sheets.text(alarm, y, WIDTH - MARGIN - alarm, style, &words.join(", "));
        y += LINE;
    }
    y + 24.0
}

/// Who earned what.
fn results(sheets: &mut Sheets, y: f32, rows: &[ResultRow]) {
    let (login, number, name, score, percent) = (MARGIN, 140.0, 220.0, 440.0, 500.0);
    let head = |sheets: &mut Sheets, y: f32| {
        let right = SMALL.at(Align::Right);
        sheets.text(login, y, 90.0, SMALL, "login");
        sheets.text(number, y, 76.0, SMALL, "student number");
        sheets.text(name, y, 150.0, SMALL, "name");
        sheets.text(score, y, 60.0, right, "points");
        sheets.text(percent, y, 50.0, right, "percent");
        sheets.text(WIDTH - MARGIN, y, 40.0, right, "grade");
        sheets.fill(MARGIN, y + 4.0, ROOM, 0.6, GREY);
        y + LINE + 3.0
    };
    let mut y = y;
    if y > HEIGHT - 120.0 {
        sheets.add_page();
        y = 70.0;
    }
    sheets.text(MARGIN, y, ROOM, Style::of(12.0).bold(), "Results");
    y = head(sheets, y + 18.0);
    for row in rows {
        if y > HEIGHT - 50.0 {
            sheets.add_page();
            y = head(sheets, 64.0);
        }
        let right = BODY.at(Align::Right);
        sheets.text(login, y, number - login - 6.0, BODY, &row.login);
        sheets.text(number, y, name - number - 6.0, BODY, &row.student_number);
        sheets.text(name, y, score - name - 66.0, BODY, &row.name);
        sheets.text(score, y, 60.0, right, &points(row.score, row.max_score));
        sheets.text(percent, y, 52.0, right, &percent_of(row));
        let grade = row.grade.clone().unwrap_or_else(|| waiting(row));
        sheets.text(WIDTH - MARGIN, y, 44.0, right, &grade);
        y += LINE;
    }
}

/// Why there is no grade.
fn waiting(row: &ResultRow) -> String {
    if row.waiting > 0 {
        format!("{} waiting", row.waiting)
    } else {
        "–".to_owned()
    }
}

#[expect(clippy::cast_precision_loss, reason = "shares of a drawing")]
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}
