//! The program and its commands on a database server: as on a file, and clear where a file is needed.

use integration_tests::database::{Database, Engine};
use integration_tests::service::Service;
use serde_json::{Value, json};

use crate::load_runs::a_load_run_comes_and_goes;

/// An installation on an empty database of a server.
pub(super) fn on_server(server: &Database) -> Service {
    let mut service = Service::new();
    let file = |name: &str| service.directory().join(name).display().to_string();
    let (switch, socket) = (file("maintenance.json"), file("admin.sock"));
    service.set("DATABASE_URL", server.url("commands"));
    service.set("EXAM_MAINTENANCE_FILE", switch);
    service.set("EXAM_ADMIN_LISTEN", format!("unix:{socket}"));
    service
}

#[track_caller]
pub(super) fn asked(service: &Service, arguments: &[&str]) -> Value {
    serde_json::from_str(&service.run_successfully(arguments)).unwrap()
}

/// Everything that an exam needs of the program, from the empty database to what was stored.
fn an_exam_is_sat(engine: Engine, kind: &str) {
    let server = Database::shared(engine);
    let mut service = on_server(&server);
    let report = asked(&service, &["check", "--json"]);
    assert_eq!(
        (&report["problems"], &report["database"]["kind"]),
        (&json!([]), &json!(kind)),
        "{report}"
    );
    assert!(report["database"]["version"].is_string(), "{report}");
    let before = asked(&service, &["migrate", "--status"]);
    let demo = service.prepare_demo(2);
    let after = asked(&service, &["migrate", "--status"]);
    assert_eq!(before["applied"], after["pending"], "both are empty");
    assert_eq!(
        before["pending"].as_array().unwrap().len(),
        after["applied"].as_array().unwrap().len()
    );

    service.start();
    let student = demo.student(&service, 0);
    let answer = student.answer(0, 1, 0);
    student.save(&[answer]).unwrap().expect(200);
    student.submit().unwrap().expect(200);
    student.result().unwrap().expect(200);
    let admin = service.directory().join("admin.sock");
    let admin = format!("unix:{}", admin.display());
    let smoke = asked(&service, &["control", "--admin", &admin, "smoke"]);
    assert_eq!((&smoke["ok"], &smoke["failed"]), (&json!(true), &json!([])));
    let stored = service.stored_answers();
    assert_eq!(
        stored.len(),
        1,
        "nothing of the synthetic student: {stored:?}"
    );
    assert_eq!(stored[0]["attempt_id"], student.attempt_id());
    assert_eq!(service.stop(), 0);
}

#[test]
fn an_exam_is_sat_on_mariadb() {
    an_exam_is_sat(Engine::MariaDb, "mysql");
}

#[test]
fn an_exam_is_sat_on_postgres() {
    an_exam_is_sat(Engine::Postgres, "postgres");
}

#[test]
fn a_load_run_comes_and_goes_on_mariadb() {
    let server = Database::shared(Engine::MariaDb);
    a_load_run_comes_and_goes(&mut on_server(&server));
}

#[test]
fn a_load_run_comes_and_goes_on_postgres() {
    let server = Database::shared(Engine::Postgres);
    a_load_run_comes_and_goes(&mut on_server(&server));
}

#[test]
fn what_cannot_be_done_on_a_server_is_refused_in_words_without_its_password() {
    for engine in Engine::ALL {
        let server = Database::shared(engine);
        let mut service = on_server(&server);
        let refused = |service: &Service, arguments: &[&str], code: i32, words: &str| {
            let output = service.run(arguments);
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
            assert!(error.contains(words), "{arguments:?}: {error}");
            assert!(!error.contains("-password"), "{error}");
        };
        refused(&service, &["backup"], 2, "works with SQLite only so far");
        refused(
            &service,
            &["backup-verify", "copy"],
            2,
            "works with SQLite only so far",
        );
        let url = server
            .url("locked")
            .replace("-password@", "-password-of-another@");
        service.set("DATABASE_URL", url);
        for arguments in [["migrate"], ["serve"], ["stored-answers"]] {
            refused(&service, &arguments, 1, "cannot open the database");
        }
        service.set("DATABASE_URL", server.url("empty"));
        refused(&service, &["seed-demo"], 1, "cannot write the demo data");
    }
}
