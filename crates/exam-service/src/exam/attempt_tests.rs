//! The rule of `AnswerSheet::accept`, tried with orders and repeats that no one would think of.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::exam::grading::tests::paper_with_one_choice;
use crate::exam::{Response, Sequence};

fn sheet(paper: &Paper) -> AnswerSheet {
    let attempt = Attempt {
        id: AttemptId::generate(),
        owner: UserId::generate(),
        exam_id: paper.exam_id,
        deadline_at: moment(60_000),
        submitted_at: None,
        paused_at: None,
    };
    AnswerSheet::new(attempt, Standing::default(), [])
}

fn moment(milliseconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(milliseconds)
}

/// The save that a client makes under `sequence`: which option it selects follows from the sequence.
fn save(paper: &Paper, sequence: i64) -> Answer {
    let question = &paper.questions()[0];
    let index = usize::try_from(sequence).unwrap() % question.options().len();
    Answer {
        question_id: question.id,
        response: Response::Selected(BTreeSet::from([question.options()[index].id])),
        sequence: Sequence::new(sequence).unwrap(),
        flagged: None,
    }
}

fn accept_at(
    sheet: &mut AnswerSheet,
    paper: &Paper,
    answer: &Answer,
    at: i64,
) -> Result<Acceptance, RefusalReason> {
    accept_from(sheet, paper, answer, None, at)
}

fn accept_from(
    sheet: &mut AnswerSheet,
    paper: &Paper,
    answer: &Answer,
    device: Option<DeviceId>,
    at: i64,
) -> Result<Acceptance, RefusalReason> {
    sheet
        .accept(everybody(paper), answer, origin(device, at))
        .map_err(|refusal| refusal.reason)
}

fn everybody(paper: &Paper) -> Asked<'_> {
    Asked {
        paper,
        layout: None,
    }
}

fn origin(device: Option<DeviceId>, at: i64) -> Origin {
    Origin {
        device,
        received_at: moment(at),
        saved_at: moment(at),
    }
}

proptest! {
    /// Retries, duplicates and overtaking requests: whatever arrives in whatever order, the newest save stands, and a
    /// save is acknowledged only when it is (or was) the newest.
    #[test]
    fn any_interleaving_of_saves_ends_with_the_highest_sequence(
        arrivals in proptest::collection::vec(1_i64..40, 1..120),
    ) {
        let paper = paper_with_one_choice();
        let question = paper.questions()[0].id;
        let mut sheet = sheet(&paper);
        let mut highest = 0;
        for sequence in arrivals {
            let verdict = accept_at(&mut sheet, &paper, &save(&paper, sequence), 1);
            let expected = match sequence.cmp(&highest) {
                std::cmp::Ordering::Greater => Ok(Acceptance::Stored),
                std::cmp::Ordering::Equal => Ok(Acceptance::Repeated),
                std::cmp::Ordering::Less => Err(RefusalReason::StaleAnswer),
            };
            prop_assert_eq!(verdict, expected);
            highest = highest.max(sequence);
            let stored = sheet.answer(question).unwrap();
            prop_assert_eq!(stored.sequence.get(), highest);
            prop_assert_eq!(&stored.response, &save(&paper, highest).response);
        }
    }
}

#[test]
fn the_same_sequence_with_another_response_is_stale_and_shows_what_is_stored() {
    let paper = paper_with_one_choice();
    let mut sheet = sheet(&paper);
    accept_at(&mut sheet, &paper, &save(&paper, 4), 1).unwrap();
    let other = Answer {
        response: Response::Cleared,
        ..save(&paper, 4)
    };
    let refusal = sheet
        .accept(everybody(&paper), &other, origin(None, 2))
        .unwrap_err();
    assert_eq!(refusal.reason, RefusalReason::StaleAnswer);
    assert_eq!(refusal.current.unwrap().response, save(&paper, 4).response);
}

#[test]
fn late_answer_is_rejected() {
    let paper = paper_with_one_choice();
    let mut sheet = sheet(&paper);
    assert_eq!(
        accept_at(&mut sheet, &paper, &save(&paper, 1), 65_000),
        Ok(Acceptance::Stored)
    );
    assert_eq!(
        accept_at(&mut sheet, &paper, &save(&paper, 2), 65_001),
        Err(RefusalReason::AttemptClosed)
    );
}

#[test]
fn after_submission_only_a_repeat_of_what_is_stored_is_acknowledged() {
    let paper = paper_with_one_choice();
    let mut open = sheet(&paper);
    accept_at(&mut open, &paper, &save(&paper, 3), 1).unwrap();
    let stored = open.answer(paper.questions()[0].id).cloned();
    let attempt = Attempt {
        submitted_at: Some(moment(2)),
        ..open.attempt().clone()
    };
    let mut closed = AnswerSheet::new(attempt, Standing::default(), stored);
    assert_eq!(
        accept_at(&mut closed, &paper, &save(&paper, 3), 3),
        Ok(Acceptance::Repeated)
    );
    assert_eq!(
        accept_at(&mut closed, &paper, &save(&paper, 4), 3),
        Err(RefusalReason::AttemptClosed)
    );
    assert_eq!(
        accept_at(&mut closed, &paper, &save(&paper, 2), 3),
        Err(RefusalReason::AttemptClosed)
    );
}

#[test]
fn a_flag_stays_until_a_save_says_otherwise() {
    let paper = paper_with_one_choice();
    let question = paper.questions()[0].id;
    let mut sheet = sheet(&paper);
    accept_at(
        &mut sheet,
        &paper,
        &Answer {
            flagged: Some(true),
            ..save(&paper, 1)
        },
        1,
    )
    .unwrap();
    accept_at(&mut sheet, &paper, &save(&paper, 2), 1).unwrap();
    assert!(sheet.answer(question).unwrap().flagged);
    accept_at(
        &mut sheet,
        &paper,
        &Answer {
            flagged: Some(false),
            ..save(&paper, 3)
        },
        1,
    )
    .unwrap();
    assert!(!sheet.answer(question).unwrap().flagged);
}

#[test]
fn an_overdue_attempt_counts_as_submitted_at_its_deadline() {
    let attempt = sheet(&paper_with_one_choice()).attempt().clone();
    assert_eq!(attempt.submission_time(moment(10)), moment(10));
    assert_eq!(attempt.submission_time(moment(64_000)), moment(64_000));
    assert_eq!(attempt.submission_time(moment(99_000)), moment(60_000));
}

#[test]
fn a_computer_that_lost_the_attempt_brings_what_it_had_before_and_nothing_newer() {
    let paper = paper_with_one_choice();
    let [old, new] = [DeviceId::generate(), DeviceId::generate()];
    let standing = Standing {
        device: Some(new),
        held_since: Some(moment(20)),
        ..Standing::default()
    };
    let attempt = sheet(&paper).attempt().clone();
    let mut sheet = AnswerSheet::new(attempt, standing, []);
    for (device, sequence, expected) in [
        (Some(old), 19, Ok(Acceptance::Stored)),
        (Some(old), 20, Err(RefusalReason::AttemptElsewhere)),
        (Some(new), 20, Ok(Acceptance::Stored)),
        (Some(old), 20, Ok(Acceptance::Repeated)),
        (Some(old), 19, Err(RefusalReason::StaleAnswer)),
        // Who does not say which computer it is cannot be told apart.
        (None, 21, Ok(Acceptance::Stored)),
    ] {
        let verdict = accept_from(&mut sheet, &paper, &save(&paper, sequence), device, 30);
        assert_eq!(verdict, expected, "{device:?} {sequence}");
    }
}

#[test]
fn a_question_that_was_not_drawn_or_that_was_left_behind_is_refused() {
    let mut paper = paper_with_one_choice();
    let place = |question_id| crate::exam::layout::LaidOutQuestion {
        question_id,
        section: 0,
        options: Vec::new(),
    };
    let question = paper.questions()[0].id;
    let mut layout = Layout {
        questions: vec![place(QuestionId::generate())],
    };
    let verdict = |sheet: &mut AnswerSheet, paper: &Paper, layout: &Layout, sequence| {
        let asked = Asked {
            paper,
            layout: Some(layout),
        };
        let verdict = sheet.accept(asked, &save(paper, sequence), origin(None, 1));
        verdict.map_err(|refusal| refusal.reason)
    };
    let not_drawn = verdict(&mut sheet(&paper), &paper, &layout, 1).unwrap_err();
    assert!(matches!(not_drawn, RefusalReason::InvalidAnswer(_)));
    layout.questions.insert(0, place(question));
    paper.rules.navigation = Navigation::QuestionsInOrder;
    assert!(!paper.is_plain());
    let mut gone_on = sheet(&paper);
    assert_eq!(
        verdict(&mut gone_on, &paper, &layout, 1),
        Ok(Acceptance::Stored)
    );
    assert_eq!(gone_on.standing().furthest, Some(0));
    gone_on.standing.furthest = Some(1);
    assert_eq!(
        verdict(&mut gone_on, &paper, &layout, 2),
        Err(RefusalReason::QuestionClosed)
    );
}
