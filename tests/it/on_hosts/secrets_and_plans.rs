//! Secrets and approved plans on a real host over SSH.

use integration_tests::examctl::{Examctl, Run};
use integration_tests::host::Host;
use serde_json::json;
use tempfile::TempDir;

use super::provisioning::site;

const SECRET: &str = "correct-horse-battery-staple";

fn run(site: &TempDir, arguments: &[&str], input: &str) -> Run {
    Examctl::new(arguments)
        .in_directory(site.path())
        .env("HOME", site.path().to_str().unwrap())
        .without_env("EXAMCTL_AGE_IDENTITY")
        .without_env("EXAMCTL_AGE_IDENTITY_FILE")
        .input(input)
        .run()
}

fn ok(site: &TempDir, arguments: &[&str], input: &str) -> Run {
    let run = run(site, arguments, input);
    assert_eq!(run.code, 0, "{run}");
    run
}

fn host_with_secrets(name: &str) -> (Host, TempDir) {
    let host = Host::start(name);
    let site = site(&host.inventory_yaml(&json!({"service": "exam"})));
    ok(&site, &["secrets", "init"], "");
    ok(&site, &["secrets", "set", "db_password"], SECRET);
    std::fs::write(
        site.path().join("app.env.tera"),
        "PASSWORD={{ db_password }}\nNAME={{ service }}\n",
    )
    .unwrap();
    std::fs::write(
        site.path().join("play.yaml"),
        "name: secrets\nhosts: all\ntasks:\n\
         - name: settings\n  template: {template: app.env, path: /etc/app.env, mode: 0600}\n\
         - name: hand it over\n  command: {run: cat > /etc/handed, creates: /etc/handed, stdin: \"{{ db_password }}\"}\n\
         - name: talk about it\n  command: {run: \"cat /etc/app.env; cat /etc/app.env >&2; test -e /etc/quiet\", unless: test -e /etc/quiet}\n",
    )
    .unwrap();
    (host, site)
}

#[test]
fn a_host_gets_its_secrets_and_nobody_else_sees_them() {
    let (host, site) = host_with_secrets("secret");
    let mut seen = Vec::new();
    for (format, code) in [("json", 1), ("human", 1)] {
        // The last task prints the file and fails: its output is part of the message.
        let applied = run(&site, &["-v", "--format", format, "apply", "play.yaml"], "");
        assert_eq!(applied.code, code, "{applied}");
        assert!(
            applied.to_string().contains("PASSWORD=********"),
            "{applied}"
        );
        seen.push(applied);
    }
    assert_eq!(
        host.exec("cat /etc/app.env"),
        format!("PASSWORD={SECRET}\nNAME=exam")
    );
    assert_eq!(host.exec("cat /etc/handed"), SECRET);
    ok(
        &site,
        &["secrets", "set", "db_password"],
        "another-long-secret",
    );
    host.exec("touch /etc/quiet");
    for verb in ["plan", "drift", "apply", "plan"] {
        seen.push(run(&site, &["-v", verb, "play.yaml"], ""));
    }
    assert_eq!(
        host.exec("head -n 1 /etc/app.env"),
        "PASSWORD=another-long-secret"
    );
    for run in seen {
        for secret in [SECRET, "another-long-secret"] {
            assert!(!run.to_string().contains(secret), "{run}");
        }
    }
    // Nor does it lie about on the host, in notes or in what is kept of replaced files for others to read.
    let notes = format!(
        "find /var/lib/examctl /tmp -type f -perm /077 -exec grep -l {SECRET} {{}} + || true"
    );
    assert_eq!(host.exec(&notes), "");
}

#[test]
fn an_approved_plan_is_applied_once_and_only_as_approved() {
    let (host, site) = host_with_secrets("approved");
    host.exec("touch /etc/quiet");
    let planned = ok(&site, &["plan", "play.yaml", "--out", "plan.json"], "");
    host.exec("echo PASSWORD=old > /etc/app.env");
    let changed = run(&site, &["apply", "--plan", "plan.json"], "");
    assert_eq!(changed.code, 1, "{changed}");
    assert!(
        changed
            .stderr
            .contains("settings: would do something else now"),
        "{changed}"
    );
    assert_eq!(
        host.exec("cat /etc/app.env; ls /etc/handed 2>&1 || true")
            .lines()
            .next(),
        Some("PASSWORD=old")
    );
    host.exec("rm /etc/app.env");

    let applied = ok(&site, &["apply", "--plan", "plan.json"], "");
    assert!(planned.stdout.contains("2 to change"), "{planned}");
    assert!(applied.stdout.contains("2 changed"), "{applied}");
    assert_eq!(host.exec("cat /etc/handed"), SECRET);
    let again = run(&site, &["apply", "--plan", "plan.json"], "");
    assert_eq!(again.code, 1, "{again}");
    assert!(
        again.stderr.contains("approved, and not needed now"),
        "{again}"
    );
}
