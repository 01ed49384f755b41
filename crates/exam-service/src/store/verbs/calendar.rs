//! Which exams run and which one comes next: what a cutover has to stay away from.

use chrono::{DateTime, Utc};

use super::canaries::CANARY_EXAM;
use crate::exam::timing::GRACE;
use crate::store::sql::{Sql, arguments};
use crate::store::{Calendar, DatabaseStore, NextExam, StoreError};

/// Somebody sits in it (grace included), or somebody may still start: its window is open and a candidate has no
/// attempt. A draft does not run, nor does the exam of a load run. An exam that everybody has handed in runs no more, however long its window is.
static RUNNING: Sql = Sql::same(
    "SELECT count(*) FROM exams e
     WHERE e.id <> $1 AND e.load_run IS NULL AND e.state IN ('published', 'closed')
       AND (EXISTS (SELECT 1 FROM attempts a
                    WHERE a.exam_id = e.id AND a.submitted_at IS NULL
                      AND (a.deadline_at >= $3 OR a.paused_at IS NOT NULL))
            OR (e.state = 'published' AND e.starts_at <= $2 AND e.ends_at > $2
                AND EXISTS (SELECT 1 FROM candidates c
                            WHERE c.exam_id = e.id
                              AND NOT EXISTS (SELECT 1 FROM attempts a
                                              WHERE a.exam_id = e.id AND a.user_id = c.user_id))))",
);

static NEXT: Sql = Sql::same(
    "SELECT id, title, starts_at FROM exams
     WHERE id <> $1 AND load_run IS NULL AND state = 'published' AND starts_at > $2
     ORDER BY starts_at, id LIMIT 1",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_calendar(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Calendar, StoreError> {
        let reading = self.reading("read the calendar of exams");
        let running = reading
            .one(&RUNNING, arguments![CANARY_EXAM, now, now - GRACE])
            .await?;
        let next = reading
            .optional(&NEXT, arguments![CANARY_EXAM, now])
            .await?;
        let next = next
            .map(|row| -> Result<NextExam, StoreError> {
                Ok(NextExam {
                    id: row.id(0)?,
                    title: row.string(1)?,
                    starts_at: row.time(2)?,
                })
            })
            .transpose()?;
        Ok(Calendar {
            running: running.integer(0)?,
            next,
        })
    }
}
