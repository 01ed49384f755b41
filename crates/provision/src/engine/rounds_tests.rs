//! How often a run goes to its host: the way there is what a run without changes costs.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::event::{Event, HostReport};
use super::kept::Kept;
use super::lock::Lock;
use super::run::HostRun;
use super::{Checked, RunOptions, apply, check};
use crate::assets::Assets;
use crate::connections::{Command, Connection, ConnectionError, Local, Output, Put};
use crate::inventory::Inventory;

/// This machine, with a count of the commands that were run.
struct Counted(Local, Arc<AtomicUsize>);

impl Connection for Counted {
    fn describe(&self) -> String {
        self.0.describe()
    }

    fn run(&mut self, command: &Command) -> Result<Output, ConnectionError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.run(command)
    }

    fn put(&mut self, put: &mut Put<'_>) -> Result<(), ConnectionError> {
        self.0.put(put)
    }

    fn get(&mut self, path: &str, limit_bytes: u64) -> Result<Option<Vec<u8>>, ConnectionError> {
        self.0.get(path, limit_bytes)
    }

    fn reconnect(&mut self) -> Result<(), ConnectionError> {
        self.0.reconnect()
    }

    fn fresh(&self) -> Result<Box<dyn Connection>, ConnectionError> {
        self.0.fresh()
    }

    fn stream(&self, command: &Command) -> Result<UnixStream, ConnectionError> {
        self.0.stream(command)
    }
}

/// Applies `body` in `folder` and returns how many commands that took and how it ended.
fn commands(folder: &Path, body: &str) -> (usize, HostReport) {
    let count = Arc::new(AtomicUsize::new(0));
    let playbook = folder.join("playbook.yaml");
    std::fs::write(&playbook, format!("name: local\nhosts: all\n{body}")).unwrap();
    let mut options = RunOptions {
        state_directory: folder.join("state").display().to_string(),
        ..RunOptions::default()
    };
    let root = folder.display().to_string();
    options.extra_vars.insert("root".into(), root.into());
    let inventory = Inventory::localhost();
    let checked: Checked =
        check(&playbook, Some(&inventory), &Assets::embedded(), &options).unwrap();
    let lock = Lock::new(&options.state_directory);
    let mut run = HostRun {
        checked: &checked,
        play: &checked.plays[0],
        options: &options,
        connection: Box::new(Counted(Local::default(), Arc::clone(&count))),
        controller: Local::default(),
        emit: &|_: Event| {},
        report: HostReport::default(),
        kept: Kept::new(
            &options.state_directory,
            chrono::DateTime::UNIX_EPOCH,
            lock.token(),
        ),
        lock,
        secrets: Vec::new(),
        quiet: false,
    };
    apply::apply_host(&mut run).unwrap();
    run.release_lock();
    (count.load(Ordering::SeqCst), run.report)
}

#[test]
fn a_host_that_is_right_is_asked_once_whatever_its_size_and_versions_decide() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"
versions: {base: base-files}
vars: {half: "{{ host.memory_mib // 2 }}"}
tasks:
  - name: size
    file: {path: "{{ root }}/size", content: "{{ half }} {{ host.cores }} {{ versions.base }}\n"}
  - name: when
    when: host.cores > 0 and os.id != 'plan9'
    file: {path: "{{ root }}/when", content: "x"}
  - name: asked
    read: {run: uname}
    register: kernel
  - name: by the answer
    when: kernel.stdout == 'Linux'
    file: {path: "{{ root }}/linux", content: "x"}
  - name: never
    when: host.cores == 0
    file: {path: "{{ root }}/never", content: "x"}
"#;
    let (_, report) = commands(folder.path(), body);
    assert_eq!((report.changed, report.skipped), (3, 1));
    let (count, report) = commands(folder.path(), body);
    assert_eq!((count, report.changed, report.unchanged), (1, 0, 4));
}

#[test]
fn what_only_an_answer_names_takes_one_more_round_for_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"
tasks:
  - name: names
    read: {run: "printf 'a\nb\n'"}
    register: names
  - name: file
    loop: "{{ names.lines }}"
    file: {path: "{{ root }}/{{ item }}", content: "{{ item }}"}
  - name: system
    file: {path: "{{ root }}/{{ os.id }}-{{ host.cores }}", content: "x"}
  - name: last
    file: {path: "{{ root }}/{{ names.lines | last }}2", content: "x"}
"#;
    let (_, report) = commands(folder.path(), body);
    assert_eq!(report.changed, 4);
    let (count, report) = commands(folder.path(), body);
    assert_eq!((count, report.changed), (2, 0));
}

#[test]
fn files_one_after_the_other_take_one_command_each() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"
tasks:
  - name: file
    loop: [a, b, c]
    file: {path: "{{ root }}/{{ item }}", content: "{{ item }} {{ host.cores }}"}
"#;
    let (count, report) = commands(folder.path(), body);
    assert_eq!(report.changed, 3);
    // Facts, three files, the proof, the lock given back.
    assert_eq!(count, 6);
}
