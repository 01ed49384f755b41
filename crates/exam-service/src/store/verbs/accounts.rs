//! Accounts.

use chrono::{DateTime, Utc};

use super::canaries::CANARY_EXAM;
use super::people::search_text;
use crate::exam::UserId;
use crate::store::sql::{InsertNew, Row, Sql, Transaction, arguments, insert_new, retrying};
use crate::store::{Account, DatabaseStore, NewAccount, Role, StoreError};

static BY_LOGIN: Sql = Sql::same(
    "SELECT id, login, display_name, role, password_hash FROM users
     WHERE (login = $1 OR student_number = $1) AND disabled_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM candidates WHERE exam_id = $2 AND user_id = users.id)
     ORDER BY CASE WHEN login = $1 THEN 0 ELSE 1 END",
);
static BY_ID: Sql =
    Sql::same("SELECT id, login, display_name, role, password_hash FROM users WHERE id = $1");
static INSERT: InsertNew = insert_new!(
    "INSERT INTO users (id, login, display_name, role, password_hash, created_at, search_text)
     VALUES ($1, $2, $3, $4, $5, $6, $7)"
);

impl DatabaseStore {
    pub(in crate::store) async fn read_account_by_login(
        &self,
        login: &str,
    ) -> Result<Option<Account>, StoreError> {
        let reading = self.reading("look up an account");
        let row = reading
            .optional(&BY_LOGIN, arguments![login, CANARY_EXAM])
            .await?;
        row.as_ref().map(account).transpose()
    }

    pub(in crate::store) async fn read_account(
        &self,
        user: UserId,
    ) -> Result<Option<Account>, StoreError> {
        let reading = self.reading("look up an account");
        let row = reading.optional(&BY_ID, arguments![user]).await?;
        row.as_ref().map(account).transpose()
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
        let user = UserId::generate();
        retrying(|| self.write_account(user, &new, now)).await?;
        Ok(user)
    }

    async fn write_account(
        &self,
        user: UserId,
        new: &NewAccount,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write("create an account").await?;
        insert_account(&mut transaction, user, new, now).await?;
        transaction.commit().await
    }
}

/// Adds an account to a transaction.
///
/// # Errors
/// [`StoreError::LoginTaken`] when the login exists.
pub(super) async fn insert_account(
    transaction: &mut Transaction,
    user: UserId,
    new: &NewAccount,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let values = arguments![
        user,
        &new.login,
        &new.display_name,
        new.role.as_str(),
        &new.password_hash,
        now,
        search_text(&new.login, &new.display_name, None)
    ];
    if transaction.insert_new(&INSERT, values).await? {
        Ok(())
    } else {
        Err(StoreError::LoginTaken(new.login.clone()))
    }
}

/// An account from the columns id, login, `display_name`, role, `password_hash`.
pub(super) fn account(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.id(0)?,
        login: row.string(1)?,
        display_name: row.string(2)?,
        role: role(row.text(3)?)?,
        password_hash: row.string(4)?,
    })
}

/// A role from its stored word.
pub(super) fn role(text: &str) -> Result<Role, StoreError> {
    Role::parse(text).ok_or_else(|| StoreError::Corrupt(format!("'{text}' is not a role")))
}
