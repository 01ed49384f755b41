//! Questions read: one, a list, their versions.

use super::may_teach;
use crate::exam::{CategoryId, CourseId, Question, QuestionId};
use crate::store::Page;
use crate::store::bank::{BankQuestion, QuestionFilter, QuestionVersion};
use crate::store::sql::{Row, Sql, arguments};
use crate::store::{DatabaseStore, Staff, StaffOutcome, StoreError};

macro_rules! questions {
    ($rest:literal) => {
        Sql::same(concat!(
            "SELECT v.document, q.course_id, q.category_id, q.version, q.archived_at, v.changed_by, v.changed_at
             FROM questions q JOIN question_versions v ON v.question_id = q.id AND v.version = q.version ",
            $rest
        ))
    };
}

/// What is empty or 0 does not matter. Below a category is what begins with its path and a stroke: what sorts between
/// that and the character after the stroke.
static LIST: Sql = questions!(
    "WHERE q.course_id = $1 AND q.id > $2
       AND ($3 = '' OR q.kind = $3)
       AND ($4 = '' OR EXISTS (SELECT 1 FROM question_tags t WHERE t.question_id = q.id AND t.tag = $4))
       AND ($5 = 0 OR q.difficulty >= $5) AND ($6 = 0 OR q.difficulty <= $6)
       AND ($7 = '' OR q.search_text LIKE $7 ESCAPE '!')
       AND ($8 = '' OR EXISTS (SELECT 1 FROM question_categories c
                               WHERE c.id = q.category_id AND (c.path = $8 OR (c.path > $9 AND c.path < $10))))
       AND (($11 = 0 AND q.archived_at IS NULL) OR ($11 = 1 AND q.archived_at IS NOT NULL))
     ORDER BY q.id LIMIT $12"
);
static ONE: Sql = questions!("WHERE q.id = $1");
static CATEGORY_PATH: Sql =
    Sql::same("SELECT path FROM question_categories WHERE id = $1 AND course_id = $2");
static COURSE: Sql = Sql::same("SELECT course_id FROM questions WHERE id = $1");
static VERSIONS: Sql = Sql::same(
    "SELECT document, version, changed_by, changed_at FROM question_versions
     WHERE question_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_questions(
        &self,
        staff: Staff,
        course: CourseId,
        filter: &QuestionFilter,
        page: &Page,
    ) -> Result<StaffOutcome<Vec<BankQuestion>>, StoreError> {
        let reading = self.reading("list questions");
        if !may_teach(&reading, staff, course).await? {
            return Ok(StaffOutcome::NotFound);
        }
        let path = match filter.category {
            None => String::new(),
            Some(category) => {
                let values = arguments![category, course];
                match reading.optional(&CATEGORY_PATH, values).await? {
                    Some(row) => row.string(0)?,
                    None => return Ok(StaffOutcome::Done(Vec::new())),
                }
            }
        };
        let difficulty = |limit: Option<u8>| i64::from(limit.unwrap_or_default());
        let values = arguments![
            course,
            &page.after,
            &filter.kind,
            &filter.tag,
            difficulty(filter.minimum_difficulty),
            difficulty(filter.maximum_difficulty),
            pattern(&filter.text),
            &path,
            format!("{path}/"),
            format!("{path}0"),
            i64::from(filter.archived),
            page.limit
        ];
        let rows = reading.all(&LIST, values).await?;
        let questions: Result<_, StoreError> = rows.iter().map(bank_question).collect();
        questions.map(StaffOutcome::Done)
    }

    pub(in crate::store) async fn read_question(
        &self,
        staff: Staff,
        id: QuestionId,
    ) -> Result<StaffOutcome<BankQuestion>, StoreError> {
        let reading = self.reading("read a question");
        let Some(row) = reading.optional(&ONE, arguments![id]).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let question = bank_question(&row)?;
        let is_theirs = may_teach(&reading, staff, question.course).await?;
        Ok(StaffOutcome::found(is_theirs.then_some(question)))
    }

    pub(in crate::store) async fn read_question_versions(
        &self,
        staff: Staff,
        id: QuestionId,
        before: i64,
        limit: usize,
    ) -> Result<StaffOutcome<Vec<QuestionVersion>>, StoreError> {
        let reading = self.reading("list the versions of a question");
        let Some(row) = reading.optional(&COURSE, arguments![id]).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        if !may_teach(&reading, staff, row.id(0)?).await? {
            return Ok(StaffOutcome::NotFound);
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = reading
            .all(&VERSIONS, arguments![id, before, limit])
            .await?;
        let version = |row: &Row| {
            Ok(QuestionVersion {
                question: question(row)?,
                version: row.integer(1)?,
                changed_by: row.id(2)?,
                changed_at: row.time(3)?,
            })
        };
        let versions: Result<_, StoreError> = rows.iter().map(version).collect();
        versions.map(StaffOutcome::Done)
    }
}

/// What a search for `text` looks like as a pattern; empty where nothing is searched for.
fn pattern(text: &str) -> String {
    let searched = searchable(text);
    if searched.is_empty() {
        return searched;
    }
    let mut pattern = String::with_capacity(searched.len() + 2);
    pattern.push('%');
    for character in searched.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// A text as it is searched through and for: in lower case, with one space for whatever separates words.
pub(super) fn searchable(text: &str) -> String {
    let separates = |character: char| character.is_whitespace() || character.is_control();
    let words: Vec<&str> = text
        .split(separates)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").to_lowercase()
}

/// A question from the columns of `questions!`.
pub(super) fn bank_question(row: &Row) -> Result<BankQuestion, StoreError> {
    let category: Option<CategoryId> = match row.optional_text(2)? {
        None => None,
        Some(_) => Some(row.id(2)?),
    };
    Ok(BankQuestion {
        question: question(row)?,
        course: row.id(1)?,
        category,
        version: row.integer(3)?,
        archived_at: row.optional_time(4)?,
        changed_by: row.id(5)?,
        changed_at: row.time(6)?,
    })
}

/// A question from the document in the first column.
pub(in crate::store::verbs) fn question(row: &Row) -> Result<Question, StoreError> {
    serde_json::from_str(row.text(0)?).map_err(|error| {
        // Where, but nothing of what it asks.
        StoreError::Corrupt(format!(
            "a question that cannot be read at line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_takes_signs_of_patterns_literally() {
        assert_eq!(pattern("  "), "");
        assert_eq!(pattern("50% of A_1!\0\n"), "%50!% of a!_1!!%");
        assert_eq!(pattern("ÉTÉ  Straße"), "%été straße%");
    }
}
