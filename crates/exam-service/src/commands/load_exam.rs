//! The exam of a load run: questions whose answers a machine can make up.

use chrono::TimeDelta;

use super::demo_exam::{choice, right, statement, wrong};
use crate::exam::paper::PaperHeader;
use crate::exam::{ExamId, LoadRun, Paper, Question};

/// A paper of so many questions, of three kinds in turn.
pub(super) fn load_paper(run: &LoadRun, questions: u32, duration: TimeDelta) -> Paper {
    let header = PaperHeader {
        exam_id: ExamId::generate(),
        title: format!("Load run {run}"),
        duration,
    };
    let questions = (1..=questions).map(question);
    Paper::new(header, questions.collect())
}

fn question(number: u32) -> Question {
    match number % 3 {
        1 => statement(
            &format!("Question {number}: this statement is true."),
            1,
            true,
        ),
        2 => choice(
            &format!("Question {number}: which of these is the first one?"),
            1,
            &[
                right("The first one"),
                wrong("The second one"),
                wrong("The third one"),
                wrong("The fourth one"),
            ],
        ),
        _ => choice(
            &format!("Question {number}: which of these numbers are even? Choose all that are."),
            2,
            &[right("2"), wrong("3"), right("4"), wrong("5"), wrong("7")],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exam::QuestionKind;

    #[test]
    fn a_paper_has_as_many_questions_as_asked_for_of_kinds_that_a_machine_answers() {
        let run: LoadRun = "a".parse().unwrap();
        for count in [1, 2, 3, 10, 200] {
            let paper = load_paper(&run, count, TimeDelta::hours(1));
            let kinds = paper
                .questions()
                .iter()
                .map(|question| match question.kind {
                    QuestionKind::TrueFalse(_) => 1,
                    QuestionKind::MultipleChoice(_) => 2,
                    QuestionKind::MultipleResponse(_) => 0,
                    _ => u32::MAX,
                });
            let expected: Vec<u32> = (1..=count).map(|number| number % 3).collect();
            assert_eq!(kinds.collect::<Vec<_>>(), expected);
        }
    }
}
