//! schemathesis: is everything that the interface answers as its description says, whatever it is sent?

use std::fmt::Write as _;

use integration_tests::python::Python;
use integration_tests::service::{Demo, Service};
use integration_tests::student::Student;
use integration_tests::tools::{bounded, written};
use serde_json::json;

use super::uncounted;

/// When one run counts as hanging, in seconds; on two cores that do nothing else it takes about thirty.
const LIMIT_SECONDS: u32 = 170;

/// Of whom a run is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Student,
    Administrator,
}

/// Which exam and which attempt the paths name, and that a well-formed request may yet be refused: an answer that does not
/// fit its question (422), members that nobody asked for past the limit (413), a login after wrong passwords (429). What
/// staff type has rules beyond its form, for instance names that may not be empty (400).
fn settings(demo: &Demo, student: &Student, sender: Sender) -> String {
    let attempt = student.attempt["id"].as_str().unwrap();
    let with_rules = "\"2xx\", 400, 401, 403, 404, 409, 413, 422, 429";
    let accepted = match sender {
        Sender::Student => "\"2xx\", 401, 403, 404, 409, 413, 422, 429",
        Sender::Administrator => with_rules,
    };
    let mut text = format!(
        "[checks]\npositive_data_acceptance.expected-statuses = [{accepted}]\n\
         negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429]\n",
    );
    for (path, id) in [
        ("/api/v1/exams/{id}/attempts", demo.exam_id.as_str()),
        ("/api/v1/attempts/{id}", attempt),
        ("/api/v1/attempts/{id}/answers", attempt),
        ("/api/v1/attempts/{id}/events", attempt),
        ("/api/v1/attempts/{id}/submit", attempt),
        ("/api/v1/attempts/{id}/result", attempt),
    ] {
        write!(
            text,
            "\n[[operations]]\ninclude-path = \"{path}\"\nparameters = {{ \"path.id\" = \"{id}\" }}\n"
        )
        .unwrap();
        // To JSON Schema `3.0` is an integer, and a format is no rule: a sequence is not taken from a number that may have
        // been rounded, nor an identifier from any text.
        if ["/answers", "/events", "/attempts"]
            .iter()
            .any(|end| path.ends_with(end))
        {
            writeln!(
                text,
                "checks.positive_data_acceptance.expected-statuses = [{with_rules}]"
            )
            .unwrap();
        }
    }
    text
}

/// One run of so many cases for each operation; how many cases that were.
fn run(service: &Service, settings: &str, token: &str, cases: u32, more: &[&str]) -> u32 {
    let seed = fastrand::u32(..);
    let configuration = service.directory().join("schemathesis.toml");
    std::fs::write(&configuration, settings).unwrap();
    let schemathesis = Python::with(&["schemathesis==4.32.5"]).program("schemathesis");
    let output = bounded(LIMIT_SECONDS, schemathesis)
        .arg("--config-file")
        .arg(&configuration)
        .args(["run", &format!("{}/api/v1/openapi.json", service.url())])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--seed", &seed.to_string()])
        .args(["--max-examples", &cases.to_string()])
        .args(["--no-shrink", "--continue-on-failure"])
        .args(more)
        .env("NO_COLOR", "1")
        .current_dir(service.directory())
        .output()
        .unwrap();
    let said = written(&output);
    assert!(output.status.success(), "with seed {seed}:\n{said}");
    let count = said.lines().find_map(|line| {
        let (count, _) = line.trim().split_once(" generated, ")?;
        count.replace(',', "").parse().ok()
    });
    count.unwrap_or_else(|| panic!("no count of cases in:\n{said}"))
}

#[test]
fn whatever_it_is_sent_the_interface_answers_as_its_description_says() {
    let mut service = uncounted();
    let demo = service.prepare_demo(1);
    service.start();
    let student = demo.student(&service, 0);
    let as_student = settings(&demo, &student, Sender::Student);
    let of_students = ["Attempts", "Exams", "Sessions"].map(|tag| ["--include-tag", tag]);
    let of_students = of_students.as_flattened();
    // First while the attempt is open, then also once it was handed in.
    let while_open = [
        of_students,
        &["--exclude-path", "/api/v1/attempts/{id}/submit"],
    ]
    .concat();
    let open = run(&service, &as_student, &student.token, 60, &while_open);
    let closed = run(&service, &as_student, &student.token, 20, of_students);
    // Everything there is, to somebody who may do what staff may.
    let credentials = json!({"login": demo.admin, "password": demo.password});
    let session = service.client().post("/api/v1/auth/login", &credentials);
    let session = session.unwrap().expect(200);
    let token = session["access_token"].as_str().unwrap();
    let as_administrator = settings(&demo, &student, Sender::Administrator);
    // But for the switch that turns everybody away.
    let all_but = ["--exclude-path", "/api/v1/system/maintenance"];
    let all = run(&service, &as_administrator, token, 8, &all_but);
    assert!(
        open + closed + all > 1000,
        "only {open}, {closed} and {all} cases"
    );
    assert!(!service.log().contains("panicked"), "{}", service.log());
    assert_eq!(service.stop(), 0);
}
