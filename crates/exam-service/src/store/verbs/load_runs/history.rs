//! The saves of a load run, which are kept in the order of time among everybody else's: gone through once, some rows at a
//! time, while the attempts still say whose they are.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{rest, rows};
use crate::exam::LoadRun;
use crate::exam::timing::{GRACE, SETTLING};
use crate::store::sql::{arguments, retrying};
use crate::store::{DatabaseStore, StoreError};

impl DatabaseStore {
    /// Every save of the run that was made until now.
    pub(super) async fn purge_load_history(
        &self,
        run: &LoadRun,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let reading = self.reading("look for the saves of a load run");
        let values = arguments![run.as_str(), now];
        let lasted = reading.one(&rows::LASTED, values).await?;
        let (Some(first), Some(last)) = (lasted.optional_time(0)?, lasted.optional_time(1)?) else {
            return Ok(());
        };
        let file = reading
            .one(&rows::LAST_FILE, arguments![run.as_str()])
            .await?;
        let last = file.optional_time(0)?.map_or(last, |at| at.max(last));
        let end = (last + GRACE + SETTLING).timestamp() + 1;
        let mut from = first.timestamp();
        while from < end {
            let reach = reading.optional(&rows::REACH, arguments![from]).await?;
            let reach = reach.map(|row| row.integer(0)).transpose()?;
            // A second is never parted, however much was saved in it.
            let until = reach.map_or(end, |second| second.clamp(from + 1, end));
            let values = arguments![run.as_str(), from, until];
            let saves = reading.all(&rows::SAVES, values).await?;
            let saves = saves
                .iter()
                .map(|row| Ok(json!([row.integer(0)?, row.text(1)?])));
            let saves = saves.collect::<Result<Vec<_>, StoreError>>()?;
            if !saves.is_empty() {
                let saves = Value::from(saves).to_string();
                retrying(|| self.write_load_saves_removal(&saves)).await?;
                rest().await;
            }
            from = until;
        }
        Ok(())
    }

    async fn write_load_saves_removal(&self, saves: &str) -> Result<(), StoreError> {
        let mut transaction = self
            .begin_write("take the saves of a load run away")
            .await?;
        transaction
            .execute(&rows::REMOVE_SAVES, arguments![saves])
            .await?;
        transaction.commit().await
    }
}
