//! Slips with the codes of an exam: ten on a page, to be cut and handed out.

use chrono::{DateTime, Utc};

use crate::transfer::UnwritableError;
use crate::transfer::pdf::{GREY, HEIGHT, MARGIN, PALE, Sheets, Style, WIDTH, date};

const COLUMNS: usize = 2;
const ROWS: usize = 5;
const SLIP_WIDTH: f32 = WIDTH / 2.0;
/// The foot of the page is left free.
const SLIP_HEIGHT: f32 = (HEIGHT - 42.0) / 5.0;
const EDGE: f32 = MARGIN / 2.0;
const ROOM: f32 = SLIP_WIDTH - 2.0 * EDGE;
/// Where the code begins, beside the number.
const CODE_FROM: f32 = 112.0;

/// What every slip says.
#[derive(Debug, Clone)]
pub struct SlipHead {
    /// The exam's title.
    pub title: String,
    /// From when it may be started.
    pub starts_at: DateTime<Utc>,
    /// When it is over.
    pub ends_at: DateTime<Utc>,
}

/// What one of them says.
#[derive(Debug, Clone)]
pub struct CodeSlip {
    /// Whose it is.
    pub name: String,
    /// What is typed beside the code: the student number, or the login.
    pub number: String,
    /// The code.
    pub code: String,
}

/// Writes the slips as PDF (A4), in their order.
///
/// # Errors
/// Where they cannot be written.
pub fn write_slips(head: &SlipHead, slips: &[CodeSlip]) -> Result<Vec<u8>, UnwritableError> {
    let mut sheets = Sheets::new(&head.title)?;
    for page in slips.chunks(COLUMNS * ROWS) {
        sheets.add_page();
        cuts(&mut sheets);
        let mut top = 0.0;
        for row in page.chunks(COLUMNS) {
            let mut left = 0.0;
            for slip in row {
                write_slip(&mut sheets, (left + EDGE, top), head, slip);
                left += SLIP_WIDTH;
            }
            top += SLIP_HEIGHT;
        }
    }
    if slips.is_empty() {
        sheets.add_page();
        let none = "There are no candidates.";
        sheets.text(MARGIN, 70.0, ROOM, Style::of(11.0), none);
    }
    sheets.finish()
}

/// Where to cut.
fn cuts(sheets: &mut Sheets) {
    let mut y = SLIP_HEIGHT;
    for _ in 0..ROWS {
        sheets.fill(0.0, y, WIDTH, 0.4, GREY);
        y += SLIP_HEIGHT;
    }
    sheets.fill(SLIP_WIDTH, 0.0, 0.4, y - SLIP_HEIGHT, GREY);
}

fn write_slip(sheets: &mut Sheets, (x, top): (f32, f32), head: &SlipHead, slip: &CodeSlip) {
    let grey = |size| Style::of(size).in_colour(GREY);
    let window = format!("{} – {}", date(head.starts_at), date(head.ends_at));
    sheets.text(x, top + 28.0, ROOM, Style::of(10.0).bold(), &head.title);
    sheets.text(x, top + 41.0, ROOM, grey(8.0), &window);
    sheets.text(x, top + 66.0, ROOM, Style::of(13.0).bold(), &slip.name);
    sheets.fill(x, top + 78.0, ROOM, 42.0, PALE);
    for (from, room, label, value, style) in [
        (
            8.0,
            CODE_FROM - 16.0,
            "Number",
            &slip.number,
            Style::of(14.0),
        ),
        (
            CODE_FROM,
            ROOM - CODE_FROM - 8.0,
            "Code",
            &slip.code,
            Style::of(18.0).bold(),
        ),
    ] {
        sheets.text(x + from, top + 90.0, room, grey(7.5), label);
        sheets.text(x + from, top + 111.0, room, style, value);
    }
    let hint = "Sign in with both. The code is good for this exam only.";
    sheets.text(x, top + 136.0, ROOM, grey(7.5), hint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_one_candidates_get_three_pages() {
        let head = SlipHead {
            title: "Algebra".to_owned(),
            starts_at: DateTime::UNIX_EPOCH,
            ends_at: DateTime::UNIX_EPOCH,
        };
        let slip = CodeSlip {
            name: "ليلى حسن 王小明".to_owned(),
            number: "4711".to_owned(),
            code: "7K3MN-Q2W8R".to_owned(),
        };
        for (candidates, pages) in [(0, 1), (10, 1), (21, 3)] {
            let pdf = write_slips(&head, &vec![slip.clone(); candidates]).unwrap();
            assert!(pdf.starts_with(b"%PDF-"));
            let text = String::from_utf8_lossy(&pdf);
            assert!(text.contains(&format!("/Count {pages}")), "{candidates}");
        }
    }
}
