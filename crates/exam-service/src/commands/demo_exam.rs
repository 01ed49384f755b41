//! The demo exam's questions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::exam::paper::PaperHeader;
use crate::exam::question::{
    ChoiceOption, MultipleChoice, MultipleResponse, ResponseScoring, TrueFalse,
};
use crate::exam::{ExamId, OptionId, Paper, Question, QuestionKind};
use crate::store::NewExam;

/// Ten questions, an hour.
pub(super) fn demo_exam() -> NewExam {
    let header = PaperHeader {
        exam_id: ExamId::generate(),
        title: "Demo exam: the world in ten questions".to_owned(),
        duration: TimeDelta::hours(1),
    };
    NewExam {
        code: "demo",
        paper: Paper::new(header, [first_four(), last_six()].concat()),
    }
}

fn first_four() -> Vec<Question> {
    vec![
        choice(
            "Which planet of our solar system is the largest?",
            1,
            &[
                right("Jupiter"),
                wrong("Saturn"),
                wrong("Neptune"),
                wrong("Earth"),
            ],
        ),
        choice(
            "Which of these numbers are prime? Choose all that are.",
            2,
            &[
                right("2"),
                right("13"),
                wrong("21"),
                wrong("1"),
                right("29"),
            ],
        ),
        statement(
            "Water boils at a lower temperature on a high mountain than at sea level.",
            1,
            true,
        ),
        choice(
            "Which gas do green plants take up for photosynthesis?",
            1,
            &[
                right("Carbon dioxide"),
                wrong("Oxygen"),
                wrong("Nitrogen"),
                wrong("Hydrogen"),
            ],
        ),
    ]
}

fn last_six() -> Vec<Question> {
    vec![
        choice(
            "Which of these cities are capitals? Choose all that are.",
            2,
            &[
                right("Canberra"),
                wrong("Istanbul"),
                right("Ottawa"),
                wrong("Rio de Janeiro"),
                right("Nairobi"),
            ],
        ),
        statement(
            "In a right-angled triangle the longest side is opposite the right angle.",
            1,
            true,
        ),
        choice(
            "A train covers 180 km in one and a half hours. What is its average speed?",
            1,
            &[
                right("120 km/h"),
                wrong("90 km/h"),
                wrong("135 km/h"),
                wrong("270 km/h"),
            ],
        ),
        choice(
            "Which organ of the human body makes insulin?",
            1,
            &[
                right("Pancreas"),
                wrong("Liver"),
                wrong("Kidney"),
                wrong("Spleen"),
            ],
        ),
        statement("Sound travels faster in air than in water.", 1, false),
        choice(
            "Which of these are renewable sources of energy? Choose all that are.",
            2,
            &[
                right("Wind"),
                right("Sunlight"),
                wrong("Natural gas"),
                right("Tides"),
                wrong("Coal"),
            ],
        ),
    ]
}

/// A question with the options that are right marked as such.
pub(super) fn choice(text: &str, points: i64, options: &[(&str, bool)]) -> Question {
    let options: Vec<(ChoiceOption, bool)> = options
        .iter()
        .map(|(text, is_correct)| (ChoiceOption::new(*text), *is_correct))
        .collect();
    let correct: BTreeSet<OptionId> = options
        .iter()
        .filter_map(|(option, is_correct)| is_correct.then_some(option.id))
        .collect();
    let options = options.into_iter().map(|(option, _)| option).collect();
    let kind = match correct.first() {
        Some(only) if correct.len() == 1 => QuestionKind::MultipleChoice(MultipleChoice {
            options,
            correct: *only,
            partial_percent: BTreeMap::new(),
        }),
        _ => QuestionKind::MultipleResponse(MultipleResponse {
            options,
            correct,
            scoring: ResponseScoring::AllOrNothing,
        }),
    };
    Question::new(text, points.into(), kind)
}

pub(super) fn statement(text: &str, points: i64, correct: bool) -> Question {
    let kind = QuestionKind::TrueFalse(TrueFalse { correct });
    Question::new(text, points.into(), kind)
}

pub(super) fn right(text: &str) -> (&str, bool) {
    (text, true)
}

pub(super) fn wrong(text: &str) -> (&str, bool) {
    (text, false)
}
