//! Whom a list of logins and student numbers means.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::{PeopleRefusal, StoreError};

/// `$1` is a JSON array of names; `$2` the course in which everybody has to be, or empty. Names of logins come last, so that
/// they win. Accounts of load runs are nobody.
static FIND: Sql = Sql::each(
    "SELECT w.value, u.id, 1 FROM json_each($1) w CROSS JOIN users u ON u.student_number = w.value
     WHERE u.load_run IS NULL AND ($2 = '' OR EXISTS (SELECT 1 FROM enrolments e WHERE e.course_id = $2 AND e.user_id = u.id))
     UNION ALL
     SELECT w.value, u.id, 2 FROM json_each($1) w CROSS JOIN users u ON u.login = w.value
     WHERE u.load_run IS NULL AND ($2 = '' OR EXISTS (SELECT 1 FROM enrolments e WHERE e.course_id = $2 AND e.user_id = u.id))
     ORDER BY 3",
    "SELECT w.name, u.id, 1 FROM JSON_TABLE($1, '$[*]' COLUMNS (name VARCHAR(190) PATH '$')) AS w
     STRAIGHT_JOIN users u ON u.student_number = w.name
     WHERE u.load_run IS NULL AND ($2 = '' OR EXISTS (SELECT 1 FROM enrolments e WHERE e.course_id = $2 AND e.user_id = u.id))
     UNION ALL
     SELECT w.name, u.id, 2 FROM JSON_TABLE($1, '$[*]' COLUMNS (name VARCHAR(190) PATH '$')) AS w
     STRAIGHT_JOIN users u ON u.login = w.name
     WHERE u.load_run IS NULL AND ($2 = '' OR EXISTS (SELECT 1 FROM enrolments e WHERE e.course_id = $2 AND e.user_id = u.id))
     ORDER BY 3",
    "SELECT w.name, u.id, 1 FROM json_array_elements_text($1::json) AS w (name)
     JOIN users u ON u.student_number = w.name
     WHERE u.load_run IS NULL AND ($2 = '' OR EXISTS (SELECT 1 FROM enrolments e WHERE e.course_id = $2 AND e.user_id = u.id))
     UNION ALL
     SELECT w.name, u.id, 2 FROM json_array_elements_text($1::json) AS w (name) JOIN users u ON u.login = w.name
     WHERE u.load_run IS NULL AND ($2 = '' OR EXISTS (SELECT 1 FROM enrolments e WHERE e.course_id = $2 AND e.user_id = u.id))
     ORDER BY 3",
);

/// The ids of those whom `names` mean, each once; with `course` only of those who are in it.
///
/// # Errors
/// In the inner result: the names that mean nobody.
pub(in crate::store::verbs) async fn resolve(
    transaction: &mut Transaction,
    names: &[String],
    course: &str,
) -> Result<Result<Vec<String>, PeopleRefusal>, StoreError> {
    let wanted = serde_json::json!(names).to_string();
    let mut found = BTreeMap::new();
    for row in transaction.all(&FIND, arguments![wanted, course]).await? {
        found.insert(row.string(0)?, row.string(1)?);
    }
    let unknown: BTreeSet<&String> = names
        .iter()
        .filter(|name| !found.contains_key(*name))
        .collect();
    if !unknown.is_empty() {
        let unknown = unknown.into_iter().cloned().collect();
        return Ok(Err(PeopleRefusal::UnknownPeople(unknown)));
    }
    let ids: BTreeSet<String> = found.into_values().collect();
    Ok(Ok(ids.into_iter().collect()))
}
