//! Rooms with their seats, and who of the candidates sits where.

mod assigning;

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

pub use assigning::{Assignment, SeatOrder, Seated, TooFewSeats, Wish, assign};

/// The most seats of a plan.
pub const MOST_SEATS: usize = 10_000;
/// The most rooms of a plan.
pub const MOST_ROOMS: usize = 200;
/// The longest name of a room, and of a seat in it, in characters: together they are a seat of a candidate.
pub const LONGEST_ROOM: usize = 40;
/// As above.
pub const LONGEST_SEAT: usize = 19;
/// The most rows and the most columns of a room.
const LONGEST_SIDE: usize = 100;

/// The rooms of an exam, in the order in which they are filled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatPlan {
    /// Each of them.
    pub rooms: Vec<Room>,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// What it is called: `H1`.
    pub name: String,
    /// What can be sat on.
    pub seats: Seats,
    /// Which of the seats nobody is given: broken, or kept free.
    #[serde(default)]
    pub out_of_use: BTreeSet<String>,
}

/// The seats of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seats {
    /// Rows with letters from the front, `A` to `Z`, `AA` and so on, and columns with numbers: `A01`, of ten columns or more.
    Grid {
        /// How many.
        rows: usize,
        /// How many in each row.
        columns: usize,
    },
    /// By their names, side by side.
    Named(Vec<String>),
}

impl Room {
    /// The names of the seats, by row.
    pub fn rows(&self) -> Vec<Vec<String>> {
        match &self.seats {
            Seats::Named(names) => vec![names.clone()],
            Seats::Grid { rows, columns } => {
                let width = columns.to_string().len();
                let row = |row: usize| {
                    let letters = letters(row);
                    let seats = (1..=*columns).map(|column| format!("{letters}{column:0width$}"));
                    seats.collect()
                };
                (0..*rows).map(row).collect()
            }
        }
    }

    /// What a seat is called beside those of other rooms: `H1-A01`.
    pub fn seat(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    fn check(&self) -> Result<usize, String> {
        let name = &self.name;
        if !is_name(name, LONGEST_ROOM) {
            return Err(format!(
                "A room has a name of 1 to {LONGEST_ROOM} characters that can be seen, none of them a blank at its ends."
            ));
        }
        if let Seats::Grid { rows, columns } = self.seats
            && !((1..=LONGEST_SIDE).contains(&rows) && (1..=LONGEST_SIDE).contains(&columns))
        {
            return Err(format!(
                "The room '{name}' has not 1 to {LONGEST_SIDE} rows of 1 to {LONGEST_SIDE} seats."
            ));
        }
        let seats: Vec<String> = self.rows().into_iter().flatten().collect();
        let mut known = HashSet::new();
        for seat in &seats {
            // The last hyphen of a candidate's seat ends the name of the room.
            if !is_name(seat, LONGEST_SEAT) || seat.contains('-') {
                return Err(format!(
                    "A seat of the room '{name}' has not 1 to {LONGEST_SEAT} characters that can be seen and are no hyphen."
                ));
            }
            if !known.insert(seat) {
                return Err(format!("The room '{name}' has the seat '{seat}' twice."));
            }
        }
        match self.out_of_use.iter().find(|seat| !known.contains(seat)) {
            Some(seat) => Err(format!(
                "The room '{name}' has no seat '{seat}' to be out of use."
            )),
            None => Ok(seats.len()),
        }
    }
}

impl SeatPlan {
    /// Whether it can be kept.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn check(&self) -> Result<(), String> {
        if self.rooms.len() > MOST_ROOMS {
            return Err(format!("There are at most {MOST_ROOMS} rooms."));
        }
        let (mut names, mut seats) = (HashSet::new(), 0);
        for room in &self.rooms {
            if !names.insert(&room.name) {
                return Err(format!("Two rooms are called '{}'.", room.name));
            }
            seats += room.check()?;
            if seats > MOST_SEATS {
                return Err(format!("There are at most {MOST_SEATS} seats."));
            }
        }
        Ok(())
    }

    /// Whether it has a room of this name.
    pub fn has_room(&self, name: &str) -> bool {
        self.rooms.iter().any(|room| room.name == name)
    }
}

/// Whether a candidate's seat is in the room of this name.
pub fn is_in_room(seat: &str, room: &str) -> bool {
    seat.rsplit_once('-').is_some_and(|(name, _)| name == room)
}

fn is_name(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

/// The letters of a row, counted from 0.
fn letters(row: usize) -> String {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number % 26).unwrap_or_default());
    match row / 26 {
        0 => letter(row).to_string(),
        first => format!("{}{}", letter(first - 1), letter(row)),
    }
}

#[cfg(test)]
mod tests;
