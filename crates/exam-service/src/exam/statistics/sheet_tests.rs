//! Figures of whole exams, from answers.

use chrono::DateTime;

use super::*;
use crate::exam::grading::tests::paper_with_one_choice;
use crate::exam::grading::{Voiding, grade};
use crate::exam::layout::Layout;
use crate::exam::paper::tests::header;
use crate::exam::question::{Essay, TrueFalse};
use crate::exam::{Paper, Question, QuestionKind, Response, Sequence, StoredAnswer};

fn answer(question: &Question, response: Response) -> StoredAnswer {
    StoredAnswer {
        question_id: question.id,
        response,
        sequence: Sequence::new(1).unwrap(),
        flagged: false,
        saved_at: DateTime::UNIX_EPOCH,
    }
}

/// Adds an attempt of a student who answered like this.
fn add(sheet: &mut ScoreSheet, paper: &Paper, layout: &Layout, responses: &[Response]) {
    let answers: Vec<StoredAnswer> = paper
        .questions()
        .iter()
        .zip(responses)
        .map(|(question, response)| answer(question, response.clone()))
        .collect();
    let score = grade(paper, layout, &answers, &[]);
    sheet.add(paper, &score, &answers);
}

fn statements(count: usize) -> Paper {
    let statement = |_| {
        let kind = QuestionKind::TrueFalse(TrueFalse { correct: true });
        Question::new("?", 1.into(), kind)
    };
    Paper::new(header(), (0..count).map(statement).collect())
}

#[test]
fn figures_of_three_students_are_those_worked_out_by_hand() {
    let paper = statements(2);
    let layout = Layout::shuffled(&paper, [1; 16]).unwrap();
    let mut sheet = ScoreSheet::default();
    for (first, second) in [(true, true), (true, false), (false, false)] {
        let responses = [first, second].map(Response::Value);
        add(&mut sheet, &paper, &layout, &responses);
    }
    let figures = sheet.figures(&paper);
    assert_eq!(figures.percents.mean, Some(50.0));
    assert_eq!(figures.points.unwrap().standard_deviation, Some(1.0));
    assert_eq!(figures.bands[5].count, 1);
    assert_eq!(figures.bands[9].count, 1);
    let questions = figures.questions.unwrap();
    assert_eq!(questions[0].question_id, paper.questions()[0].id);
    assert_eq!(questions[0].statistics.difficulty, Some(2.0 / 3.0));
    // Variances over n - 1: 1/3 and 1/3 of the questions, 1 of the totals; 2 * (1 - 2/3).
    let alpha = figures.reliability.unwrap().cronbach_alpha.unwrap();
    assert!((alpha - 2.0 / 3.0).abs() < 1e-12, "{alpha}");
}

#[test]
fn options_are_counted_with_those_who_did_not_answer() {
    let paper = paper_with_one_choice();
    let layout = Layout::shuffled(&paper, [1; 16]).unwrap();
    let options = paper.questions()[0].options();
    let mut sheet = ScoreSheet::default();
    for selected in [vec![0, 1], vec![0, 3], vec![]] {
        let selected = selected.into_iter().map(|at: usize| options[at].id);
        let response = Response::Selected(selected.collect());
        add(&mut sheet, &paper, &layout, &[response]);
    }
    let questions = sheet.figures(&paper).questions.unwrap();
    let chosen: Vec<usize> = questions[0].options.iter().map(|it| it.chosen).collect();
    assert_eq!(chosen, [2, 1, 0, 1, 0, 0]);
    assert_eq!(questions[0].options[0].share, Some(2.0 / 3.0));
}

#[test]
fn students_who_were_asked_different_questions_are_described_as_a_whole_only() {
    let paper = statements(3);
    let whole = Layout::shuffled(&paper, [1; 16]).unwrap();
    let mut sheet = ScoreSheet::default();
    for left_out in 0..2 {
        let mut layout = whole.clone();
        layout.questions.remove(left_out);
        add(
            &mut sheet,
            &paper,
            &layout,
            &[const { Response::Value(true) }; 3],
        );
    }
    let figures = sheet.figures(&paper);
    assert_eq!((figures.questions, figures.reliability), (None, None));
    assert_eq!(
        (figures.percents.count, figures.percents.mean),
        (2, Some(100.0))
    );
}

#[test]
fn an_attempt_that_waits_for_a_grade_is_in_no_figure() {
    let essay = Question::new("?", 5.into(), QuestionKind::Essay(Essay::default()));
    let paper = Paper::new(header(), vec![essay]);
    let layout = Layout::shuffled(&paper, [1; 16]).unwrap();
    let mut sheet = ScoreSheet::default();
    add(
        &mut sheet,
        &paper,
        &layout,
        &[Response::Text("long".to_owned())],
    );
    assert!(sheet.is_empty());
    add(&mut sheet, &paper, &layout, &[Response::Cleared]);
    assert_eq!(sheet.len(), 1);
    assert_eq!(ScoreSheet::default().figures(&paper).percents.mean, None);
}

#[test]
fn a_question_that_was_found_broken_is_in_no_figure_of_questions() {
    let paper = statements(2);
    let broken = paper.questions()[0].id;
    let layout = Layout::shuffled(&paper, [1; 16]).unwrap();
    for voiding in [Voiding::FullPoints, Voiding::LeftOut] {
        let paper = paper.with_voided([(broken, Some(voiding))]);
        let mut sheet = ScoreSheet::default();
        for (first, second) in [(true, true), (true, false), (false, false)] {
            let responses = [first, second].map(Response::Value);
            add(&mut sheet, &paper, &layout, &responses);
        }
        let figures = sheet.figures(&paper);
        let questions = figures.questions.unwrap();
        assert_eq!(questions.len(), 1);
        assert_eq!(questions[0].question_id, paper.questions()[1].id);
        assert_eq!(questions[0].statistics.difficulty, Some(1.0 / 3.0));
        let all_broken = paper.with_voided([(paper.questions()[1].id, Some(voiding))]);
        let mut sheet = ScoreSheet::default();
        add(&mut sheet, &all_broken, &layout, &[Response::Value(true)]);
        assert_eq!(sheet.figures(&all_broken).questions.unwrap_or_default(), []);
    }
}
