//! What a run makes of secrets, as far as no host is changed; the rest is in `on_hosts`.

use super::{SECRET, Site};

/// One local host whose playbook puts the secret into a file and keeps what a script is given.
fn playbook(site: &Site) {
    site.write(
        "inventory.yaml",
        "hosts:\n  here: {connection: local}\n",
        0o644,
    );
    site.write(
        "app.env.tera",
        "PASSWORD={{ db_password }}\nNAME={{ name }}\n",
        0o644,
    );
    site.write("out.env", &format!("PASSWORD={SECRET}\nNAME=old\n"), 0o644);
    let out = site.path().display();
    site.write(
        "play.yaml",
        &format!(
            "name: secrets\nhosts: all\nvars: {{name: app}}\ntasks:\n\
             - name: write the settings\n  template: {{template: app.env, path: {out}/out.env}}\n\
             - name: write {{{{ db_password }}}}\n  file: {{path: {out}/plain, content: \"{{{{ db_password }}}}\\n\"}}\n\
             - name: keep the environment\n  command: {{run: exit 1, unless: env > {out}/environment}}\n"
        ),
        0o644,
    );
}

#[test]
fn what_is_shown_of_a_run_has_no_secrets() {
    let site = Site::new();
    playbook(&site);
    let key = std::fs::read_to_string(site.identity()).unwrap();
    for (secret, format) in [(SECRET, "human"), ("another-long-secret", "json")] {
        // The second time the old secret is only in the file that would be replaced.
        let set = ["secrets", "set", "db_password"];
        let run = site.examctl(&set).input(secret).run();
        assert_eq!(run.code, 0, "{run}");
        for (verb, code) in [("check", 0), ("plan", 0), ("drift", 3)] {
            let run = site
                .examctl(&["-v", "--format", format, verb, "play.yaml"])
                .env("EXAMCTL_AGE_IDENTITY", &key)
                .run();
            assert_eq!(run.code, code, "{run}");
            assert_eq!(run.stdout.contains("out.env"), verb != "check", "{run}");
            for hidden in [SECRET, secret, "AGE-SECRET-KEY"] {
                assert!(!run.to_string().contains(hidden), "{verb}: {run}");
            }
        }
    }
    let environment = std::fs::read_to_string(site.path().join("environment")).unwrap();
    assert!(environment.contains("HOME="), "{environment}");
    assert!(!environment.contains("AGE-SECRET-KEY"), "{environment}");
    let render = [
        "render",
        "app.env",
        "--host",
        "here",
        "--playbook",
        "play.yaml",
    ];
    let rendered = site.run(&render);
    assert_eq!(
        rendered.stdout, "PASSWORD=********\nNAME=app\n",
        "{rendered}"
    );
}

#[test]
fn a_run_without_the_key_says_which_key_is_needed() {
    let site = Site::new();
    playbook(&site);
    std::fs::remove_file(site.identity()).unwrap();
    for verb in ["check", "plan", "drift", "apply"] {
        let run = site.run(&[verb, "play.yaml"]);
        assert_eq!(run.code, 2, "{run}");
        for wanted in [
            "secrets.age",
            "--identity",
            "encrypted for: age1",
            "secrets init",
        ] {
            assert!(run.stderr.contains(wanted), "{wanted}: {run}");
        }
    }
    assert!(!site.path().join("plain").exists());
}

#[test]
fn looking_at_hosts_needs_the_key_only_where_the_password_is_a_secret() {
    let site = Site::new();
    std::fs::remove_file(site.identity()).unwrap();
    let port = integration_tests::ports::free_port();
    let host = |more: &str| {
        let host = format!("address: 127.0.0.1, port: {port}, user: root{more}");
        site.write(
            "inventory.yaml",
            &format!("hosts:\n  gone: {{{host}}}\n"),
            0o644,
        );
        site.run(&["status"])
    };
    let without = host("");
    assert_eq!(without.code, 5, "{without}");
    let with = host(", become: true, become_password_var: sudo_password");
    assert_eq!(with.code, 2, "{with}");
    assert!(
        with.stderr.contains("no key to read secrets with"),
        "{with}"
    );
}
