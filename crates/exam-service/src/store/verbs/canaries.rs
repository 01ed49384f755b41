//! The synthetic student of a release's smoke test: made for one test, in no list and no count, gone after it.
//!
//! It goes through the same tables as students do, because a test of other tables would prove nothing. Its exam is one
//! fixed row of migration 0004, so what is left out everywhere is named by one constant, in the words of every version
//! of the schema: the version before, the version after, and both colours at the same time. Each test has an account
//! and an attempt of its own: two tests never meet, and each begins with no answer stored. Should a test break off, its
//! attempt is over after a minute (the exam takes no longer), and the next test takes away what it left.

use chrono::{DateTime, TimeDelta, Utc};

use super::accounts::{account, insert_account};
use crate::exam::UserId;
use crate::store::sql::{Sql, Transaction, arguments, select_locked};
use crate::store::{Account, CANARY_LOGIN, DatabaseStore, NewAccount, StoreError};

/// The exam of synthetic students: see migration 0004.
pub(super) const CANARY_EXAM: &str = "00000000-0000-7000-8000-00000000ca01";
/// How long a test may take; what is older was left behind.
const LIFETIME: TimeDelta = TimeDelta::minutes(2);
/// How many tests may run at the same time.
const LIMIT: i64 = 8;

/// Tests begin one after the other, so that they count each other.
static LOCK_EXAM: Sql = select_locked!("SELECT id FROM exams WHERE id = $1");
static COUNT: Sql = Sql::same("SELECT count(*) FROM candidates WHERE exam_id = $1");
static ADD_CANDIDATE: Sql = Sql::same("INSERT INTO candidates (exam_id, user_id) VALUES ($1, $2)");
static BY_LOGIN: Sql = Sql::same(
    "SELECT id, login, display_name, role, password_hash FROM users
     WHERE login = $1 AND EXISTS (SELECT 1 FROM candidates WHERE exam_id = $2 AND user_id = users.id)",
);
/// Ids of the synthetic students with this login, and of those made before a time. Both marks are asked for, exam and
/// login: no real account has them both.
static FIND: Sql = select_locked!(
    "SELECT u.id FROM candidates c JOIN users u ON u.id = c.user_id
     WHERE c.exam_id = $1 AND substr(u.login, 1, length($2)) = $2 AND (u.login = $3 OR u.created_at < $4)"
);
/// Nothing is saved to an attempt any more while it is taken away.
static LOCK_ATTEMPTS: Sql =
    select_locked!("SELECT id, started_at FROM attempts WHERE user_id = $1");
/// The history is in the order of time: only that of the test is looked through.
static REMOVE_HISTORY: Sql = Sql::same(
    "DELETE FROM answer_history WHERE attempt_id = $1 AND saved_second >= $2 AND saved_second <= $3",
);
static REMOVE_WITH_ATTEMPT: [Sql; 5] = [
    Sql::same("DELETE FROM answers WHERE attempt_id = $1"),
    Sql::same("DELETE FROM attempt_events WHERE attempt_id = $1"),
    Sql::same("DELETE FROM practice_checks WHERE attempt_id = $1"),
    Sql::same("DELETE FROM message_attempts WHERE attempt_id = $1"),
    Sql::same("DELETE FROM audit_attempts WHERE attempt_id = $1"),
];
/// What else belongs to the account, in an order that leaves no reference behind. Refresh tokens go with their family.
static REMOVALS: [Sql; 4] = [
    Sql::same("DELETE FROM attempts WHERE user_id = $1"),
    Sql::same("DELETE FROM candidates WHERE user_id = $1"),
    Sql::same("DELETE FROM refresh_families WHERE user_id = $1"),
    Sql::same("DELETE FROM users WHERE id = $1"),
];

impl DatabaseStore {
    /// Makes a synthetic student; `false` when as many as may be are being tested with.
    pub(in crate::store) async fn write_canary(
        &self,
        new: &NewAccount,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("make a synthetic student").await?;
        transaction.one(&LOCK_EXAM, arguments![CANARY_EXAM]).await?;
        let left_before = (now - LIFETIME).timestamp_millis();
        remove(&mut transaction, "", left_before).await?;
        let row = transaction.one(&COUNT, arguments![CANARY_EXAM]).await?;
        if row.integer(0)? >= LIMIT {
            return Ok(false);
        }
        let user = UserId::generate();
        insert_account(&mut transaction, user, new, now).await?;
        transaction
            .execute(&ADD_CANDIDATE, arguments![CANARY_EXAM, user])
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The synthetic student with this login, and nobody else.
    pub(in crate::store) async fn read_canary(
        &self,
        login: &str,
    ) -> Result<Option<Account>, StoreError> {
        let reading = self.reading("look up a synthetic student");
        let row = reading
            .optional(&BY_LOGIN, arguments![login, CANARY_EXAM])
            .await?;
        row.as_ref().map(account).transpose()
    }

    /// Takes a synthetic student away, with all that is theirs; one that is gone is no error.
    pub(in crate::store) async fn write_canary_removal(
        &self,
        login: &str,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write("take a synthetic student away").await?;
        remove(&mut transaction, login, i64::MIN).await?;
        transaction.commit().await
    }
}

/// Takes away the synthetic students with this login, and those made before a time.
async fn remove(
    transaction: &mut Transaction,
    login: &str,
    made_before: i64,
) -> Result<(), StoreError> {
    let wanted = arguments![CANARY_EXAM, CANARY_LOGIN, login, made_before];
    for student in transaction.all(&FIND, wanted).await? {
        let user = student.text(0)?;
        for attempt in transaction.all(&LOCK_ATTEMPTS, arguments![user]).await? {
            let started_at = attempt.time(1)?;
            let lasted = [started_at, started_at + LIFETIME].map(|at| at.timestamp());
            let values = arguments![attempt.text(0)?, lasted[0], lasted[1]];
            transaction.execute(&REMOVE_HISTORY, values).await?;
            for removal in &REMOVE_WITH_ATTEMPT {
                let values = arguments![attempt.text(0)?];
                transaction.execute(removal, values).await?;
            }
        }
        for removal in &REMOVALS {
            transaction.execute(removal, arguments![user]).await?;
        }
    }
    Ok(())
}
