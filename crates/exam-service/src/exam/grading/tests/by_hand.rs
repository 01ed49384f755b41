//! What people decide, and how it joins what the key says.

use super::*;
use crate::exam::question::{Criterion, Essay};

fn essay() -> Question {
    let criterion = |points: &str| Criterion {
        id: OptionId::generate(),
        text: points.to_owned(),
        points: decimal(points),
    };
    let essay = Essay {
        rubric: ["4", "6"].map(criterion).to_vec(),
        ..Essay::default()
    };
    Question::new("Write!", decimal("10"), QuestionKind::Essay(essay))
}

fn whole(question: &Question, points: &str) -> HandGrade {
    HandGrade {
        question_id: question.id,
        mark: Mark::Whole(decimal(points)),
        comment: String::new(),
    }
}

fn by_rubric(question: &Question, points: &[&str]) -> HandGrade {
    let QuestionKind::Essay(essay) = &question.kind else {
        panic!("an essay")
    };
    let marks = essay
        .rubric
        .iter()
        .zip(points)
        .map(|(criterion, points)| (criterion.id, decimal(points)));
    HandGrade {
        question_id: question.id,
        mark: Mark::Rubric(marks.collect()),
        comment: String::new(),
    }
}

#[test]
fn points_by_hand_stay_within_the_question_and_its_rubric() {
    let question = essay();
    for (grade, expected) in [
        (whole(&question, "7.5"), Some("7.5")),
        (whole(&question, "7.555"), Some("7.56")),
        (whole(&question, "10.01"), None),
        (whole(&question, "-1"), None),
        (by_rubric(&question, &["4", "2.5"]), Some("6.5")),
        (by_rubric(&question, &["4.5", "2"]), None),
        (by_rubric(&question, &["4"]), None),
        (by_rubric(&question, &[]), None),
        (whole(&essay(), "1"), None),
    ] {
        assert_eq!(
            grade.points_for(&question).ok(),
            expected.map(decimal),
            "{grade:?}"
        );
    }
    let statement = &statements(&["1"], "0")[0];
    let rubric = HandGrade {
        question_id: statement.id,
        mark: Mark::Rubric([].into()),
        comment: String::new(),
    };
    let error = rubric.points_for(statement).unwrap_err();
    assert_eq!(
        error,
        HandGradeError::OtherCriteria {
            expected: 0,
            given: 0
        }
    );
}

#[test]
fn a_grade_by_hand_joins_the_sum_and_stands_before_the_key() {
    let mut questions = statements(&["2"], "0");
    questions.push(essay());
    let paper = Paper::new(header(), questions);
    let [statement, essay] = paper.questions() else {
        panic!("two questions")
    };
    let answers = [
        answer(statement, Response::Value(false)),
        answer(essay, Response::Text("Text".to_owned())),
    ];
    for (by_hand, score, is_final) in [
        (vec![], "0", false),
        (vec![whole(essay, "7")], "7", true),
        (
            vec![whole(essay, "7"), whole(statement, "1.5")],
            "8.5",
            true,
        ),
        (vec![whole(essay, "99")], "0", false),
    ] {
        let graded = grade(&paper, &layout(&paper), &answers, &by_hand);
        assert_eq!(
            (graded.score, graded.is_final()),
            (decimal(score), is_final),
            "{by_hand:?}"
        );
        assert_eq!(graded.max_score, decimal("12"));
    }
}
