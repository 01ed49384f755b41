//! The rooms of an exam, and their seats given to candidates.

use serde_json::{Value, json};

use super::seats::{LEAVE, SIT};
use super::{document, lock, written};
use crate::exam::audit::Deed;
use crate::exam::seating::{Assignment, SeatPlan, Seated, TooFewSeats, Wish, assign};
use crate::exam::{CourseId, ExamId};
use crate::store::seat_plans::ExamRooms;
use crate::store::sql::{Row, Sql, Transaction, arguments};
use crate::store::verbs::bank::may_watch;
use crate::store::verbs::canaries::CANARY_EXAM;
use crate::store::verbs::people::folded;
use crate::store::{DatabaseStore, Staff, StaffOutcome, StoreError};

static ROOMS: Sql = Sql::same(
    "SELECT e.course_id, e.title, e.starts_at, p.document, p.version
     FROM exams e LEFT JOIN seat_plans p ON p.exam_id = e.id
     WHERE e.id = $1 AND e.id <> $2",
);
static PLAN: Sql = Sql::same("SELECT document, version FROM seat_plans WHERE exam_id = $1");
static INSERT: Sql =
    Sql::same("INSERT INTO seat_plans (exam_id, version, document) VALUES ($1, $2, $3)");
static UPDATE: Sql =
    Sql::same("UPDATE seat_plans SET version = $2, document = $3 WHERE exam_id = $1");
static CANDIDATES: Sql = Sql::same(
    "SELECT c.user_id, u.display_name, u.login, c.seat,
            (SELECT count(*) FROM attempts a WHERE a.exam_id = c.exam_id AND a.user_id = c.user_id)
     FROM candidates c JOIN users u ON u.id = c.user_id WHERE c.exam_id = $1",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_exam_rooms(
        &self,
        staff: Staff,
        exam: ExamId,
    ) -> Result<StaffOutcome<ExamRooms>, StoreError> {
        let reading = self.reading("read the rooms of an exam");
        let wanted = arguments![exam, CANARY_EXAM];
        let Some(row) = reading.optional(&ROOMS, wanted).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let is_theirs = match super::optional_id::<CourseId>(&row, 0)? {
            Some(course) => may_watch(&reading, staff, course).await?,
            None => staff.is_everywhere(),
        };
        if !is_theirs {
            return Ok(StaffOutcome::NotFound);
        }
        let plan = row
            .optional_text(3)?
            .map(document::<SeatPlan>)
            .transpose()?;
        Ok(StaffOutcome::Done(ExamRooms {
            title: row.string(1)?,
            starts_at: row.time(2)?,
            plan: plan.unwrap_or_default(),
            version: row.optional_integer(4)?.unwrap_or_default(),
        }))
    }

    pub(in crate::store) async fn write_seat_plan(
        &self,
        staff: Staff,
        exam: ExamId,
        plan: &SeatPlan,
        seen_version: i64,
    ) -> Result<StaffOutcome<i64>, StoreError> {
        let mut transaction = self.begin_write("keep the rooms of an exam").await?;
        let Some(details) = lock(&mut transaction, staff, exam).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let kept = read_plan(&mut transaction, exam).await?;
        let current = kept.as_ref().map_or(0, |(_, version)| *version);
        if kept.as_ref().is_some_and(|(kept, _)| kept == plan) {
            return Ok(StaffOutcome::Done(current));
        }
        if current != seen_version {
            return Ok(StaffOutcome::Outdated { current });
        }
        let (sql, next) = (if kept.is_some() { &UPDATE } else { &INSERT }, current + 1);
        let values = arguments![exam, next, written(plan)?];
        transaction.execute(sql, values).await?;
        let entry = staff.did(Deed::SeatPlanSet).on_exam(exam);
        let entry = entry.in_course(details.course);
        let entry = entry.with(json!({ "version": next, "rooms": plan.rooms.len() }));
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(next))
    }

    pub(in crate::store) async fn write_assignment(
        &self,
        staff: Staff,
        exam: ExamId,
        wish: &Wish,
        applies: bool,
    ) -> Result<StaffOutcome<Result<Assignment, TooFewSeats>>, StoreError> {
        let mut transaction = self.begin_write("give seats to candidates").await?;
        let Some(details) = lock(&mut transaction, staff, exam).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let kept = read_plan(&mut transaction, exam).await?;
        let plan = kept.map(|(plan, _)| plan).unwrap_or_default();
        let rows = transaction.all(&CANDIDATES, arguments![exam]).await?;
        let candidates = rows.iter().map(seated).collect::<Result<Vec<_>, _>>()?;
        let decided = assign(&plan, &candidates, wish);
        if let Ok(assignment) = &decided
            && applies
            && !assignment.given.is_empty()
        {
            let rows = assignment
                .given
                .iter()
                .map(|(user, seat)| json!([user, seat]));
            let rows = Value::Array(rows.collect()).to_string();
            transaction.execute(&LEAVE, arguments![exam, &rows]).await?;
            transaction.execute(&SIT, arguments![exam, &rows]).await?;
            let entry = staff.did(Deed::SeatsSet).on_exam(exam);
            let entry = entry.in_course(details.course);
            let entry = entry.with(json!({ "seats": assignment.given.len() }));
            entry.append(&mut transaction).await?;
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(StaffOutcome::Done(decided))
    }
}

async fn read_plan(
    transaction: &mut Transaction,
    exam: ExamId,
) -> Result<Option<(SeatPlan, i64)>, StoreError> {
    let row = transaction.optional(&PLAN, arguments![exam]).await?;
    row.map(|row| Ok((document(row.text(0)?)?, row.integer(1)?)))
        .transpose()
}

/// Whether the exam has a room of this name.
pub(in crate::store::verbs) async fn has_room(
    transaction: &mut Transaction,
    exam: ExamId,
    name: &str,
) -> Result<bool, StoreError> {
    let kept = read_plan(transaction, exam).await?;
    Ok(kept.is_some_and(|(plan, _)| plan.has_room(name)))
}

fn seated(row: &Row) -> Result<Seated, StoreError> {
    Ok(Seated {
        user: row.id(0)?,
        name: folded(row.text(1)?),
        login: row.string(2)?,
        seat: row.optional_text(3)?.map(str::to_owned),
        has_started: row.integer(4)? > 0,
    })
}
