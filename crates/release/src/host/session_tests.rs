use std::path::Path;

use provision::connections::Local;

use super::*;
use crate::journal::Outcome;
use crate::steps::Step;

struct Root(tempfile::TempDir);

impl Root {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn target(&self) -> Target {
        Target::process(self.0.path(), Path::new("/nowhere/examctl")).unwrap()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }
}

/// Opens a session, works in it, and returns what was reported.
fn within(
    root: &Root,
    who: &str,
    work: impl FnOnce(&mut Session<'_>),
) -> Result<String, DeployError> {
    let (target, options) = (root.target(), DeployOptions::new(who));
    let mut notes = String::new();
    let mut events = |event| {
        if let DeployEvent::Note { text } = event {
            notes += &text;
        }
    };
    let mut local = Local::default();
    let (mut session, _) = Session::open(&mut local, &target, &options, &mut events)?;
    work(&mut session);
    session.close();
    Ok(notes)
}

#[test]
fn a_second_one_is_told_who_holds_the_lock_and_gets_it_afterwards() {
    let root = Root::new();
    within(&root, "ann@laptop", |_| {
        let refused = within(&root, "bob@desk", |_| ()).unwrap_err();
        assert_eq!(refused.exit_code(), 6);
        assert!(
            refused.to_string().contains("locked by ann@laptop"),
            "{refused}"
        );
    })
    .unwrap();
    assert_eq!(within(&root, "bob@desk", |_| ()).unwrap(), "");
    assert!(!root.0.path().join("lock").exists());
}

#[test]
fn a_lock_whose_process_is_gone_is_taken_over_and_said_so() {
    let root = Root::new();
    let mut owner = String::new();
    within(&root, "ann@laptop", |_| {
        owner = root.read("lock/owner.json");
    })
    .unwrap();
    let mut owner: LockOwner = serde_json::from_str(&owner).unwrap();
    owner.pid_started_ticks += 1;
    std::fs::create_dir(root.0.path().join("lock")).unwrap();
    root.write("lock/owner.json", &serde_json::to_string(&owner).unwrap());
    let notes = within(&root, "bob@desk", |_| ()).unwrap();
    assert!(notes.contains("taking over a lock: ann@laptop"), "{notes}");
}

#[test]
fn a_lock_without_an_owner_is_no_dead_end() {
    let root = Root::new();
    std::fs::create_dir(root.0.path().join("lock")).unwrap();
    assert!(
        within(&root, "bob@desk", |_| ())
            .unwrap()
            .contains("cannot be read")
    );
}

#[test]
fn nothing_is_written_once_somebody_else_holds_the_lock() {
    let root = Root::new();
    within(&root, "ann@laptop", |session| {
        let other = root
            .read("lock/owner.json")
            .replace(&session.deploy_id(), "another-deploy");
        root.write("lock/owner.json", &other);
        let error = session
            .append("d1", Entry::Step { step: Step::Gate })
            .unwrap_err();
        assert!(matches!(error, StepError::LockLost(_)), "{error:?}");
        // Nor is anything else done.
        let acted = session.host.must_run("act", "touch acted").unwrap_err();
        assert!(matches!(acted, StepError::LockLost(_)), "{acted:?}");
        let renewed = session.renew(Duration::ZERO).unwrap_err();
        assert!(matches!(renewed, StepError::LockLost(_)), "{renewed:?}");
    })
    .unwrap();
    assert!(!root.0.path().join("journal.jsonl").exists());
    assert!(!root.0.path().join("acted").exists());
    // Nor is it let go for them.
    assert!(root.read("lock/owner.json").contains("another-deploy"));
}

#[test]
fn a_torn_line_is_ended_before_the_next_one_is_written() {
    let root = Root::new();
    root.write("journal.jsonl", "{\"at\":\"2026-01-02T03:04:05Z\",\"dep");
    within(&root, "ann@laptop", |session| {
        session
            .append(
                "d1",
                Entry::End {
                    outcome: Outcome::Good,
                },
            )
            .unwrap();
        assert_eq!(session.gather_facts().unwrap().journal.records.len(), 1);
    })
    .unwrap();
    assert_eq!(root.read("journal.jsonl").lines().count(), 2);
}

#[test]
fn each_line_renews_the_lease() {
    let root = Root::new();
    within(&root, "ann@laptop", |session| {
        let lease = |text: String| {
            serde_json::from_str::<LockOwner>(&text)
                .unwrap()
                .lease_until
        };
        session.owner.lease_until -= TimeDelta::minutes(10);
        let before = session.owner.lease_until;
        session
            .append("d1", Entry::Step { step: Step::Gate })
            .unwrap();
        assert!(lease(root.read("lock/owner.json")) > before + TimeDelta::minutes(9));
        // A long upload asks for more, and writes no line.
        session.renew(Duration::from_hours(2)).unwrap();
        assert!(lease(root.read("lock/owner.json")) > before + TimeDelta::minutes(129));
        assert_eq!(root.read("journal.jsonl").lines().count(), 1);
    })
    .unwrap();
}

#[test]
fn nobody_else_on_the_host_reads_the_journal() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = Root::new();
    let path = root.0.path().join("journal.jsonl");
    for is_new in [true, false] {
        if !is_new {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
        within(&root, "ann@laptop", |session| {
            session
                .append("d1", Entry::Step { step: Step::Gate })
                .unwrap();
        })
        .unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
