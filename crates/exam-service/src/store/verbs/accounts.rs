//! Accounts.

use chrono::{DateTime, Utc};

use super::canaries::CANARY_EXAM;
use crate::exam::UserId;
use crate::store::sql::{InsertNew, Row, Sql, Transaction, arguments, insert_new, retrying};
use crate::store::{Account, DatabaseStore, NewAccount, Role, StoreError};

static BY_LOGIN: Sql = Sql::same(
    "SELECT id, login, display_name, role, password_hash FROM users
     WHERE login = $1 AND NOT EXISTS (SELECT 1 FROM candidates WHERE exam_id = $2 AND user_id = users.id)",
);
static BY_ID: Sql =
    Sql::same("SELECT id, login, display_name, role, password_hash FROM users WHERE id = $1");
static INSERT: InsertNew = insert_new!(
    "INSERT INTO users (id, login, display_name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
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
        now
    ];
    if transaction.insert_new(&INSERT, values).await? {
        Ok(())
    } else {
        Err(StoreError::LoginTaken(new.login.clone()))
    }
}

/// An account from the columns id, login, `display_name`, role, `password_hash`.
pub(super) fn account(row: &Row) -> Result<Account, StoreError> {
    let role = row.text(3)?;
    Ok(Account {
        id: row.id(0)?,
        login: row.string(1)?,
        display_name: row.string(2)?,
        role: Role::parse(role)
            .ok_or_else(|| StoreError::Corrupt(format!("'{role}' is not a role")))?,
        password_hash: row.string(4)?,
    })
}
