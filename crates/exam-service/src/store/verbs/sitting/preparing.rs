//! Attempts prepared before the start: laid out, counted and kept, one transaction for each candidate.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::exam::{ExamId, ExamState, Layout, UserId};
use crate::store::preparation::{Preparation, Prepared, Unprepared};
use crate::store::sql::{InsertNew, Sql, Transaction, arguments, insert_new, select_locked};
use crate::store::verbs::canaries::CANARY_EXAM;
use crate::store::{DatabaseStore, StoreError};

/// Candidates who have neither an attempt nor a prepared one.
static WITHOUT: Sql = Sql::same(
    "SELECT c.user_id FROM candidates c
     WHERE c.exam_id = $1 AND c.user_id > $2
       AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.exam_id = c.exam_id AND a.user_id = c.user_id)
       AND NOT EXISTS (SELECT 1 FROM prepared_attempts p WHERE p.exam_id = c.exam_id AND p.user_id = c.user_id)
     ORDER BY c.user_id LIMIT $3",
);
/// The exam as it is until the end of the transaction: who closes it waits, or has closed it.
static STATE: Sql = select_locked!("SELECT state FROM exams WHERE id = $1");
/// Whoever removes the candidate meanwhile waits, or has removed them.
static CANDIDATE: Sql =
    select_locked!("SELECT user_id FROM candidates WHERE exam_id = $1 AND user_id = $2");
static HAS_STARTED: Sql =
    Sql::same("SELECT count(*) FROM attempts WHERE exam_id = $1 AND user_id = $2");
static KEEP: InsertNew = insert_new!(
    "INSERT INTO prepared_attempts (exam_id, user_id, layout, prepared_at) VALUES ($1, $2, $3, $4)"
);
static TAKE: Sql = Sql::same("DELETE FROM prepared_attempts WHERE exam_id = $1 AND user_id = $2");
static DISCARD: Sql = Sql::same("DELETE FROM prepared_attempts WHERE exam_id = $1");
static COUNTS: Sql = Sql::same(
    "SELECT e.state, e.ends_at,
            (SELECT count(*) FROM candidates c WHERE c.exam_id = e.id),
            (SELECT count(*) FROM candidates c WHERE c.exam_id = e.id
               AND EXISTS (SELECT 1 FROM attempts a WHERE a.exam_id = c.exam_id AND a.user_id = c.user_id)),
            (SELECT count(*) FROM prepared_attempts p WHERE p.exam_id = e.id
               AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.exam_id = p.exam_id AND a.user_id = p.user_id))
     FROM exams e WHERE e.id = $1",
);
static SOON: Sql = Sql::same(
    "SELECT id FROM exams WHERE state = 'published' AND starts_at > $1 AND starts_at <= $2 AND id <> $3
     ORDER BY starts_at LIMIT 100",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_preparation(
        &self,
        exam: ExamId,
    ) -> Result<Option<Preparation>, StoreError> {
        let reading = self.reading("count prepared attempts");
        let Some(row) = reading.optional(&COUNTS, arguments![exam]).await? else {
            return Ok(None);
        };
        let state = ExamState::parse(row.text(0)?)
            .ok_or_else(|| StoreError::Corrupt("an exam in no known state".to_owned()))?;
        Ok(Some(Preparation {
            state,
            ends_at: row.time(1)?,
            candidates: row.integer(2)?,
            started: row.integer(3)?,
            prepared: row.integer(4)?,
        }))
    }

    pub(in crate::store) async fn read_exams_to_prepare(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<ExamId>, StoreError> {
        let reading = self.reading("look up which exams begin");
        let between = arguments![now, until, CANARY_EXAM];
        let rows = reading.all(&SOON, between).await?;
        rows.iter().map(|row| row.id(0)).collect()
    }

    pub(in crate::store) async fn write_preparations(
        &self,
        exam: ExamId,
        after: Option<UserId>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<Prepared, StoreError> {
        let mut done = Prepared::default();
        let Some(paper) = self.read_paper(exam).await? else {
            return Ok(done);
        };
        let after = after.map_or_else(String::new, |user| user.to_string());
        let reading = self.reading("look up who has no attempt");
        let rows = reading
            .all(&WITHOUT, arguments![exam, after, limit])
            .await?;
        let users = rows.iter().map(|row| row.id(0));
        let users = users.collect::<Result<Vec<UserId>, _>>()?;
        if i64::try_from(users.len()).unwrap_or(limit) >= limit {
            done.next = users.last().copied();
        }
        for user in users {
            match Layout::complete(&paper, Uuid::new_v4().into_bytes()) {
                Err(why) => done.failed.push(Unprepared { user, why }),
                Ok(layout) => {
                    let is_kept = self.keep_prepared(exam, user, &layout, now).await?;
                    done.prepared += usize::from(is_kept);
                }
            }
        }
        Ok(done)
    }

    /// Keeps it unless the candidate has started, has one, or is none any more.
    async fn keep_prepared(
        &self,
        exam: ExamId,
        user: UserId,
        layout: &Layout,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let layout = written(layout)?;
        let mut transaction = self.begin_write("prepare an attempt").await?;
        let state = transaction.optional(&STATE, arguments![exam]).await?;
        let is_published = match state {
            Some(row) => row.text(0)? == ExamState::Published.as_str(),
            None => false,
        };
        let who = arguments![exam, user];
        let is_candidate = transaction.optional(&CANDIDATE, who).await?.is_some();
        if !is_published || !is_candidate || transaction.one(&HAS_STARTED, who).await?.flag(0)? {
            transaction.rollback().await?;
            return Ok(false);
        }
        let values = arguments![exam, user, layout, now];
        let is_new = transaction.insert_new(&KEEP, values).await?;
        transaction.commit().await?;
        Ok(is_new)
    }
}

pub(super) fn written(layout: &Layout) -> Result<String, StoreError> {
    serde_json::to_string(layout)
        .map_err(|error| StoreError::Corrupt(format!("the layout of an attempt: {error}")))
}

/// What was prepared for a candidate has been put into effect.
pub(super) async fn take(
    transaction: &mut Transaction,
    exam: ExamId,
    user: UserId,
) -> Result<(), StoreError> {
    transaction.execute(&TAKE, arguments![exam, user]).await?;
    Ok(())
}

/// Nobody starts this exam any more.
pub(in crate::store::verbs) async fn discard(
    transaction: &mut Transaction,
    exam: ExamId,
) -> Result<(), StoreError> {
    transaction.execute(&DISCARD, arguments![exam]).await?;
    Ok(())
}
