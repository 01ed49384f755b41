//! Attempts that are prepared before the exam begins.

use super::*;
use crate::jobs::sweeper;

/// A published exam that begins in an hour, with two candidates.
async fn soon(faculty: &Faculty) -> Value {
    let exam = draft(faculty).await;
    add_candidates(faculty, &exam).await;
    let body = json!({ "code": "algebra-soon", "starts_at": hours(faculty, 1), "ends_at": hours(faculty, 3), "with_candidates": true });
    let copy = faculty.send("POST", &path(&exam, "/clone"), body).await;
    assert_eq!(copy.status, StatusCode::CREATED, "{}", copy.body);
    copy.body
}

/// What the preparation says to those who watch: candidates, started, prepared, unprepared.
async fn counts(faculty: &Faculty, exam: &Value) -> [i64; 4] {
    let reply = ask(faculty, "GET", exam).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    ["candidates", "started", "prepared", "unprepared"]
        .map(|name| reply.body[name].as_i64().unwrap())
}

async fn ask(faculty: &Faculty, method: &str, exam: &Value) -> Reply {
    let token = Some(faculty.invigilator.as_str());
    let path = path(exam, "/preparation");
    faculty.service.send(method, &path, token, None).await
}

/// Nothing of what is prepared is an attempt to those who watch, grade and count.
async fn seen_by_staff(faculty: &Faculty, exam: &Value) {
    let watch = async |rest: &str, token: &str| {
        let reply = faculty
            .service
            .send("GET", &path(exam, rest), Some(token), None)
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.body
    };
    let board = watch("/board", &faculty.invigilator).await;
    assert_eq!(board["students"][0]["attempt"], Value::Null, "{board}");
    let results = watch("/results", &faculty.lecturer).await;
    assert_eq!(results["results"], json!([]));
    let candidates = watch("/candidates", &faculty.lecturer).await;
    assert_eq!(candidates["candidates"][0]["attempt_count"], 0);
}

#[tokio::test]
async fn a_prepared_attempt_is_seen_by_nobody_until_it_is_started() {
    let faculty = faculty().await;
    let exam = soon(&faculty).await;
    assert_eq!(
        ask(&faculty, "POST", &exam).await.status,
        StatusCode::CONFLICT,
        "nothing is prepared of a draft"
    );
    publish(&faculty, &exam).await;
    assert_eq!(counts(&faculty, &exam).await, [2, 0, 0, 2]);
    for _ in 0..2 {
        let done = ask(&faculty, "POST", &exam).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert_eq!(
            (&done.body["prepared"], &done.body["failed"]),
            (&json!(2), &json!([]))
        );
    }
    let service = &faculty.service;
    let student = text(&service.sign_in("student-0001").await["access_token"]);
    let own = async |token: &str| {
        let listed = service.send("GET", "/api/v1/my/exams", Some(token), None);
        let exams = listed.await.body["exams"].as_array().unwrap().clone();
        let mut exams = exams.into_iter();
        exams.find(|each| each["id"] == exam["id"]).unwrap()
    };
    assert_eq!(own(&student).await["attempt"], Value::Null);
    let start = path(&exam, "/attempts");
    let early = service.send("POST", &start, Some(&student), None).await;
    assert_eq!(early.body["type"], "/problems/exam-not-open");
    for time in ["starts_at", "ends_at"] {
        assert!(early.body[time].is_string(), "{}", early.body);
    }
    seen_by_staff(&faculty, &exam).await;
    let open = service
        .server
        .state
        .store
        .count_open_attempts(service.clock.now());
    assert_eq!(open.await.unwrap(), 0);

    service.clock.advance(TimeDelta::hours(1));
    let student = text(&service.sign_in("student-0001").await["access_token"]);
    let started = service.send("POST", &start, Some(&student), None).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
    let asked = started.body["paper"]["questions"].as_array().unwrap();
    assert_eq!(asked.len(), 2);
    assert_eq!(own(&student).await["attempt"]["state"], "open");
    let watcher = crate::store::Role::Administrator;
    let administrator = service.token(UserId::generate(), watcher);
    let after = service
        .send(
            "GET",
            &path(&exam, "/preparation"),
            Some(&administrator),
            None,
        )
        .await
        .body;
    assert_eq!(
        (&after["started"], &after["prepared"]),
        (&json!(1), &json!(1))
    );
    faculty.service.stop().await;
}

#[tokio::test]
async fn attempts_are_prepared_for_those_whose_exam_it_is_and_half_an_hour_before_by_itself() {
    let faculty = faculty().await;
    let exam = soon(&faculty).await;
    publish(&faculty, &exam).await;
    for method in ["GET", "POST"] {
        let stranger = Some(faculty.stranger.as_str());
        let path = path(&exam, "/preparation");
        let refused = faculty.service.send(method, &path, stranger, None).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{method}");
    }
    let (store, clock) = (&faculty.service.server.state.store, &faculty.service.clock);
    let work = async || sweeper::prepare(store.as_ref(), clock).await.unwrap();
    clock.advance(TimeDelta::minutes(10));
    work().await;
    assert_eq!(counts(&faculty, &exam).await, [2, 0, 0, 2]);
    // Tokens are good for a quarter of an hour: the preparation is asked for directly.
    clock.advance(TimeDelta::minutes(20));
    work().await;
    let id = text(&exam["id"]).parse().unwrap();
    let prepared = async || store.preparation(id).await.unwrap().unwrap().prepared;
    assert_eq!(prepared().await, 2);
    work().await;
    assert_eq!(prepared().await, 2);
    faculty.service.stop().await;
}
