//! The log of what staff did, over HTTP: no route of theirs is without a line, and it can be checked elsewhere.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::bank::{Faculty, faculty};
use super::results::emergency::written_file;
use super::*;
use crate::access::Action;
use crate::exam::receipt::hexadecimal;
use crate::http::routes::Access;
use crate::store::jobs::{Mail, TryOutcome, Work};

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

async fn walk_through_people(walk: &mut Walk<'_>) {
    let faculty = walk.faculty;
    let body = json!({ "login": "new", "display_name": "New", "role": "lecturer" });
    let made = walk.does("POST /api/v1/users", &[], body, "account_made");
    let new = id(&made.await["user"]);
    let csv = "login,display_name,role,email,student_number,password,courses\na1,A,student,,,,\na2,A,student,,,,\n";
    let file = ("text/csv", csv.as_bytes().to_vec());
    walk.sends("POST /api/v1/users/import", &[], file, "accounts_imported")
        .await;
    let change = json!({ "email": "new@example.org" });
    walk.does(
        "PATCH /api/v1/users/{id}",
        &[&new],
        change,
        "account_changed",
    )
    .await;
    let route = "POST /api/v1/users/{id}/password";
    walk.does(route, &[&new], json!({}), "password_set").await;
    faculty.service.sign_in("student-0002").await;
    let (two, state) = (
        user(faculty, "student-0002").await,
        &faculty.service.server.state,
    );
    let route = "DELETE /api/v1/users/{id}/sessions";
    walk.does(route, &[&two.to_string()], Value::Null, "sessions_ended")
        .await;
    let now = faculty.service.clock.now();
    assert!(
        state
            .store
            .begin_second_factor(two, "SECRET", now)
            .await
            .unwrap()
    );
    let route = "DELETE /api/v1/users/{id}/second-factor";
    walk.does(
        route,
        &[&two.to_string()],
        Value::Null,
        "second_factor_removed",
    )
    .await;
    let mail = Mail {
        to: "a@example.org".to_owned(),
        subject: "A".to_owned(),
        text: "A".to_owned(),
    };
    state.store.add_job(Work::Mail(mail), now).await.unwrap();
    let claim = state
        .store
        .claim_job(now, now + TimeDelta::minutes(5))
        .await
        .unwrap()
        .unwrap();
    let dead = TryOutcome::Dead {
        at: now,
        error: "No".to_owned(),
    };
    assert!(state.store.end_claim(&claim, dead).await.unwrap());
    let job = claim.id.to_string();
    walk.does(
        "POST /api/v1/jobs/{id}/retry",
        &[&job],
        Value::Null,
        "job_retried",
    )
    .await;
}

async fn walk_through_courses(walk: &mut Walk<'_>) {
    let name = json!({ "name": "Maths" });
    let made = walk.does("POST /api/v1/departments", &[], name, "department_made");
    let department = id(&made.await);
    let route = "PATCH /api/v1/departments/{id}";
    let name = json!({ "name": "Physics" });
    walk.does(route, &[&department], name, "department_renamed")
        .await;
    let new = json!({ "code": "PHY-1", "title": "Physics" });
    let course = id(&walk
        .does("POST /api/v1/courses", &[], new, "course_made")
        .await);
    let change = json!({ "title": "Physics 1" });
    walk.does(
        "PATCH /api/v1/courses/{id}",
        &[&course],
        change,
        "course_changed",
    )
    .await;
    let people = json!({ "people": ["student-0003"], "role": "student" });
    let route = "POST /api/v1/courses/{id}/enrolments";
    walk.does(route, &[&course], people, "people_enrolled")
        .await;
    let name = json!({ "name": "A" });
    let route = "POST /api/v1/courses/{id}/groups";
    let group = id(&walk.does(route, &[&course], name, "group_made").await);
    let people = json!({ "people": ["student-0003"] });
    let route = "PUT /api/v1/courses/{id}/groups/{group}/members";
    walk.does(route, &[&course, &group], people, "group_members_set")
        .await;
    let route = "DELETE /api/v1/courses/{id}/groups/{group}";
    walk.does(route, &[&course, &group], Value::Null, "group_removed")
        .await;
    let three = user(walk.faculty, "student-0003").await.to_string();
    let route = "DELETE /api/v1/courses/{id}/enrolments/{user}";
    walk.does(route, &[&course, &three], Value::Null, "enrolment_ended")
        .await;
}

async fn walk_through_the_bank(walk: &mut Walk<'_>) -> String {
    let course = walk.faculty.course.clone();
    let route = "POST /api/v1/courses/{id}/question-categories";
    let path = json!({ "path": "A" });
    let category = id(&walk.does(route, &[&course], path, "category_made").await);
    let (path, route) = (
        json!({ "path": "B" }),
        "PUT /api/v1/question-categories/{id}",
    );
    walk.does(route, &[&category], path, "category_moved").await;
    let route = "DELETE /api/v1/question-categories/{id}";
    walk.does(route, &[&category], Value::Null, "category_removed")
        .await;
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 32]].concat();
    let file = ("application/octet-stream", png);
    walk.sends(
        "POST /api/v1/courses/{id}/media",
        &[&course],
        file,
        "media_added",
    )
    .await;
    let csv = b"type,text,points,correct\ntrue_false,Is it so?,1,true\n".to_vec();
    let route = "POST /api/v1/courses/{id}/questions/import?format=csv";
    let file = ("application/octet-stream", csv);
    walk.sends(route, &[&course], file, "questions_added").await;
    let new = json!({ "question": {
        "text": "Is 2 prime?", "points": "2", "kind": { "type": "true_false", "correct": true }
    } });
    let route = "POST /api/v1/courses/{id}/questions";
    let question = id(&walk.does(route, &[&course], new, "questions_added").await);
    let kept = walk
        .faculty
        .get(&format!("/api/v1/questions/{question}"))
        .await;
    let mut changed = kept.body["question"].clone();
    changed["text"] = json!("Is 3 prime?");
    let change = json!({ "version": 1, "question": changed });
    walk.does(
        "PUT /api/v1/questions/{id}",
        &[&question],
        change,
        "question_changed",
    )
    .await;
    for (archived, deed) in [(true, "question_archived"), (false, "question_taken_back")] {
        let body = json!({ "archived": archived });
        walk.does(
            "PUT /api/v1/questions/{id}/archived",
            &[&question],
            body,
            deed,
        )
        .await;
    }
    question
}

async fn walk_through_an_exam(walk: &mut Walk<'_>, question: &str) {
    let (faculty, now) = (walk.faculty, walk.faculty.service.clock.now());
    let (starts_at, ends_at) = (now - TimeDelta::hours(1), now + TimeDelta::hours(3));
    let new = json!({
        "code": "exam-1", "title": "Exam", "duration_seconds": 3600, "starts_at": starts_at, "ends_at": ends_at,
        "draft": { "sections": [{ "title": "A", "items": [{ "type": "fixed", "question": question }] }] }
    });
    let route = "POST /api/v1/courses/{id}/exams";
    let made = walk.does(route, &[&faculty.course], new, "exam_made").await;
    let exam = id(&made);
    let change =
        json!({ "revision": 1, "title": "Exam 1", "rules": { "access_code": ACCESS_CODE } });
    walk.does("PATCH /api/v1/exams/{id}", &[&exam], change, "exam_changed")
        .await;
    let people = json!({ "people": ["student-0001", "student-0002"] });
    let route = "POST /api/v1/exams/{id}/candidates";
    walk.does(route, &[&exam], people, "candidates_added").await;
    let (one, two) = (
        user(faculty, "student-0001").await,
        user(faculty, "student-0002").await,
    );
    let route = "DELETE /api/v1/exams/{id}/candidates/{user_id}";
    walk.does(
        route,
        &[&exam, &two.to_string()],
        Value::Null,
        "candidate_removed",
    )
    .await;
    let route = "PUT /api/v1/exams/{id}/candidates/{user_id}/accommodation";
    let more = json!({ "extra_percent": 25 });
    walk.does(route, &[&exam, &one.to_string()], more, "accommodation_set")
        .await;
    let seats = json!({ "seats": [{ "name": "student-0001", "seat": "H1-001" }] });
    walk.does("PUT /api/v1/exams/{id}/seats", &[&exam], seats, "seats_set")
        .await;
    let rooms = json!([{ "name": "H2", "seats": { "named": ["1", "2", "3"] } }]);
    let rooms = json!({ "rooms": rooms, "seen_version": 0 });
    let route = "PUT /api/v1/exams/{id}/seat-plan";
    walk.does(route, &[&exam], rooms, "seat_plan_set").await;
    let wish = json!({ "order": "name", "keep_seated": false, "apply": true });
    let route = "POST /api/v1/exams/{id}/seat-plan/assign";
    walk.does(route, &[&exam], wish, "seats_set").await;
    let state = "POST /api/v1/exams/{id}/state";
    let review = json!({ "state": "review" });
    let reviewed = walk
        .does(state, &[&exam], review, "exam_state_changed")
        .await;
    let author = std::mem::replace(&mut walk.token, faculty.lecturer.clone());
    let seen = json!({ "revision": reviewed["revision"] });
    walk.does(
        "POST /api/v1/exams/{id}/approval",
        &[&exam],
        seen,
        "exam_approved",
    )
    .await;
    walk.token = author;
    let published = json!({ "state": "published" });
    walk.does(state, &[&exam], published, "exam_state_changed")
        .await;
    let copy = json!({ "code": "exam-2", "starts_at": starts_at, "ends_at": ends_at });
    walk.does(
        "POST /api/v1/exams/{id}/clone",
        &[&exam],
        copy,
        "exam_cloned",
    )
    .await;
    let route = "POST /api/v1/exams/{id}/codes";
    walk.does(route, &[&exam], json!({}), "exam_codes_made")
        .await;
}

async fn walk_through_a_sitting(walk: &mut Walk<'_>) {
    let sitting = walk.faculty.service.sit("student-0003").await;
    let (exam, attempt) = (text(&sitting.attempt["exam_id"]), id(&sitting.attempt));
    let message =
        json!({ "action": "message", "target": { "all": true }, "message": "Quiet, please" });
    let route = "POST /api/v1/exams/{id}/actions";
    walk.does(route, &[&exam], message, "message").await;
    let file = written_file(
        &sitting,
        &json!([{
        "question_id": sitting.question("true_false")["id"], "response": { "value": true }, "flagged": false,
        "sequence": 7, "answered_at": walk.faculty.service.clock.now() }]),
    );
    let file = json!({ "file": file, "reason": "no network" });
    let route = "POST /api/v1/exams/{id}/emergency-files";
    walk.does(route, &[&exam], file, "emergency_file").await;
    sitting.submit().await;
    let question = text(&sitting.question("true_false")["id"]);
    let grade = json!({ "seen_version": 0, "points": 0.5, "comment": "Half of it" });
    let route = "PUT /api/v1/attempts/{id}/grades/{question_id}";
    walk.does(route, &[&attempt, &question], grade, "grade_given")
        .await;
    let key = json!({
        "question_id": question, "kind": { "type": "true_false", "correct": false }, "reason": "It was wrong",
        "seen_version": 0, "apply": true
    });
    walk.does(
        "POST /api/v1/exams/{id}/regrade",
        &[&exam],
        key,
        "key_corrected",
    )
    .await;
    let release = json!({ "force": true });
    walk.does(
        "POST /api/v1/exams/{id}/release",
        &[&exam],
        release,
        "results_released",
    )
    .await;
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
