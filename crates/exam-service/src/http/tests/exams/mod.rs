//! Exams over HTTP: from the first draft to a published exam that a student sits.

mod candidates;
mod preparation;
mod rooms;

use super::bank::{Faculty, faculty};
use super::*;

/// A draft that asks one question and draws another of those with a tag, in a window that is open.
async fn draft(faculty: &Faculty) -> Value {
    let fixed = faculty.add("Is 2 prime?", &["fixed"]).await;
    for text in ["Is 3 prime?", "Is 4 prime?"] {
        faculty.add(text, &["pool"]).await;
    }
    let body = json!({
        "code": "algebra-2026", "title": "Algebra", "duration_seconds": 3600,
        "starts_at": hours(faculty, -1), "ends_at": hours(faculty, 3),
        "draft": { "sections": [{ "title": "A", "instructions": "Think.", "shuffles_questions": true, "items": [
            { "type": "fixed", "question": fixed, "points": "4" },
            { "type": "draw", "count": 1, "tags": ["pool"] }
        ] }] }
    });
    let made = faculty
        .send("POST", &faculty.of_course("exams"), body.clone())
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let again = faculty
        .send("POST", &faculty.of_course("exams"), body)
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT, "the code is taken");
    made.body
}

fn hours(faculty: &Faculty, hours: i64) -> Value {
    json!(faculty.service.clock.now() + TimeDelta::hours(hours))
}

fn path(exam: &Value, rest: &str) -> String {
    format!("/api/v1/exams/{}{rest}", text(&exam["id"]))
}

async fn step(faculty: &Faculty, exam: &Value, state: &str) -> Reply {
    faculty
        .send("POST", &path(exam, "/state"), json!({ "state": state }))
        .await
}

async fn publish(faculty: &Faculty, exam: &Value) -> Value {
    for state in ["review", "published"] {
        let taken = step(faculty, exam, state).await;
        assert_eq!(taken.status, StatusCode::OK, "{}", taken.body);
        if state == "published" {
            return taken.body;
        }
    }
    panic!("no state")
}

/// The exam is sat by the demo students.
async fn add_candidates(faculty: &Faculty, exam: &Value) -> Reply {
    let names = json!({ "people": ["student-0001", "student-0002"] });
    faculty
        .send("POST", &path(exam, "/candidates"), names)
        .await
}

async fn my_exams(service: &Service, token: &str) -> Vec<String> {
    let listed = service
        .send("GET", "/api/v1/my/exams", Some(token), None)
        .await
        .body;
    let exams = listed["exams"].as_array().unwrap().iter();
    exams.map(|exam| text(&exam["title"])).collect()
}

#[tokio::test]
async fn a_published_exam_is_sat_as_it_was_when_it_was_published() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    assert_eq!(
        (&exam["state"], &exam["question_count"], &exam["revision"]),
        (&json!("draft"), &json!(2), &json!(1))
    );
    assert_eq!(add_candidates(&faculty, &exam).await.body["added"], 2);
    assert_eq!(add_candidates(&faculty, &exam).await.body["added"], 0);
    let student = text(&faculty.service.sign_in("student-0001").await["access_token"]);
    assert!(
        !my_exams(&faculty.service, &student)
            .await
            .contains(&"Algebra".to_owned())
    );
    let start = path(&exam, "/attempts");
    let early = faculty
        .service
        .send("POST", &start, Some(&student), None)
        .await;
    assert_eq!(early.status, StatusCode::NOT_FOUND, "nobody starts a draft");
    let published = publish(&faculty, &exam).await;
    assert!(published["published_at"].is_string() && published["reviewer_id"].is_null());
    assert_eq!(
        step(&faculty, &exam, "published").await.body,
        published,
        "a repeat changes nothing"
    );
    // The bank goes on.
    let fixed = text(&published["draft"]["sections"][0]["items"][0]["question"]);
    let entry = format!("/api/v1/questions/{fixed}");
    let mut question = faculty.get(&entry).await.body["question"].clone();
    question["text"] = json!("Something else");
    assert_eq!(
        faculty
            .send("PUT", &entry, json!({ "version": 1, "question": question }))
            .await
            .status,
        StatusCode::OK
    );
    let listed = my_exams(&faculty.service, &student).await;
    assert!(listed.contains(&"Algebra".to_owned()), "{listed:?}");
    let attempt = faculty
        .service
        .send("POST", &start, Some(&student), None)
        .await;
    assert_eq!(attempt.status, StatusCode::CREATED, "{}", attempt.body);
    let questions = attempt.body["paper"]["questions"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(questions.len(), 2);
    let asked = questions.iter().find(|it| it["id"] == *fixed).unwrap();
    assert_eq!(
        (&asked["text"], &asked["points"]),
        (&json!("Is 2 prime?"), &json!(4))
    );
    faculty.service.stop().await;
}

#[tokio::test]
async fn candidates_are_told_when_their_exam_is_published_and_when_it_is_moved() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    add_candidates(&faculty, &exam).await;
    let student = text(&faculty.service.sign_in("student-0001").await["access_token"]);
    let published = publish(&faculty, &exam).await;
    let told = async || {
        let path = "/api/v1/me/notifications";
        let reply = faculty
            .service
            .send("GET", path, Some(&student), None)
            .await;
        let told = reply.body["notifications"].as_array().unwrap().clone();
        told.iter()
            .map(|one| text(&one["kind"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(told().await, ["exam_published"]);
    let later = json!({ "revision": published["revision"], "ends_at": hours(&faculty, 5) });
    let moved = faculty.send("PATCH", &path(&exam, ""), later).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
    assert_eq!(told().await, ["exam_moved", "exam_published"]);
    faculty.service.stop().await;
}

#[tokio::test]
async fn an_exam_with_errors_is_not_published_and_says_what_is_wrong() {
    let faculty = faculty().await;
    let body = json!({
        "title": "", "duration_seconds": 36000, "starts_at": hours(&faculty, 1), "ends_at": hours(&faculty, 2),
        "draft": { "sections": [{ "items": [{ "type": "draw", "count": 3, "tags": ["none"] }] }] }
    });
    let exam = faculty
        .send("POST", &faculty.of_course("exams"), body)
        .await
        .body;
    let checked = faculty
        .send("POST", &path(&exam, "/check"), json!({}))
        .await
        .body;
    assert_eq!(checked["can_be_published"], false);
    assert_eq!(
        step(&faculty, &exam, "published").await.status,
        StatusCode::CONFLICT,
        "not without a review"
    );
    assert_eq!(step(&faculty, &exam, "review").await.status, StatusCode::OK);
    let refused = step(&faculty, &exam, "published").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let found = refused.body["findings"].to_string();
    for expected in [
        "it has no title",
        "it draws 3 questions, but 0 fit",
        "600 minutes, but the exam is open for 60",
    ] {
        assert!(found.contains(expected), "'{expected}' is not in {found}");
    }
    let preview = faculty.get(&path(&exam, "/preview")).await;
    assert_eq!(preview.status, StatusCode::UNPROCESSABLE_ENTITY);
    let state = faculty.get(&path(&exam, "")).await.body["state"].clone();
    assert_eq!(state, "review");
    faculty.service.stop().await;
}

#[tokio::test]
async fn somebody_else_approves_and_a_change_takes_the_approval_away() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    let approve = async |token: &str, revision: i64| {
        let body = Some(json!({ "revision": revision }));
        faculty
            .service
            .send("POST", &path(&exam, "/approval"), Some(token), body)
            .await
    };
    assert_eq!(
        approve(&faculty.colleague, 1).await.status,
        StatusCode::CONFLICT,
        "a draft"
    );
    step(&faculty, &exam, "review").await;
    assert_eq!(
        approve(&faculty.lecturer, 2).await.status,
        StatusCode::CONFLICT,
        "one's own"
    );
    let stale = approve(&faculty.colleague, 1).await;
    assert_eq!(stale.body["type"], "/problems/version-conflict");
    let approved = approve(&faculty.colleague, 2).await;
    assert!(
        approved.body["reviewer_id"].is_string(),
        "{}",
        approved.body
    );
    assert_eq!(
        approve(&faculty.colleague, 2).await.body,
        approved.body,
        "a repeat changes nothing"
    );
    let change = json!({ "revision": 3, "title": "Other" });
    let refused = faculty.send("PATCH", &path(&exam, ""), change).await;
    assert_eq!(
        refused.status,
        StatusCode::CONFLICT,
        "in review nobody changes it"
    );
    let back = step(&faculty, &exam, "draft").await.body;
    assert_eq!(
        (&back["reviewer_id"], &back["revision"]),
        (&Value::Null, &json!(4))
    );
    step(&faculty, &exam, "review").await;
    let body = Some(json!({ "state": "published" }));
    let by_colleague = faculty
        .service
        .send(
            "POST",
            &path(&exam, "/state"),
            Some(&faculty.colleague),
            body,
        )
        .await
        .body;
    assert_eq!(by_colleague["reviewer_id"], by_colleague["publisher_id"]);
    assert_ne!(by_colleague["reviewer_id"], by_colleague["author_id"]);
    faculty.service.stop().await;
}

#[tokio::test]
async fn a_draft_changes_by_revision_and_never_to_what_cannot_be() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    let address = path(&exam, "");
    let change = async |body: Value| faculty.send("PATCH", &address, body).await;
    let renamed =
        json!({ "revision": 1, "title": "Algebra I", "rules": { "attempts_allowed": 2 } });
    for _ in 0..2 {
        let changed = change(renamed.clone()).await;
        assert_eq!(
            (changed.status, &changed.body["revision"]),
            (StatusCode::OK, &json!(2))
        );
    }
    let stale = change(json!({ "revision": 1, "title": "Mine" })).await;
    assert_eq!(
        (stale.status, &stale.body["current"]),
        (StatusCode::CONFLICT, &json!(2))
    );
    for impossible in [
        json!({ "revision": 2, "rules": { "networks": ["lab"] } }),
        json!({ "revision": 2, "rules": { "unknown": 1 } }),
        json!({ "revision": 2, "draft": { "sections": [{ "items": [{ "type": "draw", "count": 100_000 }] }] } }),
        json!({ "revision": 2, "duration_seconds": 0 }),
        json!({ "revision": 2, "ends_at": "+262142-12-31T23:59:59Z" }),
    ] {
        assert_eq!(
            change(impossible.clone()).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{impossible}"
        );
    }
    faculty.service.stop().await;
}

#[tokio::test]
async fn a_published_exam_changes_only_where_nobody_loses_anything() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    let address = path(&exam, "");
    let change = async |body: Value| faculty.send("PATCH", &address, body).await;
    let revision = publish(&faculty, &exam).await["revision"].clone();
    add_candidates(&faculty, &exam).await;
    let frozen = change(json!({ "revision": revision, "title": "New" })).await;
    assert_eq!(frozen.status, StatusCode::CONFLICT);
    let student = text(&faculty.service.sign_in("student-0001").await["access_token"]);
    let started = faculty
        .service
        .send("POST", &path(&exam, "/attempts"), Some(&student), None)
        .await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
    for (refused, expected) in [
        (
            json!({ "ends_at": hours(&faculty, 0) }),
            "would cut that short",
        ),
        (
            json!({ "starts_at": hours(&faculty, -2) }),
            "its start stays",
        ),
        (
            json!({ "rules": { "is_practice": true } }),
            "whether it is practice",
        ),
        (
            json!({ "rules": { "late_start": { "loses_time": { "within_seconds": 60 } } } }),
            "what a late start means",
        ),
        (
            json!({ "duration_seconds": 60 }),
            "its title, duration and questions stay",
        ),
    ] {
        let mut body = refused;
        body["revision"] = revision.clone();
        let reply = change(body).await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert!(
            text(&reply.body["detail"]).contains(expected),
            "{}",
            reply.body
        );
    }
    let moved = json!({ "revision": revision, "ends_at": hours(&faculty, 2), "rules": { "networks": ["10.0.0.0/8"] } });
    assert_eq!(change(moved).await.status, StatusCode::OK);
    let closing = step(&faculty, &exam, "closed").await;
    assert_eq!(closing.status, StatusCode::CONFLICT, "somebody sits it");
    faculty.service.stop().await;
}

#[tokio::test]
async fn a_preview_is_what_a_student_could_see() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    let preview = async |seed: &str| {
        faculty
            .get(&path(&exam, &format!("/preview?seed={seed}")))
            .await
            .body
    };
    let first = preview("a").await;
    assert_eq!(first, preview("a").await);
    assert_eq!(first["sections"][0]["instructions"], "Think.");
    assert_eq!(first["paper"]["questions"].as_array().unwrap().len(), 2);
    assert!(!first.to_string().contains("correct"), "{first}");
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..20 {
        seen.insert(preview(&seed.to_string()).await.to_string());
    }
    assert!(seen.len() > 1, "every seed gives the same");
    faculty.service.stop().await;
}
