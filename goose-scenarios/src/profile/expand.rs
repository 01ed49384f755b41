//! An exam day is its parts, in order: `exam_day` says how long it all takes, and this says what follows what.

use std::time::Duration;

use super::phase::{Phase, Scenario, Shape};

/// Which part of an exam day takes which share of its time, and when in it students come.
const PARTS: [(&str, Scenario, f64, Shape); 6] = [
    ("login", Scenario::LoginStorm, 0.1, Shape::FrontLoaded),
    ("start", Scenario::ExamStart, 0.1, Shape::Uniform),
    ("sit", Scenario::Autosave, 0.6, Shape::Uniform),
    ("reconnect", Scenario::Reconnect, 0.05, Shape::Uniform),
    ("submit", Scenario::SubmitStorm, 0.1, Shape::Uniform),
    ("results", Scenario::ResultsStorm, 0.05, Shape::Uniform),
];
/// Who comes back after a lost connection, of all.
const RECONNECTING: f64 = 0.2;

/// The phases with every exam day taken apart. Its parts are called `NAME-login` and so on.
pub(super) fn expand(phases: Vec<Phase>) -> Vec<Phase> {
    phases
        .into_iter()
        .flat_map(|phase| match phase.run {
            Scenario::ExamDay => exam_day(&phase),
            _ => vec![phase],
        })
        .collect()
}

fn exam_day(day: &Phase) -> Vec<Phase> {
    let last = PARTS.len() - 1;
    let parts = PARTS.into_iter().enumerate();
    parts
        .map(|(index, (name, run, share, shape))| {
            let is_sitting = run == Scenario::Autosave;
            Phase {
                name: format!("{}-{name}", day.name),
                run,
                duration: day.duration.mul_f64(share),
                settle: if index == last {
                    day.settle
                } else {
                    Duration::ZERO
                },
                shape: if run == Scenario::SubmitStorm {
                    day.shape
                } else {
                    shape
                },
                every: day.every.filter(|_| is_sitting),
                heartbeat: day.heartbeat.filter(|_| is_sitting),
                answers: day.answers.filter(|_| is_sitting),
                share: if run == Scenario::Reconnect {
                    Some(RECONNECTING)
                } else {
                    day.share
                },
                // Refused there, rather than forgotten.
                chaos: day.chaos.clone().filter(|_| is_sitting),
            }
        })
        .collect()
}
