//! From when students see what waits for a release.

use serde_json::json;

use super::exams::release;
use crate::exam::ExamId;
use crate::exam::audit::Deed;
use crate::store::results::{MailText, Release};
use crate::store::sql::{InsertNew, Sql, arguments, insert_new};
use crate::store::verbs::audit::Entry;
use crate::store::verbs::jobs::notifications::{Telling, tell_candidates};
use crate::store::{DatabaseStore, StoreError};

static INSERT: InsertNew = insert_new!(
    "INSERT INTO result_releases (exam_id, released_at, released_by, waiting) VALUES ($1, $2, $3, $4)"
);
static FIND: Sql =
    Sql::same("SELECT released_at, released_by, waiting FROM result_releases WHERE exam_id = $1");

impl DatabaseStore {
    pub(in crate::store) async fn write_release(
        &self,
        exam: ExamId,
        wanted: Release,
        mail: Option<MailText>,
    ) -> Result<Release, StoreError> {
        let mut transaction = self.begin_write("release the results of an exam").await?;
        let values = arguments![exam, wanted.released_at, wanted.released_by, wanted.waiting];
        if transaction.insert_new(&INSERT, values).await? {
            let telling = Telling {
                kind: "results_released",
                exam,
                mail: mail.as_ref(),
                now: wanted.released_at,
            };
            tell_candidates(&mut transaction, &telling).await?;
            let (by, at) = (Some(wanted.released_by), wanted.released_at);
            let entry = Entry::new(Deed::ResultsReleased, by, at).on_exam(exam);
            let detail = json!({ "waiting": wanted.waiting, "with_mail": mail.is_some() });
            entry.with(detail).append(&mut transaction).await?;
            transaction.commit().await?;
            return Ok(wanted);
        }
        let row = transaction.one(&FIND, arguments![exam]).await?;
        release(&row, 0)?.ok_or_else(|| StoreError::Corrupt(format!("the release of {exam}")))
    }
}
