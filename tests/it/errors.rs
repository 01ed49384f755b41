//! What people read when something is wrong: where it is, why, and what to do next.

use std::path::Path;

use integration_tests::examctl::{Examctl, Run, filtered};
use integration_tests::service::Service;
use tempfile::TempDir;

fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

fn run(directory: &Path, arguments: &[&str]) -> Run {
    Examctl::new(arguments).in_directory(directory).run()
}

/// One broken file, checked; the whole of what is printed.
fn check(playbook: &str) -> String {
    let directory = directory(&[("play.yaml", playbook)]);
    let run = run(directory.path(), &["check", "play.yaml"]);
    assert_eq!(run.code, 2, "{run}");
    run.snapshot(&[(directory.path(), "[SITE]")])
}

#[test]
fn broken_yaml_is_located() {
    insta::assert_snapshot!(check("name: x\nhosts: all\ntasks:\n  - name: [unclosed\n"));
}

#[test]
fn an_unknown_operation_is_located_and_the_nearest_named() {
    insta::assert_snapshot!(check(
        "name: x\nhosts: all\ntasks:\n- name: start nginx\n  servise: {name: nginx, state: started}\n"
    ));
}

#[test]
fn an_unknown_key_is_located_and_the_nearest_named() {
    insta::assert_snapshot!(check(
        "name: x\nhosts: all\ntasks:\n- name: start nginx\n  service:\n    name: nginx\n    stat: started\n"
    ));
}

#[test]
fn a_wrong_type_is_located() {
    insta::assert_snapshot!(check(
        "name: x\nhosts: all\ntasks:\n- name: start nginx\n  service:\n    name: nginx\n    enabled: maybe\n"
    ));
}

#[test]
fn a_missing_variable_is_located() {
    let directory = directory(&[
        (
            "play.yaml",
            "name: x\nhosts: all\ntasks:\n- name: greet\n  file: {path: /tmp/greeting, content: \"{{ greting }}\"}\n",
        ),
        (
            "inventory.yaml",
            "hosts:\n  here:\n    connection: local\n    vars: {greeting: hello}\n",
        ),
    ]);
    let run = run(directory.path(), &["plan", "play.yaml"]);
    assert_eq!(run.code, 2, "{run}");
    insta::assert_snapshot!(run.snapshot(&[(directory.path(), "[SITE]")]));
}

#[test]
fn an_unreachable_host_is_named_with_the_reason() {
    let port = integration_tests::ports::free_port();
    let directory = directory(&[
        (
            "play.yaml",
            "name: x\nhosts: all\ntasks:\n- name: d\n  directory: {path: /tmp/x}\n",
        ),
        (
            "inventory.yaml",
            &format!(
                "hosts:\n  gone:\n    connection: ssh\n    address: 127.0.0.1\n    port: {port}\n    user: root\n"
            ),
        ),
    ]);
    let run = run(directory.path(), &["plan", "play.yaml"]);
    assert_eq!(run.code, 5, "{run}");
    insta::assert_snapshot!(run.snapshot(&[(directory.path(), "[SITE]")]));
}

#[test]
fn a_corrupt_artifact_is_refused() {
    let directory = directory(&[("broken.tar.zst", "this is no artifact")]);
    let run = run(directory.path(), &["release", "verify", "broken.tar.zst"]);
    assert_eq!(run.code, 2, "{run}");
    insta::assert_snapshot!(run.snapshot(&[(directory.path(), "[SITE]")]));
}

#[test]
fn a_missing_inventory_says_how_to_write_one() {
    let directory = directory(&[]);
    let run = run(directory.path(), &["apply"]);
    assert_eq!(run.code, 2, "{run}");
    insta::assert_snapshot!(run.snapshot(&[(directory.path(), "[SITE]")]));
}

#[test]
fn a_usage_error_shows_the_usage() {
    let directory = directory(&[]);
    let run = run(directory.path(), &["aply"]);
    assert_eq!(run.code, 2, "{run}");
    insta::assert_snapshot!(run.snapshot(&[(directory.path(), "[SITE]")]));
}

#[test]
fn unsafe_settings_are_all_named_at_once() {
    let mut service = Service::new();
    service.set("APP_ENV", "production");
    service.set("JWT_SECRET", "secret");
    service.set("DATABASE_URL", "exam.db");
    service.set("EXAM_SAVE_QUEUE", "many");
    service.unset("APP_URL");
    let output = service.run(&["check"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    insta::assert_snapshot!(filtered(&text, &[(service.directory(), "[SITE]")]));
}
