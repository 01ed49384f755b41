//! Who may sit an exam, and what they are granted.

use std::collections::BTreeSet;

use serde_json::json;

use super::{document, lock, written};
use crate::exam::audit::{Deed, differences};
use crate::exam::timing::Accommodation;
use crate::exam::{CourseId, ExamId, ExamState, UserId};
use crate::store::exam_office::{AddedCandidates, CandidateLine, CandidateOrder, NewCandidates};
use crate::store::sql::{Row, Sql, Transaction, arguments};
use crate::store::verbs::bank::may_watch;
use crate::store::verbs::canaries::CANARY_EXAM;
use crate::store::{DatabaseStore, Page, Staff, StaffOutcome, StoreError};

/// The students with these logins or numbers, in the order of the names; null for a name that no student has. Two
/// look-ups by index each, whatever a database makes of an `OR`.
macro_rules! named {
    ($name:literal, $from:literal) => {
        concat!(
            "SELECT coalesce((SELECT u.id FROM users u
                              WHERE u.login = ",
            $name,
            " AND u.role = 'student' AND u.disabled_at IS NULL AND u.load_run IS NULL),
                             (SELECT u.id FROM users u
                              WHERE u.student_number = ",
            $name,
            " AND u.role = 'student' AND u.disabled_at IS NULL AND u.load_run IS NULL))
             FROM ",
            $from
        )
    };
}
static NAMED: Sql = Sql::each(
    named!(
        "wanted.value",
        "json_each($1) AS wanted ORDER BY wanted.key"
    ),
    named!(
        "wanted.name",
        "JSON_TABLE($1, '$[*]' COLUMNS (number FOR ORDINALITY, name VARCHAR(190) PATH '$')) AS wanted ORDER BY wanted.number"
    ),
    named!(
        "wanted.name",
        "json_array_elements_text($1::json) WITH ORDINALITY AS wanted(name, number) ORDER BY wanted.number"
    ),
);
macro_rules! add {
    ($from:literal) => {
        concat!(
            "INSERT INTO candidates (exam_id, user_id) SELECT $1, u.id FROM ",
            $from,
            " AND NOT EXISTS (SELECT 1 FROM candidates c WHERE c.exam_id = $1 AND c.user_id = u.id)"
        )
    };
}
static ADD_NAMED: Sql = Sql::each(
    add!("users u WHERE u.id IN (SELECT value FROM json_each($2))"),
    add!(
        "JSON_TABLE($2, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS wanted STRAIGHT_JOIN users u ON u.id = wanted.id
         WHERE 1 = 1"
    ),
    add!("users u WHERE u.id IN (SELECT json_array_elements_text($2::json))"),
);
static ADD_ENROLLED: Sql = Sql::same(add!(
    "enrolments e JOIN users u ON u.id = e.user_id
     WHERE e.course_id = $2 AND e.role = 'student' AND u.role = 'student' AND u.disabled_at IS NULL"
));
static ADD_GROUP: Sql = Sql::same(add!(
    "group_members m JOIN course_groups g ON g.id = m.group_id JOIN users u ON u.id = m.user_id
     WHERE g.course_id = $2 AND g.id = $3 AND u.role = 'student' AND u.disabled_at IS NULL"
));
static HAS_GROUP: Sql =
    Sql::same("SELECT count(*) FROM course_groups WHERE course_id = $1 AND id = $2");
static ATTEMPTS_OF: Sql =
    Sql::same("SELECT count(*) FROM attempts WHERE exam_id = $1 AND user_id = $2");
static REMOVE: Sql = Sql::same("DELETE FROM candidates WHERE exam_id = $1 AND user_id = $2");
static GRANTED: Sql =
    Sql::same("SELECT accommodation FROM candidates WHERE exam_id = $1 AND user_id = $2");
static SET_ACCOMMODATION: Sql =
    Sql::same("UPDATE candidates SET accommodation = $3 WHERE exam_id = $1 AND user_id = $2");
static COURSE: Sql =
    Sql::same("SELECT course_id FROM exams WHERE id = $1 AND id <> $2 AND load_run IS NULL");
macro_rules! list {
    ($rest:literal) => {
        Sql::same(concat!(
            "SELECT c.user_id, u.login, u.display_name, u.student_number, c.seat, c.accommodation,
                    (SELECT count(*) FROM attempts a WHERE a.exam_id = c.exam_id AND a.user_id = c.user_id)
             FROM candidates c JOIN users u ON u.id = c.user_id WHERE c.exam_id = $1 ",
            $rest,
            " LIMIT $3"
        ))
    };
}
static LIST: Sql = list!("AND c.user_id > $2 ORDER BY c.user_id");
static SEAT_PLAN: Sql = list!("AND c.seat > $2 ORDER BY c.seat");

impl DatabaseStore {
    pub(in crate::store) async fn write_candidates(
        &self,
        staff: Staff,
        id: ExamId,
        new: &NewCandidates,
    ) -> Result<StaffOutcome<AddedCandidates>, StoreError> {
        let mut transaction = self.begin_write("add candidates").await?;
        let Some(exam) = lock(&mut transaction, staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        if exam.state == ExamState::Closed {
            return Ok(StaffOutcome::refused(
                "It is closed. Publish it again before others may sit it.",
            ));
        }
        let added = match (new, exam.course) {
            (NewCandidates::Named(names), _) => {
                let (found, unknown) = named(&mut transaction, names).await?;
                if !unknown.is_empty() {
                    return Ok(StaffOutcome::Done(AddedCandidates { added: 0, unknown }));
                }
                // Each once: a login and a number may be the same person's.
                let found: BTreeSet<String> = found.into_iter().collect();
                let found = serde_json::Value::from_iter(found).to_string();
                transaction
                    .execute(&ADD_NAMED, arguments![id, found])
                    .await?
            }
            (_, None) => {
                return Ok(StaffOutcome::refused(
                    "It belongs to no course. Name its candidates.",
                ));
            }
            (NewCandidates::Enrolled, Some(course)) => {
                let values = arguments![id, course];
                transaction.execute(&ADD_ENROLLED, values).await?
            }
            (NewCandidates::Group(group), Some(course)) => {
                let values = arguments![course, *group];
                if !transaction.one(&HAS_GROUP, values).await?.flag(0)? {
                    return Ok(StaffOutcome::refused(
                        "The course of this exam has no such group.",
                    ));
                }
                let values = arguments![id, course, *group];
                transaction.execute(&ADD_GROUP, values).await?
            }
        };
        if added > 0 {
            let entry = staff.did(Deed::CandidatesAdded).on_exam(id);
            let entry = entry.in_course(exam.course).with(json!({ "added": added }));
            entry.append(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(StaffOutcome::Done(AddedCandidates {
            added,
            unknown: Vec::new(),
        }))
    }

    pub(in crate::store) async fn write_candidate_removal(
        &self,
        staff: Staff,
        id: ExamId,
        user: UserId,
    ) -> Result<StaffOutcome<()>, StoreError> {
        let mut transaction = self.begin_write("remove a candidate").await?;
        let Some(exam) = lock(&mut transaction, staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        if has_started(&mut transaction, id, user).await? {
            return Ok(StaffOutcome::refused(
                "They have started: what they wrote stays, and so do they.",
            ));
        }
        if transaction.execute(&REMOVE, arguments![id, user]).await? > 0 {
            let entry = staff.did(Deed::CandidateRemoved).on(&user).in_exam(id);
            let entry = entry.in_course(exam.course);
            entry.append(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(StaffOutcome::Done(()))
    }

    pub(in crate::store) async fn write_accommodation(
        &self,
        staff: Staff,
        id: ExamId,
        user: UserId,
        accommodation: Accommodation,
    ) -> Result<StaffOutcome<()>, StoreError> {
        let mut transaction = self.begin_write("grant time to a candidate").await?;
        let Some(exam) = lock(&mut transaction, staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        if has_started(&mut transaction, id, user).await? {
            return Ok(StaffOutcome::refused(
                "They have started. Give them time as an invigilator does: that reaches their page.",
            ));
        }
        let document = (accommodation != Accommodation::NONE)
            .then(|| written(&accommodation))
            .transpose()?;
        let found = transaction.optional(&GRANTED, arguments![id, user]).await?;
        let Some(row) = found else {
            return Ok(StaffOutcome::NotFound);
        };
        let before = granted(&row, 0)?;
        let changed = differences([("accommodation", json!(before), json!(accommodation))]);
        if changed.is_empty() {
            return Ok(StaffOutcome::Done(()));
        }
        let values = arguments![id, user, document.as_deref()];
        transaction.execute(&SET_ACCOMMODATION, values).await?;
        let entry = staff.did(Deed::AccommodationSet).on(&user).in_exam(id);
        let entry = entry.in_course(exam.course).with(changed);
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(()))
    }

    pub(in crate::store) async fn read_candidates(
        &self,
        staff: Staff,
        id: ExamId,
        order: CandidateOrder,
        page: &Page,
    ) -> Result<StaffOutcome<Vec<CandidateLine>>, StoreError> {
        let reading = self.reading("list candidates");
        let Some(row) = reading
            .optional(&COURSE, arguments![id, CANARY_EXAM])
            .await?
        else {
            return Ok(StaffOutcome::NotFound);
        };
        let is_theirs = match super::optional_id::<CourseId>(&row, 0)? {
            Some(course) => may_watch(&reading, staff, course).await?,
            None => staff.is_everywhere(),
        };
        if !is_theirs {
            return Ok(StaffOutcome::NotFound);
        }
        let sql = match order {
            CandidateOrder::Account => &LIST,
            CandidateOrder::Seat => &SEAT_PLAN,
        };
        let limit = page.limit;
        let rows = reading.all(sql, arguments![id, &page.after, limit]).await?;
        let lines: Result<_, StoreError> = rows.iter().map(line).collect();
        lines.map(StaffOutcome::Done)
    }
}

fn line(row: &Row) -> Result<CandidateLine, StoreError> {
    Ok(CandidateLine {
        user: row.id(0)?,
        login: row.string(1)?,
        display_name: row.string(2)?,
        student_number: row.optional_text(3)?.map(str::to_owned),
        seat: row.optional_text(4)?.map(str::to_owned),
        accommodation: granted(row, 5)?,
        attempt_count: row.integer(6)?,
    })
}

/// What somebody is granted, from the column with it.
fn granted(row: &Row, index: usize) -> Result<Accommodation, StoreError> {
    let granted = row.optional_text(index)?.map(document).transpose()?;
    Ok(granted.unwrap_or(Accommodation::NONE))
}

/// The accounts of students by login or number, and the names that none has.
pub(super) async fn named(
    transaction: &mut Transaction,
    names: &[String],
) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let wanted = serde_json::Value::from(names).to_string();
    let rows = transaction.all(&NAMED, arguments![wanted]).await?;
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for (row, name) in rows.iter().zip(names) {
        match row.optional_text(0)? {
            Some(user) => found.push(user.to_owned()),
            None => unknown.push(name.clone()),
        }
    }
    Ok((found, unknown))
}

async fn has_started(
    transaction: &mut Transaction,
    id: ExamId,
    user: UserId,
) -> Result<bool, StoreError> {
    let row = transaction.one(&ATTEMPTS_OF, arguments![id, user]).await?;
    row.flag(0)
}
