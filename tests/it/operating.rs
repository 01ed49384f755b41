//! What those who run the service do with it: try it, ask how it stands, close it for maintenance, check its settings.

use std::time::Duration;

use integration_tests::http::Client;
use integration_tests::ports::free_port;
use integration_tests::service::Service;
use integration_tests::waiting::wait_for;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(20);

/// A service with an admin socket, and the socket's address.
fn operated() -> (Service, String) {
    let mut service = Service::new();
    let socket = format!("unix:{}", service.directory().join("admin.sock").display());
    service.set("EXAM_ADMIN_LISTEN", &socket);
    (service, socket)
}

/// What a command that has to succeed printed, as JSON.
#[track_caller]
fn asked(service: &Service, arguments: &[&str]) -> Value {
    serde_json::from_str(&service.run_successfully(arguments)).expect("it prints JSON")
}

#[track_caller]
fn control(service: &Service, socket: &str, action: &[&str]) -> Value {
    let arguments = [&["control", "--admin", socket], action].concat();
    asked(service, &arguments)
}

/// What a student's login is answered with.
fn login_status(client: &Client, login: &str, password: &str) -> u16 {
    let credentials = json!({"login": login, "password": password});
    let reply = client.post("/api/v1/auth/login", &credentials).unwrap();
    reply.status
}

#[test]
fn a_release_is_tried_by_a_student_of_whom_nothing_stays() {
    let (mut service, socket) = operated();
    let demo = service.prepare_demo(1);
    service.start();
    let student = demo.student(&service, 0);
    student
        .save(&[student.answer(0, 1, 0)])
        .unwrap()
        .expect(200);
    let stored = service.stored_answers();
    let before = control(&service, &socket, &["status"]);
    assert_eq!(
        (&before["open_attempts"], &before["exams_running"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        (&before["next_exam"], &before["maintenance"]),
        (&Value::Null, &Value::Null)
    );

    let report = control(&service, &socket, &["smoke"]);
    assert_eq!(
        (&report["ok"], &report["failed"]),
        (&json!(true), &json!([]))
    );
    for wanted in ["sign in", "resume", "save", "read back", "clear away"] {
        let checks = report["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == wanted);
        let check = check.unwrap_or_else(|| panic!("{wanted} is not in {report}"));
        assert!(check["ok"] == true && check["took_ms"].is_u64(), "{check}");
    }

    assert_eq!(control(&service, &socket, &["status"]), before);
    assert_eq!(service.stored_answers(), stored);
    let exams = student.client.get("/api/v1/my/exams").unwrap().expect(200);
    assert_eq!(exams["exams"].as_array().unwrap().len(), 1);
}

#[test]
fn maintenance_holds_for_both_colours_and_across_a_crash_while_answers_are_saved() {
    let (mut blue, socket) = operated();
    let demo = blue.prepare_demo(2);
    blue.start();
    let student = demo.student(&blue, 0);
    let mut green = Service::beside(&blue, free_port());
    green.unset("EXAM_ADMIN_LISTEN");
    green.start();

    let notice = control(
        &blue,
        &socket,
        &["maintenance", "on", "--message", "New tables."],
    );
    assert_eq!(notice["message"], "New tables.");
    let refused = |client: &Client| login_status(client, &demo.students[1], &demo.password) == 503;
    assert!(refused(&blue.client()), "who was asked does it at once");
    wait_for("maintenance of the other colour", LIMIT, || {
        refused(&green.client()).then_some(())
    });
    blue.kill();
    blue.start();
    assert!(refused(&blue.client()), "it outlives a crash");
    let status = control(&blue, &socket, &["status"]);
    assert_eq!(status["maintenance"]["message"], "New tables.");

    student
        .save(&[student.answer(0, 1, 0)])
        .unwrap()
        .expect(200);
    student.submit().unwrap().expect(200);
    let problem = blue.client().get("/api/v1/my/exams").unwrap();
    problem.expect_problem(503, "/problems/maintenance");
    let report = control(&blue, &socket, &["smoke"]);
    assert_eq!(report["ok"], true, "a release is tried all the same");

    control(&blue, &socket, &["maintenance", "off"]);
    wait_for("the end of maintenance of the other colour", LIMIT, || {
        (!refused(&green.client())).then_some(())
    });
    assert!(!refused(&blue.client()));
}

#[test]
fn a_check_for_programs_names_problems_warnings_and_the_database() {
    let mut service = Service::new();
    let report = asked(&service, &["check", "--json"]);
    assert_eq!(report["problems"], json!([]));
    assert_eq!(report["app_env"], "demo");
    let database = &report["database"];
    assert_eq!(
        (
            &database["kind"],
            &database["reachable"],
            &database["version"]
        ),
        (&json!("sqlite"), &json!(true), &Value::Null),
        "a database that migrate has not made yet is no problem: {report}"
    );
    assert!(!service.directory().join("exam.db").exists());
    service.run_successfully(&["migrate"]);
    let report = asked(&service, &["check", "--json"]);
    assert!(report["database"]["version"].is_string(), "{report}");

    let broken = service.directory().join("broken.db");
    std::fs::write(&broken, "this is no database, whatever its name says").unwrap();
    for (setting, value, code) in [
        (
            "DATABASE_URL",
            "sqlite:///nowhere/at/all/exam.db".to_owned(),
            3,
        ),
        ("DATABASE_URL", format!("sqlite://{}", broken.display()), 3),
        ("JWT_SECRET", "short".to_owned(), 2),
    ] {
        service.set(setting, &value);
        let output = service.run(&["check", "--json"]);
        assert_eq!(output.status.code(), Some(code), "{setting}: {output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["database"]["reachable"], false, "{report}");
        assert!(report["database"]["reason"].is_string(), "{report}");
    }
}

#[test]
fn what_migrate_would_do_is_shown_with_what_it_means() {
    let service = Service::new();
    let status = asked(&service, &["migrate", "--status"]);
    let steps = status["pending_steps"].as_array().unwrap();
    assert_eq!(steps.len(), status["pending"].as_array().unwrap().len());
    assert!(
        steps
            .iter()
            .all(|step| step["kind"] == "expand" && step["statements"] == json!([])),
        "{status}"
    );
    let status = asked(&service, &["migrate"]);
    assert_eq!(
        (&status["pending"], &status["unknown"]),
        (&json!([]), &json!([]))
    );
}
