//! Notes as they are read: in a list, in a timeline, and one that has just been written.

use crate::exam::incident::IncidentCategory;
use crate::exam::{ExamId, UserId};
use crate::store::incidents::{Incident, Person};
use crate::store::sitting::Happening;
use crate::store::sql::{Row, Sql, arguments};
use crate::store::{DatabaseStore, Page, Staff, StaffOutcome, StoreError};

/// Notes with the names that belong to them, as [`incident`] reads them; `$from` begins with `incidents i`, or joins it.
macro_rules! select_incidents {
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT i.written_at, i.id, i.author_id, w.login, w.display_name, i.user_id, u.login, u.display_name, c.seat,
                    i.attempt_id, i.room, i.category, i.body, i.corrects_id, n.id
             FROM ",
            $from,
            " JOIN users w ON w.id = i.author_id
             LEFT JOIN users u ON u.id = i.user_id
             LEFT JOIN candidates c ON c.exam_id = i.exam_id AND c.user_id = i.user_id
             LEFT JOIN incidents n ON n.corrects_id = i.id ",
            $rest
        )
    };
}

static LIST: Sql = Sql::same(select_incidents!(
    "incidents i",
    "WHERE i.exam_id = $1 AND i.id > $2 ORDER BY i.id LIMIT $3"
));
pub(super) static ONE: Sql = Sql::same(select_incidents!("incidents i", "WHERE i.id = $1"));
/// Those about an attempt, and those about its student from before there was one.
pub(in super::super) static OF_ATTEMPT: Sql = Sql::same(select_incidents!(
    "attempts a JOIN incidents i ON i.exam_id = a.exam_id AND i.user_id = a.user_id
                                AND (i.attempt_id = a.id OR i.attempt_id IS NULL)",
    "WHERE a.id = $1 ORDER BY i.id LIMIT 5000"
));

impl DatabaseStore {
    pub(in crate::store) async fn read_incidents(
        &self,
        staff: Staff,
        exam: ExamId,
        page: &Page,
    ) -> Result<StaffOutcome<Vec<Incident>>, StoreError> {
        if !self.read_is_exam_of(staff, exam).await? {
            return Ok(StaffOutcome::NotFound);
        }
        let reading = self.reading("read the notes of an exam");
        let wanted = arguments![exam, &page.after, page.limit];
        let rows = reading.all(&LIST, wanted).await?;
        let incidents: Result<_, StoreError> = rows.iter().map(incident).collect();
        incidents.map(StaffOutcome::Done)
    }
}

/// From the columns of `select_incidents!`.
pub(super) fn incident(row: &Row) -> Result<Incident, StoreError> {
    let about: Option<UserId> = row.optional_id(5)?;
    let about = about.map(|user| person(row, user, 6)).transpose()?;
    let category = row.text(11)?;
    Ok(Incident {
        written_at: row.time(0)?,
        id: row.id(1)?,
        author: person(row, row.id(2)?, 3)?,
        about,
        seat: row.optional_text(8)?.map(str::to_owned),
        attempt: row.optional_id(9)?,
        room: row.optional_text(10)?.map(str::to_owned),
        category: IncidentCategory::parse(category).ok_or_else(|| {
            StoreError::Corrupt(format!("'{category}' is not what a note is about"))
        })?,
        text: row.string(12)?,
        corrects: row.optional_id(13)?,
        corrected_by: row.optional_id(14)?,
    })
}

fn person(row: &Row, user: UserId, login: usize) -> Result<Person, StoreError> {
    Ok(Person {
        user,
        login: row.string(login)?,
        display_name: row.string(login + 1)?,
    })
}

/// What a timeline tells of a note.
pub(in super::super) fn happening(row: &Row) -> Result<Happening, StoreError> {
    incident(row).map(Box::new).map(Happening::Noted)
}
