//! Requests through the whole stack: router, writer and a real database.

use std::net::IpAddr;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::response::Parts;
use axum::http::{HeaderMap, StatusCode};
use chrono::TimeDelta;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

mod audit;
mod bank;
mod edges;
mod exam_flow;
mod exams;
mod incidents;
mod invigilation;
mod limits;
mod load_runs;
mod mail;
mod operating;
mod people;
mod practice;
mod results;
mod routes;
mod sessions;
mod words;

use super::*;
use crate::clock::Clock;
use crate::commands;
use crate::exam::{SessionId, UserId};
use crate::http::session::Session;
use crate::server::Server;
use crate::settings::{DatabaseSettings, Settings, Variables};
use crate::store::{DatabaseStore, Role, Store as _};

const PASSWORD: &str = "letmein-in-tests";

/// A running service in standby, with demo data, on a clock that stands still.
pub(crate) struct Service {
    pub(crate) server: Server,
    pub(crate) settings: Settings,
    clock: Clock,
    router: Router,
    /// The `OpenAPI` document: no reply may have a status of which it says nothing.
    description: Value,
    /// From where requests are sent.
    address: IpAddr,
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
    commands::migrate(&database, commands::Migrate::default(), output)
        .await
        .unwrap();
    commands::seed_demo(&database, 3, Some(PASSWORD.to_owned()), output)
        .await
        .unwrap();

    let settings = Settings::from_variables(&variables).unwrap();
    let clock = Clock::fixed(Clock::System.now() + TimeDelta::seconds(1));
    let server = Server::start(&settings, clock.clone()).await.unwrap();
    let router = public_router(server.state.clone(), |routes| routes);
    let description = described_routes(server.state.clone()).describe();
    Service {
        description,
        address: [192, 0, 2, 1].into(),
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

impl Reply {
    fn of((parts, bytes): (Parts, Bytes)) -> Self {
        Self {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }
}

impl Service {
    /// The access token of a session of that account in that role.
    pub(crate) fn token(&self, user: UserId, role: Role) -> String {
        let session = Session {
            user,
            role,
            id: SessionId::generate(),
            exam: None,
            at: self.clock.now(),
        };
        let token = self.server.state.tokens.issue(session, self.clock.now());
        token.unwrap()
    }

    /// Changes what is kept without asking the service.
    async fn execute(&self, sql: &str) {
        let environment = self.settings.telemetry.environment;
        let store = DatabaseStore::open(&self.settings.database, environment)
            .await
            .unwrap();
        store.execute_raw(sql.to_owned()).await;
        store.close().await.unwrap();
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Reply {
        self.send_with(method, path, token, body, &[]).await
    }

    /// Sends with more headers.
    async fn send_with(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let json = ("content-type", "application/json");
        let headers = [&[json][..usize::from(body.is_some())], headers].concat();
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        Reply::of(self.exchange(method, path, token, (&headers, body)).await)
    }

    /// Sends a body of any type.
    async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        (kind, bytes): (&str, Vec<u8>),
    ) -> Reply {
        let body = (&[("content-type", kind)][..], bytes.into());
        Reply::of(self.exchange(method, path, token, body).await)
    }

    /// Sends headers and a body of any type; the reply as it is.
    async fn exchange(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        (headers, body): (&[(&str, &str)], Body),
    ) -> (Parts, Bytes) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let peer = Peer {
            address: Some(self.address),
            is_local: false,
            is_private: false,
            draining: std::sync::Arc::default(),
        };
        let request = request.extension(peer).body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let address = path.split('?').next().unwrap();
        assert!(
            routes::documented(&self.description, method, address, parts.status),
            "{method} {path} answered {}, of which its description says nothing",
            parts.status
        );
        (parts, bytes)
    }

    /// Sends a file.
    async fn upload(&self, path: &str, token: &str, file: impl Into<Vec<u8>>) -> Reply {
        let body = ("application/octet-stream", file.into());
        self.send_bytes("POST", path, Some(token), body).await
    }

    async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Reply {
        self.send("POST", path, token, Some(body)).await
    }

    /// The access token of the demo's administrator.
    async fn administrator(&self) -> String {
        text(&self.sign_in("admin").await["access_token"])
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
