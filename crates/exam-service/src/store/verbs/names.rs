//! What the things of the log are called.

use std::collections::BTreeMap;

use crate::store::sql::{Sql, arguments};
use crate::store::{DatabaseStore, StoreError};

/// Ids and names of those rows of a table whose ids are in the JSON array `$1`.
macro_rules! named {
    ($name:literal of $table:literal) => {
        Sql::each(
            concat!(
                "SELECT t.id, ", $name, " FROM json_each($1) AS wanted CROSS JOIN ", $table, " ON t.id = wanted.value"
            ),
            concat!(
                "SELECT t.id, ", $name, " FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS wanted STRAIGHT_JOIN ",
                $table, " ON t.id = wanted.id"
            ),
            concat!(
                "SELECT t.id, ", $name, " FROM json_array_elements_text($1::json) AS wanted (id) JOIN ", $table,
                " ON t.id = wanted.id"
            ),
        )
    };
}

static NAMED: [Sql; 7] = [
    named!("t.display_name" of "users t"),
    named!("t.title" of "exams t"),
    named!("t.code" of "courses t"),
    named!("t.name" of "departments t"),
    named!("t.name" of "course_groups t"),
    named!("t.path" of "question_categories t"),
    named!("(SELECT u.display_name FROM users u WHERE u.id = t.user_id)" of "attempts t"),
];

impl DatabaseStore {
    pub(in crate::store) async fn read_names(
        &self,
        ids: &[String],
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let mut names = BTreeMap::new();
        if ids.is_empty() {
            return Ok(names);
        }
        let wanted = serde_json::json!(ids).to_string();
        let reading = self.reading("look up names");
        for statement in &NAMED {
            for row in reading.all(statement, arguments![&wanted]).await? {
                names.insert(row.string(0)?, row.string(1)?);
            }
        }
        Ok(names)
    }
}
