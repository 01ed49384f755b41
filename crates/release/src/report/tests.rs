use super::trail::{GateRecord, StepOutcome, StepRecord, Trail};
use super::*;
use crate::error::DeployError;
use crate::target::layout::Slot;

fn step(step: &str, outcome: StepOutcome, took_ms: u64) -> StepRecord {
    StepRecord {
        step: step.to_owned(),
        outcome,
        took_ms: (outcome == StepOutcome::Done).then_some(took_ms),
        reason: None,
    }
}

/// A canary that went back because the host after it failed its gate.
pub(crate) fn failed_report() -> Report {
    let mut canary = HostReport::not_begun("exam-1", 1);
    canary.outcome = HostOutcome::WentBack;
    canary.release = Some("0.2.0-b".to_owned());
    canary.before = Some("0.1.0-a".to_owned());
    canary.slot = Some(Slot::Green);
    (canary.took_ms, canary.cutover_ms) = (9120, Some(1430));
    canary.trail.steps = vec![
        step("upload", StepOutcome::Done, 2210),
        step("verify", StepOutcome::Done, 410),
    ];
    canary.trail.notes = vec!["the old release | was restarted".to_owned()];
    canary.way_back = Some(WayBack {
        warm: true,
        took_ms: 2900,
        cutover_ms: Some(1210),
        trail: Trail::default(),
    });
    let mut failed = HostReport::not_begun("exam-2", 2);
    let error = DeployError::GateFailed {
        host: "exam-2".to_owned(),
        release: "0.2.0-b".to_owned(),
        step: "gate",
        reason: "not ready within 60 s".to_owned(),
        after: "Everything is undone; release 0.1.0-a serves as before.".to_owned(),
    };
    failed.fail(&error, 61_000);
    failed.trail.steps = vec![
        step("gate", StepOutcome::Failed, 0),
        step("start", StepOutcome::Undone, 0),
    ];
    failed.trail.gates = vec![GateRecord {
        gate: "gate".to_owned(),
        value: Some("0 good answers".to_owned()),
        limit: Some("3 in a row".to_owned()),
        passed: false,
    }];
    let end = FleetEnd {
        hosts: vec![canary, failed, HostReport::not_begun("exam-3", 3)],
        error: Some(error),
    };
    let wave = |kind, host: usize| Wave {
        kind,
        hosts: vec![host],
    };
    let waves = [
        wave(WaveKind::Canary, 0),
        wave(WaveKind::Batch, 1),
        wave(WaveKind::Batch, 2),
    ];
    let occasion = Occasion {
        kind: Kind::Deploy,
        who: "ann@laptop".to_owned(),
        began: "2026-01-02T03:04:05Z".parse().unwrap(),
        release: Some(ReleaseReport {
            version: Some("0.2.0".to_owned()),
            commit: Some("b".repeat(40)),
            ..ReleaseReport::named("0.2.0-b")
        }),
        waves: Occasion::name_waves(&waves, &["exam-1", "exam-2", "exam-3"]),
    };
    Report::new(occasion, &end, "2026-01-02T03:05:20Z".parse().unwrap())
}

#[test]
fn a_report_says_what_happened_where_and_what_to_do_next() {
    let text = failed_report().markdown();
    for expected in [
        "# Deploy of 0.2.0-b: failed, everything is as before\n",
        "| by        | ann@laptop",
        "exam-1 (canary), then exam-2 (batch), then exam-3 (batch)",
        "~~~text\nexam-2: release 0.2.0-b did not pass `gate`: not ready within 60 s\n",
        "| exam-1 | 1    | went back | `0.2.0-b` | `0.1.0-a` | green | 9.12    | 1.43      |",
        "| exam-3 | 3    | not begun | -         | -         | -     | -       | -         |",
        "| gate  | **failed** | -       |",
        "| gate | failed  | 0 good answers | 3 in a row |",
        "**The way back** (warm): 2.90 s, cutover 1.21 s",
        "- the old release | was restarted",
    ] {
        assert!(text.contains(expected), "{expected}\nis not in\n{text}");
    }
}

#[test]
fn the_worst_host_decides_how_the_whole_ended() {
    use HostOutcome::{Already, NeedsAttention, NotBegun, Refused, Serves, Undone, WentBack};
    let ending = |outcomes: &[HostOutcome], exit_code| {
        let hosts: Vec<_> = outcomes
            .iter()
            .map(|&outcome| HostReport {
                outcome,
                ..HostReport::not_begun("h", 1)
            })
            .collect();
        Ending::of(&hosts, exit_code)
    };
    for (outcomes, exit_code, expected) in [
        (&[Serves, Already][..], 0, Ending::Done),
        (&[Refused, NotBegun], 1, Ending::Refused),
        (&[WentBack, Undone, NotBegun], 4, Ending::Undone),
        (&[Serves, Undone, NotBegun], 4, Ending::Mixed),
        (&[WentBack, NeedsAttention], 5, Ending::NeedsAttention),
        (&[Already, NotBegun], 130, Ending::Refused),
    ] {
        assert_eq!(ending(outcomes, exit_code), expected, "{outcomes:?}");
    }
}

#[test]
fn markdown_and_json_lie_beside_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let report = failed_report();
    for name in ["deploy.md", "deploy.json", "plain"] {
        let path = directory.path().join(name);
        report.write(&path).unwrap();
        let (markdown, json) = report_paths(&path);
        assert_eq!(
            std::fs::read_to_string(markdown).unwrap(),
            report.markdown()
        );
        let read: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
        assert_eq!(read["ending"], "undone");
        assert_eq!(read["hosts"][0]["way_back"]["warm"], true);
    }
}
