//! Each mistake by itself, on a paper without any.

use std::collections::BTreeSet;

use super::*;
use crate::exam::grading::{GradeBound, GradeScale, ScaleUnit};
use crate::exam::ids::{OptionId, QuestionId};
use crate::exam::paper::tests::{header, one_of_each};
use crate::exam::paper::{Draw, PaperHeader, PaperRules, Section};
use crate::exam::question::{QuestionKind, ShortAnswer, Tolerance};

fn window(minutes: i64) -> Window {
    let starts_at = DateTime::UNIX_EPOCH;
    Window {
        starts_at,
        ends_at: starts_at + TimeDelta::minutes(minutes),
    }
}

fn whats(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

/// What is found where `change` spoils one of the questions of [`one_of_each`].
fn after(kind: &str, change: impl FnOnce(&mut Question)) -> Vec<Finding> {
    let mut questions = one_of_each();
    let question = questions
        .iter_mut()
        .find(|question| question.kind.as_str() == kind)
        .unwrap();
    change(question);
    review(&Paper::new(header(), questions), None)
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let paper = Paper::new(header(), one_of_each());
    assert_eq!(whats(&review(&paper, Some(window(60)))), [""; 0]);
}

type Change = fn(&mut Question);

/// The kind of question, how it is spoilt, and what is said of it.
const MISTAKES: &[(&str, Change, &str)] = &[
    (
        "true_false",
        |q| q.text = "  ".to_owned(),
        "question 3 (''): its text is empty",
    ),
    (
        "true_false",
        |q| q.text = "x".repeat(20_001),
        "its text is too long",
    ),
    (
        "true_false",
        |q| q.points = Decimal::ZERO,
        "it is worth no points",
    ),
    (
        "true_false",
        |q| q.points = Decimal::from(20_000),
        "it is worth 20000 points",
    ),
    (
        "true_false",
        |q| q.points = Decimal::new(1005, 3),
        "more than two decimals",
    ),
    (
        "true_false",
        |q| q.penalty = Decimal::TEN,
        "a wrong answer costs 10 of 2 points",
    ),
    (
        "true_false",
        |q| q.difficulty = Some(9),
        "difficulty is not between 1 and 5",
    ),
    ("essay", |q| q.penalty = Decimal::ONE, "a person grades it"),
    (
        "essay",
        |q| q.points = Decimal::ONE,
        "its rubric gives 2 points, the question 1",
    ),
    (
        "multiple_choice",
        |q| edit_choice(q, |kind| kind.correct = OptionId::generate()),
        "no option is marked as right",
    ),
    (
        "multiple_choice",
        |q| edit_choice(q, |kind| kind.options[2].text = " one ".to_owned()),
        "option 3 is there twice: 'one'",
    ),
    (
        "multiple_choice",
        |q| edit_choice(q, |kind| kind.options[2].text.clear()),
        "option 3 is empty",
    ),
    (
        "multiple_choice",
        |q| edit_choice(q, |kind| kind.options.truncate(1)),
        "it has 1 options: give it at least 2",
    ),
    (
        "multiple_choice",
        |q| edit_choice(q, |kind| kind.options[2].id = kind.options[1].id),
        "identity of another",
    ),
    (
        "multiple_response",
        |q| edit_several(q, |kind| kind.correct.clear()),
        "no option is marked as right",
    ),
    (
        "numeric",
        |q| edit_numeric(q, |kind| kind.accepted.clear()),
        "no value earns all points",
    ),
    (
        "numeric",
        |q| {
            edit_numeric(q, |kind| {
                kind.accepted[0].tolerance = Tolerance::Absolute {
                    within: -Decimal::ONE,
                };
            });
        },
        "the tolerance of 3.14 takes no answer",
    ),
    (
        "numeric",
        |q| edit_numeric(q, |kind| kind.units[1].symbol = "m".to_owned()),
        "the unit 'm' is there twice",
    ),
    (
        "short_answer",
        |q| edit_short(q, |kind| kind.accepted.clear()),
        "no form of the answer",
    ),
    (
        "matching",
        |q| edit_matching(q, |kind| kind.correct.clear()),
        "has no right choice",
    ),
    (
        "ordering",
        |q| edit_ordering(q, |kind| kind.items.truncate(1)),
        "it has 1 items",
    ),
];

#[test]
fn every_mistake_in_a_question_is_found_and_located() {
    for (kind, change, expected) in MISTAKES {
        let found = whats(&after(kind, change));
        assert!(
            found.iter().any(|finding| finding.contains(expected)),
            "'{expected}' is not in {found:?}"
        );
    }
}

macro_rules! edits {
    ($($name:ident $case:ident($kind:ty);)*) => {$(
        fn $name(question: &mut Question, edit: impl FnOnce(&mut $kind)) {
            let QuestionKind::$case(kind) = &mut question.kind else { panic!("another kind") };
            edit(kind);
        }
    )*};
}
edits! {
    edit_choice MultipleChoice(crate::exam::question::MultipleChoice);
    edit_several MultipleResponse(crate::exam::question::MultipleResponse);
    edit_numeric Numeric(crate::exam::question::Numeric);
    edit_short ShortAnswer(ShortAnswer);
    edit_matching Matching(crate::exam::question::Matching);
    edit_ordering Ordering(crate::exam::question::Ordering);
}

#[test]
fn an_exam_that_nobody_could_sit_is_not_published() {
    let questions = one_of_each();
    let section = Section::of_all(&questions);
    let empty = Section::default();
    let twice = Section {
        items: vec![section.items[0].clone(); 2],
        ..Section::default()
    };
    let missing = SectionItem::Fixed {
        question: QuestionId::generate(),
    };
    let gone = Section {
        items: vec![missing],
        ..Section::default()
    };
    for (title, minutes, sections, open_minutes, expected) in [
        (
            "",
            60,
            vec![section.clone()],
            60,
            "the exam: it has no title",
        ),
        ("T", 0, vec![section.clone()], 60, "it takes no time"),
        (
            "T",
            61,
            vec![section.clone()],
            60,
            "an attempt takes 61 minutes, but the exam is open for 60",
        ),
        (
            "T",
            60,
            vec![section.clone()],
            -1,
            "it ends before it starts",
        ),
        ("T", 60, vec![], 60, "it asks no questions"),
        (
            "T",
            60,
            vec![section, empty],
            60,
            "section 2: it asks nothing",
        ),
        ("T", 60, vec![twice], 60, "it asks a question twice"),
        (
            "T",
            60,
            vec![gone],
            60,
            "section 1: it asks a question that is not there",
        ),
    ] {
        let header = PaperHeader {
            title: title.to_owned(),
            duration: TimeDelta::minutes(minutes),
            ..header()
        };
        let paper =
            Paper::with_sections(header, PaperRules::default(), questions.clone(), sections);
        let findings = review(&paper, Some(window(open_minutes)));
        let found = whats(&findings);
        assert!(
            found.iter().any(|finding| finding.contains(expected)),
            "'{expected}' is not in {found:?}"
        );
        assert!(!can_be_published(&findings));
    }
}

#[test]
fn pools_that_can_run_short_are_found() {
    let mut questions = one_of_each();
    for question in &mut questions[..4] {
        question.tags.insert("a".to_owned());
    }
    let draw = |count, tag: Option<&str>| {
        SectionItem::Draw(Draw {
            count,
            tags: tag.map(str::to_owned).into_iter().collect(),
            ..Draw::default()
        })
    };
    for (draws, expected) in [
        (vec![draw(3, Some("a")), draw(3, None)], None),
        (
            vec![draw(5, Some("a"))],
            Some("it draws 5 questions, but 4 fit"),
        ),
        (
            vec![draw(6, None), draw(2, Some("a"))],
            Some("of which draws before it may leave only 0"),
        ),
        (vec![draw(0, None)], Some("it draws no questions")),
        (
            vec![draw(4, Some("a"))],
            Some("every student gets the same"),
        ),
    ] {
        let section = Section {
            items: draws,
            ..Section::default()
        };
        let paper = Paper::with_sections(
            header(),
            PaperRules::default(),
            questions.clone(),
            vec![section],
        );
        let found = whats(&review(&paper, None));
        match expected {
            None => assert_eq!(found, [""; 0]),
            Some(expected) => assert!(
                found.iter().any(|it| it.contains(expected)),
                "'{expected}' is not in {found:?}"
            ),
        }
    }
    questions[0].points = Decimal::ONE;
    let section = Section {
        items: vec![draw(3, Some("a"))],
        ..Section::default()
    };
    let paper = Paper::with_sections(header(), PaperRules::default(), questions, vec![section]);
    assert!(whats(&review(&paper, None))[0].contains("are worth different points"));
}

#[test]
fn errors_come_before_warnings_and_a_warning_does_not_hinder() {
    let mut questions = one_of_each();
    let again = Question {
        id: QuestionId::generate(),
        ..questions[2].clone()
    };
    questions.push(again);
    let findings = review(&Paper::new(header(), questions.clone()), None);
    assert_eq!(
        whats(&findings),
        [
            "question 9 ('About true_false?'): it asks the same as question 3: remove one of them, or leave it if that is meant"
        ]
    );
    assert!(can_be_published(&findings));
    questions[8].points = Decimal::ZERO;
    let severities: Vec<Severity> = review(&Paper::new(header(), questions), None)
        .iter()
        .map(|it| it.fault.severity)
        .collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning]);
}

#[test]
fn the_grade_scale_is_reviewed_with_the_points_of_the_paper() {
    let bound = |from: i64, grade: &str| GradeBound {
        from: Decimal::from(from),
        grade: grade.to_owned(),
        is_pass: true,
    };
    let scale = GradeScale {
        unit: ScaleUnit::Points,
        bounds: vec![bound(17, "A"), bound(0, "F")],
    };
    let rules = PaperRules {
        scale: Some(scale),
        ..PaperRules::default()
    };
    let questions = one_of_each();
    let section = Section::of_all(&questions);
    let paper = Paper::with_sections(header(), rules, questions, vec![section]);
    let found: BTreeSet<String> = whats(&review(&paper, None)).into_iter().collect();
    assert_eq!(
        found,
        BTreeSet::from([
            "the exam: grade 'A' needs 17, more than can be earned: give it a bound of at most 16"
                .to_owned()
        ])
    );
}
