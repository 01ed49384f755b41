//! `examctl drift`, `schema`, `plan --out`, and when `apply --plan` refuses. What it applies is told in `on_hosts`.

use integration_tests::examctl::{Examctl, Run};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with a playbook for this machine that would change two files below it.
fn site() -> TempDir {
    let site = tempfile::tempdir().unwrap();
    let here = site.path().display();
    write(
        &site,
        "inventory.yaml",
        "hosts:\n  here: {connection: local, vars: {port: 8080}}\n",
    );
    write(&site, "app.conf.tera", "port={{ port }}\nname={{ name }}\n");
    write(&site, "host.conf", "port=1\n");
    write(
        &site,
        "play.yaml",
        &format!(
            "name: plans\nhosts: all\nvars: {{name: app}}\nsecrets: [token]\ntasks:\n\
             - name: settings\n  tags: [conf]\n  template: {{template: app.conf, path: {here}/host.conf}}\n\
             - name: note\n  file: {{path: {here}/note, content: \"{{{{ token }}}}\\n\"}}\n"
        ),
    );
    site
}

fn write(site: &TempDir, name: &str, text: &str) {
    std::fs::write(site.path().join(name), text).unwrap();
}

fn run(site: &TempDir, arguments: &[&str]) -> Run {
    Examctl::new(arguments)
        .in_directory(site.path())
        .env("HOME", site.path().to_str().unwrap())
        .run()
}

const TOKEN: [&str; 2] = ["-e", "token=first-secret-token"];

/// A site with an approved plan in `plan.json`.
fn planned(more: &[&str]) -> TempDir {
    let site = site();
    let arguments = [
        &["plan", "play.yaml", "--out", "plan.json"],
        &TOKEN[..],
        more,
    ]
    .concat();
    let planned = run(&site, &arguments);
    assert_eq!(planned.code, 0, "{planned}");
    site
}

/// Applies the plan, which must be refused, with nothing changed on the host.
fn refused(site: &TempDir, token: &[&str], because: &str) {
    let before = std::fs::read_to_string(site.path().join("host.conf")).unwrap();
    let refused = run(site, &[&["apply", "--plan", "plan.json"], token].concat());
    assert_eq!(refused.code, 1, "{refused}");
    assert!(refused.stderr.contains(because), "{because}: {refused}");
    assert!(refused.stderr.contains("plan --out FILE"), "{refused}");
    let after = std::fs::read_to_string(site.path().join("host.conf")).unwrap();
    assert_eq!(before, after);
    assert!(!site.path().join("note").exists());
}

#[test]
fn drift_is_what_differs_and_has_an_exit_code_of_its_own() {
    let site = site();
    let drift = [&["drift", "play.yaml"], &TOKEN[..]].concat();
    let drifted = run(&site, &drift);
    assert_eq!(drifted.code, 3, "{drifted}");
    assert!(
        drifted.stdout.starts_with("drift from plans\n"),
        "{drifted}"
    );
    assert!(drifted.stdout.contains("+port=8080"), "{drifted}");
    assert!(drifted.stdout.contains("2 drifted"), "{drifted}");
    let json = run(&site, &[&["--format", "json"], &drift[..]].concat());
    assert_eq!(json.summary()["command"], "drift");
    assert_eq!(json.summary()["exit_code"], 3);
    write(&site, "host.conf", "port=8080\nname=app\n");
    write(&site, "note", "first-secret-token\n");
    let none = run(&site, &drift);
    assert_eq!(none.code, 0, "{none}");
}

#[test]
fn a_schema_is_printed_or_written() {
    let site = site();
    let printed = run(&site, &["schema"]);
    let schema: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert!(
        schema["$defs"]["operation_file"]["description"].is_string(),
        "{printed}"
    );
    let written = run(
        &site,
        &["schema", "--inventory", "--output", "inventory.schema.json"],
    );
    assert_eq!(written.code, 0, "{written}");
    let text = std::fs::read_to_string(site.path().join("inventory.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["required"][0], "hosts");
}

#[test]
fn a_kept_plan_shows_what_would_be_done_and_no_secret() {
    let site = planned(&["--limit", "here", "--tags", "conf"]);
    let text = std::fs::read_to_string(site.path().join("plan.json")).unwrap();
    assert!(!text.contains("first-secret-token"), "{text}");
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["playbook"], "play.yaml");
    assert_eq!(
        (&file["limit"], &file["tags"][0]),
        (&"here".into(), &"conf".into())
    );
    let steps = file["steps"]["here"].as_array().unwrap();
    assert_eq!(steps.len(), 1, "{text}");
    assert_eq!(steps[0]["task"], "settings");
    for argument in ["play.yaml", "--limit=here", "--tags=conf", "-iother.yaml"] {
        let both = run(&site, &["apply", "--plan", "plan.json", argument]);
        assert_eq!(both.code, 2, "{both}");
    }
}

#[test]
fn another_playbook_template_variable_or_secret_is_refused() {
    let inputs = "has changed since the plan was made";
    let change = |name: &str, from: &str, to: &str| {
        let site = planned(&[]);
        let path = site.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
        refused(&site, &TOKEN, inputs);
    };
    change("play.yaml", "name: note", "name: notes");
    change("play.yaml", "{name: app}", "{name: other}");
    change("app.conf.tera", "port=", "PORT=");
    change("inventory.yaml", "8080", "8081");
    refused(&planned(&[]), &["-e", "token=second-secret-token"], inputs);
    refused(
        &planned(&[]),
        &["-e", "token=first-secret-token", "-e", "name=x"],
        inputs,
    );
}

#[test]
fn another_state_of_the_host_is_refused() {
    let site = planned(&[]);
    // What it replaces is hidden, because it may hold a secret of before, and seen nevertheless.
    write(&site, "host.conf", "port=2\n");
    refused(&site, &TOKEN, "here: something that is not shown would be");
    write(&site, "host.conf", "port=8080\n");
    refused(&site, &TOKEN, "here: settings: would do something else now");
    write(&site, "host.conf", "port=8080\nname=app\n");
    refused(
        &site,
        &TOKEN,
        "here: settings: approved, and not needed now",
    );
}

#[test]
fn a_plan_file_that_was_changed_is_refused() {
    let tamper = |from: &str, to: &str, because: &str| {
        let site = planned(&[]);
        let path = site.path().join("plan.json");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
        refused(&site, &TOKEN, because);
    };
    tamper(
        "+port=8080",
        "+port=80",
        "settings: would do something else now",
    );
    tamper(
        "\"task\": \"note\"",
        "\"task\": \"nothing\"",
        "note: needed now, and not approved",
    );
    tamper(
        "\"inputs\": \"",
        "\"inputs\": \"A",
        "has changed since the plan was made",
    );
    tamper(
        "\"plans\": {\n    \"here\": \"",
        "\"plans\": {\n    \"here\": \"A",
        "not shown",
    );
    tamper(
        "\"format\": 1",
        "\"format\": 2",
        "not a plan of this version",
    );
    tamper("{", "", "not a plan of this version");
    let nowhere = run(&site(), &["apply", "--plan", "none.json"]);
    assert_eq!(nowhere.code, 1, "{nowhere}");
}

#[test]
fn a_plan_of_a_host_that_was_not_reached_is_not_kept() {
    let site = site();
    let port = integration_tests::ports::free_port();
    write(
        &site,
        "inventory.yaml",
        &format!(
            "hosts:\n  here: {{address: 127.0.0.1, port: {port}, user: root, vars: {{port: 1}}}}\n"
        ),
    );
    let planned = run(
        &site,
        &[&["plan", "play.yaml", "--out", "plan.json"], &TOKEN[..]].concat(),
    );
    assert_eq!(planned.code, 5, "{planned}");
    assert!(!site.path().join("plan.json").exists());
}
