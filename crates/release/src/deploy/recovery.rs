//! What becomes of a deploy that was interrupted? A pure decision from its journal.

use crate::journal::{Begin, PastDeploy};
use crate::steps::Step;

/// What the next run does with a deploy that has no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Take back these steps, the latest first.
    Undo { steps: Vec<Step> },
    /// Do these steps (the first of them perhaps a second time), then call it good.
    Finish { done: Vec<Step>, steps: Vec<Step> },
}

/// Decides for one unfinished deploy: before the point of no return it is undone, from there on
/// finished, and what was being undone stays that way.
pub(crate) fn plan_recovery(unfinished: &PastDeploy, begin: &Begin) -> Recovery {
    let Some(last) = unfinished.last_step else {
        return Recovery::Undo { steps: Vec::new() };
    };
    let position = begin
        .steps
        .iter()
        .position(|step| *step == last)
        .unwrap_or(0);
    if unfinished.reason.is_none() && last.is_past_no_return() {
        return Recovery::Finish {
            done: begin.steps[..position].to_vec(),
            steps: begin.steps[position..].to_vec(),
        };
    }
    let mut steps = begin.steps.get(..=position).unwrap_or_default().to_vec();
    steps.reverse();
    Recovery::Undo { steps }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::journal;
    use crate::steps::{Kind, with_load};

    /// What is done about a deploy with these events, in words.
    fn decide(events: &str) -> String {
        let Some(unfinished) = journal(&[&format!("a: {events}")]).unfinished() else {
            return "nothing".to_owned();
        };
        let names = |steps: &[Step]| {
            steps
                .iter()
                .map(|step| step.name())
                .collect::<Vec<_>>()
                .join(" ")
        };
        match plan_recovery(&unfinished, unfinished.begin.as_deref().unwrap()) {
            Recovery::Undo { steps } => format!("undo: {}", names(&steps)),
            Recovery::Finish { steps, .. } => format!("finish: {}", names(&steps)),
        }
    }

    #[test]
    fn every_place_to_be_interrupted_at_has_its_way_out() {
        let upto = [
            ("", "undo: "),
            ("upload", "undo: upload"),
            ("check-settings", "undo: check-settings upload"),
            ("backup", "undo: backup check-settings upload"),
            ("migrate", "undo: migrate backup check-settings upload"),
            ("stop", "undo: stop migrate backup check-settings upload"),
            (
                "link",
                "undo: link stop migrate backup check-settings upload",
            ),
            (
                "start",
                "undo: start link stop migrate backup check-settings upload",
            ),
            (
                "gate",
                "undo: gate start link stop migrate backup check-settings upload",
            ),
            (
                "smoke",
                "undo: smoke gate start link stop migrate backup check-settings upload",
            ),
            ("activate", "finish: activate promote retire verify"),
            ("promote", "finish: promote retire verify"),
            ("retire", "finish: retire verify"),
            ("verify", "finish: verify"),
            ("good", "nothing"),
        ];
        let mut events = String::new();
        for (event, expected) in upto {
            events = format!("{events} {event}");
            assert_eq!(decide(&events), expected, "after{events}");
        }
    }

    #[test]
    fn a_load_that_was_interrupted_is_taken_back_first_of_all() {
        let mut unfinished = journal(&["a: upload gate smoke"]).unfinished().unwrap();
        let mut begin = *unfinished.begin.take().unwrap();
        begin.steps = with_load(begin.steps, Kind::Deploy);
        unfinished.last_step = Some(Step::Load);
        let Recovery::Undo { steps } = plan_recovery(&unfinished, &begin) else {
            panic!("a load is before the point of no return");
        };
        assert_eq!(steps[..3], [Step::Load, Step::Smoke, Step::Gate]);
    }

    #[test]
    fn what_was_being_undone_is_undone_even_past_the_point_of_no_return() {
        assert_eq!(
            decide("upload gate undo!"),
            "undo: gate start link stop migrate backup check-settings upload"
        );
        assert_eq!(
            decide("activate promote retire undo!"),
            "undo: retire promote activate smoke gate start link stop migrate backup check-settings upload"
        );
        assert_eq!(decide("activate promote undo! undone"), "nothing");
    }
}
