//! A server that says `committed` before it is true: refused where exams are, warned of elsewhere.

use std::time::Duration;

use integration_tests::database::{Database, Engine};
use integration_tests::service::Service;
use integration_tests::waiting::wait_for;
use serde_json::json;

use super::commands::{asked, on_server};

/// The settings that a server is made unsafe with, and how.
fn weakened(engine: Engine) -> (&'static [&'static str], &'static [&'static str]) {
    match engine {
        Engine::MariaDb => (
            &["innodb_flush_log_at_trx_commit", "sync_binlog"],
            &[
                "SET GLOBAL innodb_flush_log_at_trx_commit = 2",
                "SET GLOBAL sync_binlog = 0",
            ],
        ),
        Engine::Postgres => (
            &["full_page_writes"],
            &[
                "ALTER SYSTEM SET full_page_writes = off",
                "SELECT pg_reload_conf()",
            ],
        ),
    }
}

fn a_weak_server_is_refused(engine: Engine) {
    let server = Database::start(engine);
    let mut service = on_server(&server);
    let url = server.url("administration");
    let demo = service.prepare_demo(1);
    let safe = asked(&service, &["check", "--json"]);
    let about = |report: &serde_json::Value, list: &str, setting: &str| {
        let list = report[list].as_array().unwrap().clone();
        list.iter()
            .any(|one| one.as_str().unwrap().contains(setting))
    };
    let (settings, statements) = weakened(engine);
    for statement in statements {
        server.query(&url, statement);
    }
    // The servers take new settings over in their own time.
    let told = wait_for("a warning of every setting", Duration::from_mins(1), || {
        let report = asked(&service, &["check", "--json"]);
        let all = settings
            .iter()
            .all(|setting| about(&report, "warnings", setting));
        all.then_some(report)
    });
    for setting in settings {
        assert!(!about(&safe, "warnings", setting), "{safe}");
    }
    assert_eq!(told["problems"], json!([]));
    // With a warning in its log it serves a demo.
    service.start();
    demo.student(&service, 0);
    assert!(
        service.log().contains("could lose an acknowledged answer"),
        "{}",
        service.log()
    );
    assert_eq!(service.stop(), 0);

    service.set("JWT_SECRET", "f3b1c98a77d20e4651aa0c3f9e8d7b6c");
    service.set("APP_URL", "https://exam.example.edu");
    for environment in ["staging", "production"] {
        service.set("APP_ENV", environment);
        for command in ["check", "migrate", "serve"] {
            assert_refused(&service, command, settings);
        }
    }
}

fn assert_refused(service: &Service, command: &str, settings: &[&str]) {
    let output = service.run(&[command]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{command}: {error}");
    for setting in settings {
        assert!(
            error.contains(&format!("{setting} is ")),
            "{command}: {error}"
        );
    }
    assert!(!error.contains("-password"), "{error}");
}

#[test]
fn a_weak_mariadb_is_refused_where_exams_are() {
    a_weak_server_is_refused(Engine::MariaDb);
}

#[test]
fn a_weak_postgres_is_refused_where_exams_are() {
    a_weak_server_is_refused(Engine::Postgres);
}
