//! The synthetic student of a release's smoke test: made for one test, in no list and no count, gone after it.
//!
//! It goes through the same tables as students do, because a test of other tables would prove nothing. Its exam is one
//! fixed row of migration 0005, so what is left out everywhere is named by one constant, in the words of every version
//! of the schema: the version before, the version after, and both colours at the same time. Each test has an account
//! and an attempt of its own: two tests never meet, and each begins with no answer stored. Should a test break off, its
//! attempt is over after a minute (the exam takes no longer), and the next test takes away what it left.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Sqlite, Transaction};

use super::SqliteStore;
use super::accounts::account;
use super::values::column;
use crate::exam::UserId;
use crate::store::{Account, CANARY_LOGIN, NewAccount, StoreError};

/// The exam of synthetic students: see migration 0005.
pub(super) const CANARY_EXAM: &str = "00000000-0000-7000-8000-00000000ca01";
/// How long a test may take; what is older was left behind.
const LIFETIME: TimeDelta = TimeDelta::minutes(2);
/// How many tests may run at the same time.
const LIMIT: i64 = 8;

/// What belongs to the account `?1`, in an order that leaves no reference behind. Refresh tokens go with their family.
const REMOVALS: [&str; 5] = [
    "DELETE FROM answers WHERE attempt_id IN (SELECT id FROM attempts WHERE user_id = ?1)",
    "DELETE FROM attempts WHERE user_id = ?1",
    "DELETE FROM candidates WHERE user_id = ?1",
    "DELETE FROM refresh_families WHERE user_id = ?1",
    "DELETE FROM users WHERE id = ?1",
];

impl SqliteStore {
    /// Makes a synthetic student; `false` when as many as may be are being tested with.
    pub(super) async fn write_canary(
        &self,
        new: &NewAccount,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const DOING: &str = "make a synthetic student";
        let mut transaction = self.begin_write(DOING).await?;
        let left_before = (now - LIFETIME).timestamp_millis();
        for user in find_canaries(&mut transaction, "", left_before).await? {
            remove(&mut transaction, &user).await?;
        }
        let row = sqlx::query("SELECT count(*) FROM candidates WHERE exam_id = ?1")
            .bind(CANARY_EXAM)
            .fetch_one(&mut *transaction)
            .await
            .map_err(StoreError::during(DOING))?;
        if column::<i64, _>(&row, 0)? >= LIMIT {
            return Ok(false);
        }
        let user = UserId::generate().to_string();
        sqlx::query(
            "INSERT INTO users (id, login, display_name, role, password_hash, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(&user)
        .bind(&new.login)
        .bind(&new.display_name)
        .bind(new.role.as_str())
        .bind(&new.password_hash)
        .bind(now.timestamp_millis())
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(DOING))?;
        sqlx::query("INSERT INTO candidates (exam_id, user_id) VALUES (?1, ?2)")
            .bind(CANARY_EXAM)
            .bind(&user)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::during(DOING))?;
        transaction
            .commit()
            .await
            .map_err(StoreError::at_commit(DOING))?;
        Ok(true)
    }

    /// The synthetic student with this login, and nobody else.
    pub(super) async fn read_canary(&self, login: &str) -> Result<Option<Account>, StoreError> {
        sqlx::query(
            "SELECT id, login, display_name, role, password_hash FROM users
             WHERE login = ?1 AND EXISTS (SELECT 1 FROM candidates WHERE exam_id = ?2 AND user_id = users.id)",
        )
        .bind(login)
        .bind(CANARY_EXAM)
        .fetch_optional(&self.readers)
        .await
        .map_err(StoreError::during("look up a synthetic student"))?
        .map(|row| account(&row))
        .transpose()
    }

    /// Takes a synthetic student away, with all that is theirs; one that is gone is no error.
    pub(super) async fn write_canary_removal(&self, login: &str) -> Result<(), StoreError> {
        const DOING: &str = "take a synthetic student away";
        let mut transaction = self.begin_write(DOING).await?;
        for user in find_canaries(&mut transaction, login, i64::MIN).await? {
            remove(&mut transaction, &user).await?;
        }
        transaction
            .commit()
            .await
            .map_err(StoreError::at_commit(DOING))
    }
}

/// Ids of the synthetic students with this login, and of those made before a time. Both marks are asked for, exam and
/// login: no real account has them both.
async fn find_canaries(
    transaction: &mut Transaction<'_, Sqlite>,
    login: &str,
    made_before: i64,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "SELECT u.id FROM candidates c JOIN users u ON u.id = c.user_id
         WHERE c.exam_id = ?1 AND substr(u.login, 1, length(?2)) = ?2 AND (u.login = ?3 OR u.created_at < ?4)",
    )
    .bind(CANARY_EXAM)
    .bind(CANARY_LOGIN)
    .bind(login)
    .bind(made_before)
    .fetch_all(&mut **transaction)
    .await
    .map_err(StoreError::during("look for synthetic students"))?;
    rows.iter().map(|row| column(row, 0)).collect()
}

async fn remove(transaction: &mut Transaction<'_, Sqlite>, user: &str) -> Result<(), StoreError> {
    for removal in REMOVALS {
        sqlx::query(removal)
            .bind(user)
            .execute(&mut **transaction)
            .await
            .map_err(StoreError::during("take a synthetic student away"))?;
    }
    Ok(())
}
