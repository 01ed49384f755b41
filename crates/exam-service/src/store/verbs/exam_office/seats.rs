//! Where candidates sit.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::candidates::named;
use super::lock;
use crate::exam::ExamId;
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::{DatabaseStore, Staff, StaffOutcome, StoreError};

static SEATS: Sql = Sql::same("SELECT user_id, seat FROM candidates WHERE exam_id = $1");
/// First nobody of them sits anywhere, so that two can change places.
pub(super) static LEAVE: Sql = Sql::each(
    "UPDATE candidates SET seat = NULL
     WHERE exam_id = $1 AND user_id IN (SELECT value ->> 0 FROM json_each($2))",
    "UPDATE candidates c JOIN JSON_TABLE($2, '$[*]' COLUMNS (id VARCHAR(36) PATH '$[0]')) AS wanted
     ON c.user_id = wanted.id SET c.seat = NULL WHERE c.exam_id = $1",
    "UPDATE candidates SET seat = NULL
     WHERE exam_id = $1 AND user_id IN (SELECT value ->> 0 FROM json_array_elements($2::json))",
);
pub(super) static SIT: Sql = Sql::each(
    "UPDATE candidates SET seat = wanted.value ->> 1 FROM json_each($2) AS wanted
     WHERE exam_id = $1 AND user_id = wanted.value ->> 0",
    "UPDATE candidates c
     JOIN JSON_TABLE($2, '$[*]' COLUMNS (id VARCHAR(36) PATH '$[0]', seat VARCHAR(60) PATH '$[1]')) AS wanted
     ON c.user_id = wanted.id SET c.seat = wanted.seat WHERE c.exam_id = $1",
    "UPDATE candidates SET seat = wanted.value ->> 1 FROM json_array_elements($2::json) AS wanted(value)
     WHERE exam_id = $1 AND user_id = wanted.value ->> 0",
);

impl DatabaseStore {
    pub(in crate::store) async fn write_seats(
        &self,
        staff: Staff,
        id: ExamId,
        seats: &[(String, Option<String>)],
    ) -> Result<StaffOutcome<()>, StoreError> {
        let mut transaction = self.begin_write("seat candidates").await?;
        if lock(&mut transaction, staff, id).await?.is_none() {
            return Ok(StaffOutcome::NotFound);
        }
        let names: Vec<String> = seats.iter().map(|(name, _)| name.clone()).collect();
        let (found, unknown) = named(&mut transaction, &names).await?;
        if let Some(name) = unknown.first() {
            return Ok(StaffOutcome::refused(format!(
                "No student has the login or number '{name}'. Nobody was seated."
            )));
        }
        let now = taken(&mut transaction, id).await?;
        let wanted: Vec<(&String, &Option<String>)> = found
            .iter()
            .zip(seats.iter().map(|(_, seat)| seat))
            .collect();
        if let Some(why) = conflict(&now, &wanted, &names) {
            return Ok(StaffOutcome::Refused(why));
        }
        let rows = |only_seated: bool| {
            let rows = wanted
                .iter()
                .filter(|(_, seat)| seat.is_some() || !only_seated);
            Value::Array(rows.map(|(user, seat)| json!([user, seat])).collect()).to_string()
        };
        transaction
            .execute(&LEAVE, arguments![id, rows(false)])
            .await?;
        transaction
            .execute(&SIT, arguments![id, rows(true)])
            .await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(()))
    }
}

/// Who sits where now; everybody who may sit the exam is in it.
async fn taken(
    transaction: &mut Transaction,
    id: ExamId,
) -> Result<HashMap<String, Option<String>>, StoreError> {
    let rows = transaction.all(&SEATS, arguments![id]).await?;
    rows.iter()
        .map(|row| Ok((row.string(0)?, row.optional_text(1)?.map(str::to_owned))))
        .collect()
}

/// Why they cannot be seated like this.
fn conflict(
    now: &HashMap<String, Option<String>>,
    wanted: &[(&String, &Option<String>)],
    names: &[String],
) -> Option<String> {
    let users: HashSet<&String> = wanted.iter().map(|(user, _)| *user).collect();
    if users.len() < wanted.len() {
        return Some("Somebody is named twice. Nobody was seated.".to_owned());
    }
    let others = now.iter().filter(|(user, _)| !users.contains(user));
    let mut taken: HashSet<&str> = others.filter_map(|(_, seat)| seat.as_deref()).collect();
    for ((user, seat), name) in wanted.iter().zip(names) {
        if !now.contains_key(*user) {
            return Some(format!(
                "'{name}' may not sit this exam. Add them first. Nobody was seated."
            ));
        }
        if let Some(seat) = seat
            && !taken.insert(seat)
        {
            return Some(format!(
                "The seat '{seat}' would be given twice. Nobody was seated."
            ));
        }
    }
    None
}
