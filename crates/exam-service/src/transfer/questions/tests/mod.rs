//! Questions through every format and back, files as people write them, and files that mean harm.

mod harm;
mod read;

use rust_decimal::Decimal;

use super::*;
use crate::exam::QuestionKind;
use crate::exam::paper::tests::one_of_each;
use crate::exam::question::{
    Matching, MultipleChoice, MultipleResponse, Numeric, Ordering, OrderingScoring,
    ResponseScoring, TextFormat, Tolerance,
};

/// What a question says, without the identities that each import makes anew.
fn content(question: &Question) -> String {
    let text_of = |options: &[crate::exam::question::ChoiceOption], id| {
        options
            .iter()
            .find(|option| option.id == id)
            .map_or("?", |option| &option.text)
            .to_owned()
    };
    let kind = match &question.kind {
        QuestionKind::MultipleChoice(it) => choice(it),
        QuestionKind::MultipleResponse(it) => response(it),
        QuestionKind::Matching(Matching {
            prompts,
            choices,
            correct,
            scoring,
        }) => {
            let pairs: Vec<_> = prompts
                .iter()
                .map(|prompt| {
                    (
                        &prompt.text,
                        correct.get(&prompt.id).map(|id| text_of(choices, *id)),
                    )
                })
                .collect();
            let mut all: Vec<_> = choices.iter().map(|choice| &choice.text).collect();
            all.sort();
            format!("{pairs:?} of {all:?} {scoring:?}")
        }
        QuestionKind::Ordering(it) => format!(
            "{:?} {:?}",
            it.items.iter().map(|item| &item.text).collect::<Vec<_>>(),
            it.scoring
        ),
        QuestionKind::Essay(it) => {
            let rubric: Vec<_> = it
                .rubric
                .iter()
                .map(|each| (&each.text, each.points.normalize()))
                .collect();
            format!("{rubric:?} {} {}", it.maximum_characters, it.grader_notes)
        }
        other => format!("{other:?}"),
    };
    format!(
        "{} {:?} {:?} {} {} {:?} {:?} {} {} {kind}",
        question.name,
        question.text,
        question.format,
        question.points.normalize(),
        question.penalty.normalize(),
        question.tags,
        question.difficulty,
        question.feedback,
        question.shuffles_options,
    )
}

fn choice(it: &MultipleChoice) -> String {
    let worth = |id| {
        if id == it.correct {
            Decimal::ONE_HUNDRED
        } else {
            it.partial_percent.get(&id).copied().unwrap_or_default()
        }
    };
    format!(
        "{:?}",
        it.options
            .iter()
            .map(|option| (&option.text, worth(option.id).normalize()))
            .collect::<Vec<_>>()
    )
}

fn response(it: &MultipleResponse) -> String {
    let weights = match &it.scoring {
        ResponseScoring::Weighted { percent } => percent.clone(),
        _ => std::collections::BTreeMap::new(),
    };
    let rule = match &it.scoring {
        ResponseScoring::Weighted { .. } => "weighted".to_owned(),
        other => format!("{other:?}"),
    };
    let of_option = |option: &crate::exam::question::ChoiceOption| {
        (
            option.text.clone(),
            it.correct.contains(&option.id),
            weights
                .get(&option.id)
                .copied()
                .unwrap_or_default()
                .normalize(),
        )
    };
    format!(
        "{:?} {rule}",
        it.options.iter().map(of_option).collect::<Vec<_>>()
    )
}

fn contents(questions: &[Question]) -> Vec<String> {
    questions.iter().map(content).collect()
}

/// One of each kind, with everything that a question can have and characters that formats stumble over.
fn rich_questions() -> Vec<Question> {
    let mut questions = one_of_each();
    for (number, question) in (1_u8..).zip(&mut questions) {
        question.name = format!("Name {number}: a=b ~ {{c}} # \"d\", é");
        question.text =
            format!("What is {number} < 2 & \"x\"; a=b ~c #d {{e}} : f\\g -> h, € 𝄞?\nSecond line");
        question.points = Decimal::new(25, 1);
        question.feedback = "Because 1 < 2 & so on; see #5 = {x}".to_owned();
    }
    questions
}

fn there_and_back(format: Format, questions: &[Question]) -> (Vec<Question>, Report, Report) {
    let export = export(format, questions).unwrap();
    let import = import(format, &export.bytes).unwrap();
    (import.questions, export.report, import.report)
}

#[test]
fn sheets_keep_everything() {
    let mut questions = rich_questions();
    for question in &mut questions {
        question.penalty = Decimal::new(5, 1);
        question.difficulty = Some(3);
        question.tags = ["algebra".to_owned(), "year 2".to_owned()].into();
        question.shuffles_options = false;
        question.format = TextFormat::Markdown;
    }
    for format in [Format::Csv, Format::Xlsx] {
        let (read, written, taken) = there_and_back(format, &questions);
        assert_eq!(contents(&read), contents(&questions), "{format:?}");
        assert_eq!(
            (written.notes, taken.notes),
            (Vec::new(), Vec::new()),
            "{format:?}"
        );
    }
}

/// What a format cannot say is lost once, and is in the report; what came out of it then stays as it is.
#[test]
fn a_second_way_through_a_format_changes_nothing_more() {
    for format in [
        Format::Gift,
        Format::MoodleXml,
        Format::Qti21,
        Format::Qti30,
    ] {
        let (first, written, taken) = there_and_back(format, &rich_questions());
        assert_eq!(
            first.len() + written.skipped,
            8,
            "{format:?} {written:?} {taken:?}"
        );
        assert_eq!(taken.skipped, 0, "{format:?} {taken:?}");
        let (second, _, _) = there_and_back(format, &first);
        assert_eq!(contents(&second), contents(&first), "{format:?}");
    }
}

#[test]
fn moodle_xml_keeps_what_moodle_knows() {
    let mut questions = rich_questions();
    let QuestionKind::MultipleResponse(several) = &mut questions[1].kind else {
        panic!("the second")
    };
    let percent = super::weights::of(several).0;
    several.scoring = ResponseScoring::Weighted { percent };
    let QuestionKind::Ordering(Ordering { scoring, .. }) = &mut questions[6].kind else {
        panic!("the seventh")
    };
    *scoring = OrderingScoring::Positions;
    let QuestionKind::Essay(essay) = &mut questions[7].kind else {
        panic!("the last")
    };
    essay.rubric.clear();
    let (read, written, taken) = there_and_back(Format::MoodleXml, &questions);
    assert_eq!(contents(&read), contents(&questions));
    assert_eq!((written.notes, taken.notes), (Vec::new(), Vec::new()));
}

#[test]
fn qti_items_keep_keys_and_points() {
    for format in [Format::Qti21, Format::Qti30] {
        let mut questions = rich_questions();
        let QuestionKind::ShortAnswer(short) = &mut questions[4].kind else {
            panic!("the fifth")
        };
        short.accepted[0].pattern = "Paris\\*".to_owned();
        let (read, _, _) = there_and_back(format, &questions);
        assert_eq!(read.len(), questions.len());
        for (read, original) in read.iter().zip(&questions) {
            assert_eq!(read.kind.as_str(), original.kind.as_str());
            assert_eq!((read.points, &read.text), (original.points, &original.text));
        }
        for at in [0, 2, 4, 5] {
            let mut expected = questions[at].clone();
            expected.feedback.clear();
            assert_eq!(content(&read[at]), content(&expected), "{format:?}");
        }
        let QuestionKind::Numeric(Numeric { accepted, .. }) = &read[3].kind else {
            panic!("a number")
        };
        assert_eq!(
            accepted[0].tolerance,
            Tolerance::Absolute {
                within: Decimal::new(1, 2)
            }
        );
    }
}

#[test]
fn what_is_lost_is_said() {
    let (_, gift, _) = there_and_back(Format::Gift, &rich_questions());
    let notes = gift
        .notes
        .iter()
        .map(|note| format!("{}: {}", note.place, note.what));
    let said = notes.collect::<Vec<_>>().join("\n");
    for expected in [
        "question 1: its 2.5 points cannot be said",
        "question 4: its units cannot be said",
        "question 7: an ordering cannot be said",
        "question 8: its rubric and notes for graders cannot be said",
    ] {
        assert!(said.contains(expected), "'{expected}' is not in\n{said}");
    }
    assert_eq!((gift.taken, gift.skipped), (7, 1));
}

#[test]
fn the_format_of_a_file_is_told_by_its_name_and_content() {
    for (name, content, format) in [
        ("a.csv", "", Format::Csv),
        ("a.XLSX", "", Format::Xlsx),
        ("a.gift", "", Format::Gift),
        ("a.gift.txt", "", Format::Gift),
        ("a.xml", "<quiz>", Format::MoodleXml),
        ("a.xml", "<?xml?><assessmentItem x='y'>", Format::Qti21),
        ("a.xml", "<qti-assessment-item>", Format::Qti30),
        ("a.zip", "PK", Format::Qti30),
    ] {
        assert_eq!(
            Format::of_file(name, Some(content.as_bytes())),
            Ok(format),
            "{name}"
        );
    }
    assert!(Format::of_file("a.pdf", None).is_err());
    for format in Format::ALL {
        assert_eq!(Format::from_name(format.as_str()), Some(format));
    }
}
