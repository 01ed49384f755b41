//! Exams and their papers.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::exam::{Attempt, ExamId, Paper, UserId};
use crate::store::sql::{Row, Sql, Transaction, arguments};
use crate::store::verbs::attempts::attempt;
use crate::store::{DatabaseStore, ExamListing, OwnAttempt, Page, StoreError};

/// With the newest attempt of each.
static OF_STUDENT: Sql = Sql::same(
    "SELECT e.id, e.title, e.starts_at, e.ends_at, e.duration_seconds, e.question_count,
            a.id, a.deadline_at, a.submitted_at, a.paused_at, a.number, e.rules
     FROM candidates c
     JOIN exams e ON e.id = c.exam_id
     LEFT JOIN attempts a ON a.exam_id = e.id AND a.user_id = c.user_id
       AND a.number = (SELECT max(b.number) FROM attempts b WHERE b.exam_id = e.id AND b.user_id = c.user_id)
     WHERE c.user_id = $1 AND e.state IN ('published', 'closed')
     ORDER BY e.starts_at, e.title",
);
/// Every attempt, the newest first; `$2` is empty on the first page.
static ATTEMPTS: Sql = Sql::same(
    "SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at, a.number, a.started_at, e.title,
            e.rules, e.question_count,
            (SELECT count(*) FROM answers n WHERE n.attempt_id = a.id AND n.response <> 'null')
     FROM attempts a JOIN exams e ON e.id = a.exam_id
     WHERE a.user_id = $1 AND ($2 = '' OR a.id < $2)
     ORDER BY a.id DESC LIMIT $3",
);
static PAPER: Sql = Sql::same("SELECT document FROM papers WHERE exam_id = $1");

impl DatabaseStore {
    pub(in crate::store) async fn read_exams_of(
        &self,
        user: UserId,
    ) -> Result<Vec<ExamListing>, StoreError> {
        let reading = self.reading("list the exams of a student");
        let rows = reading.all(&OF_STUDENT, arguments![user]).await?;
        rows.iter().map(|row| listing(row, user)).collect()
    }

    pub(in crate::store) async fn read_attempts_of(
        &self,
        user: UserId,
        page: &Page,
    ) -> Result<Vec<OwnAttempt>, StoreError> {
        let reading = self.reading("list the attempts of a student");
        let wanted = arguments![user, &page.after, page.limit];
        let rows = reading.all(&ATTEMPTS, wanted).await?;
        rows.iter().map(own_attempt).collect()
    }

    /// The paper of an exam: from memory, or read once.
    pub(in crate::store) async fn read_paper(
        &self,
        exam: ExamId,
    ) -> Result<Option<Arc<Paper>>, StoreError> {
        if let Some(known) = self.known_paper(exam) {
            return Ok(Some(known));
        }
        let reading = self.reading("read a paper");
        let row = reading.optional(&PAPER, arguments![exam]).await?;
        row.map(|row| self.remember_paper(exam, &row)).transpose()
    }

    /// The same for who holds locks: on their own connection. All others could be waiting for those locks.
    pub(super) async fn read_paper_within(
        &self,
        transaction: &mut Transaction,
        exam: ExamId,
    ) -> Result<Option<Arc<Paper>>, StoreError> {
        if let Some(known) = self.known_paper(exam) {
            return Ok(Some(known));
        }
        let row = transaction.optional(&PAPER, arguments![exam]).await?;
        row.map(|row| self.remember_paper(exam, &row)).transpose()
    }

    fn known_paper(&self, exam: ExamId) -> Option<Arc<Paper>> {
        self.papers.read().ok()?.get(&exam).cloned()
    }

    fn remember_paper(&self, exam: ExamId, row: &Row) -> Result<Arc<Paper>, StoreError> {
        let paper = Paper::from_document(exam, row.text(0)?).map_err(StoreError::Corrupt)?;
        let paper = Arc::new(paper);
        if let Ok(mut papers) = self.papers.write() {
            papers.insert(exam, Arc::clone(&paper));
        }
        Ok(paper)
    }
}

fn listing(row: &Row, owner: UserId) -> Result<ExamListing, StoreError> {
    let exam_id = row.id(0)?;
    let attempt = match row.optional_text(6)? {
        None => None,
        Some(_) => Some(Attempt {
            id: row.id(6)?,
            owner,
            exam_id,
            deadline_at: row.time(7)?,
            submitted_at: row.optional_time(8)?,
            paused_at: row.optional_time(9)?,
        }),
    };
    Ok(ExamListing {
        id: exam_id,
        title: row.string(1)?,
        starts_at: row.time(2)?,
        ends_at: row.time(3)?,
        duration: TimeDelta::try_seconds(row.integer(4)?)
            .ok_or_else(|| StoreError::Corrupt("an exam of impossible duration".to_owned()))?,
        question_count: row.integer(5)?,
        attempt,
        number: row
            .optional_integer(10)?
            .and_then(|number| u32::try_from(number).ok()),
        rules: row.json(11, "the rules of an exam")?,
    })
}

fn own_attempt(row: &Row) -> Result<OwnAttempt, StoreError> {
    Ok(OwnAttempt {
        attempt: attempt(row)?,
        number: u32::try_from(row.integer(6)?)
            .map_err(|_| StoreError::Corrupt("an attempt of impossible number".to_owned()))?,
        started_at: row.time(7)?,
        title: row.string(8)?,
        rules: row.json(9, "the rules of an exam")?,
        question_count: row.integer(10)?,
        answered: row.integer(11)?,
    })
}
