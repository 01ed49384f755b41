//! sqlmap: does any text that a person may send become part of a statement of the database?

use std::path::Path;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use integration_tests::tools::{bounded, written};
use serde_json::Value;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};

use super::uncounted;

/// The longest that one address may take, in seconds.
const LIMIT_SECONDS: u32 = 100;

/// A request in which `*` marks what sqlmap varies.
struct Target<'a> {
    method: &'a str,
    url: String,
    body: &'a str,
    bearer: &'a str,
}

/// Whether sqlmap found a way in, and what it said.
fn judge(folder: &Path, target: &Target<'_>) -> (bool, String) {
    let output = bounded(LIMIT_SECONDS, "sqlmap")
        .args(["--url", &target.url, "--method", target.method])
        .args(["--data", target.body])
        .args(["--headers", "Content-Type: application/json"])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", target.bearer),
        ])
        // Errors, conditions, unions and stacked statements; its waits would measure this machine.
        .args(["--technique", "BEUSQ", "--level", "1", "--risk", "1"])
        .args(["--batch", "--disable-coloring", "--flush-session"])
        .args(["--timeout", "10", "--ignore-code", "*", "--output-dir"])
        .arg(folder)
        .output()
        .unwrap();
    let said = written(&output);
    assert!(output.status.success(), "{}\n{said}", output.status);
    let found = said.contains("identified the following injection point");
    let none = said.contains("all tested parameters do not appear to be injectable");
    assert!(found != none, "sqlmap did not come to an end:\n{said}");
    (found, said)
}

#[test]
fn no_text_that_is_sent_becomes_part_of_a_statement() {
    let mut service = uncounted();
    let demo = service.prepare_demo(1);
    service.start();
    let student = demo.student(&service, 0);
    let at = |path: &str| format!("{}/api/v1/{path}", service.url());
    let attempt = student.attempt["id"].as_str().unwrap();
    let question = student.attempt["paper"]["questions"][0]["id"]
        .as_str()
        .unwrap();
    let save = format!(
        r#"{{"answers":[{{"question_id":"{question}*","sequence":1,"response":{{"selected":["{question}*"]}}}}]}}"#
    );
    for (method, url, body) in [
        (
            "POST",
            at("auth/login"),
            r#"{"login":"student-0001*","password":"x"}"#,
        ),
        (
            "POST",
            at("auth/refresh"),
            r#"{"refresh_token":"0123456789abcdef*"}"#,
        ),
        (
            "POST",
            at("auth/logout"),
            r#"{"refresh_token":"0123456789abcdef*"}"#,
        ),
        (
            "PUT",
            at(&format!("attempts/{attempt}/answers")),
            save.as_str(),
        ),
        (
            "PUT",
            at(&format!("attempts/{attempt}*/answers")),
            r#"{"answers":[]}"#,
        ),
    ] {
        let bearer = student.token.as_str();
        let target = Target {
            method,
            url,
            body,
            bearer,
        };
        let (found, said) = judge(service.directory(), &target);
        assert!(!found, "{} {}:\n{said}", target.method, target.url);
    }
    assert!(!service.log().contains("panicked"), "{}", service.log());
    assert_eq!(service.stop(), 0);
}

/// A login as it must not be written.
async fn careless_login(State(database): State<SqlitePool>, body: String) -> &'static str {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let login = body["login"].as_str().unwrap_or_default();
    let statement = format!("SELECT id FROM users WHERE login = '{login}'");
    let row = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_optional(&database);
    match row.await {
        Ok(Some(_)) => "welcome",
        _ => "wrong credentials",
    }
}

#[test]
fn sqlmap_finds_a_statement_that_text_becomes_part_of() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = runtime.block_on(async {
        let one = SqlitePoolOptions::new().max_connections(1);
        let database = one.connect("sqlite::memory:").await.unwrap();
        for statement in [
            "CREATE TABLE users (id INTEGER, login TEXT)",
            "INSERT INTO users VALUES (1, 'student-0001')",
        ] {
            sqlx::query(statement).execute(&database).await.unwrap();
        }
        let router = Router::new()
            .route("/login", post(careless_login))
            .with_state(database);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/login", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    });
    let folder = tempfile::tempdir().unwrap();
    let target = Target {
        method: "POST",
        url,
        body: r#"{"login":"student-0001*"}"#,
        bearer: "none",
    };
    let (found, said) = judge(folder.path(), &target);
    assert!(found, "{said}");
}
