//! Which exams run and which one comes next: what a cutover has to stay away from.

use chrono::{DateTime, Utc};

use super::SqliteStore;
use super::canaries::CANARY_EXAM;
use super::values::{column, id, time};
use crate::exam::timing::GRACE;
use crate::store::{Calendar, NextExam, StoreError};

const DOING: &str = "read the calendar of exams";

/// Somebody sits in it (grace included), or somebody may still start: its window is open and a candidate has no
/// attempt. An exam that everybody has handed in runs no more, however long its window is.
const RUNNING: &str = "
SELECT count(*) FROM exams e
WHERE e.id <> ?1
  AND (EXISTS (SELECT 1 FROM attempts a
               WHERE a.exam_id = e.id AND a.submitted_at IS NULL AND a.deadline_at >= ?3)
       OR (e.starts_at <= ?2 AND e.ends_at > ?2
           AND EXISTS (SELECT 1 FROM candidates c
                       WHERE c.exam_id = e.id
                         AND NOT EXISTS (SELECT 1 FROM attempts a
                                         WHERE a.exam_id = e.id AND a.user_id = c.user_id))))";

const NEXT: &str = "
SELECT id, title, starts_at FROM exams WHERE id <> ?1 AND starts_at > ?2 ORDER BY starts_at, id LIMIT 1";

impl SqliteStore {
    pub(super) async fn read_calendar(&self, now: DateTime<Utc>) -> Result<Calendar, StoreError> {
        let running = sqlx::query(RUNNING)
            .bind(CANARY_EXAM)
            .bind(now.timestamp_millis())
            .bind((now - GRACE).timestamp_millis())
            .fetch_one(&self.readers)
            .await
            .map_err(StoreError::during(DOING))?;
        let next = sqlx::query(NEXT)
            .bind(CANARY_EXAM)
            .bind(now.timestamp_millis())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::during(DOING))?;
        let next = next
            .map(|row| -> Result<NextExam, StoreError> {
                Ok(NextExam {
                    id: id(&row, 0)?,
                    title: column(&row, 1)?,
                    starts_at: time(&row, 2)?,
                })
            })
            .transpose()?;
        Ok(Calendar {
            running: column(&running, 0)?,
            next,
        })
    }
}
