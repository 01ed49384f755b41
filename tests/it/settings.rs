//! Settings that are missing or unsafe are all reported at once, before anything starts.

use std::process::Output;

use integration_tests::service::Service;

fn assert_refused(output: &Output, wanted: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    for name in wanted {
        assert!(
            error.contains(name),
            "{name} is not in the report:\n{error}"
        );
    }
}

#[test]
fn every_missing_setting_is_reported_at_once() {
    let mut service = Service::new();
    for name in ["DATABASE_URL", "JWT_SECRET", "APP_URL", "APP_ENV"] {
        service.unset(name);
    }
    assert_refused(
        &service.run(&["check"]),
        &["DATABASE_URL", "JWT_SECRET", "APP_URL"],
    );
    assert_refused(
        &service.run(&["serve"]),
        &["DATABASE_URL", "JWT_SECRET", "APP_URL"],
    );
}

#[test]
fn every_unsafe_setting_is_reported_at_once_without_its_secret() {
    let mut service = Service::new();
    service.set("APP_ENV", "production");
    service.set("JWT_SECRET", "hunter2");
    service.set("DATABASE_URL", "mysql://exam:s3cret@db");
    service.set("EXAM_LISTEN", "everywhere");
    service.set("EXAM_DRAIN_SECONDS", "soon");
    let output = service.run(&["check"]);
    assert_refused(
        &output,
        &[
            "JWT_SECRET",
            "DATABASE_URL",
            "EXAM_LISTEN",
            "EXAM_DRAIN_SECONDS",
        ],
    );
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        !error.contains("hunter2") && !error.contains("s3cret"),
        "{error}"
    );
}

#[test]
fn good_settings_are_accepted() {
    assert_eq!(Service::new().run(&["check"]).status.code(), Some(0));
}

#[test]
fn a_demo_is_never_seeded_into_production() {
    let mut service = Service::new();
    service.set("APP_ENV", "production");
    service.run_successfully(&["migrate"]);
    let output = service.run(&["seed-demo"]);
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("production"),
        "{output:?}"
    );
}

#[test]
fn reading_a_database_that_is_not_there_is_an_error_that_names_it_and_makes_none() {
    let service = Service::new();
    let output = service.run(&["stored-answers"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("exam.db"), "{error}");
    assert!(!service.directory().join("exam.db").exists());
}
