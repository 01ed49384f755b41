//! Changes of one account.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::search_text;
use super::sessions::END_ALL_BUT;
use crate::exam::audit::{Deed, differences};
use crate::exam::{SessionId, UserId};
use crate::store::sql::{Sql, Transaction, arguments, select_locked};
use crate::store::verbs::accounts::role;
use crate::store::{DatabaseStore, PeopleRefusal, Person, PersonChange, Role, Staff, StoreError};

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
        staff: Staff,
        id: UserId,
        change: &PersonChange,
    ) -> Result<Result<Person, PeopleRefusal>, StoreError> {
        if self.read_person(id).await?.is_none() {
            return Ok(Err(PeopleRefusal::NotFound("account")));
        }
        let mut transaction = self.begin_write("change an account").await?;
        let changed = match apply(&mut transaction, id, change, staff.at).await? {
            Ok(changed) => changed,
            Err(refusal) => {
                transaction.rollback().await?;
                return Ok(Err(refusal));
            }
        };
        if !changed.is_empty() {
            let entry = staff.did(Deed::AccountChanged).on(&id).with(changed);
            entry.append(&mut transaction).await?;
        }
        transaction.commit().await?;
        let person = self.read_person(id).await?;
        Ok(person.ok_or(PeopleRefusal::NotFound("account")))
    }

    pub(in crate::store) async fn write_password(
        &self,
        staff: Staff,
        id: UserId,
        stored: &str,
        kept: Option<SessionId>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("set a password").await?;
        let found = transaction.optional(&LOCK, arguments![id]).await?;
        if found.is_none() {
            return Ok(false);
        }
        transaction
            .execute(&SET_PASSWORD, arguments![id, stored])
            .await?;
        end_sessions(&mut transaction, id, kept, staff.at).await?;
        if staff.user != id {
            let entry = staff.did(Deed::PasswordSet).on(&id);
            entry.append(&mut transaction).await?;
        }
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

/// What was changed, for the log.
async fn apply(
    transaction: &mut Transaction,
    id: UserId,
    change: &PersonChange,
    now: DateTime<Utc>,
) -> Result<Result<Map<String, Value>, PeopleRefusal>, StoreError> {
    let administrators = transaction.all(&LOCK_ADMINISTRATORS, arguments![]).await?;
    let Some(row) = transaction.optional(&LOCK, arguments![id]).await? else {
        return Ok(Err(PeopleRefusal::NotFound("account")));
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
        return Ok(Err(PeopleRefusal::LastAdministrator));
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
        return Ok(Err(PeopleRefusal::Taken("student_number")));
    }
    if disabled_at.is_some() {
        end_sessions(transaction, id, None, now).await?;
    }
    let mut changed = differences([
        ("role", json!(was.as_str()), json!(will_be.as_str())),
        (
            "disabled",
            json!(row.optional_time(5)?.is_some()),
            json!(disabled_at.is_some()),
        ),
    ]);
    // The log outlives whoever it is about: of what identifies them it says only that it was changed.
    let personal = [
        ("display_name", row.text(1)? != name),
        ("email", row.optional_text(3)? != email),
        ("student_number", row.optional_text(4)? != number),
    ];
    let personal = personal.into_iter().filter(|(_, is_other)| *is_other);
    changed.extend(personal.map(|(field, _)| (field.to_owned(), json!("changed"))));
    Ok(Ok(changed))
}
