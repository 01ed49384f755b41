//! A plan that was approved and is outdated by the time it is applied.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

use provision::assets::Assets;
use provision::engine::{
    Checked, FailureKind, PlanFile, PlannedRun, RunOptions, Steps, apply, check, plan,
};
use provision::inventory::Inventory;
use tempfile::TempDir;

/// A folder with a playbook that writes two files, and the options for running it.
fn site() -> (TempDir, Checked, RunOptions) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().display();
    let playbook = folder.path().join("play.yaml");
    let text = format!(
        "name: p\nhosts: all\ntasks:\n\
         - name: first\n  file: {{path: {here}/first, content: \"new\\n\"}}\n\
         - name: second\n  file: {{path: {here}/second, content: \"new\\n\"}}\n"
    );
    std::fs::write(&playbook, text).unwrap();
    let options = RunOptions {
        state_directory: format!("{here}/state"),
        ..RunOptions::default()
    };
    let inventory = Inventory::localhost();
    let checked = check(&playbook, Some(&inventory), &Assets::embedded(), &options).unwrap();
    (folder, checked, options)
}

fn approve(checked: &Checked, options: RunOptions) -> RunOptions {
    let mut steps = Steps::default();
    let recap = plan(checked, &options, &mut |event| steps.note(&event));
    let run = PlannedRun {
        playbook: "play.yaml".into(),
        inventory: "inventory.yaml".into(),
        limit: None,
        tags: Vec::new(),
    };
    let file = PlanFile::new(run, checked, &recap, steps.clone()).unwrap();
    let approved = file.approve(&recap, &steps).unwrap();
    RunOptions {
        approved: Some(approved.into()),
        ..options
    }
}

#[test]
fn what_was_approved_is_applied() {
    let (folder, checked, options) = site();
    let options = approve(&checked, options);
    let recap = apply(&checked, &options, &mut |_| {});
    assert_eq!((recap.failed(), recap.changed()), (0, 2), "{recap:?}");
    assert!(folder.path().join("second").is_file());
}

#[test]
fn a_host_that_changes_after_the_comparison_is_refused_before_its_first_change() {
    let (folder, checked, options) = site();
    let options = approve(&checked, options);
    std::fs::write(folder.path().join("second"), "of somebody else\n").unwrap();
    let mut events = Vec::new();
    let recap = apply(&checked, &options, &mut |event| events.push(event));
    let failure = recap.hosts[0].failure.clone().unwrap();
    assert_eq!(failure.kind, FailureKind::OtherPlan);
    assert!(!folder.path().join("first").exists());
    assert_eq!(events.len(), 2, "only the begin and the end: {events:?}");
}

#[test]
fn a_host_that_was_not_in_the_plan_is_refused() {
    let (folder, checked, options) = site();
    let options = RunOptions {
        approved: Some(std::sync::Arc::default()),
        ..options
    };
    let recap = apply(&checked, &options, &mut |_| {});
    assert_eq!(recap.failed(), 1);
    assert!(!folder.path().join("first").exists());
}
