//! Accounts in `SQLite`.

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;

use super::SqliteStore;
use super::canaries::CANARY_EXAM;
use super::values::{column, id};
use crate::exam::UserId;
use crate::store::{Account, NewAccount, Role, StoreError};

impl SqliteStore {
    pub(super) async fn read_account_by_login(
        &self,
        login: &str,
    ) -> Result<Option<Account>, StoreError> {
        sqlx::query(
            "SELECT id, login, display_name, role, password_hash FROM users
             WHERE login = ?1 AND NOT EXISTS (SELECT 1 FROM candidates WHERE exam_id = ?2 AND user_id = users.id)",
        )
        .bind(login)
        .bind(CANARY_EXAM)
        .fetch_optional(&self.readers)
        .await
        .map_err(StoreError::during("look up an account"))?
        .map(|row| account(&row))
        .transpose()
    }

    pub(super) async fn read_account(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        sqlx::query("SELECT id, login, display_name, role, password_hash FROM users WHERE id = ?1")
            .bind(user.to_string())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::during("look up an account"))?
            .map(|row| account(&row))
            .transpose()
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`StoreError::LoginTaken`] when the login exists.
    pub async fn create_account(
        &self,
        new: NewAccount,
        now: DateTime<Utc>,
    ) -> Result<UserId, StoreError> {
        const DOING: &str = "create an account";
        let user = UserId::generate();
        let mut transaction = self.begin_write(DOING).await?;
        let inserted = sqlx::query(
            "INSERT INTO users (id, login, display_name, role, password_hash, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (login) DO NOTHING",
        )
        .bind(user.to_string())
        .bind(&new.login)
        .bind(&new.display_name)
        .bind(new.role.as_str())
        .bind(&new.password_hash)
        .bind(now.timestamp_millis())
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(DOING))?;
        if inserted.rows_affected() == 0 {
            return Err(StoreError::LoginTaken(new.login));
        }
        transaction
            .commit()
            .await
            .map_err(StoreError::at_commit(DOING))?;
        Ok(user)
    }
}

/// An account from the columns id, login, `display_name`, role, `password_hash`.
pub(super) fn account(row: &SqliteRow) -> Result<Account, StoreError> {
    let role: &str = column(row, 3)?;
    Ok(Account {
        id: id(row, 0)?,
        login: column(row, 1)?,
        display_name: column(row, 2)?,
        role: Role::parse(role)
            .ok_or_else(|| StoreError::Corrupt(format!("'{role}' is not a role")))?,
        password_hash: column(row, 4)?,
    })
}
