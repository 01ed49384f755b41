//! Second factors and their recovery codes.

use chrono::{DateTime, Utc};

use crate::exam::UserId;
use crate::exam::audit::Deed;
use crate::store::sql::{Sql, arguments, select_locked};
use crate::store::{DatabaseStore, Staff, StoreError, StoredFactor};

static READ: Sql =
    Sql::same("SELECT secret, confirmed_at, last_step FROM second_factors WHERE user_id = $1");
/// Who sets up, confirms or removes waits for the others who do so for the same account.
static LOCK_ACCOUNT: Sql = select_locked!("SELECT id FROM users WHERE id = $1");
static IS_CONFIRMED: Sql =
    Sql::same("SELECT 1 FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL");
static ADD: Sql =
    Sql::same("INSERT INTO second_factors (user_id, secret, created_at) VALUES ($1, $2, $3)");
static CONFIRM: Sql = Sql::same(
    "UPDATE second_factors SET confirmed_at = $2, last_step = $3 WHERE user_id = $1 AND confirmed_at IS NULL",
);
static ADD_RECOVERY: Sql =
    Sql::same("INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)");
/// Of several who come with the same code at the same time, one finds the row as it was.
static TAKE_STEP: Sql = Sql::same(
    "UPDATE second_factors SET last_step = $2
     WHERE user_id = $1 AND confirmed_at IS NOT NULL AND (last_step IS NULL OR last_step < $2)",
);
static TAKE_RECOVERY: Sql = Sql::same(
    "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL",
);
static REMOVALS: [Sql; 2] = [
    Sql::same("DELETE FROM recovery_codes WHERE user_id = $1"),
    Sql::same("DELETE FROM second_factors WHERE user_id = $1"),
];

impl DatabaseStore {
    pub(in crate::store) async fn read_second_factor(
        &self,
        user: UserId,
    ) -> Result<Option<StoredFactor>, StoreError> {
        let reading = self.reading("look up a second factor");
        let Some(row) = reading.optional(&READ, arguments![user]).await? else {
            return Ok(None);
        };
        Ok(Some(StoredFactor {
            secret: row.string(0)?,
            is_confirmed: row.optional_integer(1)?.is_some(),
            last_step: row
                .optional_integer(2)?
                .and_then(|step| u64::try_from(step).ok()),
        }))
    }

    pub(in crate::store) async fn write_second_factor(
        &self,
        user: UserId,
        secret: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("set up a second factor").await?;
        transaction
            .optional(&LOCK_ACCOUNT, arguments![user])
            .await?;
        let confirmed = transaction
            .optional(&IS_CONFIRMED, arguments![user])
            .await?;
        if confirmed.is_some() {
            return Ok(false);
        }
        for removal in &REMOVALS {
            transaction.execute(removal, arguments![user]).await?;
        }
        transaction
            .execute(&ADD, arguments![user, secret, now])
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    pub(in crate::store) async fn write_confirmation(
        &self,
        user: UserId,
        step: u64,
        recovery_hashes: &[String],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("confirm a second factor").await?;
        transaction
            .optional(&LOCK_ACCOUNT, arguments![user])
            .await?;
        let values = arguments![user, now, number(step)];
        if transaction.execute(&CONFIRM, values).await? == 0 {
            return Ok(false);
        }
        for hash in recovery_hashes {
            transaction
                .execute(&ADD_RECOVERY, arguments![user, hash])
                .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    pub(in crate::store) async fn write_step(
        &self,
        user: UserId,
        step: u64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("take a code of an app").await?;
        let values = arguments![user, number(step)];
        let taken = transaction.execute(&TAKE_STEP, values).await? > 0;
        transaction.commit().await?;
        Ok(taken)
    }

    pub(in crate::store) async fn write_recovery(
        &self,
        user: UserId,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("take a recovery code").await?;
        let values = arguments![user, hash, now];
        let taken = transaction.execute(&TAKE_RECOVERY, values).await? > 0;
        transaction.commit().await?;
        Ok(taken)
    }

    pub(in crate::store) async fn write_second_factor_removal(
        &self,
        staff: Staff,
        user: UserId,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write("remove a second factor").await?;
        transaction
            .optional(&LOCK_ACCOUNT, arguments![user])
            .await?;
        let mut removed = 0;
        for removal in &REMOVALS {
            removed += transaction.execute(removal, arguments![user]).await?;
        }
        if removed > 0 && staff.user != user {
            let entry = staff.did(Deed::SecondFactorRemoved).on(&user);
            entry.append(&mut transaction).await?;
        }
        transaction.commit().await
    }
}

/// A step as it is stored; there are fewer in any time that the database can hold.
fn number(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}
