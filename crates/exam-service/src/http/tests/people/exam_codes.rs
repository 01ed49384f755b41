//! Codes on the slips of an exam.

use super::*;
use crate::exam::ExamId;
use crate::http::session::Session;

impl Service {
    /// Makes codes for the demo exam: login and code of each candidate, and the path of the exam.
    async fn make_codes(&self, token: &str, body: Value) -> Vec<(String, String)> {
        let path = format!("{}/codes", self.demo_exam().await);
        let request = Request::post(&path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .extension(Peer {
                address: Some(self.address),
                is_local: false,
                is_private: false,
                draining: std::sync::Arc::default(),
            })
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/csv");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let csv = String::from_utf8(bytes.to_vec()).unwrap();
        let line = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[0].to_owned(), cells[3].to_owned())
        };
        csv.lines().skip(1).map(line).collect()
    }

    async fn demo_exam(&self) -> String {
        let token = text(&self.sign_in("student-0001").await["access_token"]);
        let exams = self.get("/api/v1/my/exams", &token).await.body;
        format!("/api/v1/exams/{}", text(&exams["exams"][0]["id"]))
    }

    async fn sign_in_with_code(&self, number: &str, code: &str) -> Reply {
        let body = json!({ "student_number": number, "code": code });
        self.post("/api/v1/auth/code", None, body).await
    }
}

#[tokio::test]
async fn a_candidate_sits_the_exam_with_the_code_on_the_slip_and_can_do_nothing_else() {
    let service = service().await;
    let admin = service.administrator().await;
    let codes = service.make_codes(&admin, json!({})).await;
    assert_eq!(codes.len(), 3);
    let (login, code) = &codes[0];
    let typed = code.to_lowercase().replace('-', " ");
    let reply = service.sign_in_with_code(login, &typed).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let token = text(&reply.body["access_token"]);
    let exams = service.get("/api/v1/my/exams", &token).await.body;
    assert_eq!(exams["exams"].as_array().unwrap().len(), 1);
    let start = format!("{}/attempts", service.demo_exam().await);
    let started = service.send("POST", &start, Some(&token), None).await;
    assert_eq!(started.status, StatusCode::CREATED);
    let change = json!({ "current_password": PASSWORD, "new_password": CHOSEN });
    let refused = service
        .post("/api/v1/me/password", Some(&token), change)
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let other = "/api/v1/exams/01930ff0-0000-7000-8000-000000000000/attempts";
    let refused = service.send("POST", other, Some(&token), None).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(service.refresh(&reply.body).await, StatusCode::OK);
    service.stop().await;
}

#[tokio::test]
async fn a_code_is_that_of_one_candidate_and_of_the_last_slip() {
    let service = service().await;
    let path = format!("{}/codes", service.demo_exam().await);
    let admin = service.administrator().await;
    let before = service.make_codes(&admin, json!({})).await;
    let only = json!({ "only": { "people": [before[0].0] } });
    let again = service.make_codes(&admin, only).await;
    assert_eq!(again.len(), 1);
    let refused = service.sign_in_with_code(&before[0].0, &before[0].1).await;
    assert_eq!(kind(&refused), "/problems/wrong-exam-code");
    let swapped = service.sign_in_with_code(&before[1].0, &before[2].1).await;
    assert_eq!(kind(&swapped), "/problems/wrong-exam-code");
    for (login, code) in [&again[0], &before[1]] {
        let reply = service.sign_in_with_code(login, code).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    }
    // A slip of the finger is said and is no guess.
    for _ in 0..10 {
        let mistyped = service.sign_in_with_code(&again[0].0, "23456-7892A").await;
        assert!(
            text(&mistyped.body["detail"]).contains("mistyped"),
            "{}",
            mistyped.body
        );
    }
    for _ in 0..6 {
        service.sign_in_with_code(&before[0].0, &before[0].1).await;
    }
    let locked = service.sign_in_with_code(&again[0].0, &again[0].1).await;
    assert_eq!(kind(&locked), "/problems/login-locked");
    let nobody = json!({ "only": { "people": ["admin"] } });
    let refused = service.post(&path, Some(&admin), nobody).await;
    assert_eq!(refused.body["unknown"], json!(["admin"]));
    service.stop().await;
}

#[tokio::test]
async fn a_code_is_worthless_when_the_exam_is_over_and_so_is_its_session() {
    let service = service().await;
    let admin = service.administrator().await;
    let codes = service.make_codes(&admin, json!({})).await;
    let reply = service.sign_in_with_code(&codes[0].0, &codes[0].1).await;
    let token = text(&reply.body["access_token"]);
    let exams = service.get("/api/v1/my/exams", &token).await.body;
    let ends_at: chrono::DateTime<chrono::Utc> =
        text(&exams["exams"][0]["ends_at"]).parse().unwrap();
    // Kept alive until then: a session ends on its own when nobody uses it for a day.
    let mut tokens = reply.body;
    while service.clock.now() + TimeDelta::hours(20) < ends_at {
        service.clock.advance(TimeDelta::hours(20));
        let body = json!({ "refresh_token": tokens["refresh_token"] });
        let renewed = service.post("/api/v1/auth/refresh", None, body).await;
        assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.body);
        tokens = renewed.body;
    }
    service.clock.advance(ends_at - service.clock.now());
    assert_eq!(service.refresh(&tokens).await, StatusCode::UNAUTHORIZED);
    let refused = service.sign_in_with_code(&codes[0].0, &codes[0].1).await;
    assert_eq!(kind(&refused), "/problems/wrong-exam-code");
    service.stop().await;
}

#[tokio::test]
async fn codes_are_made_by_those_who_run_the_course_of_the_exam() {
    let service = service().await;
    let admin = service.administrator().await;
    let (_, tokens) = service.make_owner(&admin, "ivan", "invigilator").await;
    let path = format!("{}/codes", service.demo_exam().await);
    let token = text(&tokens["access_token"]);
    let refused = service.post(&path, Some(&token), json!({})).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    service.stop().await;
}

#[tokio::test]
async fn with_the_code_of_one_exam_the_attempt_at_another_cannot_be_reached() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let account = service.server.state.store.account_by_login("student-0001");
    let session = Session {
        user: account.await.unwrap().unwrap().id,
        role: Role::Student,
        id: SessionId::generate(),
        exam: Some(ExamId::generate()),
        at: service.clock.now(),
    };
    let token = service
        .server
        .state
        .tokens
        .issue(session, service.clock.now());
    let token = token.unwrap();
    let question = &sitting.attempt["paper"]["questions"][0]["id"];
    let taken_back = json!({ "question_id": question, "response": null, "sequence": 1 });
    let answers = json!({ "answers": [taken_back] });
    for (method, what, body) in [
        ("GET", "", None),
        ("PUT", "/answers", Some(answers)),
        ("POST", "/events", Some(json!({ "events": [] }))),
        ("POST", "/submit", Some(json!({}))),
        ("GET", "/result", None),
    ] {
        let path = sitting.path(what);
        let reply = service.send(method, &path, Some(&token), body).await;
        assert_eq!(
            reply.status,
            StatusCode::NOT_FOUND,
            "{method} {path}: {}",
            reply.body
        );
    }
    service.stop().await;
}
