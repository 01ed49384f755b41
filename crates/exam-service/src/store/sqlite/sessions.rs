//! Refresh tokens in `SQLite`: rotated at each use, a whole family ended when a used one comes back although
//! its successor arrived.

use chrono::{DateTime, Utc};
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use super::SqliteStore;
use super::accounts::account;
use super::values::{column, optional_time, time};
use crate::exam::UserId;
use crate::store::{NewToken, Rotation, StoreError};

impl SqliteStore {
    pub(super) async fn write_session(
        &self,
        user: UserId,
        token: NewToken,
    ) -> Result<(), StoreError> {
        const DOING: &str = "open a session";
        let family = Uuid::now_v7().to_string();
        let mut transaction = self.begin_write(DOING).await?;
        sqlx::query("INSERT INTO refresh_families (id, user_id, created_at) VALUES (?1, ?2, ?3)")
            .bind(&family)
            .bind(user.to_string())
            .bind(token.issued_at.timestamp_millis())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::during(DOING))?;
        insert_token(&mut transaction, &family, &token, None).await?;
        transaction
            .commit()
            .await
            .map_err(StoreError::at_commit(DOING))
    }

    pub(super) async fn write_rotation(
        &self,
        used: &str,
        next: NewToken,
    ) -> Result<Rotation, StoreError> {
        const DOING: &str = "refresh a session";
        let now = next.issued_at;
        let mut transaction = self.begin_write(DOING).await?;
        let found = sqlx::query(
            "SELECT u.id, u.login, u.display_name, u.role, u.password_hash, f.id, f.revoked_at, t.expires_at, t.used_at, t.superseded_at
             FROM refresh_tokens t
             JOIN refresh_families f ON f.id = t.family_id
             JOIN users u ON u.id = f.user_id
             WHERE t.token_hash = ?1",
        )
        .bind(used)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(StoreError::during(DOING))?;
        let Some(row) = found else {
            return Ok(Rotation::Refused);
        };
        let family: String = column(&row, 5)?;
        if optional_time(&row, 6)?.is_some() || time(&row, 7)? <= now {
            return Ok(Rotation::Refused);
        }
        // It was taken for lost and exchanged anew, and yet somebody has it: one of the two is not the client.
        let mut is_reuse = optional_time(&row, 9)?.is_some();
        if let Some(used_at) = optional_time(&row, 8)?
            && !is_reuse
            && now - used_at > next.reuse_grace
        {
            is_reuse = !supersede_unused(&mut transaction, &family, used, now).await?;
        }
        let rotation = if is_reuse {
            revoke(&mut transaction, &family, now).await?;
            Rotation::Reused
        } else {
            mark_used(&mut transaction, used, now).await?;
            insert_token(&mut transaction, &family, &next, Some(used)).await?;
            Rotation::Rotated(account(&row)?)
        };
        transaction
            .commit()
            .await
            .map_err(StoreError::at_commit(DOING))?;
        Ok(rotation)
    }

    pub(super) async fn write_session_end(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const DOING: &str = "end a session";
        let mut transaction = self.begin_write(DOING).await?;
        let found = sqlx::query("SELECT family_id FROM refresh_tokens WHERE token_hash = ?1")
            .bind(token)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(StoreError::during(DOING))?;
        let Some(row) = found else { return Ok(()) };
        revoke(&mut transaction, column(&row, 0)?, now).await?;
        transaction
            .commit()
            .await
            .map_err(StoreError::at_commit(DOING))
    }
}

async fn insert_token(
    transaction: &mut Transaction<'_, Sqlite>,
    family: &str,
    token: &NewToken,
    replaces: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO refresh_tokens (token_hash, family_id, expires_at, replaces) VALUES (?1, ?2, ?3, ?4)",
    )
    .bind(&token.hash)
    .bind(family)
    .bind(token.expires_at.timestamp_millis())
    .bind(replaces)
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::during("store a refresh token"))?;
    Ok(())
}

/// Notes the first use of a token.
async fn mark_used(
    transaction: &mut Transaction<'_, Sqlite>,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE refresh_tokens SET used_at = coalesce(used_at, ?2) WHERE token_hash = ?1")
        .bind(token)
        .bind(now.timestamp_millis())
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::during("use a refresh token"))?;
    Ok(())
}

/// Whether the reply to the use of `token` may have been lost: what was given out for it is known and nobody ever used
/// it. Those successors are then superseded, so that one line of tokens goes on and not two.
async fn supersede_unused(
    transaction: &mut Transaction<'_, Sqlite>,
    family: &str,
    token: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    const DOING: &str = "look for the successors of a refresh token";
    let row = sqlx::query(
        "SELECT count(*), count(used_at) FROM refresh_tokens WHERE family_id = ?1 AND replaces = ?2",
    )
    .bind(family)
    .bind(token)
    .fetch_one(&mut **transaction)
    .await
    .map_err(StoreError::during(DOING))?;
    let (given_out, used): (i64, i64) = (column(&row, 0)?, column(&row, 1)?);
    if given_out == 0 || used > 0 {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE refresh_tokens SET superseded_at = coalesce(superseded_at, ?3) WHERE family_id = ?1 AND replaces = ?2",
    )
    .bind(family)
    .bind(token)
    .bind(now.timestamp_millis())
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::during(DOING))?;
    Ok(true)
}

async fn revoke(
    transaction: &mut Transaction<'_, Sqlite>,
    family: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE refresh_families SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1")
        .bind(family)
        .bind(now.timestamp_millis())
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::during("revoke a session"))?;
    Ok(())
}
