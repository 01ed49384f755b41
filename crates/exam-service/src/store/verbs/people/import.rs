//! Many accounts at once, each with its courses: all of them in one transaction, or none. Statements over JSON arrays, so that
//! ten thousand rows are some dozens of statements.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::search_text;
use crate::accounts::fields::Field;
use crate::exam::audit::Deed;
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::{DatabaseStore, Finding, NewPerson, Role, Staff, StoreError};

/// How many rows one statement is about.
const ROWS_PER_STATEMENT: usize = 1000;

/// Logins and student numbers that are there already, with 1 for a login and 2 for a number.
static TAKEN: Sql = Sql::each(
    "SELECT 1, u.login FROM json_each($1) w CROSS JOIN users u ON u.login = w.value ->> 0
     UNION ALL
     SELECT 2, u.student_number FROM json_each($1) w CROSS JOIN users u ON u.student_number = w.value ->> 1",
    "SELECT 1, u.login FROM JSON_TABLE($1, '$[*]' COLUMNS (login VARCHAR(190) PATH '$[0]')) AS w
     STRAIGHT_JOIN users u ON u.login = w.login
     UNION ALL
     SELECT 2, u.student_number FROM JSON_TABLE($1, '$[*]' COLUMNS (number VARCHAR(190) PATH '$[1]')) AS w
     STRAIGHT_JOIN users u ON u.student_number = w.number",
    "SELECT 1::bigint, u.login FROM json_array_elements($1::json) AS w (value) JOIN users u ON u.login = w.value ->> 0
     UNION ALL
     SELECT 2::bigint, u.student_number FROM json_array_elements($1::json) AS w (value)
     JOIN users u ON u.student_number = w.value ->> 1",
);
static COURSES: Sql = Sql::each(
    "SELECT c.code, c.id FROM json_each($1) w CROSS JOIN courses c ON c.code = w.value WHERE c.archived_at IS NULL",
    "SELECT c.code, c.id FROM JSON_TABLE($1, '$[*]' COLUMNS (code VARCHAR(190) PATH '$')) AS w
     STRAIGHT_JOIN courses c ON c.code = w.code WHERE c.archived_at IS NULL",
    "SELECT c.code, c.id FROM json_array_elements_text($1::json) AS w (code)
     JOIN courses c ON c.code = w.code WHERE c.archived_at IS NULL",
);
/// An empty text stands for nothing: what a null of JSON becomes is not the same everywhere.
static ADD: Sql = Sql::each(
    "INSERT INTO users (id, login, display_name, role, password_hash, email, student_number, search_text, created_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, nullif(value ->> 5, ''),
            nullif(value ->> 6, ''), value ->> 7, $2
     FROM json_each($1)",
    "INSERT INTO users (id, login, display_name, role, password_hash, email, student_number, search_text, created_at)
     SELECT w.id, w.login, w.display_name, w.role, w.password_hash, nullif(w.email, ''), nullif(w.number, ''),
            w.search_text, $2
     FROM JSON_TABLE($1, '$[*]' COLUMNS (
         id VARCHAR(36) PATH '$[0]', login VARCHAR(190) PATH '$[1]', display_name VARCHAR(190) PATH '$[2]',
         role VARCHAR(20) PATH '$[3]', password_hash VARCHAR(255) PATH '$[4]', email VARCHAR(255) PATH '$[5]',
         number VARCHAR(190) PATH '$[6]', search_text VARCHAR(2000) PATH '$[7]')) AS w",
    "INSERT INTO users (id, login, display_name, role, password_hash, email, student_number, search_text, created_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, nullif(value ->> 5, ''),
            nullif(value ->> 6, ''), value ->> 7, $2
     FROM json_array_elements($1::json)",
);
static ENROL: Sql = Sql::each(
    "INSERT INTO enrolments (course_id, user_id, role) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1)",
    "INSERT INTO enrolments (course_id, user_id, role)
     SELECT w.course, w.person, w.role FROM JSON_TABLE($1, '$[*]' COLUMNS (
         course VARCHAR(36) PATH '$[0]', person VARCHAR(36) PATH '$[1]', role VARCHAR(20) PATH '$[2]')) AS w",
    "INSERT INTO enrolments (course_id, user_id, role)
     SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_array_elements($1::json)",
);

impl DatabaseStore {
    pub(in crate::store) async fn write_people(
        &self,
        staff: Staff,
        people: &[NewPerson],
        is_dry_run: bool,
    ) -> Result<Vec<(usize, Finding)>, StoreError> {
        let mut transaction = self.begin_write("make accounts").await?;
        let courses = courses(&mut transaction, people).await?;
        let taken = taken(&mut transaction, people).await?;
        let findings = findings(people, &courses, &taken);
        if is_dry_run || !findings.is_empty() {
            transaction.rollback().await?;
            return Ok(findings);
        }
        for chunk in people.chunks(ROWS_PER_STATEMENT) {
            let values = arguments![json(chunk, account_row), staff.at];
            if !transaction.unless_taken(&ADD, values).await? {
                // Somebody was faster; who it is, another look says.
                transaction.rollback().await?;
                return Box::pin(self.write_people(staff, people, true)).await;
            }
        }
        let enrolments = enrolments(people, &courses);
        for chunk in enrolments.chunks(ROWS_PER_STATEMENT) {
            let values = arguments![json(chunk, Value::clone)];
            transaction.execute(&ENROL, values).await?;
        }
        log(&mut transaction, staff, people).await?;
        transaction.commit().await?;
        Ok(Vec::new())
    }
}

/// One line, however many accounts there are.
async fn log(
    transaction: &mut Transaction,
    staff: Staff,
    people: &[NewPerson],
) -> Result<(), StoreError> {
    let entry = match people {
        [] => return Ok(()),
        [one] => staff
            .did(Deed::AccountMade)
            .on(&one.id)
            .with(json!({ "role": one.role.as_str() })),
        many => {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for person in many {
                *counts.entry(person.role.as_str()).or_default() += 1;
            }
            staff.did(Deed::AccountsImported).with(json!(counts))
        }
    };
    entry.append(transaction).await?;
    Ok(())
}

fn json<T>(rows: &[T], row: impl Fn(&T) -> Value) -> String {
    Value::Array(rows.iter().map(row).collect()).to_string()
}

fn account_row(person: &NewPerson) -> Value {
    let number = person.student_number.as_deref();
    json!([
        person.id,
        person.login,
        person.display_name,
        person.role.as_str(),
        person.password_hash,
        person.email.as_deref().unwrap_or_default(),
        number.unwrap_or_default(),
        search_text(&person.login, &person.display_name, number),
    ])
}

/// The part in a course that follows from a role: administrators teach.
fn part(role: Role) -> &'static str {
    match role {
        Role::Student | Role::Invigilator => role.as_str(),
        Role::Lecturer | Role::Administrator => Role::Lecturer.as_str(),
    }
}

/// The courses that are named, by their codes.
async fn courses(
    transaction: &mut Transaction,
    people: &[NewPerson],
) -> Result<BTreeMap<String, String>, StoreError> {
    let codes: BTreeSet<&str> = people
        .iter()
        .flat_map(|person| person.courses.iter().map(String::as_str))
        .collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let mut found = BTreeMap::new();
    for chunk in codes.chunks(ROWS_PER_STATEMENT) {
        let values = arguments![json(chunk, |code| json!(code))];
        for row in transaction.all(&COURSES, values).await? {
            found.insert(row.string(0)?, row.string(1)?);
        }
    }
    Ok(found)
}

/// The logins and the student numbers that other accounts have.
#[derive(Default)]
struct Taken {
    logins: HashSet<String>,
    numbers: HashSet<String>,
}

async fn taken(transaction: &mut Transaction, people: &[NewPerson]) -> Result<Taken, StoreError> {
    let mut taken = Taken::default();
    for chunk in people.chunks(ROWS_PER_STATEMENT) {
        let names = json(chunk, |person| {
            let number = person.student_number.as_deref();
            json!([person.login, number.unwrap_or_default()])
        });
        for row in transaction.all(&TAKEN, arguments![names]).await? {
            let into = match row.integer(0)? {
                1 => &mut taken.logins,
                _ => &mut taken.numbers,
            };
            into.insert(row.string(1)?);
        }
    }
    Ok(taken)
}

fn findings(
    people: &[NewPerson],
    courses: &BTreeMap<String, String>,
    taken: &Taken,
) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    for (index, person) in people.iter().enumerate() {
        if taken.logins.contains(&person.login) {
            findings.push((index, Finding::Taken(Field::Login)));
        }
        let number = person.student_number.as_ref();
        if number.is_some_and(|number| taken.numbers.contains(number)) {
            findings.push((index, Finding::Taken(Field::StudentNumber)));
        }
        let unknown = person
            .courses
            .iter()
            .filter(|code| !courses.contains_key(*code));
        findings.extend(unknown.map(|code| (index, Finding::UnknownCourse(code.clone()))));
    }
    findings
}

fn enrolments(people: &[NewPerson], courses: &BTreeMap<String, String>) -> Vec<Value> {
    let of_one = |person: &NewPerson| {
        let ids: BTreeSet<&String> = person
            .courses
            .iter()
            .filter_map(|code| courses.get(code))
            .collect();
        let (user, part) = (person.id, part(person.role));
        ids.into_iter()
            .map(|course| json!([course, user, part]))
            .collect::<Vec<_>>()
    };
    people.iter().flat_map(of_one).collect()
}
