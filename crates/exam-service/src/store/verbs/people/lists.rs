//! Accounts as they are listed.

use super::folded;
use crate::accounts::initial_password::has_to_be_changed;
use crate::exam::UserId;
use crate::store::sql::{Row, Sql, arguments};
use crate::store::verbs::accounts::role;
use crate::store::verbs::canaries::CANARY_EXAM;
use crate::store::{DatabaseStore, Person, PersonFilter, Role, StoreError};

/// The columns of [`person`], of accounts `u`.
macro_rules! person_columns {
    () => {
        "SELECT u.id, u.login, u.display_name, u.role, u.email, u.student_number, u.disabled_at, u.created_at,
                u.password_hash,
                (SELECT count(*) FROM second_factors s WHERE s.user_id = u.id AND s.confirmed_at IS NOT NULL)
         FROM users u "
    };
}

/// `position` is the name of the function that finds a text in a text.
macro_rules! list {
    ($position:literal) => {
        concat!(
            person_columns!(),
            "WHERE u.id > $1 AND u.load_run IS NULL AND ($2 = '' OR u.role = $2) AND ($3 = '' OR ",
            $position,
            "(u.search_text, $3) > 0)
               AND NOT EXISTS (SELECT 1 FROM candidates c WHERE c.exam_id = $4 AND c.user_id = u.id)
             ORDER BY u.id LIMIT $5"
        )
    };
}

static LIST: Sql = Sql::each(list!("instr"), list!("instr"), list!("strpos"));
static ONE: Sql = Sql::same(concat!(
    person_columns!(),
    "WHERE u.id = $1 AND u.load_run IS NULL
       AND NOT EXISTS (SELECT 1 FROM candidates c WHERE c.exam_id = $2 AND c.user_id = u.id)"
));

impl DatabaseStore {
    pub(in crate::store) async fn read_people(
        &self,
        filter: &PersonFilter,
    ) -> Result<Vec<Person>, StoreError> {
        let after = filter.after.map(|id| id.to_string()).unwrap_or_default();
        let values = arguments![
            after,
            filter.role.map_or("", Role::as_str),
            folded(&filter.search),
            CANARY_EXAM,
            filter.limit
        ];
        let rows = self.reading("list accounts").all(&LIST, values).await?;
        rows.iter().map(person).collect()
    }

    pub(in crate::store) async fn read_person(
        &self,
        id: UserId,
    ) -> Result<Option<Person>, StoreError> {
        let reading = self.reading("look at an account");
        let row = reading.optional(&ONE, arguments![id, CANARY_EXAM]).await?;
        row.as_ref().map(person).transpose()
    }
}

fn person(row: &Row) -> Result<Person, StoreError> {
    let owned = |index| Ok::<_, StoreError>(row.optional_text(index)?.map(str::to_owned));
    Ok(Person {
        id: row.id(0)?,
        login: row.string(1)?,
        display_name: row.string(2)?,
        role: role(row.text(3)?)?,
        email: owned(4)?,
        student_number: owned(5)?,
        disabled_at: row.optional_time(6)?,
        created_at: row.time(7)?,
        has_initial_password: has_to_be_changed(row.text(8)?),
        has_second_factor: row.flag(9)?,
    })
}
