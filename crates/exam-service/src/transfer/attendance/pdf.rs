//! The attendance list on paper: each room on pages of its own, with a place to sign.

use super::{AttendanceList, Attendant, RoomList};
use crate::transfer::UnwritableError;
use crate::transfer::pdf::{GREY, HEIGHT, MARGIN, PALE, Sheets, Style, WIDTH, date};

const ROOM: f32 = WIDTH - 2.0 * MARGIN;
const TOP: f32 = 128.0;
/// From one line to the next: so that one can sign.
const LINE: f32 = 24.0;
const SMALL: Style = Style::of(8.0).in_colour(GREY);
/// Where columns begin, and how wide they are: seat, name, number, signature.
const COLUMNS: [(f32, f32); 4] = [(0.0, 76.0), (82.0, 190.0), (278.0, 84.0), (368.0, 131.0)];

/// Writes the list as PDF (A4).
///
/// # Errors
/// Where it cannot be written.
pub fn write_pdf(list: &AttendanceList) -> Result<Vec<u8>, UnwritableError> {
    let mut sheets = Sheets::new(&list.title)?;
    if list.rooms.is_empty() {
        sheets.add_page();
        let none = "There are no candidates.";
        sheets.text(MARGIN, 70.0, ROOM, Style::of(11.0), none);
    }
    for room in &list.rooms {
        write_room(&mut sheets, list, room);
    }
    sheets.finish()
}

fn write_room(sheets: &mut Sheets, list: &AttendanceList, room: &RoomList) {
    let mut y = HEIGHT;
    for person in &room.people {
        if y + LINE > HEIGHT - MARGIN {
            heading(sheets, list, room);
            y = TOP;
        }
        write_line(sheets, y, person);
        y += LINE;
    }
}

fn heading(sheets: &mut Sheets, list: &AttendanceList, room: &RoomList) {
    sheets.add_page();
    let name = if room.room.is_empty() {
        "Without a seat"
    } else {
        &room.room
    };
    sheets.text(MARGIN, 64.0, ROOM, Style::of(18.0).bold(), name);
    sheets.text(MARGIN, 82.0, ROOM, Style::of(10.0), &list.title);
    let line = format!(
        "{}   ·   {} candidates",
        date(list.starts_at),
        room.people.len()
    );
    sheets.text(MARGIN, 96.0, ROOM, SMALL, &line);
    let names = ["Seat", "Name", "Number", "Signature"];
    for ((x, width), name) in COLUMNS.into_iter().zip(names) {
        sheets.text(MARGIN + x, TOP - 10.0, width, SMALL, name);
    }
    sheets.fill(MARGIN, TOP - 4.0, ROOM, 0.8, GREY);
}

fn write_line(sheets: &mut Sheets, y: f32, person: &Attendant) {
    let number = person.student_number.as_deref().unwrap_or(&person.login);
    let texts = [person.seat.as_deref().unwrap_or("–"), &person.name, number];
    let styles = [Style::of(10.0).bold(), Style::of(10.0), Style::of(9.0)];
    for (((x, width), text), style) in COLUMNS.into_iter().zip(texts).zip(styles) {
        sheets.text(MARGIN + x, y + 15.0, width, style, text);
    }
    sheets.fill(MARGIN, y + LINE - 4.0, ROOM, 0.4, PALE);
}
