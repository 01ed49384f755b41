//! How an attempt begins, or goes on on this or another computer: each in one transaction.

use super::actions::exam_time;
use super::preparing;
use super::reports::add_events;
use crate::exam::admission::Obstacle;
use crate::exam::event::{Event, EventKind};
use crate::exam::invigilation::ExamTime;
use crate::exam::rules::ExamRules;
use crate::exam::timing::{Accommodation, Grants};
use crate::exam::{Attempt, AttemptId, EventId, Layout, Paper, Phase, Standing};
use crate::store::batch::event_row;
use crate::store::sql::{InsertNew, Sql, Transaction, arguments, insert_new};
use crate::store::verbs::attempts::{AttemptRow, attempt_row, record_with, select_attempt};
use crate::store::{DatabaseStore, StartOutcome, StartRequest, StoreError};

/// The exam as its candidate finds it; nothing when they are none.
static ADMISSION: Sql = Sql::same(
    "SELECT e.starts_at, e.ends_at, e.duration_seconds, e.rules, e.state, c.accommodation, p.layout
     FROM candidates c JOIN exams e ON e.id = c.exam_id
     LEFT JOIN prepared_attempts p ON p.exam_id = c.exam_id AND p.user_id = c.user_id
     WHERE c.exam_id = $1 AND c.user_id = $2",
);
static ATTEMPTS: Sql = Sql::each(
    select_attempt!("WHERE exam_id = $1 AND user_id = $2 ORDER BY number"),
    select_attempt!("WHERE exam_id = $1 AND user_id = $2 ORDER BY number FOR UPDATE"),
    select_attempt!("WHERE exam_id = $1 AND user_id = $2 ORDER BY number FOR UPDATE"),
);
static INSERT: InsertNew = insert_new!(
    "INSERT INTO attempts (id, exam_id, user_id, number, started_at, deadline_at, layout, device_id, held_since)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
);
static HOLD: Sql = Sql::same("UPDATE attempts SET device_id = $2, held_since = $3 WHERE id = $1");

/// What a student finds.
struct Admission {
    time: ExamTime,
    state: String,
    rules: ExamRules,
    accommodation: Accommodation,
    /// What was prepared for the first attempt.
    prepared: Option<Layout>,
}

/// What is to be done.
enum Plan {
    /// Go on with this one of the attempts.
    Resume(usize),
    /// Begin the attempt of this number.
    Begin(u32),
}

impl DatabaseStore {
    pub(in crate::store) async fn write_start(
        &self,
        request: StartRequest,
    ) -> Result<StartOutcome, StoreError> {
        let Some(paper) = self.read_paper(request.exam).await? else {
            return Ok(StartOutcome::NotFound);
        };
        // The second time when the same student was faster elsewhere.
        for _ in 0..2 {
            let mut transaction = self.begin_write("start an attempt").await?;
            let Some(mut admission) = read_admission(&mut transaction, &request).await? else {
                return Ok(StartOutcome::NotFound);
            };
            let found = arguments![request.exam, request.user];
            let rows = transaction.all(&ATTEMPTS, found).await?;
            let attempts = rows
                .iter()
                .map(attempt_row)
                .collect::<Result<Vec<_>, _>>()?;
            match plan(&request, &admission, &attempts) {
                Err(None) => return Ok(StartOutcome::NotFound),
                Err(Some(obstacle)) => {
                    return Ok(StartOutcome::Refused {
                        obstacle,
                        starts_at: admission.time.starts_at,
                        ends_at: admission.time.ends_at,
                    });
                }
                Ok(Plan::Resume(at)) => {
                    let (row, now) = (&attempts[at], request.now);
                    take_over(transaction, row, &request).await?;
                    let record = self.read_attempt(row.attempt.id, request.user, now).await?;
                    return Ok(record.map_or(StartOutcome::NotFound, StartOutcome::Resumed));
                }
                Ok(Plan::Begin(number)) => {
                    let is_prepared = admission.prepared.is_some();
                    let row = new_attempt(&request, &mut admission, &paper, number)?;
                    if insert_attempt(&mut transaction, &row).await? {
                        if is_prepared {
                            preparing::take(&mut transaction, request.exam, request.user).await?;
                        }
                        transaction.commit().await?;
                        let record = record_with(row, admission.rules, paper, Vec::new());
                        return Ok(StartOutcome::Started(record));
                    }
                    transaction.rollback().await?;
                }
            }
        }
        Err(StoreError::Busy {
            doing: "start an attempt",
        })
    }
}

/// Which attempt it is about; `Err(None)` when the exam is not there for students.
fn plan(
    request: &StartRequest,
    admission: &Admission,
    attempts: &[AttemptRow],
) -> Result<Plan, Option<Obstacle>> {
    let rules = &admission.rules;
    let latest = attempts.last();
    let latest_number = latest.map_or(0, |row| row.number);
    let wanted = request.number.unwrap_or(latest_number.max(1));
    if let Some(at) = attempts.iter().position(|row| row.number == wanted) {
        rules.check_place(&request.arrival).map_err(Some)?;
        return Ok(Plan::Resume(at));
    }
    match &*admission.state {
        "published" => {}
        "closed" => return Err(Some(Obstacle::ExamClosed)),
        _ => return Err(None),
    }
    if wanted != latest_number + 1 || wanted > rules.attempts_allowed {
        return Err(Some(Obstacle::NoAttemptLeft));
    }
    if latest.is_some_and(|row| row.attempt.submitted_at.is_none()) {
        return Err(Some(Obstacle::AttemptOpen));
    }
    let (starts_at, ends_at) = (admission.time.starts_at, admission.time.ends_at);
    rules
        .check_start(&request.arrival, request.now, starts_at, ends_at)
        .map_err(Some)?;
    Ok(Plan::Begin(wanted))
}

async fn read_admission(
    transaction: &mut Transaction,
    request: &StartRequest,
) -> Result<Option<Admission>, StoreError> {
    let wanted = arguments![request.exam, request.user];
    let Some(row) = transaction.optional(&ADMISSION, wanted).await? else {
        return Ok(None);
    };
    Ok(Some(Admission {
        time: exam_time(&row)?,
        rules: row.json(3, "the rules of an exam")?,
        state: row.string(4)?,
        accommodation: row.json_or_default(5, "an accommodation")?,
        prepared: row.json_or_default(6, "a prepared attempt")?,
    }))
}

fn new_attempt(
    request: &StartRequest,
    admission: &mut Admission,
    paper: &Paper,
    number: u32,
) -> Result<AttemptRow, StoreError> {
    let (now, granted) = (request.now, admission.accommodation);
    // What is asked never changes once an exam is published, so that only the layout is prepared. When and for how long
    // it is sat follows from what is said at the start.
    let prepared = admission.prepared.take().filter(|_| number == 1);
    let layout = match prepared {
        Some(layout) => layout,
        None => Layout::complete(paper, request.seed)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
    };
    Ok(AttemptRow {
        attempt: Attempt {
            id: AttemptId::generate(),
            owner: request.user,
            exam_id: request.exam,
            deadline_at: admission
                .time
                .deadline(now, granted, &Grants::default(), now),
            submitted_at: None,
            paused_at: None,
        },
        standing: Standing {
            device: request.device,
            held_since: request.device.map(|_| now),
            ..Standing::default()
        },
        number,
        started_at: now,
        layout,
    })
}

/// `false` when the student has this attempt already.
async fn insert_attempt(
    transaction: &mut Transaction,
    row: &AttemptRow,
) -> Result<bool, StoreError> {
    let layout = preparing::written(&row.layout)?;
    let attempt = &row.attempt;
    let values = arguments![
        attempt.id,
        attempt.exam_id,
        attempt.owner,
        i64::from(row.number),
        row.started_at,
        attempt.deadline_at,
        layout,
        row.standing.device,
        row.standing.held_since
    ];
    transaction.insert_new(&INSERT, values).await
}

/// Gives an open attempt to the computer that asks for it, and notes that another one had it.
async fn take_over(
    mut transaction: Transaction,
    row: &AttemptRow,
    request: &StartRequest,
) -> Result<(), StoreError> {
    let (attempt, holder) = (&row.attempt, row.standing.device);
    let is_open = attempt.phase(request.now) == Phase::Open;
    if !is_open || request.device.is_none() || request.device == holder {
        return transaction.rollback().await;
    }
    let values = arguments![attempt.id, request.device, request.now];
    transaction.execute(&HOLD, values).await?;
    if holder.is_some() {
        let event = Event {
            id: EventId::generate(),
            kind: EventKind::SecondDevice,
            occurred_at: request.now,
        };
        let events = serde_json::json!([event_row(attempt.id, &event)]).to_string();
        add_events(&mut transaction, events, request.now).await?;
    }
    transaction.commit().await
}
