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

fn verified(root: &Root) -> crate::journal::chain::Chain {
    crate::verify_journal(&mut Local::default(), &root.target()).unwrap()
}

fn note(session: &mut Session<'_>, detail: &str) {
    session.record_note("test", detail).unwrap();
}

#[test]
fn every_line_follows_from_the_one_before_whoever_writes_it_and_whatever_is_in_it() {
    let root = Root::new();
    assert_eq!(verified(&root), crate::journal::chain::Chain::default());
    let old = crate::journal::tests::written(&["a: upload good"]);
    root.write("journal.jsonl", &old);
    for who in ["ann@laptop", "bob@desk"] {
        within(&root, who, |session| {
            for detail in ["plain", "%s \\n \\\\ $(id) `id` 'x' \"}", "ünï ❤", "}"] {
                note(session, detail);
            }
        })
        .unwrap();
    }
    let chain = verified(&root);
    assert_eq!(chain.misfits, []);
    assert_eq!((chain.records, chain.older_lines), (8, 3));
    let text = root.read("journal.jsonl");
    let journal = crate::journal::Journal::parse(&text).unwrap();
    assert_eq!(journal.notes()[5].detail, "%s \\n \\\\ $(id) `id` 'x' \"}");
    // A line that was changed is named.
    root.write("journal.jsonl", &text.replacen("bob@desk", "ann@laptop", 1));
    let misfits = verified(&root).misfits;
    assert_eq!(
        misfits.iter().map(|misfit| misfit.line).collect::<Vec<_>>(),
        [9]
    );
}

#[test]
fn what_a_crash_left_of_a_line_does_not_break_the_chain() {
    let root = Root::new();
    within(&root, "ann@laptop", |session| {
        note(session, "first");
        note(session, "second");
    })
    .unwrap();
    let text = root.read("journal.jsonl");
    // Somewhere in a text, after a bracket in it, before and in the place, and in the line's end only.
    let torn = text.len() - text.lines().last().unwrap().len() - 1;
    for cut in [
        torn + 3,
        torn + 60,
        text.len() - 90,
        text.len() - 70,
        text.len() - 3,
        text.len() - 2,
        text.len() - 1,
    ] {
        root.write("journal.jsonl", &text[..cut]);
        within(&root, "bob@desk", |session| {
            note(session, "after the crash");
        })
        .unwrap();
        let chain = verified(&root);
        assert_eq!(chain.misfits, [], "cut at {cut}");
        let whole = cut == text.len() - 1;
        let expected = if whole { (3, 0) } else { (2, 1) };
        assert_eq!((chain.records, chain.torn_lines), expected, "cut at {cut}");
    }
}

#[test]
fn whoever_takes_a_lock_over_goes_on_with_the_chain_and_the_other_cannot() {
    let root = Root::new();
    within(&root, "ann@laptop", |session| {
        note(session, "mine");
        let other = root
            .read("lock/owner.json")
            .replace(&session.deploy_id(), "another-deploy");
        root.write("lock/owner.json", &other);
        session.record_note("test", "too late").unwrap_err();
    })
    .unwrap();
    std::fs::remove_dir_all(root.0.path().join("lock")).unwrap();
    within(&root, "bob@desk", |session| note(session, "theirs")).unwrap();
    let chain = verified(&root);
    assert_eq!((chain.records, chain.fits()), (2, true));
}

#[test]
fn a_shortened_journal_is_still_one_chain_and_a_cut_one_is_not() {
    let root = Root::new();
    root.write(
        "journal.jsonl",
        &crate::journal::tests::written(&["x: upload good"]),
    );
    let (mut lines, mut heads) = (0, Vec::new());
    for _ in 0..3 {
        within(&root, "ann@laptop", |session| {
            for _ in 0..5 {
                note(session, "something");
            }
            let text = root.read("journal.jsonl");
            let cut = crate::journal::shorten::plan_cut_keeping(text.as_bytes(), 600).unwrap();
            session.shorten_journal(&cut).unwrap();
            note(session, "afterwards");
        })
        .unwrap();
        lines += 7;
        let chain = verified(&root);
        assert_eq!(chain.misfits, []);
        assert_eq!(
            (chain.records, chain.older_lines, chain.continues.is_none()),
            (lines, 3, true)
        );
        assert!(root.read("journal.jsonl").lines().count() < 8);
        heads.push(chain.head.unwrap());
    }
    for head in &heads {
        assert_eq!(verified(&root).find(&head.hash), Some(head.sequence));
    }
    let text = root.read("journal.jsonl");
    let archives: Vec<_> = std::fs::read_dir(root.0.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("journal-until-"))
        .collect();
    assert_eq!(archives.len(), 3);
    // Without its first line the journal begins nowhere; another first line is nobody's.
    let (first, rest) = text.split_once('\n').unwrap();
    root.write("journal.jsonl", rest);
    assert!(verified(&root).misfits[0].problem.contains("taken out"));
    let (cut_off, kept) = rest.split_once('\n').unwrap();
    let claim = crate::journal::chain::parse_claim(cut_off.as_bytes()).unwrap();
    let hash = crate::artifact::checksum::checksum_of_text(cut_off);
    let forged = first
        .replace(claim.previous, &hash)
        .replace(
            &format!("\"until\":{}", claim.sequence - 1),
            &format!("\"until\":{}", claim.sequence),
        )
        .replace(
            &format!("\"sequence\":{}", claim.sequence - 1),
            &format!("\"sequence\":{}", claim.sequence),
        );
    root.write("journal.jsonl", &format!("{forged}\n{kept}"));
    let misfits = verified(&root).misfits;
    assert!(
        misfits[0].problem.contains("no record tells of that"),
        "{misfits:?}"
    );
    // Nor can a file with old lines be changed.
    root.write("journal.jsonl", &text);
    let old = root.read(&archives[0]);
    let last = old.trim_end().rfind("\"at\":\"").unwrap() + 6;
    root.write(
        &archives[0],
        &format!("{}1{}", &old[..last], &old[last + 1..]),
    );
    assert!(!verified(&root).fits());
}
