//! Jobs that nobody tries any more.

use uuid::Uuid;

use super::claims::work;
use crate::exam::audit::Deed;
use crate::store::jobs::{DeadLetter, JobCounts, Work};
use crate::store::sql::{Row, Sql, arguments};
use crate::store::{DatabaseStore, Staff, StoreError};

static DEAD: Sql = Sql::same(
    "SELECT id, kind, payload, tries, last_error, dead_at FROM jobs
     WHERE dead_at IS NOT NULL AND ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2",
);
static COUNT: Sql = Sql::same(
    "SELECT (SELECT COUNT(*) FROM jobs WHERE dead_at IS NULL), (SELECT COUNT(*) FROM jobs WHERE dead_at IS NOT NULL)",
);
static REVIVE: Sql = Sql::same(
    "UPDATE jobs SET dead_at = NULL, tries = 0, due_at = $2 WHERE id = $1 AND dead_at IS NOT NULL",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_job_counts(&self) -> Result<JobCounts, StoreError> {
        let reading = self.reading("count the jobs");
        let row = reading.one(&COUNT, arguments![]).await?;
        Ok(JobCounts {
            waiting: row.integer(0)?,
            dead: row.integer(1)?,
        })
    }

    pub(in crate::store) async fn read_dead_letters(
        &self,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let after = after.map_or_else(String::new, |id| id.to_string());
        let reading = self.reading("read the dead letters");
        let rows = reading.all(&DEAD, arguments![after, limit]).await?;
        rows.iter().map(dead_letter).collect()
    }

    pub(in crate::store) async fn write_revival(
        &self,
        staff: Staff,
        id: Uuid,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("have a job tried again").await?;
        let rows = transaction
            .execute(&REVIVE, arguments![id.to_string(), staff.at])
            .await?;
        if rows > 0 {
            let entry = staff.did(Deed::JobRetried).on(&id);
            entry.append(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(rows > 0)
    }
}

fn dead_letter(row: &Row) -> Result<DeadLetter, StoreError> {
    let mail = match work(row.text(1)?, row.text(2)?) {
        Some(Work::Mail(mail)) => Some((mail.to, mail.subject)),
        Some(Work::PasswordReset { .. }) | None => None,
    };
    Ok(DeadLetter {
        id: row.id(0)?,
        kind: row.string(1)?,
        mail,
        tries: row.integer(3)?,
        last_error: row.optional_text(4)?.unwrap_or_default().to_owned(),
        dead_at: row.time(5)?,
    })
}
