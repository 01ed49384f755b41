//! `plan` and `apply` of the shipped playbook against a real host over SSH.

use std::path::Path;

use integration_tests::examctl::{Examctl, Run};
use integration_tests::host::Host;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What a plan must not touch; `/run` and logs change by themselves.
const FOLDERS: &str = "/etc /opt /usr/bin /usr/sbin /var/lib/dpkg /home /root";

/// A folder with an inventory that holds these hosts.
pub(super) fn site(inventory: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("inventory.yaml"), inventory).unwrap();
    directory
}

pub(super) fn examctl(directory: &Path, arguments: &[&str]) -> Run {
    Examctl::new([&["--format", "json"], arguments].concat())
        .in_directory(directory)
        .run()
}

/// The summaries and diffs of the changes that a plan announced or an apply made, by task.
fn changes(run: &Run, kind: &str) -> Vec<(String, Value)> {
    run.events()
        .into_iter()
        .map(|line| line["event"].clone())
        .filter(|event| event["type"] == kind)
        .map(|event| {
            (
                event["task"].as_str().unwrap().to_owned(),
                event["changes"].clone(),
            )
        })
        .collect()
}

#[test]
fn the_online_playbook_does_what_its_plan_said_and_then_nothing_more() {
    let host = Host::start("web");
    let site = site(
        &host.inventory_yaml(&json!({"server_name": "exam.test", "app_url": "http://exam.test"})),
    );

    let before = host.fingerprint(FOLDERS);
    let planned = examctl(site.path(), &["plan", "online", "--detailed-exitcode"]);
    assert_eq!(planned.code, 3, "{planned}");
    assert_eq!(
        host.fingerprint(FOLDERS),
        before,
        "a plan touched the host\n{planned}"
    );

    let applied = examctl(site.path(), &["apply", "online"]);
    assert_eq!(applied.code, 0, "{applied}");
    let promised = changes(&planned, "task_planned");
    let made = changes(&applied, "task_applied");
    assert!(promised.len() > 5, "{planned}");
    for change in &promised {
        assert!(
            made.contains(change),
            "planned but not made: {change:#?}\nmade: {made:#?}"
        );
    }
    let undecided: Vec<Value> = planned
        .events()
        .into_iter()
        .map(|line| line["event"].clone())
        .filter(|event| event["type"] == "task_undecided")
        .map(|event| event["task"].clone())
        .collect();
    for (task, _) in made.iter().filter(|change| !promised.contains(change)) {
        assert!(
            undecided.contains(&json!(task)),
            "made but not planned: {task}"
        );
    }

    let again = examctl(site.path(), &["apply", "online"]);
    assert_eq!(again.code, 0, "{again}");
    assert_eq!(again.summary()["changed"], 0, "{again}");
    let settled = examctl(site.path(), &["plan", "online", "--detailed-exitcode"]);
    assert_eq!(settled.code, 0, "{settled}");

    host.exec(
        "nginx -t && systemctl is-active nginx supervisor && systemctl is-enabled nginx supervisor",
    );
    host.exec("test $(stat -c %U:%G:%a /etc/exam-service/jwt_secret) = root:exam:640");
}

#[test]
fn an_ordinary_user_with_sudo_is_enough() {
    let host = Host::start("web");
    let mut entry =
        host.inventory_entry(&json!({"server_name": "exam.test", "app_url": "http://exam.test"}));
    entry["user"] = json!("deploy");
    entry["become"] = json!(true);
    let site = site(
        &json!({"groups": {"online": {"hosts": ["web"]}}, "hosts": {"web": entry}}).to_string(),
    );
    let applied = examctl(site.path(), &["apply", "online"]);
    assert_eq!(applied.code, 0, "{applied}");
    let again = examctl(site.path(), &["apply", "online"]);
    assert_eq!(
        (again.code, &again.summary()["changed"]),
        (0, &json!(0)),
        "{again}"
    );
}

#[test]
fn one_unreachable_host_does_not_stop_the_other() {
    let host = Host::start("good");
    let gone = Host::start("gone");
    gone.kill();
    let vars = json!({"server_name": "exam.test", "app_url": "http://exam.test"});
    let site = site(&integration_tests::host::inventory_yaml(&[
        (&host, &vars),
        (&gone, &vars),
    ]));
    let applied = examctl(site.path(), &["apply", "online"]);
    assert_eq!(applied.code, 5, "{applied}");
    assert_eq!(applied.summary()["failed"], 1, "{applied}");
    host.exec("systemctl is-active nginx");
}

#[test]
fn a_host_with_another_key_is_refused_before_anything_is_sent() {
    let host = Host::start("web");
    let other = "AAAAC3NzaC1lZDI1NTE5AAAAIEJt8ZtRDpkZ8cFn0OZ0YzQm3JZQ1mEJc0Zl3mFzQ0aB";
    std::fs::write(
        host.known_hosts(),
        format!("[127.0.0.1]:{} ssh-ed25519 {other}\n", host.ssh_port),
    )
    .unwrap();
    let site = site(
        &host.inventory_yaml(&json!({"server_name": "exam.test", "app_url": "http://exam.test"})),
    );
    let run = Examctl::new(["plan", "online"])
        .in_directory(site.path())
        .run();
    assert_eq!(run.code, 5, "{run}");
    let known_hosts = host.known_hosts();
    insta::assert_snapshot!(run.snapshot(&[
        (site.path(), "[SITE]"),
        (known_hosts.parent().unwrap(), "[KEYS]")
    ]));
}

#[test]
fn a_restart_that_a_failed_run_owed_is_made_by_the_next() {
    let host = Host::start("web");
    let site = site(&host.inventory_yaml(&json!({})));
    std::fs::write(
        site.path().join("play.yaml"),
        "name: owed restart\nhosts: all\n\
         tasks:\n\
         - name: write the settings\n  file: {path: /etc/owed.conf, content: \"a\\n\"}\n  notify: count\n\
         - name: fail until the way is clear\n  command: {run: test -e /tmp/clear, unless: test -e /tmp/clear}\n\
         handlers:\n\
         - name: count\n  command: {run: echo x >> /root/restarts, unless: \"false\"}\n",
    )
    .unwrap();
    let first = examctl(site.path(), &["apply", "play.yaml"]);
    assert_eq!(first.code, 1, "{first}");
    assert!(
        !host.try_exec("test -e /root/restarts").status.success(),
        "{first}"
    );
    host.exec("touch /tmp/clear");
    let second = examctl(site.path(), &["apply", "play.yaml"]);
    assert_eq!(second.code, 0, "{second}");
    assert_eq!(host.exec("cat /root/restarts"), "x", "{second}");
    let third = examctl(site.path(), &["apply", "play.yaml"]);
    assert_eq!(third.code, 0, "{third}");
    assert_eq!(host.exec("cat /root/restarts"), "x", "{third}");
}
