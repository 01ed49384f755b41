//! `control smoke`: can a student do with this release what a student does? Asked on the admin interface, step by step.

use std::time::Instant;

use hyper::Method;
use serde_json::{Value, json};

use super::{Asked, ControlError, ControlReply, exchange};
use crate::settings::AdminAddress;

/// What was found so far.
struct Smoke<'a> {
    address: &'a AdminAddress,
    token: Option<String>,
    checks: Vec<Value>,
    failed: Vec<String>,
}

/// One question of the test.
struct Check {
    name: &'static str,
    method: Method,
    path: String,
    body: Option<Value>,
    expected: u16,
}

impl Check {
    fn new(
        name: &'static str,
        method: Method,
        path: impl Into<String>,
        body: Option<Value>,
        expected: u16,
    ) -> Self {
        Self {
            name,
            method,
            path: path.into(),
            body,
            expected,
        }
    }
}

impl Smoke<'_> {
    /// Asks, notes how it went, and returns what `proof` found in a reply that is as it should be.
    async fn ask<T>(
        &mut self,
        check: Check,
        proof: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Result<Option<T>, ControlError> {
        let began = Instant::now();
        let asked = Asked {
            method: check.method.clone(),
            path: &check.path,
            body: check.body.map(|body| body.to_string()),
            token: self.token.as_deref(),
        };
        let (status, text) = exchange(self.address, asked).await?;
        let took = began.elapsed();
        let reply = serde_json::from_str(&text).unwrap_or(Value::Null);
        let found = if status.as_u16() == check.expected {
            proof(&reply)
        } else {
            let detail = reply["detail"].as_str().unwrap_or_default();
            Err(format!("{status} instead of {}. {detail}", check.expected))
        };
        let mut line = json!({
            "name": check.name,
            "ok": found.is_ok(),
            "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "method": check.method.as_str(),
            // The name of the synthetic student says nothing to anybody.
            "path": check.path.split("/canary-").next(),
            "expected": check.expected,
            "status": status.as_u16(),
        });
        if let Err(reason) = &found {
            line["reason"] = reason.trim_end().into();
            self.failed
                .push(format!("{}: {}", check.name, reason.trim_end()));
        }
        self.checks.push(line);
        Ok(found.ok())
    }

    /// The routes that are asked first, without changing anything.
    async fn try_routes(&mut self) -> Result<(), ControlError> {
        let nobody = json!({ "login": "smoke-test-nobody", "password": "wrong on purpose" });
        for (name, method, path, body, expected) in [
            ("readiness", Method::GET, "/health/readiness", None, 200),
            ("page", Method::GET, "/", None, 200),
            ("script", Method::GET, "/assets/main.js", None, 200),
            (
                "refuse a stranger",
                Method::POST,
                "/api/v1/auth/login",
                Some(nobody),
                401,
            ),
            (
                "refuse without a session",
                Method::GET,
                "/api/v1/my/exams",
                None,
                401,
            ),
        ] {
            self.ask(Check::new(name, method, path, body, expected), |_| Ok(()))
                .await?;
        }
        Ok(())
    }

    /// A synthetic student does everything from signing in to handing in. Stops at the first thing that fails: what
    /// comes after depends on it.
    async fn try_student(&mut self, login: &str, password: &str) -> Result<(), ControlError> {
        let credentials = json!({ "login": login, "password": password });
        let check = Check::new(
            "sign in",
            Method::POST,
            "/api/v1/auth/login",
            Some(credentials),
            200,
        );
        let signed_in =
            |reply: &Value| Ok((text(reply, "access_token")?, text(reply, "refresh_token")?));
        let Some((token, refresh)) = self.ask(check, signed_in).await? else {
            return Ok(());
        };
        self.token = Some(token);
        if self.sit().await?.is_some() {
            let check = Check::new(
                "sign out",
                Method::POST,
                "/api/v1/auth/logout",
                Some(json!({ "refresh_token": refresh })),
                204,
            );
            self.ask(check, |_| Ok(())).await?;
        }
        self.token = None;
        Ok(())
    }

    /// What lies between signing in and signing out; `None` when something failed.
    async fn sit(&mut self) -> Result<Option<()>, ControlError> {
        let check = Check::new("list exams", Method::GET, "/api/v1/my/exams", None, 200);
        let only_exam = |reply: &Value| text(&reply["exams"][0], "id");
        let Some(exam) = self.ask(check, only_exam).await? else {
            return Ok(None);
        };
        let attempts = format!("/api/v1/exams/{exam}/attempts");
        let check = Check::new("start", Method::POST, &attempts, None, 201);
        let Some(begun) = self.ask(check, |reply| text(reply, "id")).await? else {
            return Ok(None);
        };
        let check = Check::new("resume", Method::POST, &attempts, None, 200);
        let resumed = |reply: &Value| {
            if reply["id"] == begun.as_str() {
                statement_of(reply)
            } else {
                Err("another attempt came back".to_owned())
            }
        };
        let Some((question, sequence)) = self.ask(check, resumed).await? else {
            return Ok(None);
        };
        let attempt = format!("/api/v1/attempts/{begun}");
        let answer =
            json!({ "question_id": question, "sequence": sequence, "response": { "value": true } });
        let check = Check::new(
            "save",
            Method::PUT,
            format!("{attempt}/answers"),
            Some(json!({ "answers": [answer] })),
            200,
        );
        let wanted = json!([{ "question_id": question, "sequence": sequence }]);
        let acknowledged = |reply: &Value| expect(&reply["saved"], &wanted, "acknowledged");
        if self.ask(check, acknowledged).await?.is_none() {
            return Ok(None);
        }
        let check = Check::new("read back", Method::GET, &attempt, None, 200);
        let stored = |reply: &Value| {
            let stored = &reply["answers"][0];
            expect(&stored["sequence"], &json!(sequence), "stored as sequence")?;
            expect(&stored["response"], &json!({ "value": true }), "stored")
        };
        if self.ask(check, stored).await?.is_none() {
            return Ok(None);
        }
        let check = Check::new(
            "hand in",
            Method::POST,
            format!("{attempt}/submit"),
            None,
            200,
        );
        let handed_in = |reply: &Value| expect(&reply["answered"], &json!(1), "handed in");
        self.ask(check, handed_in).await
    }
}

/// Tries the routes, then a student's way through an exam that nobody else sees; nothing of it stays.
pub(super) async fn smoke(address: &AdminAddress) -> Result<ControlReply, ControlError> {
    let mut smoke = Smoke {
        address,
        token: None,
        checks: Vec::new(),
        failed: Vec::new(),
    };
    smoke.try_routes().await?;
    let check = Check::new(
        "synthetic student",
        Method::POST,
        "/admin/canary",
        None,
        201,
    );
    let made = |reply: &Value| Ok((text(reply, "login")?, text(reply, "password")?));
    if let Some((login, password)) = smoke.ask(check, made).await? {
        let tried = smoke.try_student(&login, &password).await;
        smoke.token = None;
        let check = Check::new(
            "clear away",
            Method::DELETE,
            format!("/admin/canary/{login}"),
            None,
            204,
        );
        smoke.ask(check, |_| Ok(())).await?;
        tried?;
    }
    let is_success = smoke.failed.is_empty();
    let body = json!({ "ok": is_success, "failed": smoke.failed, "checks": smoke.checks });
    Ok(ControlReply {
        is_success,
        body: body.to_string(),
    })
}

fn text(reply: &Value, member: &str) -> Result<String, String> {
    let value = reply[member].as_str();
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("the reply has no '{member}'"))
}

/// The question that is answered with true or false, and the number of the save: the server's clock in milliseconds,
/// as the page does it.
fn statement_of(attempt: &Value) -> Result<(String, i64), String> {
    let questions = attempt["paper"]["questions"].as_array();
    let statement = questions
        .into_iter()
        .flatten()
        .find(|question| question["type"] == "true_false")
        .ok_or("the paper has no true/false question")?;
    let time = text(attempt, "server_time")?;
    let time = chrono::DateTime::parse_from_rfc3339(&time)
        .map_err(|error| format!("'server_time' is no time: {error}"))?;
    Ok((text(statement, "id")?, time.timestamp_millis()))
}

fn expect(found: &Value, wanted: &Value, what: &str) -> Result<(), String> {
    if found == wanted {
        Ok(())
    } else {
        Err(format!("{found} was {what}, not {wanted}"))
    }
}
