//! Links by which a forgotten password is set anew: stored hashed, good once and for a short time.

use chrono::{DateTime, Utc};

use super::claims::end;
use super::outbox::enqueue;
use crate::exam::UserId;
use crate::store::jobs::{Claim, Mail, NewReset, TryOutcome, Work};
use crate::store::sql::{Sql, arguments, select_locked};
use crate::store::verbs::accounts::account;
use crate::store::{Account, DatabaseStore, StoreError};

/// So many links of one account are good at a time: nobody's mailbox is filled by others.
const MOST_LINKS: i64 = 3;

/// A login stands before a student number that reads the same.
static FIND: Sql = Sql::same(
    "SELECT id, email FROM users
     WHERE (login = $1 OR student_number = $1) AND disabled_at IS NULL AND email IS NOT NULL AND email <> ''
     ORDER BY CASE WHEN login = $1 THEN 0 ELSE 1 END LIMIT 1",
);
static COUNT: Sql = Sql::same(
    "SELECT count(*) FROM password_resets WHERE user_id = $1 AND used_at IS NULL AND expires_at > $2",
);
static FORGET_OLD: Sql = Sql::same("DELETE FROM password_resets WHERE expires_at <= $1");
static INSERT: Sql =
    Sql::same("INSERT INTO password_resets (token_hash, user_id, expires_at) VALUES ($1, $2, $3)");
static ACCOUNT: Sql = Sql::same(
    "SELECT u.id, u.login, u.display_name, u.role, u.password_hash
     FROM password_resets r JOIN users u ON u.id = r.user_id
     WHERE r.token_hash = $1 AND r.used_at IS NULL AND r.expires_at > $2 AND u.disabled_at IS NULL",
);
/// Of two that use one link at the same time the second one waits, and then sees that it is used.
static LOCK: Sql = select_locked!(
    "SELECT used_at, expires_at, user_id FROM password_resets WHERE token_hash = $1"
);
static MARK_USED: Sql =
    Sql::same("UPDATE password_resets SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL");
static SET_PASSWORD: Sql =
    Sql::same("UPDATE users SET password_hash = $2 WHERE id = $1 AND disabled_at IS NULL");
static END_SESSIONS: Sql = Sql::same(
    "UPDATE refresh_families SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL",
);

impl DatabaseStore {
    pub(in crate::store) async fn write_reset(
        &self,
        claim: &Claim,
        login: &str,
        reset: NewReset,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write("send a link for a new password").await?;
        if !end(&mut transaction, claim, &TryOutcome::Done).await? {
            // Somebody else has done it.
            return Ok(());
        }
        transaction
            .execute(&FORGET_OLD, arguments![reset.now])
            .await?;
        if let Some(row) = transaction.optional(&FIND, arguments![login]).await? {
            let user: UserId = row.id(0)?;
            let count = transaction
                .one(&COUNT, arguments![user, reset.now])
                .await?
                .integer(0)?;
            if count < MOST_LINKS {
                let values = arguments![&reset.token_hash, user, reset.expires_at];
                transaction.execute(&INSERT, values).await?;
                let mail = Mail {
                    to: row.string(1)?,
                    subject: reset.subject,
                    text: reset.text,
                };
                enqueue(&mut transaction, &[Work::Mail(mail)], reset.now).await?;
            }
        }
        transaction.commit().await
    }

    pub(in crate::store) async fn read_account_of_reset(
        &self,
        token_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Account>, StoreError> {
        let reading = self.reading("look up a link for a new password");
        let row = reading
            .optional(&ACCOUNT, arguments![token_hash, now])
            .await?;
        row.as_ref().map(account).transpose()
    }

    pub(in crate::store) async fn write_reset_use(
        &self,
        token_hash: &str,
        password_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<UserId>, StoreError> {
        let mut transaction = self.begin_write("set a new password").await?;
        let found = transaction.optional(&LOCK, arguments![token_hash]).await?;
        let Some(row) = found else {
            return Ok(None);
        };
        if row.optional_time(0)?.is_some() || row.time(1)? <= now {
            return Ok(None);
        }
        let user: UserId = row.id(2)?;
        let values = arguments![user, password_hash];
        if transaction.execute(&SET_PASSWORD, values).await? == 0 {
            return Ok(None);
        }
        transaction
            .execute(&MARK_USED, arguments![user, now])
            .await?;
        transaction
            .execute(&END_SESSIONS, arguments![user, now])
            .await?;
        transaction.commit().await?;
        Ok(Some(user))
    }
}
