//! What a run leaves behind when it is stopped, and what it keeps of what it replaced.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use provision::assets::Assets;
use provision::engine::{FailureKind, HostReport, RunOptions, apply, check};
use provision::inventory::Inventory;
use tempfile::TempDir;

struct Rig {
    folder: TempDir,
    options: RunOptions,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = RunOptions {
            state_directory: folder.path().join("state").display().to_string(),
            ..RunOptions::default()
        };
        let root = folder.path().display().to_string();
        options.extra_vars.insert("root".into(), root.into());
        Self { folder, options }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn apply(&self, playbook: &str) -> HostReport {
        std::fs::write(self.path("playbook.yaml"), playbook).unwrap();
        let checked = check(
            &self.path("playbook.yaml"),
            Some(&Inventory::localhost()),
            &Assets::embedded(),
            &self.options,
        )
        .unwrap();
        apply(&checked, &self.options, &mut |_| {}).hosts.remove(0)
    }
}

fn run(script: &str, arguments: &[&Path]) {
    assert!(
        Command::new(script)
            .args(arguments)
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn what_a_run_replaced_can_be_put_back() {
    let rig = Rig::new();
    let playbook = |word: &str, second: &str| {
        format!(
            "name: p\nhosts: all\ntasks:\n  - name: a\n    file: {{path: \"{{{{ root }}}}/a\", content: {word}}}\n  \
             - name: b\n    file: {{path: \"{{{{ root }}}}/b\", {second}}}\n"
        )
    };
    let report = rig.apply(&playbook("hello", "content: kept, mode: 0600"));
    assert_eq!(report.restore_script, None, "nothing was replaced");
    let report = rig.apply(&playbook("goodbye", "state: absent"));
    assert_eq!(
        (rig.read("a").as_str(), rig.path("b").exists()),
        ("goodbye", false)
    );
    let script = report.restore_script.unwrap();
    run(&script, &[&rig.path("a")]);
    assert_eq!(
        (rig.read("a").as_str(), rig.path("b").exists()),
        ("hello", false)
    );
    run(&script, &[]);
    assert_eq!(rig.read("b"), "kept");
}

#[test]
fn an_interrupt_ends_the_run_between_two_tasks_and_the_next_run_finishes_it() {
    let rig = Rig::new();
    let playbook = r#"
name: p
hosts: all
tasks:
  - name: slow
    command: {run: "touch {{ root }}/started; while [ ! -e {{ root }}/go ]; do sleep 0.02; done; touch {{ root }}/slow", creates: "{{ root }}/slow"}
    notify: [count]
  - name: next
    file: {path: "{{ root }}/next", content: x}
handlers:
  - name: count
    command: {run: "echo ran >> {{ root }}/handled"}
"#;
    let interrupt = Arc::clone(&rig.options.interrupt);
    let (started, go) = (rig.path("started"), rig.path("go"));
    let user = std::thread::spawn(move || {
        while !started.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        interrupt.store(true, Ordering::Relaxed);
        std::fs::write(go, "").unwrap();
    });
    let failure = rig.apply(playbook).failure.unwrap();
    user.join().unwrap();
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert_eq!(failure.message, "interrupted before 'next'");
    assert!(
        rig.path("slow").exists(),
        "the step that ran came to its end"
    );
    assert!(!rig.path("next").exists() && !rig.path("handled").exists());

    rig.options.interrupt.store(false, Ordering::Relaxed);
    let report = rig.apply(playbook);
    assert_eq!(report.failure, None);
    assert_eq!(rig.read("handled"), "ran\n", "the owed handler ran once");
}
