//! What a load run is told of the service before it begins.

use chrono::{DateTime, Utc};

use super::load_run;
use crate::exam::UserId;
use crate::exam::timing::GRACE;
use crate::store::sql::{Sql, arguments};
use crate::store::verbs::canaries::CANARY_EXAM;
use crate::store::{DatabaseStore, LoadTarget, StoreError};

static RUN: Sql = Sql::same("SELECT load_run FROM users WHERE id = $1 AND load_run IS NOT NULL");
static OVER: Sql = Sql::same(
    "SELECT u.id FROM users u
     WHERE u.id = $1 AND u.load_run IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM exams e WHERE e.load_run = u.load_run AND e.ends_at > $2)",
);
/// Exams in which somebody sits (grace included), or whose window is open for candidates, whether or not all of them have
/// handed in: on the safe side. An exam is the demo's as long as nobody but the demo's people may sit it.
static OPEN: Sql = Sql::same(
    "SELECT count(*) FROM exams e
     WHERE e.id <> $1 AND e.load_run IS NULL AND e.state IN ('published', 'closed')
       AND (EXISTS (SELECT 1 FROM attempts a
                    WHERE a.exam_id = e.id AND a.submitted_at IS NULL
                      AND (a.deadline_at >= $3 OR a.paused_at IS NOT NULL))
            OR (e.state = 'published' AND e.starts_at <= $2 AND e.ends_at > $2
                AND EXISTS (SELECT 1 FROM candidates c WHERE c.exam_id = e.id)))
       AND (e.code <> 'demo'
            OR EXISTS (SELECT 1 FROM candidates c JOIN users u ON u.id = c.user_id
                       WHERE c.exam_id = e.id AND u.is_demo = 0))",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_load_target(
        &self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Option<LoadTarget>, StoreError> {
        let reading = self.reading("look whether an exam is open");
        let Some(row) = reading.optional(&RUN, arguments![user]).await? else {
            return Ok(None);
        };
        let values = arguments![CANARY_EXAM, now, now - GRACE];
        let open = reading.one(&OPEN, values).await?;
        Ok(Some(LoadTarget {
            run: load_run(&row, 0)?,
            open_exams: open.integer(0)?,
        }))
    }

    pub(in crate::store) async fn read_is_load_over(
        &self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let reading = self.reading("look whether a load run is over");
        let row = reading.optional(&OVER, arguments![user, now]).await?;
        Ok(row.is_some())
    }
}
