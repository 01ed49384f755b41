//! Who of the candidates gets which seat.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::{Room, SeatPlan};
use crate::exam::ids::UserId;

/// A candidate, and where they sit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    /// Which account.
    pub user: UserId,
    /// What they are called, folded for sorting.
    pub name: String,
    /// What they sign in with.
    pub login: String,
    /// Where they sit now.
    pub seat: Option<String>,
    /// Who has started stays where they are.
    pub has_started: bool,
}

/// In which order candidates are given seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatOrder {
    /// By name, then by login.
    Name,
    /// By login.
    Login,
    /// As a hash with this seed puts them: the same each time.
    Random(String),
}

/// How seats are to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// In which order.
    pub order: SeatOrder,
    /// How many seats of a row stay free between two candidates.
    pub seats_between: usize,
    /// Whether those who have a seat keep it.
    pub keeps_seated: bool,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Who gets which seat, in their order.
    pub given: Vec<(UserId, String)>,
    /// How many stay where they are.
    pub kept: usize,
}

/// There are not seats enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFewSeats {
    /// How many candidates need one.
    pub needed: usize,
    /// How many seats can be given.
    pub free: usize,
}

/// Decides who sits where: the free seats in the order of the plan, to those without in the order that is wished.
///
/// # Errors
/// When there are too few seats; nobody is given one then.
pub fn assign(
    plan: &SeatPlan,
    candidates: &[Seated],
    wish: &Wish,
) -> Result<Assignment, TooFewSeats> {
    let keeps = |it: &&Seated| it.seat.is_some() && (wish.keeps_seated || it.has_started);
    let kept: HashSet<&str> = candidates
        .iter()
        .filter(keeps)
        .filter_map(|it| it.seat.as_deref())
        .collect();
    let mut waiting: Vec<&Seated> = candidates.iter().filter(|it| !keeps(it)).collect();
    waiting.sort_by_cached_key(|it| place(&wish.order, it));
    let mut free = Vec::new();
    for room in &plan.rooms {
        for row in room.rows() {
            free.extend(free_seats(room, &row, &kept, wish.seats_between));
        }
    }
    if free.len() < waiting.len() {
        return Err(TooFewSeats {
            needed: waiting.len(),
            free: free.len(),
        });
    }
    Ok(Assignment {
        given: waiting.iter().map(|it| it.user).zip(free).collect(),
        kept: kept.len(),
    })
}

fn place(order: &SeatOrder, candidate: &Seated) -> (Vec<u8>, String) {
    let first = match order {
        SeatOrder::Name => candidate.name.as_bytes().to_vec(),
        SeatOrder::Login => Vec::new(),
        SeatOrder::Random(seed) => {
            let mut hash = Sha256::new();
            // The length keeps one seed from being the beginning of another one.
            hash.update(seed.len().to_be_bytes());
            hash.update(seed);
            hash.update(candidate.user.to_string());
            hash.finalize().to_vec()
        }
    };
    (first, candidate.login.clone())
}

/// The seats of a row that can be given, from its beginning: as many as there can be with so many free between two. One out
/// of use is a place all the same.
fn free_seats(room: &Room, row: &[String], kept: &HashSet<&str>, between: usize) -> Vec<String> {
    let seats: Vec<String> = row.iter().map(|name| room.seat(name)).collect();
    let is_kept = |at: usize| kept.contains(seats[at].as_str());
    let (mut free, mut last) = (Vec::new(), None);
    for (at, name) in row.iter().enumerate() {
        if is_kept(at) {
            last = Some(at);
            continue;
        }
        let ahead = at.saturating_add(between).min(row.len() - 1);
        let is_far = last.is_none_or(|last: usize| at - last > between);
        if is_far && !room.out_of_use.contains(name) && !(at + 1..=ahead).any(is_kept) {
            free.push(seats[at].clone());
            last = Some(at);
        }
    }
    free
}
