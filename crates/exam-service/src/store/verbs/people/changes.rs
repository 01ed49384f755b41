//! Changes of one account.

use chrono::{DateTime, Utc};

use super::search_text;
use super::sessions::END_ALL_BUT;
use crate::exam::{SessionId, UserId};
use crate::store::sql::{Sql, Transaction, arguments, select_locked};
use crate::store::verbs::accounts::role;
use crate::store::{DatabaseStore, PeopleRefusal, Person, PersonChange, Role, StoreError};

/// Whoever takes an administrator away waits for the others who do, in the same order.
static LOCK_ADMINISTRATORS: Sql = select_locked!(
    "SELECT id FROM users WHERE role = 'administrator' AND disabled_at IS NULL ORDER BY id"
);
static LOCK: Sql = select_locked!(
    "SELECT login, display_name, role, email, student_number, disabled_at FROM users WHERE id = $1"
);
static CHANGE: Sql = Sql::same(
    "UPDATE users SET display_name = $2, role = $3, email = $4, student_number = $5, disabled_at = $6, search_text = $7
     WHERE id = $1",
);
static SET_PASSWORD: Sql = Sql::same("UPDATE users SET password_hash = $2 WHERE id = $1");

impl DatabaseStore {
    pub(in crate::store) async fn write_person_change(
        &self,
        id: UserId,
        change: &PersonChange,
        now: DateTime<Utc>,
    ) -> Result<Result<Person, PeopleRefusal>, StoreError> {
        if self.read_person(id).await?.is_none() {
            return Ok(Err(PeopleRefusal::NotFound("account")));
        }
        let mut transaction = self.begin_write("change an account").await?;
        if let Some(refusal) = apply(&mut transaction, id, change, now).await? {
            transaction.rollback().await?;
            return Ok(Err(refusal));
        }
        transaction.commit().await?;
        let person = self.read_person(id).await?;
        Ok(person.ok_or(PeopleRefusal::NotFound("account")))
    }

    pub(in crate::store) async fn write_password(
        &self,
        id: UserId,
        stored: &str,
        kept: Option<SessionId>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("set a password").await?;
        let found = transaction.optional(&LOCK, arguments![id]).await?;
        if found.is_none() {
            return Ok(false);
        }
        transaction
            .execute(&SET_PASSWORD, arguments![id, stored])
            .await?;
        end_sessions(&mut transaction, id, kept, now).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

async fn end_sessions(
    transaction: &mut Transaction,
    id: UserId,
    kept: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let kept = kept.map(|id| id.to_string()).unwrap_or_default();
    transaction
        .execute(&END_ALL_BUT, arguments![id, kept, now])
        .await?;
    Ok(())
}

async fn apply(
    transaction: &mut Transaction,
    id: UserId,
    change: &PersonChange,
    now: DateTime<Utc>,
) -> Result<Option<PeopleRefusal>, StoreError> {
    let administrators = transaction.all(&LOCK_ADMINISTRATORS, arguments![]).await?;
    let Some(row) = transaction.optional(&LOCK, arguments![id]).await? else {
        return Ok(Some(PeopleRefusal::NotFound("account")));
    };
    let was = role(row.text(2)?)?;
    let will_be = change.role.unwrap_or(was);
    let disabled_at = match change.is_disabled {
        Some(true) => Some(row.optional_time(5)?.unwrap_or(now)),
        Some(false) => None,
        None => row.optional_time(5)?,
    };
    let goes = will_be != Role::Administrator || disabled_at.is_some();
    let is_last = matches!(&*administrators, [only] if only.id::<UserId>(0)? == id);
    if goes && is_last {
        return Ok(Some(PeopleRefusal::LastAdministrator));
    }
    let name = change.display_name.as_deref().unwrap_or(row.text(1)?);
    let email = change.email.as_deref().over(row.optional_text(3)?);
    let number = change.student_number.as_deref();
    let number = number.over(row.optional_text(4)?);
    let values = arguments![
        id,
        name,
        will_be.as_str(),
        email,
        number,
        disabled_at,
        search_text(row.text(0)?, name, number)
    ];
    if !transaction.unless_taken(&CHANGE, values).await? {
        return Ok(Some(PeopleRefusal::Taken("student_number")));
    }
    if disabled_at.is_some() {
        end_sessions(transaction, id, None, now).await?;
    }
    Ok(None)
}
