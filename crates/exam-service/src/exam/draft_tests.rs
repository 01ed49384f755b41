//! What a draft makes of a bank.

use chrono::{DateTime, TimeDelta};

use super::*;
use crate::exam::ExamId;
use crate::exam::paper::tests::one_of_each;
use crate::exam::review::can_be_published;

fn header() -> PaperHeader {
    PaperHeader {
        exam_id: ExamId::generate(),
        title: "Final".to_owned(),
        duration: TimeDelta::hours(1),
    }
}

fn window() -> Window {
    let starts_at = DateTime::from_timestamp(0, 0).unwrap();
    Window {
        starts_at,
        ends_at: starts_at + TimeDelta::hours(2),
    }
}

fn section(items: Vec<DraftItem>) -> DraftSection {
    DraftSection {
        title: String::new(),
        instructions: String::new(),
        shuffles_questions: false,
        items,
    }
}

fn fixed(question: &Question, points: Option<i64>) -> DraftItem {
    DraftItem::Fixed {
        question: question.id,
        points: points.map(Decimal::from),
    }
}

fn draw(count: usize, tag: &str, points: Option<i64>) -> DraftItem {
    let draw = Draw {
        count,
        tags: [tag.to_owned()].into(),
        ..Draw::default()
    };
    DraftItem::Draw {
        draw,
        points: points.map(Decimal::from),
    }
}

fn freeze(items: Vec<DraftItem>, bank: &[Question]) -> Frozen {
    let draft = Draft {
        sections: vec![section(items)],
        ..Draft::default()
    };
    draft.freeze(header(), window(), bank)
}

#[test]
fn a_paper_has_what_is_asked_and_what_can_be_drawn_and_nothing_else() {
    let mut bank = one_of_each();
    bank[3].tags.insert("a".to_owned());
    bank[4].tags.insert("a".to_owned());
    bank[2].penalty = Decimal::new(5, 1);
    let frozen = freeze(
        vec![
            fixed(&bank[2], Some(6)),
            fixed(&bank[0], None),
            draw(1, "a", Some(3)),
        ],
        &bank,
    );
    assert_eq!(frozen.findings, []);
    let asked: Vec<_> = frozen
        .paper
        .questions()
        .iter()
        .map(|question| (question.id, question.points.to_string()))
        .collect();
    let expected = [(2, "6"), (0, "2"), (3, "3"), (4, "3")];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(at, points): (usize, &str)| (bank[at].id, points.to_owned()))
        .collect();
    assert_eq!(asked, expected);
    // A quarter of two points is a quarter of six.
    assert_eq!(frozen.paper.questions()[0].penalty, Decimal::new(15, 1));
    assert_eq!(frozen.paper.question_count(), 3);
}

#[test]
fn a_question_that_is_not_in_the_bank_or_is_worth_two_things_keeps_an_exam_from_being_published() {
    let mut bank = one_of_each();
    for question in &mut bank[..3] {
        question.tags.extend(["a".to_owned(), "b".to_owned()]);
    }
    let gone = fixed(&one_of_each()[0], None);
    let twice = vec![draw(1, "a", Some(1)), draw(1, "b", Some(2))];
    for (items, expected) in [
        (vec![gone], "it asks a question that is not there"),
        (
            twice,
            "can be drawn here and elsewhere for different points",
        ),
    ] {
        let frozen = freeze(items, &bank);
        assert!(!can_be_published(&frozen.findings));
        let found: Vec<String> = frozen.findings.iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|it| it.contains(expected)), "{found:?}");
    }
}

#[test]
fn a_draft_keeps_its_words_and_refuses_others() {
    let text = r#"{"sections":[{"items":[{"type":"draw","count":2,"tags":["a"],"points":"1.5"}]}],
                   "rules":{"navigation":"sections_in_order"}}"#;
    let draft: Draft = serde_json::from_str(text).unwrap();
    assert_eq!(draft.question_count(), 2);
    assert_eq!(draft.check_limits(), Ok(()));
    let again = serde_json::to_string(&draft).unwrap();
    assert_eq!(serde_json::from_str::<Draft>(&again).unwrap(), draft);
    serde_json::from_str::<Draft>(r#"{"sektions":[]}"#).unwrap_err();
}

#[test]
fn what_is_beyond_a_limit_is_not_kept() {
    let draft = |items| Draft {
        sections: vec![section(items)],
        ..Draft::default()
    };
    let question = &one_of_each()[0];
    for refused in [
        draft(vec![draw(1_001, "a", None)]),
        draft(vec![
            draw(usize::MAX, "a", None),
            draw(usize::MAX, "b", None),
        ]),
        draft(vec![fixed(question, Some(0))]),
        draft(vec![fixed(question, Some(10_001))]),
        draft(vec![draw(1, &"a".repeat(201), None)]),
        Draft {
            sections: vec![section(Vec::new()); 101],
            ..Draft::default()
        },
    ] {
        assert!(refused.check_limits().is_err(), "{refused:?}");
    }
}
