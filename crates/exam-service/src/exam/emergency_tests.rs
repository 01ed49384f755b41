//! What of a file counts.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::MergeVerdict::{Older, Same, Stored};
use super::*;
use crate::exam::grading::tests::paper_with_one_choice;
use crate::exam::{Attempt, AttemptId, DeviceId, Paper, Standing, StoredAnswer, UserId};

fn moment(milliseconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(milliseconds)
}

/// An attempt that was handed in, of which another computer had taken over, with an answer of sequence 5.
fn closed_sheet(paper: &Paper) -> AnswerSheet {
    let attempt = Attempt {
        id: AttemptId::generate(),
        owner: UserId::generate(),
        exam_id: paper.exam_id,
        deadline_at: moment(1000),
        submitted_at: Some(moment(900)),
        paused_at: None,
    };
    let standing = Standing {
        device: Some(DeviceId::generate()),
        held_since: Some(moment(1)),
        ..Standing::default()
    };
    let stored = StoredAnswer {
        question_id: paper.questions()[0].id,
        response: response(paper, 0),
        sequence: Sequence::new(5).unwrap(),
        flagged: false,
        saved_at: moment(500),
    };
    AnswerSheet::new(attempt, standing, [stored])
}

fn response(paper: &Paper, option: usize) -> Response {
    Response::Selected(BTreeSet::from([paper.questions()[0].options()[option].id]))
}

fn answer(paper: &Paper, sequence: i64, option: usize) -> FileAnswer {
    FileAnswer {
        question_id: paper.questions()[0].id,
        response: Ok(response(paper, option)),
        sequence: Sequence::new(sequence).unwrap(),
        flagged: false,
        answered_at: moment(2000),
    }
}

#[test]
fn the_highest_sequence_counts_after_the_attempt_was_handed_in_as_well() {
    let paper = paper_with_one_choice();
    let asked = Asked {
        paper: &paper,
        layout: None,
    };
    let verdicts = |sheet: &mut AnswerSheet, answers: &[(i64, usize)]| -> Vec<_> {
        let answers = answers
            .iter()
            .map(|(sequence, option)| answer(&paper, *sequence, *option));
        let merged = merge(sheet, asked, answers.collect(), moment(3000));
        merged.iter().map(|each| each.verdict).collect()
    };
    let mut sheet = closed_sheet(&paper);
    assert_eq!(
        verdicts(&mut sheet, &[(4, 1), (5, 0), (5, 1)]),
        [Older, Same, Older]
    );
    // Whatever their order in the file.
    assert_eq!(verdicts(&mut sheet, &[(7, 1), (6, 0)]), [Stored, Stored]);
    assert_eq!(verdicts(&mut sheet, &[(7, 1), (6, 0)]), [Older, Same]);
    let stored = sheet.answer(paper.questions()[0].id).unwrap();
    assert_eq!(stored.response, response(&paper, 1));
    assert_eq!(stored.saved_at, moment(3000));
}

#[test]
fn what_is_not_asked_or_no_answer_is_refused_by_itself() {
    let paper = paper_with_one_choice();
    let asked = Asked {
        paper: &paper,
        layout: None,
    };
    let elsewhere = FileAnswer {
        question_id: QuestionId::generate(),
        ..answer(&paper, 8, 0)
    };
    let shapeless = FileAnswer {
        response: Err("no answer"),
        ..answer(&paper, 9, 0)
    };
    let unfit = FileAnswer {
        response: Ok(Response::Value(true)),
        ..answer(&paper, 10, 0)
    };
    let answers = vec![elsewhere, shapeless, unfit, answer(&paper, 11, 1)];
    let merged = merge(&mut closed_sheet(&paper), asked, answers, moment(3000));
    for refused in &merged[..3] {
        assert!(
            matches!(
                refused.verdict,
                MergeVerdict::Refused(RefusalReason::InvalidAnswer(_))
            ),
            "{refused:?}"
        );
    }
    assert_eq!(merged[3].verdict, MergeVerdict::Stored);
    assert_eq!(merged[3].stored_before, Sequence::new(5));
}
