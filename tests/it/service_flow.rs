//! What a student's page does, from login to result, and what it is told when something is not allowed.

use integration_tests::http::Client;
use integration_tests::service::{Demo, Service};
use integration_tests::student::Answer;
use serde_json::{Value, json};

fn started(students: usize) -> (Service, Demo) {
    let mut service = Service::new();
    let demo = service.prepare_demo(students);
    service.start();
    (service, demo)
}

fn log_in(client: &Client, login: &str, password: &str) -> Value {
    let credentials = json!({"login": login, "password": password});
    client
        .post("/api/v1/auth/login", &credentials)
        .unwrap()
        .expect(200)
}

#[test]
fn a_student_sits_an_exam_from_login_to_result() {
    let (service, demo) = started(1);
    let student = demo.student(&service, 0);
    assert_eq!(student.attempt["state"], "open");
    assert!(
        student.attempt["remaining_ms"].as_i64().unwrap() > 0,
        "{}",
        student.attempt
    );

    let questions = student.questions().len();
    let answers: Vec<Answer> = (0..questions)
        .map(|index| student.answer(index, 1, index))
        .collect();
    let saved = student.save(&answers).unwrap().expect(200);
    assert_eq!(saved["saved"].as_array().unwrap().len(), questions);

    let listed = student.client.get("/api/v1/my/exams").unwrap().expect(200);
    let exam = &listed["exams"][0];
    assert_eq!(
        (exam["id"].as_str(), exam["attempt"]["id"].as_str()),
        (Some(&*demo.exam_id), Some(student.attempt_id()))
    );

    student.result().unwrap().expect(409);
    let submitted = student.submit().unwrap().expect(200);
    assert_eq!(submitted["state"], "submitted");
    assert_eq!(
        (&submitted["answered"], &submitted["total"]),
        (&json!(questions), &json!(questions))
    );
    assert_eq!(
        student.submit().unwrap().expect(200),
        submitted,
        "a repeated submission gets the same receipt"
    );

    let result = student.result().unwrap().expect(200);
    let earned: f64 = result["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["earned"].as_f64().unwrap())
        .sum();
    let score = result["score"].as_f64().unwrap();
    assert!(
        (earned - score).abs() < 1e-9 && score <= result["max_score"].as_f64().unwrap(),
        "{result}"
    );
}

#[test]
fn a_reload_shows_what_was_saved() {
    let (service, demo) = started(1);
    let first = demo.student(&service, 0);
    let answer = first.answer(0, 3, 1);
    first
        .save(std::slice::from_ref(&answer))
        .unwrap()
        .expect(200);

    let again = demo.student(&service, 0);
    assert_eq!(
        again.attempt_id(),
        first.attempt_id(),
        "starting again resumes"
    );
    for attempt in [&again.attempt, &first.reload().unwrap().expect(200)] {
        let answers = attempt["answers"].as_array().unwrap();
        assert_eq!(answers.len(), 1, "{attempt}");
        assert_eq!(answers[0]["question_id"], answer.question_id);
        assert_eq!(
            (&answers[0]["sequence"], &answers[0]["response"]),
            (&json!(3), &answer.response)
        );
    }
}

#[test]
fn a_stale_answer_is_refused_with_the_current_one_and_a_repeat_is_acknowledged() {
    let (service, demo) = started(1);
    let student = demo.student(&service, 0);
    let newer = student.answer(0, 5, 0);
    student
        .save(std::slice::from_ref(&newer))
        .unwrap()
        .expect(200);
    student
        .save(std::slice::from_ref(&newer))
        .unwrap()
        .expect(200);

    let stale = student.answer(0, 4, 1);
    let fresh = student.answer(1, 1, 0);
    let problem = student
        .save(&[stale.clone(), fresh.clone()])
        .unwrap()
        .expect_problem(409, "/problems/stale-answer");
    assert_eq!(
        problem["saved"],
        json!([{"question_id": fresh.question_id, "sequence": 1}])
    );
    let refused = &problem["refused"][0];
    assert_eq!(
        (&refused["question_id"], &refused["sequence"]),
        (&json!(stale.question_id), &json!(4))
    );
    let current = &refused["current"];
    assert_eq!(
        (&current["sequence"], &current["response"]),
        (&json!(5), &newer.response)
    );

    let stored = service.stored_answers();
    let sequence_of = |answer: &Answer| {
        stored
            .iter()
            .find(|row| row["question_id"] == answer.question_id.as_str())
            .unwrap()["sequence"]
            .clone()
    };
    assert_eq!(
        (sequence_of(&newer), sequence_of(&fresh)),
        (json!(5), json!(1))
    );
}

#[test]
fn a_submitted_attempt_takes_no_more_answers() {
    let (service, demo) = started(1);
    let student = demo.student(&service, 0);
    student.submit().unwrap().expect(200);
    let late = student.answer(0, 1, 0);
    student
        .save(&[late])
        .unwrap()
        .expect_problem(409, "/problems/attempt-closed");
    assert_eq!(service.stored_answers(), Vec::<Value>::new());
}

#[test]
fn an_answer_that_fits_no_question_is_refused() {
    let (service, demo) = started(1);
    let student = demo.student(&service, 0);
    let mut answer = student.answer(0, 1, 0);
    answer.response = json!({"selected": "everything"});
    student
        .save(&[answer])
        .unwrap()
        .expect_problem(422, "/problems/invalid-answer");
    assert_eq!(service.stored_answers(), Vec::<Value>::new());
}

#[test]
fn a_student_reaches_only_attempts_of_their_own() {
    let (service, demo) = started(2);
    let (owner, other) = (demo.student(&service, 0), demo.student(&service, 1));
    let (path, body) = owner.save_request(&[owner.answer(0, 1, 0)]);
    for reply in [
        other
            .client
            .get(&format!("/api/v1/attempts/{}", owner.attempt_id()))
            .unwrap(),
        other.client.put(&path, &body).unwrap(),
        other
            .client
            .post(
                &format!("/api/v1/attempts/{}/submit", owner.attempt_id()),
                &json!({}),
            )
            .unwrap(),
    ] {
        assert!(
            matches!(reply.status, 403 | 404),
            "{} {}",
            reply.status,
            reply.text
        );
    }
    assert_eq!(
        service.client().put(&path, &body).unwrap().status,
        401,
        "without a login"
    );
    assert_eq!(owner.reload().unwrap().expect(200)["state"], "open");
    assert_eq!(service.stored_answers(), Vec::<Value>::new());
}

#[test]
fn a_session_is_refreshed_and_ended() {
    let (service, demo) = started(1);
    let client = service.client();
    let session = log_in(&client, &demo.students[0], &demo.password);
    let refresh = |token: &Value| {
        client
            .post("/api/v1/auth/refresh", &json!({"refresh_token": token}))
            .unwrap()
    };

    let next = refresh(&session["refresh_token"]).expect(200);
    assert_ne!(next["refresh_token"], session["refresh_token"]);
    refresh(&session["refresh_token"]).expect(200); // the answer may have been lost on its way: a repeat is tolerated
    let token = next["access_token"].as_str().unwrap();
    let me = client
        .with_bearer(token)
        .get("/api/v1/me")
        .unwrap()
        .expect(200);
    assert!(me.to_string().contains(&demo.students[0]), "{me}");

    let logged_out = client
        .with_bearer(token)
        .post(
            "/api/v1/auth/logout",
            &json!({"refresh_token": next["refresh_token"]}),
        )
        .unwrap();
    assert!(
        matches!(logged_out.status, 200 | 204),
        "{}",
        logged_out.text
    );
    assert_eq!(refresh(&next["refresh_token"]).status, 401);
}

#[test]
fn a_wrong_password_and_an_unknown_login_get_the_same_answer() {
    let (service, demo) = started(1);
    let attempt = |login: &str, password: &str| {
        let credentials = json!({"login": login, "password": password});
        let reply = service
            .client()
            .post("/api/v1/auth/login", &credentials)
            .unwrap();
        reply.expect_problem(401, "/problems/wrong-credentials")
    };
    let known = attempt(&demo.students[0], "wrong");
    let unknown = attempt("nobody", &demo.password);
    for field in ["type", "title", "status", "detail"] {
        assert_eq!(known[field], unknown[field]);
    }
    assert!(
        !service.log().contains(&demo.password),
        "the log has a password"
    );
}

#[test]
fn every_health_address_answers_and_metrics_count_saves() {
    let (service, demo) = started(1);
    for path in [
        "/health",
        "/health/liveness",
        "/health/readiness",
        "/api/health",
        "/api/ready",
    ] {
        assert_eq!(
            service.client().get(path).unwrap().expect(200)["status"],
            "ok",
            "{path}"
        );
    }
    let student = demo.student(&service, 0);
    student
        .save(&[student.answer(0, 1, 0), student.answer(1, 1, 0)])
        .unwrap()
        .expect(200);
    let metrics = service.client().get("/metrics").unwrap().text;
    let acknowledged = metrics
        .lines()
        .find(|line| line.starts_with("exam_saves_acknowledged_total"));
    assert_eq!(
        acknowledged.and_then(|line| line.rsplit(' ').next()),
        Some("2"),
        "{metrics}"
    );
}

#[test]
fn seeding_twice_changes_nothing() {
    let (service, demo) = started(3);
    let again: Value =
        serde_json::from_str(&service.run_successfully(&["seed-demo", "--students", "3"])).unwrap();
    assert_eq!(again["exam_id"], demo.exam_id);
    assert_eq!(again["students"], json!(demo.students));
    let status: Value =
        serde_json::from_str(&service.run_successfully(&["migrate", "--status"])).unwrap();
    assert_eq!(status["pending"], json!([]), "{status}");
}
