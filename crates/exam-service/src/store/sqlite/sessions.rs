//! Refresh tokens in `SQLite`: rotated at each use, a whole family ended when a used one comes back.

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
        insert_token(&mut transaction, &family, &token).await?;
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
            "SELECT u.id, u.login, u.display_name, u.role, u.password_hash, f.id, f.revoked_at, t.expires_at, t.used_at
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
        let rotation = match optional_time(&row, 8)? {
            Some(used_at) if now - used_at > next.reuse_grace => {
                revoke(&mut transaction, &family, now).await?;
                Rotation::Reused
            }
            used_at => {
                if used_at.is_none() {
                    sqlx::query("UPDATE refresh_tokens SET used_at = ?2 WHERE token_hash = ?1")
                        .bind(used)
                        .bind(now.timestamp_millis())
                        .execute(&mut *transaction)
                        .await
                        .map_err(StoreError::during(DOING))?;
                }
                insert_token(&mut transaction, &family, &next).await?;
                Rotation::Rotated(account(&row)?)
            }
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
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO refresh_tokens (token_hash, family_id, expires_at) VALUES (?1, ?2, ?3)",
    )
    .bind(&token.hash)
    .bind(family)
    .bind(token.expires_at.timestamp_millis())
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::during("store a refresh token"))?;
    Ok(())
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
