//! A playbook run for real, on this machine, below a temporary folder.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use provision::assets::Assets;
use provision::engine::{Checked, Event, FailureKind, Recap, RunOptions, ShownChange};
use provision::engine::{apply, check, plan};
use provision::inventory::Inventory;
use tempfile::TempDir;

const PLAYBOOK: &str = r#"
name: local
hosts: all
vars: {root: unset, greeting: hello, password: correct-horse}
secrets: [password]
tasks:
  - name: directory
    directory: {path: "{{ root }}/etc", mode: 0750}
  - name: file
    file: {path: "{{ root }}/etc/plain", content: "{{ greeting }}\n", mode: 0640}
    notify: [count]
  - name: template
    template: {template: own.conf, path: "{{ root }}/etc/own.conf", validate: "grep -q greeting= %s"}
    notify: [count]
  - name: link
    symlink: {path: "{{ root }}/link", target: etc/plain}
  - name: command
    command: {run: "cat > {{ root }}/made", stdin: "made with {{ password }}\n", creates: "{{ root }}/made"}
  - name: guarded
    command: {run: "touch {{ root }}/guarded", unless: "test -e {{ root }}/guarded"}
handlers:
  - name: count
    command: {run: "echo ran >> {{ root }}/handled; [ ! -e {{ root }}/broken ]"}
"#;

struct Rig {
    folder: TempDir,
    playbook: PathBuf,
    options: RunOptions,
}

impl Rig {
    fn new() -> Self {
        Self::with(PLAYBOOK)
    }

    fn with(playbook: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("playbook.yaml");
        std::fs::write(&path, playbook).unwrap();
        let template = "greeting={{ greeting }}\npassword={{ password }}\n";
        std::fs::write(folder.path().join("own.conf.tera"), template).unwrap();
        let host = folder.path().join("host");
        std::fs::create_dir(&host).unwrap();
        let mut options = RunOptions {
            state_directory: folder.path().join("state").display().to_string(),
            ..RunOptions::default()
        };
        let root = host.display().to_string();
        options.extra_vars.insert("root".into(), root.into());
        Self {
            folder,
            playbook: path,
            options,
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.options.extra_vars.insert(name.into(), value.into());
    }

    fn host(&self, path: &str) -> PathBuf {
        self.folder.path().join("host").join(path)
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.host(path)).unwrap_or_default()
    }

    fn check(&self) -> Checked {
        let inventory = Inventory::localhost();
        check(
            &self.playbook,
            Some(&inventory),
            &Assets::embedded(),
            &self.options,
        )
        .unwrap()
    }

    fn plan(&self) -> (Recap, Vec<Event>) {
        let mut events = Vec::new();
        let recap = plan(&self.check(), &self.options, &mut |event| {
            events.push(event);
        });
        (recap, events)
    }

    fn apply(&self) -> (Recap, Vec<Event>) {
        let mut events = Vec::new();
        let recap = apply(&self.check(), &self.options, &mut |event| {
            events.push(event);
        });
        (recap, events)
    }
}

/// Every path below `folder` with its size and times: what "touched nothing" means.
fn fingerprint(folder: &Path) -> BTreeMap<PathBuf, (u64, std::time::SystemTime)> {
    let mut seen = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            seen.extend(fingerprint(&path));
        }
        seen.insert(path, (metadata.len(), metadata.modified().unwrap()));
    }
    seen
}

fn changes(events: &[Event]) -> BTreeMap<String, Vec<ShownChange>> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::TaskPlanned { task, changes, .. } | Event::TaskApplied { task, changes, .. } => {
                Some((task.clone(), changes.clone()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_plan_touches_nothing_and_applying_does_what_it_said_and_once() {
    let rig = Rig::new();
    let before = fingerprint(rig.folder.path());
    let (recap, planned) = rig.plan();
    assert_eq!(fingerprint(rig.folder.path()), before);
    // The guard may look at anything, so it waits for the changes before it.
    assert_eq!((recap.changed(), recap.undecided()), (6, 1));

    let (recap, applied) = rig.apply();
    assert_eq!(recap.failed(), 0, "{recap:?}");
    assert_eq!(recap.changed(), 7);
    let (planned, mut applied) = (changes(&planned), changes(&applied));
    applied.remove("guarded");
    assert_eq!(planned, applied);
    assert_eq!(
        rig.read("etc/own.conf"),
        "greeting=hello\npassword=correct-horse\n"
    );
    assert_eq!(rig.read("made"), "made with correct-horse\n");
    assert_eq!(rig.read("link"), "hello\n");
    assert_eq!(rig.read("handled"), "ran\n", "notified twice, run once");

    let before = fingerprint(rig.folder.path());
    let (recap, _) = rig.apply();
    assert_eq!((recap.changed(), recap.failed()), (0, 0));
    assert_eq!(fingerprint(rig.folder.path()), before);
    let (recap, _) = rig.plan();
    assert_eq!((recap.changed(), recap.undecided()), (0, 0));
}

#[test]
fn a_changed_variable_changes_what_holds_it_and_nothing_else() {
    let mut rig = Rig::new();
    rig.apply();
    rig.set("greeting", "good day");
    let (_, planned) = rig.plan();
    let (recap, applied) = rig.apply();
    assert_eq!((recap.changed(), recap.failed()), (3, 0));
    assert_eq!(changes(&planned), changes(&applied));
    let shown = changes(&applied)["file"][0].diff.clone().unwrap();
    assert!(
        shown.ends_with("@@ -1 +1 @@\n-********\n+good day\n"),
        "{shown}"
    );
}

#[test]
fn a_secret_that_left_a_file_is_not_shown_by_the_diff() {
    let mut rig = Rig::new();
    rig.apply();
    // Neither the file nor any variable knows the old value any more.
    std::fs::write(
        rig.folder.path().join("own.conf.tera"),
        "greeting={{ greeting }}\n",
    )
    .unwrap();
    rig.set("password", "battery-staple");
    let (_, planned) = rig.plan();
    let shown = changes(&planned)["template"][0].diff.clone().unwrap();
    assert!(shown.contains("-********"), "{shown}");
    assert!(!format!("{planned:?}").contains("correct-horse"), "{shown}");
}

#[test]
fn a_handler_that_failed_runs_with_the_next_run() {
    let rig = Rig::new();
    std::fs::write(rig.host("broken"), "").unwrap();
    let (recap, _) = rig.apply();
    let failure = recap.hosts[0].failure.clone().unwrap();
    assert_eq!(failure.kind, FailureKind::TaskFailed);
    assert_eq!(failure.task.as_deref(), Some("count"));

    std::fs::remove_file(rig.host("broken")).unwrap();
    let (recap, events) = rig.plan();
    assert_eq!(recap.changed(), 1);
    let planned = |event: &Event| matches!(event, Event::HandlerPlanned { because, .. } if because.contains("earlier run"));
    assert!(events.iter().any(planned));
    let (recap, _) = rig.apply();
    assert_eq!((recap.changed(), recap.failed()), (1, 0));
    assert_eq!(rig.read("handled"), "ran\nran\n");
    assert_eq!(rig.apply().0.changed(), 0);
}

#[test]
fn a_run_that_fails_between_a_change_and_its_handler_leaves_the_handler_to_the_next() {
    let mut rig = Rig::new();
    rig.apply();
    rig.set("greeting", "changed");
    std::fs::write(rig.folder.path().join("own.conf.tera"), "nonsense\n").unwrap();
    assert_eq!(rig.apply().0.failed(), 1);
    assert_eq!(rig.read("etc/plain"), "changed\n");
    assert_eq!(rig.read("handled"), "ran\n", "only by the first run");

    // Put right to what the host has already: now no task has a reason to notify.
    let same = "greeting=hello\npassword={{ password }}\n";
    std::fs::write(rig.folder.path().join("own.conf.tera"), same).unwrap();
    let (recap, _) = rig.apply();
    assert_eq!((recap.hosts[0].changed, recap.hosts[0].handlers), (0, 1));
    assert_eq!(rig.read("handled"), "ran\nran\n");
}

#[test]
fn a_file_that_fails_its_validation_leaves_the_old_one() {
    let mut rig = Rig::new();
    rig.apply();
    std::fs::write(rig.folder.path().join("own.conf.tera"), "nonsense\n").unwrap();
    rig.set("greeting", "changed");
    let (recap, _) = rig.apply();
    let failure = recap.hosts[0].failure.clone().unwrap();
    assert_eq!(failure.task.as_deref(), Some("template"));
    assert!(
        failure.message.contains("did not pass its validation"),
        "{}",
        failure.message
    );
    assert!(rig.read("etc/own.conf").starts_with("greeting=hello"));
    let left: Vec<_> = std::fs::read_dir(rig.host("etc")).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_change_that_does_not_last_is_not_converged() {
    let rig = Rig::with(
        "name: local\nhosts: all\nvars: {root: unset}\ntasks:\n  - name: forgetful\n    command: {run: 'true', creates: '{{ root }}/never'}\n",
    );
    let (recap, _) = rig.apply();
    let failure = recap.hosts[0].failure.clone().unwrap();
    assert_eq!(failure.kind, FailureKind::NotConverged);
    assert_eq!(failure.task.as_deref(), Some("forgetful"));
}

#[test]
fn a_secret_is_shown_nowhere_not_even_the_one_it_replaces() {
    let mut rig = Rig::new();
    let shown = |events: &[Event]| serde_json::to_string(events).unwrap();
    let mut all = shown(&rig.plan().1) + &shown(&rig.apply().1);
    rig.set("password", "battery-staple");
    all += &shown(&rig.plan().1);
    all += &shown(&rig.apply().1);
    assert_eq!(
        rig.read("etc/own.conf"),
        "greeting=hello\npassword=battery-staple\n"
    );
    assert!(all.contains("********"));
    for secret in ["correct-horse", "battery-staple"] {
        assert!(!all.contains(secret), "{secret} is shown");
    }
}

#[test]
fn a_host_that_another_run_changes_is_planned_but_not_changed() {
    let rig = Rig::new();
    let state = rig.folder.path().join("state");
    let lock = state.join("apply-lock");
    std::fs::create_dir(&state).unwrap();
    let other = "other\t99999999999\telsewhere 1 1\tann@laptop (process 7) since 2026-01-02\n";
    std::fs::write(&lock, other).unwrap();
    assert_eq!(rig.plan().0.failed(), 0);
    let failure = rig.apply().0.hosts[0].failure.clone().unwrap();
    assert_eq!(failure.kind, FailureKind::Locked);
    let named = "locked by ann@laptop (process 7) since 2026-01-02";
    assert!(failure.message.contains(named), "{}", failure.message);
    assert!(!rig.host("etc").exists());

    std::fs::remove_file(&lock).unwrap();
    assert_eq!(rig.apply().0.failed(), 0);
    assert_eq!(std::fs::read_to_string(&lock).unwrap(), "", "given back");
    std::fs::remove_file(&lock).unwrap();
    assert_eq!(rig.apply().0.changed(), 0);
    assert!(!lock.exists(), "a run that changes nothing takes no lock");
}

#[test]
fn a_command_that_prints_without_end_fails_its_task() {
    let rig = Rig::with(
        "name: loud\nhosts: all\ntasks:\n\
         - name: loud\n  command: {run: cat /dev/zero, creates: /nowhere/at/all}\n",
    );
    let failure = rig.apply().0.hosts[0].failure.clone().unwrap();
    assert_eq!(failure.task.as_deref(), Some("loud"));
    let said = "run `cat /dev/zero` to create /nowhere/at/all: printed more than 16 MiB and was given up; it was ended on the host";
    assert_eq!(failure.message, said);
}

#[test]
fn only_tasks_with_the_wanted_tag_take_part() {
    let mut rig = Rig::with(
        "name: local\nhosts: all\nvars: {root: unset}\ntasks:\n  - {name: a, tags: [one], file: {path: '{{ root }}/a', content: a}}\n  - {name: b, file: {path: '{{ root }}/b', content: b}}\n",
    );
    rig.options.tags = vec!["one".to_owned()];
    let (recap, _) = rig.apply();
    assert_eq!((recap.changed(), recap.hosts[0].skipped), (1, 1));
    assert!(rig.host("a").exists() && !rig.host("b").exists());
}

#[test]
fn one_unreachable_host_does_not_stop_the_others() {
    let rig = Rig::new();
    let inventory = Inventory::parse(
        "inventory.yaml",
        "hosts: {gone: {connection: docker}, here: {connection: local}}",
    )
    .unwrap();
    let checked = check(
        &rig.playbook,
        Some(&inventory),
        &Assets::embedded(),
        &rig.options,
    )
    .unwrap();
    let recap = apply(&checked, &rig.options, &mut |_| {});
    assert_eq!((recap.failed(), recap.unreachable()), (1, 1));
    assert_eq!(recap.hosts[0].host, "gone");
    assert_eq!(recap.hosts[1].changed, 6);
}
