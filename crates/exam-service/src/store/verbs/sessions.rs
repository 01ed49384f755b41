//! Refresh tokens: rotated at each use, a whole family ended when a used one comes back although its successor arrived.

use chrono::{DateTime, Utc};

use super::accounts::account;
use crate::exam::SessionId;
use crate::store::sql::{Row, Sql, Transaction, arguments, select_locked};
use crate::store::{DatabaseStore, NewSession, NewToken, Renewed, Rotation, StoreError};

static ADD_FAMILY: Sql = Sql::same(
    "INSERT INTO refresh_families (id, user_id, created_at, last_used_at, address, browser, exam_id, revoked_at)
     VALUES ($1, $2, $3, $3, $4, $5, $6, $7)",
);
/// Whoever disables an account at the same time waits, or was first.
static ACCOUNT: Sql = select_locked!("SELECT disabled_at FROM users WHERE id = $1");
static MARK_FAMILY_USED: Sql =
    Sql::same("UPDATE refresh_families SET last_used_at = $2 WHERE id = $1");
static ADD_TOKEN: Sql = Sql::same(
    "INSERT INTO refresh_tokens (token_hash, family_id, expires_at, replaces) VALUES ($1, $2, $3, $4)",
);
static FAMILY_OF: Sql = Sql::same("SELECT family_id FROM refresh_tokens WHERE token_hash = $1");
/// Whoever uses a token of a family waits for the others who do, and then sees what they did.
static LOCK_FAMILY: Sql = select_locked!("SELECT id FROM refresh_families WHERE id = $1");
/// Of an account that is not disabled. A session with the code of an exam ends with the exam, or with an attempt at it that
/// was given more time.
static TOKEN: Sql = Sql::same(
    "SELECT u.id, u.login, u.display_name, u.role, u.password_hash, f.id, f.revoked_at, t.expires_at, t.used_at,
            t.superseded_at, f.exam_id
     FROM refresh_tokens t
     JOIN refresh_families f ON f.id = t.family_id
     JOIN users u ON u.id = f.user_id
     WHERE t.token_hash = $1 AND u.disabled_at IS NULL
       AND (f.exam_id IS NULL OR EXISTS (
               SELECT 1 FROM exams e WHERE e.id = f.exam_id AND e.ends_at > $2)
            OR EXISTS (
               SELECT 1 FROM attempts a
               WHERE a.exam_id = f.exam_id AND a.user_id = u.id AND a.submitted_at IS NULL AND a.deadline_at > $2))",
);
static MARK_USED: Sql =
    Sql::same("UPDATE refresh_tokens SET used_at = coalesce(used_at, $2) WHERE token_hash = $1");
static SUCCESSORS: Sql = Sql::same(
    "SELECT count(*), count(used_at) FROM refresh_tokens WHERE family_id = $1 AND replaces = $2",
);
static SUPERSEDE: Sql = Sql::same(
    "UPDATE refresh_tokens SET superseded_at = coalesce(superseded_at, $3) WHERE family_id = $1 AND replaces = $2",
);
static REVOKE: Sql =
    Sql::same("UPDATE refresh_families SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1");

impl DatabaseStore {
    pub(in crate::store) async fn write_session(
        &self,
        new: NewSession,
    ) -> Result<SessionId, StoreError> {
        let session = SessionId::generate();
        let mut transaction = self.begin_write("open a session").await?;
        // Disabled while its password was being checked: the session is over before it has begun.
        let account = transaction.optional(&ACCOUNT, arguments![new.user]).await?;
        let disabled_at = match account {
            Some(row) => row.optional_time(0)?,
            None => None,
        };
        let is_over = disabled_at.map(|_| new.token.issued_at);
        let values = arguments![
            session,
            new.user,
            new.token.issued_at,
            &new.address,
            &new.browser,
            new.exam,
            is_over
        ];
        transaction.execute(&ADD_FAMILY, values).await?;
        insert_token(&mut transaction, &session.to_string(), &new.token, None).await?;
        transaction.commit().await?;
        Ok(session)
    }

    pub(in crate::store) async fn write_rotation(
        &self,
        used: &str,
        next: NewToken,
    ) -> Result<Rotation, StoreError> {
        let now = next.issued_at;
        let mut transaction = self.begin_write("refresh a session").await?;
        let Some(row) = find_token(&mut transaction, used, now).await? else {
            return Ok(Rotation::Refused);
        };
        let family = row.text(5)?;
        if row.optional_time(6)?.is_some() || row.time(7)? <= now {
            return Ok(Rotation::Refused);
        }
        // It was taken for lost and exchanged anew, and yet somebody has it: one of the two is not the client.
        let mut is_reuse = row.optional_time(9)?.is_some();
        if let Some(used_at) = row.optional_time(8)?
            && !is_reuse
            && now - used_at > next.reuse_grace
        {
            is_reuse = !supersede_unused(&mut transaction, family, used, now).await?;
        }
        let rotation = if is_reuse {
            transaction
                .execute(&REVOKE, arguments![family, now])
                .await?;
            Rotation::Reused
        } else {
            transaction
                .execute(&MARK_USED, arguments![used, now])
                .await?;
            transaction
                .execute(&MARK_FAMILY_USED, arguments![family, now])
                .await?;
            insert_token(&mut transaction, family, &next, Some(used)).await?;
            Rotation::Rotated(Box::new(Renewed {
                account: account(&row)?,
                session: row.id(5)?,
                exam: row.optional_id(10)?,
            }))
        };
        transaction.commit().await?;
        Ok(rotation)
    }

    pub(in crate::store) async fn write_session_end(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<SessionId>, StoreError> {
        let mut transaction = self.begin_write("end a session").await?;
        let found = transaction.optional(&FAMILY_OF, arguments![token]).await?;
        let Some(row) = found else {
            return Ok(None);
        };
        let session: SessionId = row.id(0)?;
        let values = arguments![session, now];
        transaction.execute(&REVOKE, values).await?;
        transaction.commit().await?;
        Ok(Some(session))
    }
}

/// The token with its family and whose it is, once nobody else is using a token of that family.
async fn find_token(
    transaction: &mut Transaction,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<Row>, StoreError> {
    let found = transaction.optional(&FAMILY_OF, arguments![token]).await?;
    let Some(family) = found else {
        return Ok(None);
    };
    let values = arguments![family.text(0)?];
    transaction.optional(&LOCK_FAMILY, values).await?;
    transaction.optional(&TOKEN, arguments![token, now]).await
}

async fn insert_token(
    transaction: &mut Transaction,
    family: &str,
    token: &NewToken,
    replaces: Option<&str>,
) -> Result<(), StoreError> {
    let values = arguments![&token.hash, family, token.expires_at, replaces];
    transaction.execute(&ADD_TOKEN, values).await?;
    Ok(())
}

/// Whether the reply to the use of `token` may have been lost: what was given out for it is known and nobody ever used
/// it. Those successors are then superseded, so that one line of tokens goes on and not two.
async fn supersede_unused(
    transaction: &mut Transaction,
    family: &str,
    token: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let row = transaction
        .one(&SUCCESSORS, arguments![family, token])
        .await?;
    let (given_out, used) = (row.integer(0)?, row.integer(1)?);
    if given_out == 0 || used > 0 {
        return Ok(false);
    }
    transaction
        .execute(&SUPERSEDE, arguments![family, token, now])
        .await?;
    Ok(true)
}
