//! Requests through the whole stack: router, writer and a real database.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use chrono::TimeDelta;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::*;
use crate::clock::Clock;
use crate::commands;
use crate::server::Server;
use crate::settings::{DatabaseSettings, Settings, Variables};

const PASSWORD: &str = "letmein-in-tests";

/// A running service in standby, with demo data, on a clock that stands still.
pub(crate) struct Service {
    pub(crate) server: Server,
    pub(crate) settings: Settings,
    clock: Clock,
    router: Router,
    _directory: TempDir,
}

pub(crate) async fn service() -> Service {
    service_with(&[]).await
}

pub(crate) async fn service_with(more: &[(&str, &str)]) -> Service {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    std::fs::write(path("active"), "green").unwrap();
    let base = [
        ("DATABASE_URL", format!("sqlite://{}", path("exam.db"))),
        ("JWT_SECRET", "a".repeat(32)),
        ("APP_ENV", "demo".to_owned()),
        ("EXAM_LISTEN", "127.0.0.1:0".to_owned()),
        ("EXAM_ADMIN_LISTEN", format!("unix:{}", path("admin.sock"))),
        ("EXAM_COLOUR", "blue".to_owned()),
        ("EXAM_ACTIVE_FILE", path("active")),
        ("EXAM_HASH_CONCURRENCY", "1".to_owned()),
    ];
    let mut variables: Variables = base
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    variables.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let database = DatabaseSettings::from_variables(&variables).unwrap();
    let output = &mut std::io::sink();
    commands::migrate(&database, false, output).await.unwrap();
    commands::seed_demo(&database, 3, Some(PASSWORD.to_owned()), output)
        .await
        .unwrap();

    let settings = Settings::from_variables(&variables).unwrap();
    let clock = Clock::fixed(Clock::System.now() + TimeDelta::seconds(1));
    let server = Server::start(&settings, clock.clone()).await.unwrap();
    let router = public_router(server.state.clone());
    Service {
        server,
        settings,
        clock,
        router,
        _directory: directory,
    }
}

/// A reply taken apart.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Service {
    async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match body {
            None => Body::empty(),
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
        };
        let peer = Peer {
            is_local: false,
            draining: std::sync::Arc::default(),
        };
        let request = request.extension(peer).body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Reply {
        self.send("POST", path, token, Some(body)).await
    }

    pub(crate) async fn sign_in(&self, login: &str) -> Value {
        let reply = self
            .post(
                "/api/v1/auth/login",
                None,
                json!({ "login": login, "password": PASSWORD }),
            )
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.body
    }

    /// Signs in and starts the demo exam.
    pub(crate) async fn sit(&self, login: &str) -> Sitting<'_> {
        let token = text(&self.sign_in(login).await["access_token"]);
        let exams = self
            .send("GET", "/api/v1/my/exams", Some(&token), None)
            .await
            .body;
        let path = format!("/api/v1/exams/{}/attempts", text(&exams["exams"][0]["id"]));
        let reply = self.send("POST", &path, Some(&token), None).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        Sitting {
            service: self,
            token,
            start_path: path,
            attempt: reply.body,
        }
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }
}

pub(crate) struct Sitting<'a> {
    service: &'a Service,
    pub(crate) token: String,
    start_path: String,
    pub(crate) attempt: Value,
}

impl Sitting<'_> {
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v1/attempts/{}{rest}", text(&self.attempt["id"]))
    }

    async fn get(&self, rest: &str) -> Reply {
        self.service
            .send("GET", &self.path(rest), Some(&self.token), None)
            .await
    }

    async fn submit(&self) -> Reply {
        self.service
            .send("POST", &self.path("/submit"), Some(&self.token), None)
            .await
    }

    async fn save(&self, answers: Value) -> Reply {
        let body = json!({ "answers": answers });
        self.service
            .send("PUT", &self.path("/answers"), Some(&self.token), Some(body))
            .await
    }

    pub(crate) fn question(&self, kind: &str) -> &Value {
        let questions = self.attempt["paper"]["questions"].as_array().unwrap();
        questions
            .iter()
            .find(|question| question["type"] == kind)
            .unwrap()
    }

    fn statement(&self, sequence: i64, value: bool) -> Value {
        let question = &self.question("true_false")["id"];
        json!({ "question_id": question, "sequence": sequence, "response": { "value": value } })
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_student_takes_the_exam_from_sign_in_to_score() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    assert_eq!(
        sitting.attempt["paper"]["questions"]
            .as_array()
            .unwrap()
            .len(),
        10
    );
    assert_eq!(sitting.attempt["remaining_ms"], 3_600_000);
    assert!(
        !sitting.attempt.to_string().contains("correct"),
        "the key is in the paper"
    );

    let reply = sitting.save(json!([sitting.statement(1, true)])).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    assert_eq!(reply.body["saved"][0]["sequence"], 1);
    let again = service
        .send("POST", &sitting.start_path, Some(&sitting.token), None)
        .await;
    assert_eq!(
        (again.status, &again.body["id"]),
        (StatusCode::OK, &sitting.attempt["id"])
    );
    assert_eq!(
        again.body["answers"][0]["response"],
        json!({ "value": true })
    );

    let open = sitting.get("/result").await;
    assert_eq!(
        (open.status, &open.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/attempt-open"))
    );
    let (first, second) = (sitting.submit().await, sitting.submit().await);
    assert_eq!(first.body, second.body);
    assert_eq!(
        (&first.body["answered"], &first.body["total"]),
        (&json!(1), &json!(10))
    );
    let result = sitting.get("/result").await.body;
    assert_eq!(
        (&result["score"], &result["max_score"]),
        (&json!(1), &json!(13))
    );
    service.stop().await;
}

#[tokio::test]
async fn a_stale_save_is_a_visible_conflict_that_carries_the_current_value() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    sitting.save(json!([sitting.statement(5, true)])).await;
    let repeat = sitting.save(json!([sitting.statement(5, true)])).await;
    assert_eq!(repeat.status, StatusCode::OK);
    for stale in [sitting.statement(4, false), sitting.statement(5, false)] {
        let choice = &sitting.question("multiple_choice")["id"];
        let fresh =
            json!({ "question_id": choice, "sequence": stale["sequence"], "response": null });
        let reply = sitting.save(json!([stale, fresh])).await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        assert_eq!(reply.body["type"], "/problems/stale-answer");
        assert_eq!(reply.body["saved"][0]["question_id"], *choice);
        let refused = &reply.body["refused"][0];
        assert_eq!(refused["reason"], "stale-answer");
        assert_eq!(
            refused["current"],
            json!({ "sequence": 5, "response": { "value": true }, "flagged": false })
        );
    }
    let metrics = service.server.state.metrics.render();
    assert!(
        metrics.contains("exam_saves_refused_total{reason=\"stale-answer\"} 2"),
        "{metrics}"
    );
    service.stop().await;
}

#[tokio::test]
async fn after_the_deadline_and_its_grace_answers_are_refused_and_the_attempt_is_closed() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    service.clock.advance(TimeDelta::seconds(3605));
    // The access token is renewed on the way, as a page does.
    let token = text(&service.sign_in("student-0001").await["access_token"]);
    let sitting = Sitting { token, ..sitting };
    assert_eq!(
        sitting
            .save(json!([sitting.statement(1, true)]))
            .await
            .status,
        StatusCode::OK
    );
    service.clock.advance(TimeDelta::milliseconds(1));
    let late = sitting.save(json!([sitting.statement(2, false)])).await;
    assert_eq!(
        (late.status, &late.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/attempt-closed"))
    );
    let closed = sitting.get("").await.body;
    assert_eq!(
        (&closed["state"], &closed["submitted_at"]),
        (&json!("submitted"), &closed["deadline_at"])
    );
    service.stop().await;
}

#[tokio::test]
async fn bad_saves_are_refused_one_by_one() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let id = &sitting.question("true_false")["id"];
    let refused = json!([{ "question_id": id, "sequence": 1, "response": { "selected": [] } }]);
    let reply = sitting.save(refused).await;
    assert_eq!(
        (reply.status, &reply.body["type"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("/problems/invalid-answer")
        )
    );
    let shapeless = json!([{ "question_id": id, "sequence": 1, "response": 7 }]);
    assert_eq!(
        sitting.save(shapeless).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    for broken in [
        json!([]),
        json!([{ "question_id": id, "sequence": 0, "response": null }]),
        json!([{ "question_id": id, "sequence": 1 }]),
        json!([{ "question_id": "x", "sequence": 1, "response": null }]),
        Value::Array(vec![sitting.statement(1, true); 101]),
    ] {
        let reply = sitting.save(broken.clone()).await;
        assert_eq!(
            reply.status,
            StatusCode::BAD_REQUEST,
            "{broken}: {}",
            reply.body
        );
    }
    service.stop().await;
}

#[tokio::test]
async fn another_student_sees_nothing_of_an_attempt() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let token = text(&service.sign_in("student-0002").await["access_token"]);
    let other = Sitting {
        token,
        service: &service,
        start_path: String::new(),
        attempt: sitting.attempt.clone(),
    };
    assert_eq!(other.get("").await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.get("/result").await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.submit().await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        other.save(json!([other.statement(1, true)])).await.status,
        StatusCode::NOT_FOUND
    );
    service.stop().await;
}

#[tokio::test]
async fn wrong_credentials_and_missing_tokens_are_refused_alike_for_everybody() {
    let service = service().await;
    let mut bodies = Vec::new();
    for login in ["student-0001", "nobody"] {
        let reply = service
            .post(
                "/api/v1/auth/login",
                None,
                json!({ "login": login, "password": "wrong" }),
            )
            .await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        bodies.push(reply.body);
    }
    assert_eq!(bodies[0], bodies[1]);
    for token in [None, Some("x.y.z")] {
        assert_eq!(
            service.send("GET", "/api/v1/me", token, None).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let token = text(&service.sign_in("student-0001").await["access_token"]);
    assert_eq!(
        service
            .send("GET", "/api/v1/me", Some(&token), None)
            .await
            .body["login"],
        "student-0001"
    );
    service.clock.advance(TimeDelta::minutes(15));
    assert_eq!(
        service
            .send("GET", "/api/v1/me", Some(&token), None)
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    service.stop().await;
}

#[tokio::test]
async fn a_refresh_token_is_rotated_and_its_reuse_ends_the_session() {
    let service = service().await;
    let refresh = async |token: &Value| {
        let reply = service
            .post(
                "/api/v1/auth/refresh",
                None,
                json!({ "refresh_token": token }),
            )
            .await;
        (reply.status, reply.body)
    };
    let first = service.sign_in("student-0001").await["refresh_token"].clone();
    let (status, renewed) = refresh(&first).await;
    assert_eq!(
        (status, &renewed["user"]["login"]),
        (StatusCode::OK, &json!("student-0001"))
    );
    service.clock.advance(TimeDelta::seconds(31));
    assert_eq!(refresh(&first).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        refresh(&renewed["refresh_token"]).await.0,
        StatusCode::UNAUTHORIZED
    );

    let fresh = service.sign_in("student-0001").await["refresh_token"].clone();
    let reply = service
        .post(
            "/api/v1/auth/logout",
            None,
            json!({ "refresh_token": fresh }),
        )
        .await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(refresh(&fresh).await.0, StatusCode::UNAUTHORIZED);
    service.stop().await;
}

#[tokio::test]
async fn every_reply_has_safe_headers_and_an_id() {
    let service = service().await;
    for path in [
        "/",
        "/assets/exam.js",
        "/nothing",
        "/api/v1/my/exams",
        "/health",
    ] {
        let reply = service.send("GET", path, None, None).await;
        let header = |name: &str| {
            reply
                .headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
        };
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"),
            "{path}"
        );
        assert!(!header("x-request-id").is_empty(), "{path}");
        let expected = if path == "/" || path.starts_with("/assets/") {
            "no-cache"
        } else {
            "no-store"
        };
        assert_eq!(header("cache-control"), expected, "{path}");
    }
    service.stop().await;
}

#[tokio::test]
async fn metrics_are_for_this_machine_only() {
    let service = service().await;
    assert_eq!(
        service.send("GET", "/metrics", None, None).await.status,
        StatusCode::NOT_FOUND
    );
    let peer = Peer {
        is_local: true,
        draining: std::sync::Arc::default(),
    };
    let status = async |request: axum::http::request::Builder| {
        let request = request
            .uri("/metrics")
            .extension(peer.clone())
            .body(Body::empty())
            .unwrap();
        service
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .status()
    };
    assert_eq!(status(Request::builder()).await, StatusCode::OK);
    let proxied = Request::builder().header("x-forwarded-for", "10.0.0.9");
    assert_eq!(status(proxied).await, StatusCode::NOT_FOUND);
    service.stop().await;
}

#[tokio::test]
async fn the_page_has_no_inline_script_and_all_its_files() {
    let service = service().await;
    let request = Request::builder().uri("/").extension(Peer {
        is_local: false,
        draining: std::sync::Arc::default(),
    });
    let response = service
        .router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let page = String::from_utf8(
        response
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .to_vec(),
    )
    .unwrap();
    assert!(!page.contains("style=") && !page.contains("onclick") && !page.contains("<style"));
    for part in page.split("/assets/").skip(1) {
        let name = part.split('"').next().unwrap();
        let reply = service
            .send("GET", &format!("/assets/{name}"), None, None)
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{name}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused() {
    let service = service().await;
    let huge = json!({ "login": "x".repeat(300 * 1024), "password": "" });
    let reply = service.post("/api/v1/auth/login", None, huge).await;
    assert_eq!(
        (reply.status, &reply.body["type"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("/problems/too-large"))
    );
    service.stop().await;
}
