//! The log of what staff did, over HTTP: no route of theirs is without a line, and it can be checked elsewhere.

mod walks;

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::bank::{Faculty, faculty};
use super::*;
use crate::access::Action;
use crate::exam::receipt::hexadecimal;
use crate::http::routes::Access;
use crate::store::jobs::{Mail, TryOutcome, Work};
use walks::{
    walk_through_a_sitting, walk_through_an_exam, walk_through_courses, walk_through_maintenance,
    walk_through_people, walk_through_the_bank,
};

/// What staff may do that changes nothing which is kept.
const WITHOUT_A_LINE: [(&str, &str); 3] = [
    ("POST /api/v1/questions/check", "nothing is kept"),
    (
        "POST /api/v1/exams/{id}/check",
        "it looks at the exam as it is",
    ),
    (
        "POST /api/v1/exams/{id}/preparation",
        "the service does the same by itself, and nobody can tell afterwards",
    ),
];
const ACCESS_CODE: &str = "Hall-4711";
const JSON: &str = "application/json";

/// One request after the other, each of which has to be a line of the log.
struct Walk<'a> {
    faculty: &'a Faculty,
    token: String,
    walked: BTreeSet<String>,
    /// The last line.
    number: i64,
}

impl Walk<'_> {
    /// Sends to the route with these ids in place of its parameters; the reply's body.
    async fn does(&mut self, route: &str, ids: &[&str], body: Value, deed: &str) -> Value {
        let bytes = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.sends(route, ids, (JSON, bytes.into_bytes()), deed)
            .await
    }

    async fn sends(
        &mut self,
        route: &str,
        ids: &[&str],
        (kind, bytes): (&str, Vec<u8>),
        deed: &str,
    ) -> Value {
        let (route, query) = route.split_once('?').unwrap_or((route, ""));
        let (method, pattern) = route.split_once(' ').unwrap();
        let mut left = ids.iter();
        let parts = pattern.split('/').map(|part| {
            if part.starts_with('{') {
                *left.next().unwrap()
            } else {
                part
            }
        });
        let path = format!("{}?{query}", parts.collect::<Vec<_>>().join("/"));
        let key = format!("key {}", self.number);
        let headers = [("content-type", kind), ("idempotency-key", &*key)];
        let service = &self.faculty.service;
        let request = (&headers[..], Body::from(bytes));
        let reply = service.exchange(method, &path, Some(&self.token), request);
        let reply = Reply::of(reply.await);
        assert!(reply.status.is_success(), "{route}: {}", reply.body);
        let after = format!("/api/v1/audit?after={}", self.number);
        let admin = service.token(UserId::generate(), Role::Administrator);
        let log = service.send("GET", &after, Some(&admin), None).await.body;
        let lines = log["lines"].as_array().unwrap();
        let told: Vec<&Value> = lines.iter().map(|line| &line["action"]).collect();
        assert_eq!(told, [deed], "{route}");
        assert!(lines[0]["actor_id"].is_string(), "{route}");
        self.number += 1;
        self.walked.insert(route.to_owned());
        reply.body
    }
}

fn id(body: &Value) -> String {
    text(&body["id"])
}

async fn user(faculty: &Faculty, login: &str) -> UserId {
    let account = faculty.service.server.state.store.account_by_login(login);
    account.await.unwrap().unwrap().id
}

/// Every route by which staff change something.
fn routes_of_staff(faculty: &Faculty) -> BTreeSet<String> {
    let table = described_routes(faculty.service.server.state.clone());
    let is_of_staff = |action: Action| {
        !matches!(
            action,
            Action::SeeOwnAccount
                | Action::ChangeOwnAccount
                | Action::ListOwnExams
                | Action::SitExam
        )
    };
    let changing = table.routes().iter().filter(|route| {
        route.method != "GET"
            && matches!(route.terms.access, Access::May(action) if is_of_staff(action))
    });
    changing
        .map(|route| format!("{} {}", route.method, route.path))
        .collect()
}

/// The hash of a line by what an export says of it, whoever computes it.
fn recomputed(line: &Value) -> String {
    let members = [
        "previous_hash",
        "number",
        "happened_at_ms",
        "actor_id",
        "action",
        "subject_kind",
        "subject_id",
        "exam_id",
        "course_id",
        "detail",
    ];
    let members: Value = members.iter().map(|member| line[member].clone()).collect();
    hexadecimal(&Sha256::digest(members.to_string()))
}

fn check_chain(lines: &[Value]) {
    let mut previous_hash = json!("");
    for (number, line) in (1..).zip(lines) {
        assert_eq!(
            (&line["number"], &line["previous_hash"]),
            (&json!(number), &previous_hash)
        );
        assert_eq!(line["hash"], recomputed(line), "{line}");
        previous_hash = line["hash"].clone();
    }
}

/// A row of the CSV as the JSON lines have it: numbers, and nothing where it is empty.
fn of_csv(record: &std::collections::HashMap<String, String>) -> Value {
    let value = |(name, cell): (&String, &String)| {
        let value = match (&**name, &**cell) {
            ("number" | "happened_at_ms", number) => json!(number.parse::<i64>().unwrap()),
            ("previous_hash", hash) => json!(hash),
            (_, "") => Value::Null,
            (_, text) => json!(text),
        };
        (name.clone(), value)
    };
    Value::Object(record.iter().map(value).collect())
}

#[tokio::test]
async fn every_change_of_staff_over_every_route_is_a_line_that_can_be_checked_elsewhere() {
    let faculty = faculty().await;
    let mut walk = Walk {
        token: faculty.service.administrator().await,
        faculty: &faculty,
        walked: BTreeSet::new(),
        number: 0,
    };
    walk_through_people(&mut walk).await;
    walk_through_maintenance(&mut walk).await;
    walk_through_courses(&mut walk).await;
    let question = walk_through_the_bank(&mut walk).await;
    walk_through_an_exam(&mut walk, &question).await;
    walk_through_a_sitting(&mut walk).await;
    let exceptions = WITHOUT_A_LINE.iter().map(|(route, _)| (*route).to_owned());
    let accounted: BTreeSet<String> = walk.walked.iter().cloned().chain(exceptions).collect();
    assert_eq!(
        accounted,
        routes_of_staff(&faculty),
        "a route of staff is neither walked through here nor excused above"
    );

    let export = async |query: &str| {
        let path = format!("/api/v1/audit/export?{query}");
        let request = (&[][..], Body::empty());
        let service = &faculty.service;
        let reply = service.exchange("GET", &path, Some(&walk.token), request);
        let (parts, bytes) = reply.await;
        assert_eq!(parts.status, StatusCode::OK);
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    let lines = export("format=jsonl").await;
    for secret in [ACCESS_CODE, "new@example.org", "Half of it"] {
        assert!(!lines.contains(secret), "{secret}");
    }
    let parsed = |lines: &str| -> Vec<Value> {
        let lines = lines.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let lines = parsed(&lines);
    assert_eq!(lines.len(), usize::try_from(walk.number).unwrap());
    check_chain(&lines);
    let table = export("format=csv").await;
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<Value> = reader
        .deserialize()
        .map(|row| of_csv(&row.unwrap()))
        .collect();
    assert_eq!(rows, lines);
    let approvals = parsed(&export("format=jsonl&action=exam_approved").await);
    assert_eq!(approvals.len(), 1);
    assert_eq!(approvals[0]["hash"], recomputed(&approvals[0]));
    faculty.service.stop().await;
}

#[tokio::test]
async fn the_log_is_looked_through_by_exam_actor_deed_and_time() {
    let faculty = faculty().await;
    let admin = faculty.service.administrator().await;
    let own = user(&faculty, "admin").await;
    let name = json!({ "name": "Maths" });
    faculty
        .service
        .post("/api/v1/departments", Some(&admin), name)
        .await;
    let hour = TimeDelta::hours(1);
    let time = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let now = faculty.service.clock.now();
    let found = async |query: String| {
        let path = format!("/api/v1/audit?{query}");
        faculty.service.send("GET", &path, Some(&admin), None).await
    };
    for (query, count) in [
        (format!("actor={own}"), 1),
        (format!("actor={}", UserId::generate()), 0),
        ("action=department_made".to_owned(), 1),
        ("action=department_renamed".to_owned(), 0),
        (format!("exam={own}"), 0),
        (format!("from={}", time(now - hour)), 1),
        (format!("from={}", time(now + hour)), 0),
        (format!("until={}", time(now - hour)), 0),
        (
            format!("until={}&action=department_made&after=0", time(now + hour)),
            1,
        ),
    ] {
        let reply = found(query.clone()).await;
        assert_eq!(
            reply.body["lines"].as_array().map(Vec::len),
            Some(count),
            "{query}"
        );
        assert_eq!(reply.body["chain"]["holds"], true, "{query}");
    }
    for wrong in ["action=nothing", "exam=x", "from=yesterday", "actor=1"] {
        let reply = found(wrong.to_owned()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    faculty.service.stop().await;
}
