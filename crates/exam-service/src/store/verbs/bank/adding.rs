//! Questions added: one, or thousands with a few statements.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::reading::searchable;
use super::teaches;
use crate::exam::audit::{Deed, those};
use crate::exam::{CategoryId, CourseId, Question};
use crate::store::bank::{MAX_QUESTIONS, NewQuestions};
use crate::store::sql::{Sql, Transaction, arguments, select_locked};
use crate::store::{DatabaseStore, Staff, StaffOutcome, StoreError};

/// How many questions one statement adds, and about how many bytes of them: servers limit what one may be long.
const PER_STATEMENT: usize = 500;
const BYTES_PER_STATEMENT: usize = 2 * 1024 * 1024;
/// So much of a question is searched through, in characters.
const SEARCHED_CHARACTERS: usize = 10_000;

/// Two that add at the same time count each other.
static LOCK_COURSE: Sql = select_locked!("SELECT id FROM courses WHERE id = $1");
static COUNT: Sql =
    Sql::same("SELECT count(*) FROM questions WHERE course_id = $1 AND archived_at IS NULL");
static IN_COURSE: Sql =
    Sql::same("SELECT count(*) FROM question_categories WHERE id = $1 AND course_id = $2");
static EXISTING: Sql = Sql::each(
    "SELECT q.id, q.course_id FROM json_each($1) AS wanted CROSS JOIN questions q ON q.id = wanted.value",
    "SELECT q.id, q.course_id FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS wanted
     STRAIGHT_JOIN questions q ON q.id = wanted.id",
    "SELECT q.id, q.course_id FROM json_array_elements_text($1::json) AS wanted JOIN questions q ON q.id = wanted.value",
);
static ADD: Sql = Sql::each(
    "INSERT INTO questions (id, course_id, category_id, version, kind, difficulty, search_text)
     SELECT value ->> 0, $2, $3, 1, value ->> 1, nullif(value ->> 2, 0), value ->> 3 FROM json_each($1)",
    "INSERT INTO questions (id, course_id, category_id, version, kind, difficulty, search_text)
     SELECT made.id, $2, $3, 1, made.kind, nullif(made.difficulty, 0), made.search_text
     FROM JSON_TABLE($1, '$[*]' COLUMNS (
         id VARCHAR(36) PATH '$[0]', kind VARCHAR(20) PATH '$[1]', difficulty BIGINT PATH '$[2]',
         search_text LONGTEXT PATH '$[3]')) AS made",
    "INSERT INTO questions (id, course_id, category_id, version, kind, difficulty, search_text)
     SELECT value ->> 0, $2, $3, 1, value ->> 1, nullif((value ->> 2)::bigint, 0), value ->> 3
     FROM json_array_elements($1::json)",
);
static ADD_VERSIONS: Sql = Sql::each(
    "INSERT INTO question_versions (question_id, version, document, changed_by, changed_at)
     SELECT value ->> 0, 1, value ->> 4, $2, $3 FROM json_each($1)",
    "INSERT INTO question_versions (question_id, version, document, changed_by, changed_at)
     SELECT made.id, 1, made.document, $2, $3
     FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$[0]', document LONGTEXT PATH '$[4]')) AS made",
    "INSERT INTO question_versions (question_id, version, document, changed_by, changed_at)
     SELECT value ->> 0, 1, value ->> 4, $2, $3 FROM json_array_elements($1::json)",
);
pub(super) static ADD_TAGS: Sql = Sql::each(
    "INSERT INTO question_tags (question_id, tag) SELECT value ->> 0, value ->> 1 FROM json_each($1)",
    "INSERT INTO question_tags (question_id, tag) SELECT made.id, made.tag
     FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$[0]', tag VARCHAR(60) PATH '$[1]')) AS made",
    "INSERT INTO question_tags (question_id, tag) SELECT value ->> 0, value ->> 1 FROM json_array_elements($1::json)",
);

impl DatabaseStore {
    pub(in crate::store) async fn write_questions(
        &self,
        staff: Staff,
        new: &NewQuestions,
    ) -> Result<StaffOutcome<()>, StoreError> {
        let mut transaction = self.begin_write("add questions").await?;
        if !teaches(&mut transaction, staff, new.course).await? {
            return Ok(StaffOutcome::NotFound);
        }
        transaction
            .one(&LOCK_COURSE, arguments![new.course])
            .await?;
        if !is_in_course(&mut transaction, new.category, new.course).await? {
            return Ok(StaffOutcome::refused(NO_CATEGORY));
        }
        let Some(there) = existing(&mut transaction, new).await? else {
            return Ok(StaffOutcome::refused(
                "A question with this id belongs to another course. Leave the id out: it gets one.",
            ));
        };
        let added = || {
            new.questions
                .iter()
                .filter(|question| !there.contains(&question.id.to_string()))
        };
        let count = transaction.one(&COUNT, arguments![new.course]).await?;
        let count = usize::try_from(count.integer(0)?).unwrap_or(MAX_QUESTIONS);
        if count + added().count() > MAX_QUESTIONS {
            return Ok(StaffOutcome::refused(format!(
                "A course has at most {MAX_QUESTIONS} questions in use, and this one has {count}. Archive some first."
            )));
        }
        let rows: Vec<Value> = added().map(row).collect::<Result<_, _>>()?;
        for chunk in chunks(&rows) {
            let values = arguments![&chunk, new.course, new.category];
            transaction.execute(&ADD, values).await?;
            let values = arguments![&chunk, staff.user, new.now];
            transaction.execute(&ADD_VERSIONS, values).await?;
        }
        let tags: Vec<Value> = added().flat_map(tag_rows).collect();
        for chunk in chunks(&tags) {
            transaction.execute(&ADD_TAGS, arguments![chunk]).await?;
        }
        let ids: Vec<String> = added().map(|question| question.id.to_string()).collect();
        if !ids.is_empty() {
            let entry = staff.did(Deed::QuestionsAdded).on(&new.course);
            let detail = json!({ "count": ids.len(), "questions": those(&ids) });
            let entry = entry.in_course(new.course).with(detail);
            entry.append(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(StaffOutcome::Done(()))
    }
}

/// Why a question is not sorted in.
pub(super) const NO_CATEGORY: &str =
    "This course has no such category. Choose one of its own, or leave it out.";

/// Whether a category, if there is one, belongs to the course.
pub(super) async fn is_in_course(
    transaction: &mut Transaction,
    category: Option<CategoryId>,
    course: CourseId,
) -> Result<bool, StoreError> {
    let Some(category) = category else {
        return Ok(true);
    };
    let values = arguments![category, course];
    transaction.one(&IN_COURSE, values).await?.flag(0)
}

/// Which of the questions are in the course already; `None` when another course has one of them.
async fn existing(
    transaction: &mut Transaction,
    new: &NewQuestions,
) -> Result<Option<HashSet<String>>, StoreError> {
    let ids: Vec<String> = new
        .questions
        .iter()
        .map(|question| question.id.to_string())
        .collect();
    let ids = Value::from(ids).to_string();
    let rows = transaction.all(&EXISTING, arguments![ids]).await?;
    let mut there = HashSet::new();
    for row in rows {
        if row.id::<CourseId>(1)? != new.course {
            return Ok(None);
        }
        there.insert(row.string(0)?);
    }
    Ok(Some(there))
}

fn row(question: &Question) -> Result<Value, StoreError> {
    Ok(json!([
        question.id,
        question.kind.as_str(),
        question.difficulty.unwrap_or_default(),
        search_text(question),
        document(question)?,
    ]))
}

/// The question as it is stored.
pub(super) fn document(question: &Question) -> Result<String, StoreError> {
    serde_json::to_string(question)
        .map_err(|error| StoreError::Corrupt(format!("a question cannot be written: {error}")))
}

/// Rows of the table of tags.
pub(super) fn tag_rows(question: &Question) -> impl Iterator<Item = Value> + '_ {
    let row = |tag: &String| json!([question.id, tag]);
    question.tags.iter().map(row)
}

/// Everything of a question that a search looks through.
pub(super) fn search_text(question: &Question) -> String {
    let parts = [&question.name, &question.text].into_iter();
    let options = question.options().iter().map(|option| &option.text);
    let parts: Vec<&str> = parts
        .chain(&question.tags)
        .chain(options)
        .map(String::as_str)
        .collect();
    let text = parts.join(" ");
    let beginning: String = text.chars().take(SEARCHED_CHARACTERS).collect();
    searchable(&beginning)
}

/// JSON arrays of rows, none of which is too long for one statement.
fn chunks(rows: &[Value]) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut chunk: Vec<String> = Vec::new();
    let mut bytes = 0;
    for row in rows.iter().map(Value::to_string) {
        if chunk.len() == PER_STATEMENT || (bytes + row.len() > BYTES_PER_STATEMENT && bytes > 0) {
            chunks.push(format!("[{}]", chunk.join(",")));
            chunk.clear();
            bytes = 0;
        }
        bytes += row.len();
        chunk.push(row);
    }
    if !chunk.is_empty() {
        chunks.push(format!("[{}]", chunk.join(",")));
    }
    chunks
}
