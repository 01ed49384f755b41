use super::*;
use crate::steps::plan_steps;
use crate::target::RunnerKind;

/// A journal of deploys, each told as `release: events`, for instance `a: upload gate undo! end-undone`.
pub(crate) fn journal(story: &[&str]) -> Journal {
    Journal::parse(&written(story)).unwrap()
}

pub(crate) fn written(story: &[&str]) -> String {
    let mut text = String::new();
    for (number, line) in story.iter().enumerate() {
        let (release, events) = line
            .split_once(": ")
            .unwrap_or((line.trim_end_matches(':'), ""));
        let (kind, release) = match release.strip_prefix("back-to ") {
            Some(release) => (Kind::Rollback, release),
            None => (Kind::Deploy, release),
        };
        let previous =
            (number > 0).then(|| story[number - 1].split(':').next().unwrap().to_owned());
        let begin = Begin {
            kind,
            release: release.to_owned(),
            to: Slot::Green,
            from: Some(Slot::Blue),
            previous,
            to_before: None,
            was_serving: true,
            steps: plan_steps(RunnerKind::Supervisor, kind, false, true),
            who: "me@here".to_owned(),
            restore: None,
            load_profile: None,
        };
        let mut entries = vec![Entry::Begin(Box::new(begin))];
        entries.extend(events.split_whitespace().map(entry));
        for entry in entries {
            let record = Record {
                at: "2026-01-02T03:04:05.678Z".to_owned(),
                deploy: format!("deploy-{number}"),
                entry,
            };
            text += &serde_json::to_string(&record).unwrap();
            text.push('\n');
        }
    }
    text
}

fn entry(word: &str) -> Entry {
    let undo = |blame| Entry::Undo {
        step: Step::Gate,
        reason: "not ready".to_owned(),
        blame,
    };
    match word {
        "undo!" => undo(true),
        "undo" => undo(false),
        "good" => Entry::End {
            outcome: Outcome::Good,
        },
        "undone" => Entry::End {
            outcome: Outcome::Undone,
        },
        step => Entry::Step {
            step: serde_json::from_value(step.into()).unwrap(),
        },
    }
}

#[test]
fn a_journal_comes_back_as_it_was_written() {
    let story = ["a: upload gate good", "b: upload undo! undone"];
    let text = written(&story);
    let journal = Journal::parse(&text).unwrap();
    assert_eq!(journal.records.len(), text.lines().count());
    let again: String = journal
        .records
        .iter()
        .map(|r| serde_json::to_string(r).unwrap() + "\n")
        .collect();
    assert_eq!(again, text);
}

#[test]
fn a_journal_torn_anywhere_in_its_last_line_reads_as_without_that_line() {
    let text = written(&["a: upload gate"]);
    let last = text.trim_end().rfind('\n').unwrap() + 1;
    let without = Journal::parse(&text[..last]);
    for cut in last..text.len() - 1 {
        assert_eq!(Journal::parse(&text[..cut]), without, "cut at {cut}");
    }
    // The next writer ends the torn line first: what follows is read again.
    let torn_then_more = format!("{}\n{}", &text[..text.len() - 5], written(&["b: upload"]));
    assert_eq!(
        Journal::parse(&torn_then_more)
            .unwrap()
            .unfinished()
            .unwrap()
            .release,
        "b"
    );
}

#[test]
fn a_release_is_worth_what_its_last_deploy_showed() {
    let marks = journal(&[
        "a: good",
        "b: gate undo! undone",
        "c: good",
        "d: upload undo undone",
        "b: good",
    ])
    .marks();
    let expected = [("a", Mark::Good), ("b", Mark::Good), ("c", Mark::Good)];
    assert_eq!(
        marks,
        expected.map(|(id, mark)| (id.to_owned(), mark)).into()
    );
    let marks = journal(&["a: good", "b: good", "back-to a: good"]).marks();
    assert_eq!(
        marks,
        [
            ("a".to_owned(), Mark::Good),
            ("b".to_owned(), Mark::RolledBack)
        ]
        .into()
    );
}

#[test]
fn good_releases_come_with_the_latest_proof_first() {
    let good = journal(&["a: good", "b: good", "c: gate undo! undone", "a: good"]).good_releases();
    assert_eq!(good, ["a", "b"]);
}

#[test]
fn only_the_last_deploy_can_be_unfinished() {
    assert_eq!(journal(&["a: upload good"]).unfinished(), None);
    assert_eq!(journal(&["a: upload", "b: undo undone"]).unfinished(), None);
    let unfinished = journal(&["a: good", "b: upload migrate"])
        .unfinished()
        .unwrap();
    assert_eq!(
        (unfinished.release.as_str(), unfinished.last_step),
        ("b", Some(Step::Migrate))
    );
    assert_eq!(journal(&[]).unfinished(), None);
}

#[test]
fn a_line_of_a_newer_examctl_is_refused_and_not_taken_for_a_torn_one() {
    let known = written(&["a: upload"]);
    for newer in [
        known.replace("\"event\":\"step\"", "\"event\":\"bake\""),
        known.replace("\"step\":\"upload\"", "\"step\":\"levitate\""),
    ] {
        assert_ne!(newer, known);
        let error = Journal::parse(&newer).unwrap_err().to_string();
        assert!(error.contains("newer examctl"), "{error}");
    }
}

#[test]
fn a_note_is_part_of_the_history_and_decides_nothing() {
    let note = r#"{"at":"2026-01-02T03:04:06Z","deploy":"other","event":"note","what":"maintenance on","detail":"until 18:00","who":"ann@laptop"}"#;
    for story in [&["a: upload"][..], &["a: good"], &["a: gate undo! undone"]] {
        let without = written(story);
        let with = Journal::parse(&format!("{without}{note}\n")).unwrap();
        let without = Journal::parse(&without).unwrap();
        assert_eq!(with.deploys(), without.deploys());
        assert_eq!(with.unfinished(), without.unfinished());
        assert_eq!(with.marks(), without.marks());
        let past = with.past(9);
        let [Past::Note(note), Past::Deploy(deploy)] = past.as_slice() else {
            panic!("{past:?}");
        };
        assert_eq!(
            (note.what.as_str(), deploy.release.as_str()),
            ("maintenance on", "a")
        );
        assert_eq!(with.past(1).len(), 1);
    }
}
