//! Who is to sit where: by room, to be signed on paper or read by a spreadsheet.

mod pdf;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::questions::TransferError;
use super::table::csv::{harmless, write};
use crate::exam::seating::SeatPlan;

pub use pdf::write_pdf;

/// The attendance list of an exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceList {
    /// The exam's title.
    pub title: String,
    /// From when it can be started.
    pub starts_at: DateTime<Utc>,
    /// The rooms in the order of the plan, then who sits elsewhere, and who sits nowhere; none is empty.
    pub rooms: Vec<RoomList>,
}

/// Who is to sit in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomList {
    /// What the room is called; empty for those who have no seat.
    pub room: String,
    /// In the order of the seats.
    pub people: Vec<Attendant>,
}

/// Somebody on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendant {
    /// Where they sit.
    pub seat: Option<String>,
    /// Their name.
    pub name: String,
    /// Their number, where they have one.
    pub student_number: Option<String>,
    /// What they sign in with.
    pub login: String,
}

/// Sorts people into the rooms of a plan.
pub fn by_room(plan: &SeatPlan, mut people: Vec<Attendant>) -> Vec<RoomList> {
    let mut places = HashMap::new();
    for (number, room) in plan.rooms.iter().enumerate() {
        for (at, seat) in room.rows().into_iter().flatten().enumerate() {
            places.insert(room.seat(&seat), (number, at));
        }
    }
    // Seats that the plan does not have come after it, by their names; then those without.
    let last = plan.rooms.len();
    let place = |person: &Attendant| match &person.seat {
        None => (last + 1, 0),
        Some(seat) => places.get(seat).copied().unwrap_or((last, 0)),
    };
    people.sort_by_cached_key(|it| {
        (
            place(it),
            it.seat.clone(),
            it.name.clone(),
            it.login.clone(),
        )
    });
    let mut rooms: Vec<(usize, RoomList)> = Vec::new();
    for person in people {
        let (number, _) = place(&person);
        match rooms.last_mut() {
            Some((same, list)) if *same == number => list.people.push(person),
            _ => {
                let name = match plan.rooms.get(number) {
                    Some(room) => room.name.clone(),
                    None if number == last => "Other seats".to_owned(),
                    None => String::new(),
                };
                let list = RoomList {
                    room: name,
                    people: vec![person],
                };
                rooms.push((number, list));
            }
        }
    }
    rooms.into_iter().map(|(_, list)| list).collect()
}

/// Writes the list as comma-separated values, a row for each.
///
/// # Errors
/// When there is no memory for it.
pub fn write_csv(list: &AttendanceList) -> Result<Vec<u8>, TransferError> {
    let header = ["room", "seat", "display_name", "student_number", "login"];
    let people = list.rooms.iter().flat_map(|room| {
        room.people.iter().map(|person| {
            [
                room.room.as_str(),
                person.seat.as_deref().unwrap_or_default(),
                &person.name,
                person.student_number.as_deref().unwrap_or_default(),
                &person.login,
            ]
        })
    });
    let rows = std::iter::once(header).chain(people);
    write(rows.map(|row| row.map(harmless).to_vec()))
}

#[cfg(test)]
mod tests;
