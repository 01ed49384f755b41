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

/// Accounts first, which are looked up alone where nothing else can be meant.
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
        self.read_names_by(&NAMED, ids).await
    }

    /// The same for ids that are all of accounts: one statement.
    pub(in crate::store) async fn read_names_of_people(
        &self,
        ids: &[String],
    ) -> Result<BTreeMap<String, String>, StoreError> {
        self.read_names_by(&NAMED[..1], ids).await
    }

    async fn read_names_by(
        &self,
        statements: &'static [Sql],
        ids: &[String],
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let mut names = BTreeMap::new();
        if ids.is_empty() {
            return Ok(names);
        }
        let wanted = serde_json::json!(ids).to_string();
        let reading = self.reading("look up names");
        for statement in statements {
            for row in reading.all(statement, arguments![&wanted]).await? {
                names.insert(row.string(0)?, row.string(1)?);
            }
        }
        Ok(names)
    }
}
