//! Images and sounds, each once.

use chrono::{DateTime, Utc};

use serde_json::json;

use super::teaches;
use crate::exam::CourseId;
use crate::exam::audit::Deed;
use crate::store::bank::Media;
use crate::store::sql::{InsertNew, Sql, arguments, insert_new};
use crate::store::{DatabaseStore, Staff, StaffOutcome, StoreError};

static ADD: InsertNew = insert_new!(
    "INSERT INTO media (hash, content_type, content, created_by, created_at) VALUES ($1, $2, $3, $4, $5)"
);
static FIND: Sql = Sql::same("SELECT hash, content_type, content FROM media WHERE hash = $1");

impl DatabaseStore {
    pub(in crate::store) async fn write_media(
        &self,
        staff: Staff,
        course: CourseId,
        media: &Media,
        now: DateTime<Utc>,
    ) -> Result<StaffOutcome<()>, StoreError> {
        let mut transaction = self.begin_write("keep an image or a sound").await?;
        if !teaches(&mut transaction, staff, course).await? {
            return Ok(StaffOutcome::NotFound);
        }
        let values = arguments![
            &media.hash,
            &media.content_type,
            &*media.content,
            staff.user,
            now
        ];
        if transaction.insert_new(&ADD, values).await? {
            let entry = staff
                .did(Deed::MediaAdded)
                .on(&media.hash)
                .in_course(course);
            let detail = json!({ "type": media.content_type, "bytes": media.content.len() });
            entry.with(detail).append(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(StaffOutcome::Done(()))
    }

    pub(in crate::store) async fn read_media(
        &self,
        hash: &str,
    ) -> Result<Option<Media>, StoreError> {
        let reading = self.reading("read an image or a sound");
        let found = reading.optional(&FIND, arguments![hash]).await?;
        let media = found.map(|row| -> Result<Media, StoreError> {
            Ok(Media {
                hash: row.string(0)?,
                content_type: row.string(1)?,
                content: row.bytes(2)?,
            })
        });
        media.transpose()
    }
}
