//! `examctl secrets` as people and scripts use it, and that no secret is ever shown.

mod edits;
mod runs;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use integration_tests::examctl::{Examctl, Run};
use tempfile::TempDir;

const SECRET: &str = "correct-horse-battery-staple";

/// A folder that is home and site at once.
struct Site(TempDir);

impl Site {
    /// With a key, a secrets file and one secret in it.
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        site.ok(&["secrets", "init"]);
        let run = site
            .examctl(&["secrets", "set", "db_password"])
            .input(SECRET)
            .run();
        assert_eq!(run.code, 0, "{run}");
        site
    }

    fn examctl(&self, arguments: &[&str]) -> Examctl {
        Examctl::new(arguments)
            .in_directory(self.path())
            .env("HOME", self.path().to_str().unwrap())
            .without_env("EXAMCTL_AGE_IDENTITY")
            .without_env("EXAMCTL_AGE_IDENTITY_FILE")
            .without_env("VISUAL")
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.examctl(arguments).run()
    }

    fn ok(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{run}");
        run
    }

    fn get(&self, name: &str) -> String {
        self.ok(&["secrets", "get", name])
            .stdout
            .trim_end()
            .to_owned()
    }

    /// `examctl secrets edit` with an editor that runs this script on the file `$1`.
    fn edit(&self, script: &str) -> Run {
        self.write("editor", &format!("#!/bin/sh\n{script}\n"), 0o755);
        let editor = self.path().join("editor");
        self.examctl(&["secrets", "edit"])
            .env("EDITOR", editor.to_str().unwrap())
            .run()
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn identity(&self) -> std::path::PathBuf {
        self.path().join(".config/examctl/identity.txt")
    }
}

fn public_key(run: &Run) -> String {
    let line = run
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("your public key: "));
    line.unwrap_or_else(|| panic!("{run}")).to_owned()
}

#[test]
fn a_value_goes_in_by_standard_input_and_comes_out_by_name() {
    let site = Site::new();
    assert_eq!(site.get("db_password"), SECRET);
    let mode = std::fs::metadata(site.identity())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let made = site.ok(&["secrets", "set", "api_token", "--generate", "40"]);
    assert!(made.stdout.contains("238 bits of entropy"), "{made}");
    let token = site.get("api_token");
    assert_eq!(token.len(), 40);
    assert!(!made.to_string().contains(&token), "{made}");
    assert_eq!(
        site.ok(&["secrets", "get"]).stdout,
        "db_password\napi_token\n"
    );
    let unknown = site.run(&["secrets", "get", "nothing"]);
    assert_eq!(unknown.code, 2, "{unknown}");
    let in_arguments = site.run(&["secrets", "set", "api_token", "value"]);
    assert_eq!(in_arguments.code, 2, "{in_arguments}");
    for entry in std::fs::read_dir(site.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert!(
            !String::from_utf8_lossy(&bytes).contains(SECRET),
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_key_of_a_build_machine_comes_from_the_environment() {
    let site = Site::new();
    let key = std::fs::read_to_string(site.identity()).unwrap();
    let elsewhere = site.path().join("elsewhere.txt");
    std::fs::rename(site.identity(), &elsewhere).unwrap();
    let without = site.run(&["secrets", "get", "db_password"]);
    assert_eq!(without.code, 2, "{without}");
    assert!(
        without.stderr.contains("EXAMCTL_AGE_IDENTITY_FILE"),
        "{without}"
    );
    let get = ["secrets", "get", "db_password"];
    let by_key = site.examctl(&get).env("EXAMCTL_AGE_IDENTITY", &key).run();
    let by_file = site
        .examctl(&get)
        .env("EXAMCTL_AGE_IDENTITY_FILE", "elsewhere.txt")
        .run();
    let by_argument = site
        .examctl(&[
            "secrets",
            "get",
            "db_password",
            "--identity",
            "elsewhere.txt",
        ])
        .env("EXAMCTL_AGE_IDENTITY", "not a key")
        .run();
    for run in [by_key, by_file, by_argument] {
        assert_eq!(run.stdout, format!("{SECRET}\n"), "{run}");
    }
    std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o640)).unwrap();
    let open = site.run(&[
        "secrets",
        "get",
        "db_password",
        "--identity",
        "elsewhere.txt",
    ]);
    assert_eq!(open.code, 2, "{open}");
    assert!(open.stderr.contains("mode 0640"), "{open}");
}

#[test]
fn a_colleague_is_let_in_and_out() {
    let ann = Site::new();
    let home = tempfile::tempdir().unwrap();
    let bob = |arguments: &[&str]| {
        ann.examctl(arguments)
            .env("HOME", home.path().to_str().unwrap())
            .run()
    };
    let joined = bob(&["secrets", "init"]);
    assert_eq!(joined.code, 0, "{joined}");
    let key = public_key(&joined);
    let refused = bob(&["secrets", "get", "db_password"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(
        refused.stderr.contains(&format!("rekey --add {key}")),
        "{refused}"
    );
    ann.ok(&["secrets", "rekey", "--add", &key, "--comment", "bob"]);
    assert_eq!(
        bob(&["secrets", "get", "db_password"]).stdout,
        format!("{SECRET}\n")
    );
    let removed = ann.ok(&["secrets", "rekey", "--remove", "bob"]);
    assert!(
        removed.stderr.contains("set new ones for db_password"),
        "{removed}"
    );
    assert_eq!(bob(&["secrets", "get", "db_password"]).code, 2);
}

#[test]
fn a_set_that_is_killed_leaves_the_old_value_or_the_new_one() {
    let site = Site::new();
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..40_u64 {
        let value = format!("value-number-{round}");
        let running = site
            .examctl(&["secrets", "set", "counter"])
            .input(&value)
            .start();
        std::thread::sleep(Duration::from_millis(round * 2));
        running.kill();
        let run = site.run(&["secrets", "get"]);
        assert_eq!(run.code, 0, "{run}");
        if run.stdout.contains("counter") {
            let value = site.get("counter");
            assert!(value.starts_with("value-number-"), "{value}");
            seen.insert(value);
        }
        assert_eq!(site.get("db_password"), SECRET);
    }
    // Nothing that a kill left behind hinders the next.
    let last = site
        .examctl(&["secrets", "set", "counter"])
        .input("value-number-last")
        .run();
    assert_eq!(last.code, 0, "{last}");
    assert_eq!(site.get("counter"), "value-number-last", "{seen:?}");
}
