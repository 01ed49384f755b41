//! Which saves of an answer were checked.

use chrono::{DateTime, Utc};

use crate::exam::{AttemptId, QuestionId, Sequence};
use crate::store::sql::{InsertNew, Sql, arguments, insert_new};
use crate::store::{DatabaseStore, StoreError};

static INSERT: InsertNew = insert_new!(
    "INSERT INTO practice_checks (attempt_id, question_id, sequence, checked_at) VALUES ($1, $2, $3, $4)"
);
static COUNT: Sql =
    Sql::same("SELECT count(*) FROM practice_checks WHERE attempt_id = $1 AND question_id = $2");

impl DatabaseStore {
    pub(in crate::store) async fn write_check(
        &self,
        attempt: AttemptId,
        question: QuestionId,
        sequence: Sequence,
        now: DateTime<Utc>,
    ) -> Result<i64, StoreError> {
        let mut transaction = self.begin_write("note that an answer was checked").await?;
        let values = arguments![attempt, question, sequence.get(), now];
        transaction.insert_new(&INSERT, values).await?;
        let counted = transaction
            .one(&COUNT, arguments![attempt, question])
            .await?;
        transaction.commit().await?;
        counted.integer(0)
    }
}
