//! Those who sit an exam and those who watch it, over HTTP.

use axum::http::HeaderValue;
use http_body_util::BodyExt as _;

use super::*;

/// The administrator of the demo, and the exam that everybody sits.
struct Watch<'a> {
    service: &'a Service,
    token: String,
    exam: String,
}

impl<'a> Watch<'a> {
    async fn over(sitting: &Sitting<'a>) -> Self {
        Self {
            service: sitting.service,
            token: text(&sitting.service.sign_in("admin").await["access_token"]),
            exam: text(&sitting.attempt["exam_id"]),
        }
    }

    async fn act(&self, key: &str, body: Value) -> Reply {
        let path = format!("/api/v1/exams/{}/actions", self.exam);
        let key = ("idempotency-key", key);
        self.service
            .send_with("POST", &path, Some(&self.token), Some(body), &[key])
            .await
    }

    async fn get(&self, path: &str) -> Reply {
        self.service
            .send("GET", path, Some(&self.token), None)
            .await
    }

    async fn board(&self) -> Value {
        let path = format!("/api/v1/exams/{}/board", self.exam);
        let reply = self.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.body["students"][0].clone()
    }
}

impl Sitting<'_> {
    async fn report(&self, body: Value) -> Reply {
        let path = self.path("/events");
        self.service.post(&path, Some(&self.token), body).await
    }

    async fn start_with(&self, body: Value) -> Reply {
        let path = &self.start_path;
        self.service.post(path, Some(&self.token), body).await
    }
}

const ALL: fn() -> Value = || json!({ "all": true });

#[tokio::test]
async fn time_that_an_invigilator_gives_reaches_the_page_and_is_confirmed() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let watch = Watch::over(&sitting).await;
    let credit = json!({ "action": "credit_time", "target": ALL(), "seconds": 300, "message": "Five minutes more" });
    let reply = watch.act("first", credit.clone()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    assert_eq!(
        (&reply.body["targeted"], &reply.body["changed"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(watch.act("first", credit).await.body, reply.body);
    let other = json!({ "action": "pause", "target": ALL() });
    let refused = watch.act("first", other).await;
    assert_eq!(refused.body["type"], "/problems/key-used-before");

    assert_eq!(watch.board().await["attempt"]["confirmed"], false);
    let saved = sitting.save(json!([sitting.statement(1, true)])).await.body;
    assert_eq!(
        (&saved["remaining_ms"], &saved["revision"]),
        (&json!(3_900_000), &json!(1))
    );
    assert_eq!(saved["messages"][0]["text"], "Five minutes more");
    let heard = sitting.report(json!({ "seen_revision": 1 })).await.body;
    assert_eq!(
        (&heard["state"], heard.get("messages")),
        (&json!("open"), None)
    );
    let board = watch.board().await;
    assert_eq!(board["attempt"]["confirmed"], true);
    assert_eq!(board["attempt"]["answered"], 1);
    assert!(board["attempt"]["last_seen_at"].is_string());
    service.stop().await;
}

#[tokio::test]
async fn while_the_room_is_left_the_clock_stands_still_and_answers_are_kept() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let watch = Watch::over(&sitting).await;
    service.clock.advance(TimeDelta::minutes(1));
    watch
        .act("fire", json!({ "action": "fire_exit", "target": ALL() }))
        .await;
    service.clock.advance(TimeDelta::minutes(5));
    let saved = sitting.save(json!([sitting.statement(1, true)])).await;
    assert_eq!(saved.status, StatusCode::OK);
    assert_eq!(
        (&saved.body["paused"], &saved.body["blanked"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(saved.body["remaining_ms"], 3_540_000);
    assert_eq!(watch.board().await["state"], "paused");
    // A page that has not heard of it believes that the time is over.
    let refused = sitting.submit().await;
    assert_eq!(refused.body["type"], "/problems/attempt-paused");
    watch
        .act("back", json!({ "action": "resume", "target": ALL() }))
        .await;
    let attempt = sitting.get("").await.body;
    assert_eq!(
        (&attempt["paused"], &attempt["remaining_ms"]),
        (&json!(false), &json!(3_540_000))
    );
    watch
        .act(
            "end",
            json!({ "action": "force_submit", "target": ALL(), "reason": "Left early" }),
        )
        .await;
    assert_eq!(sitting.report(json!({})).await.body["state"], "submitted");

    let timeline = watch.get(&sitting.path("/timeline")).await.body;
    let told: Vec<&str> = timeline["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().or(entry["what"].as_str()).unwrap())
        .collect();
    assert_eq!(told[..3], ["started", "fire_exit", "saved"], "{told:?}");
    let checked = watch.get("/api/v1/audit/check").await.body;
    assert_eq!(
        (&checked["holds"], &checked["number"]),
        (&json!(true), &json!(3))
    );
    let log = watch.get("/api/v1/audit?limit=2").await.body;
    assert_eq!(
        (&log["next_after"], &log["chain"]["holds"]),
        (&json!(2), &json!(true))
    );
    let rest = watch.get("/api/v1/audit?after=2").await.body;
    assert_eq!(rest["lines"][0]["detail"]["reason"], "Left early");
    for wrong in ["limit=0", "limit=501", "after=-1", "after=x"] {
        let reply = watch.get(&format!("/api/v1/audit?{wrong}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    service.stop().await;
}

#[tokio::test]
async fn an_exam_that_is_opened_on_another_computer_tells_the_old_one() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let [old, new] = [0, 1].map(|_| uuid::Uuid::new_v4().to_string());
    let started = sitting.start_with(json!({ "device_id": old })).await;
    assert_eq!(
        (started.status, &started.body["device_id"]),
        (StatusCode::OK, &json!(old))
    );
    sitting.start_with(json!({ "device_id": new })).await;
    let save = async |device: &str, answer: Value| {
        let body = json!({ "answers": [answer], "device_id": device });
        service
            .send(
                "PUT",
                &sitting.path("/answers"),
                Some(&sitting.token),
                Some(body),
            )
            .await
    };
    // Made before: it is saved, and the old computer is told all the same.
    let told = save(&old, sitting.statement(1, true)).await;
    assert_eq!(
        (told.status, &told.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/attempt-elsewhere"))
    );
    assert_eq!(
        (&told.body["saved"][0]["sequence"], &told.body["refused"]),
        (&json!(1), &json!([]))
    );
    let now = service.clock.now().timestamp_millis();
    let later = save(&old, sitting.statement(now + 1, false)).await;
    assert_eq!(later.body["refused"][0]["reason"], "attempt-elsewhere");
    assert_eq!(
        save(&new, sitting.statement(now + 1, true)).await.status,
        StatusCode::OK
    );
    let silent = sitting.report(json!({ "device_id": old })).await;
    assert_eq!(silent.status, StatusCode::CONFLICT);
    service.stop().await;
}

#[tokio::test]
async fn what_happens_on_a_page_is_noted_once_and_only_in_known_words() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let watch = Watch::over(&sitting).await;
    let event = json!({ "id": uuid::Uuid::new_v4(), "kind": "full_screen_left", "occurred_at": "+262142-01-01T00:00:00Z" });
    for _ in 0..2 {
        let reply = sitting.report(json!({ "events": [event] })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    }
    assert_eq!(watch.board().await["attempt"]["violations"], 1);
    let unknown = json!({ "events": [{ "id": uuid::Uuid::new_v4(), "kind": "cheated" }] });
    assert_eq!(
        sitting.report(unknown).await.status,
        StatusCode::BAD_REQUEST
    );
    let many = json!({ "events": vec![event; 51] });
    assert_eq!(sitting.report(many).await.status, StatusCode::BAD_REQUEST);
    service.stop().await;
}

#[tokio::test]
async fn an_action_that_makes_no_sense_is_refused() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let watch = Watch::over(&sitting).await;
    for body in [
        json!({ "action": "credit_time", "target": ALL() }),
        json!({ "action": "credit_time", "target": ALL(), "seconds": 86_401 }),
        json!({ "action": "message", "target": ALL(), "message": " " }),
        json!({ "action": "message", "target": ALL(), "message": "x".repeat(2001) }),
        json!({ "action": "message", "target": ALL(), "message": "a\0b" }),
        json!({ "action": "pause", "target": { "all": false } }),
        json!({ "action": "pause", "target": { "attempts": [] } }),
        json!({ "action": "pause", "target": { "room": "" } }),
        json!({ "action": "pause", "target": "everybody" }),
        json!({ "action": "pause" }),
        json!({ "action": "explode", "target": ALL() }),
    ] {
        let reply = watch.act("key", body.clone()).await;
        assert_eq!(
            reply.status,
            StatusCode::BAD_REQUEST,
            "{body}: {}",
            reply.body
        );
    }
    for key in ["", &"k".repeat(101)] {
        let reply = watch
            .act(key, json!({ "action": "pause", "target": ALL() }))
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    }
    service.stop().await;
}

#[tokio::test]
async fn the_access_code_is_asked_for_and_safe_exam_browser_is_recognised() {
    let service = service().await;
    let first = service.sit("student-0001").await;
    let key = "81aad4ab9dfd447cc479e6a4a7c9a544e2cafc7f3adeb68b2a21efad68eca4dc";
    let rules = json!({ "access_code": "Larch", "safe_exam_browser_keys": [key] });
    set_rules(&service, &rules).await;
    let token = text(&service.sign_in("student-0002").await["access_token"]);
    let page = format!("https://exam.example/{key}");
    let proof = crate::exam::receipt::hexadecimal(&<sha2::Sha256 as sha2::Digest>::digest(page));
    let host = ("host", "exam.example");
    let browser = ("x-safeexambrowser-configkeyhash", proof.as_str());
    for (headers, body, expected) in [
        (
            vec![host],
            json!({ "access_code": "Larch" }),
            "wrong-browser",
        ),
        (vec![host, browser], json!({}), "access-code-required"),
        (
            vec![host, browser],
            json!({ "access_code": "Birch" }),
            "access-code-wrong",
        ),
    ] {
        let reply = service
            .send_with(
                "POST",
                &first.start_path,
                Some(&token),
                Some(body),
                &headers,
            )
            .await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        assert_eq!(reply.body["type"], format!("/problems/{expected}"));
    }
    let body = json!({ "access_code": "Larch" });
    let started = service
        .send_with(
            "POST",
            &first.start_path,
            Some(&token),
            Some(body),
            &[host, browser],
        )
        .await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
    // The paper is not given out to another browser either.
    let shown = first.get("").await;
    assert_eq!(shown.body["type"], "/problems/wrong-browser");
    service.stop().await;
}

/// As an author changes them after publication.
async fn set_rules(service: &Service, rules: &Value) {
    let sql = format!("UPDATE exams SET rules = '{rules}' WHERE code = 'demo'");
    service.execute(&sql).await;
}

#[tokio::test]
async fn whoever_follows_the_board_gets_all_of_it_and_then_what_changes_until_the_port_closes() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let watch = Watch::over(&sitting).await;
    let draining = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let request = Request::get(format!("/api/v1/exams/{}/board/events", watch.exam))
        .header("authorization", format!("Bearer {}", watch.token))
        .extension(Peer {
            address: Some(service.address),
            is_local: false,
            is_private: false,
            draining: std::sync::Arc::clone(&draining),
        })
        .body(Body::empty())
        .unwrap();
    let response = service.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["x-accel-buffering"], HeaderValue::from_static("no"));
    let mut events = response.into_body();
    let mut next = async || -> Option<(String, Value)> {
        loop {
            let data = events.frame().await?.unwrap().into_data().unwrap();
            let event = String::from_utf8(data.to_vec()).unwrap();
            let line = |name: &str| {
                let mut lines = event.lines().filter_map(|line| line.strip_prefix(name));
                lines.next().map(str::trim_start)
            };
            // The rest are signs of life.
            if let (Some(name), Some(data)) = (line("event:"), line("data:")) {
                return Some((name.to_owned(), serde_json::from_str(data).unwrap()));
            }
        }
    };
    let (name, board) = next().await.unwrap();
    assert_eq!(name, "board");
    assert_eq!(board["students"].as_array().unwrap().len(), 3);
    sitting.save(json!([sitting.statement(1, true)])).await;
    let (name, changes) = next().await.unwrap();
    assert_eq!(
        (&*name, changes["students"].as_array().unwrap().len()),
        ("changes", 1)
    );
    assert_eq!(changes["students"][0]["attempt"]["answered"], 1);
    draining.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(next().await, None);
    service.stop().await;
}
