//! What happened to one attempt, from several tables in the order of time.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::incidents;
use crate::exam::timing::{GRACE, SETTLING};
use crate::exam::{AttemptId, ExamId, Layout};
use crate::store::Staff;
use crate::store::sitting::{Happening, Timeline, TimelineEntry};
use crate::store::sql::{Row, Sql, arguments};
use crate::store::{DatabaseStore, StoreError};

/// Of each kind, at most.
const MOST: usize = 5000;
/// How much of an attempt is looked through for saves, in seconds: its last two days.
const MOST_SECONDS: i64 = 2 * 24 * 60 * 60;

static ATTEMPT: Sql =
    Sql::same("SELECT exam_id, started_at, submitted_at, layout FROM attempts WHERE id = $1");
/// One look into the history for each second; it is kept in the order of time.
static SAVES: Sql = Sql::each(
    "SELECT h.saved_at, h.question_id, h.sequence, h.response, h.is_set_aside, h.audit_number
     FROM json_each($2) AS lasted
     CROSS JOIN answer_history h ON h.saved_second = lasted.value AND h.attempt_id = $1
     ORDER BY h.saved_at, h.sequence LIMIT 5000",
    "SELECT h.saved_at, h.question_id, h.sequence, h.response, h.is_set_aside, h.audit_number
     FROM JSON_TABLE($2, '$[*]' COLUMNS (at_second BIGINT PATH '$')) AS lasted
     STRAIGHT_JOIN answer_history h ON h.saved_second = lasted.at_second AND h.attempt_id = $1
     ORDER BY h.saved_at, h.sequence LIMIT 5000",
    "SELECT h.saved_at, h.question_id, h.sequence, h.response, h.is_set_aside, h.audit_number
     FROM json_array_elements_text($2::json) AS lasted (at_second)
     CROSS JOIN LATERAL (SELECT * FROM answer_history
                         WHERE saved_second = lasted.at_second::bigint AND attempt_id = $1 OFFSET 0) AS h
     ORDER BY h.saved_at, h.sequence LIMIT 5000",
);
static EVENTS: Sql = Sql::same(
    "SELECT occurred_at, kind, is_violation, received_at FROM attempt_events
     WHERE attempt_id = $1 ORDER BY occurred_at LIMIT 5000",
);
static CHECKS: Sql = Sql::same(
    "SELECT checked_at, question_id, sequence FROM practice_checks
     WHERE attempt_id = $1 ORDER BY checked_at, sequence LIMIT 5000",
);
static ACTIONS: Sql = Sql::same(
    "SELECT l.happened_at, l.number, l.action, l.actor_id, l.detail
     FROM audit_attempts c JOIN audit_log l ON l.number = c.number
     WHERE c.attempt_id = $1 ORDER BY l.number LIMIT 5000",
);

static FILES: Sql = Sql::same(
    "SELECT l.happened_at FROM audit_attempts c JOIN audit_log l ON l.number = c.number
     WHERE c.attempt_id = $1 AND l.action = 'emergency_file' ORDER BY l.number LIMIT 5000",
);

/// A statement whose first column is the time, how many values it takes, and what one of its rows tells.
type Source = (
    &'static Sql,
    usize,
    fn(&Row) -> Result<Happening, StoreError>,
);

impl DatabaseStore {
    pub(in crate::store) async fn read_timeline(
        &self,
        staff: Staff,
        attempt: AttemptId,
        now: DateTime<Utc>,
    ) -> Result<Option<Timeline>, StoreError> {
        let reading = self.reading("read what happened to an attempt");
        let Some(row) = reading.optional(&ATTEMPT, arguments![attempt]).await? else {
            return Ok(None);
        };
        let exam: ExamId = row.id(0)?;
        if !self.read_is_exam_of(staff, exam).await? {
            return Ok(None);
        }
        let mut entries = vec![TimelineEntry {
            at: row.time(1)?,
            what: Happening::Started,
        }];
        let end = row
            .optional_time(2)?
            .map_or(now, |at| at + GRACE + SETTLING);
        let (first, last) = (row.time(1)?.timestamp(), end.timestamp());
        let mut is_cut = last - first > MOST_SECONDS;
        let mut seconds: BTreeSet<i64> = (first.max(last - MOST_SECONDS)..=last).collect();
        // What came out of an emergency file, however much later.
        for row in reading.all(&FILES, arguments![attempt]).await? {
            seconds.insert(row.time(0)?.timestamp());
        }
        let seconds = serde_json::json!(seconds).to_string();
        let sources: [Source; 5] = [
            (&SAVES, 2, saved),
            (&EVENTS, 1, event),
            (&CHECKS, 1, check),
            (&ACTIONS, 1, action),
            (&incidents::OF_ATTEMPT, 1, incidents::happening),
        ];
        for (sql, count, read) in sources {
            let both = arguments![attempt, &seconds];
            let rows = reading.all(sql, &both[..count]).await?;
            is_cut |= rows.len() >= MOST;
            for row in &rows {
                entries.push(TimelineEntry {
                    at: row.time(0)?,
                    what: read(row)?,
                });
            }
        }
        // After whatever happened in the same moment.
        entries.extend(row.optional_time(2)?.map(|at| TimelineEntry {
            at,
            what: Happening::Submitted,
        }));
        entries.sort_by_key(|entry| entry.at);
        let actors: BTreeSet<String> = entries.iter().filter_map(TimelineEntry::actor).collect();
        Ok(Some(Timeline {
            names: self.read_names_of_people(&Vec::from_iter(actors)).await?,
            questions: asked(&row, attempt)?,
            entries,
            is_cut,
        }))
    }
}

/// The questions in the order in which the student sees them. An attempt that is damaged still shows what happened to it:
/// that may be the only evidence there is.
fn asked(row: &Row, attempt: AttemptId) -> Result<Vec<String>, StoreError> {
    match row.json::<Layout>(3, "the layout of an attempt") {
        Ok(layout) => {
            let asked = layout.questions.iter();
            Ok(asked.map(|asked| asked.question_id.to_string()).collect())
        }
        Err(error @ StoreError::Corrupt(_)) => {
            tracing::error!(%error, %attempt, "an attempt is damaged: its timeline cannot number its questions");
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

impl TimelineEntry {
    /// The account of whoever did it, if staff did.
    fn actor(&self) -> Option<String> {
        match &self.what {
            Happening::Action { actor, .. } => actor.clone(),
            _ => None,
        }
    }
}

fn saved(row: &Row) -> Result<Happening, StoreError> {
    Ok(Happening::Saved {
        question: row.string(1)?,
        sequence: row.integer(2)?,
        response: row.string(3)?,
        is_set_aside: row.flag(4)?,
        audit_number: row.optional_integer(5)?,
    })
}

fn event(row: &Row) -> Result<Happening, StoreError> {
    Ok(Happening::Event {
        kind: row.string(1)?,
        is_violation: row.flag(2)?,
        received_at: row.time(3)?,
    })
}

fn check(row: &Row) -> Result<Happening, StoreError> {
    Ok(Happening::Checked {
        question: row.string(1)?,
        sequence: row.integer(2)?,
    })
}

fn action(row: &Row) -> Result<Happening, StoreError> {
    Ok(Happening::Action {
        number: row.integer(1)?,
        action: row.string(2)?,
        actor: row.optional_text(3)?.map(str::to_owned),
        detail: row.string(4)?,
    })
}
