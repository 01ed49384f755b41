//! Files as people write them, each written for this test after the format's documentation.

use super::*;

fn notes(report: &Report) -> Vec<(Option<usize>, String)> {
    report
        .notes
        .iter()
        .map(|note| (note.line, note.what.clone()))
        .collect()
}

const GIFT: &str = "\
// Comments start with two slashes.
$CATEGORY: geography/capitals

::Capital of Peru::What is the capital of Peru? {
    =Lima # Yes.
    ~Cusco
    ~%25%Callao
}

[html]Which are <b>islands</b>? {
    ~%50%Java
    ~%50%Crete
    ~%-100%Tibet
    ####Both are in the sea.
}

The Nile flows north. {T}

How many continents are there? {#7:1~#Count again.}

A number from 1 to 5? {#1..5}

Two plus {=two =2 =%50%zwei} is four.

Match. { =Peru -> Lima =Chile -> Santiago = -> Quito }

Describe a volcano. {}

Escapes \\{like \\= these\\} are text. {F}

This has no answers.

This one is { not = right
";

#[test]
fn questions_without_an_empty_line_between_them_are_not_taken_for_one() {
    let text = "::One:: Is it? {T}\n::Two:: Or not? {F}\n\nThis one is {=good}\n";
    let import = import(Format::Gift, text.as_bytes()).unwrap();
    assert_eq!(import.questions.len(), 1);
    let note = &import.report.notes[0];
    assert_eq!(note.line, Some(1));
    assert!(
        note.what.contains("is an empty line missing"),
        "{}",
        note.what
    );
}

#[test]
fn gift_is_read_as_its_documentation_says() {
    let import = import(Format::Gift, GIFT.as_bytes()).unwrap();
    let found: Vec<(&str, &str)> = import
        .questions
        .iter()
        .map(|it| (it.kind.as_str(), it.text.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("multiple_choice", "What is the capital of Peru?"),
            ("multiple_response", "Which are <b>islands</b>?"),
            ("true_false", "The Nile flows north."),
            ("numeric", "How many continents are there?"),
            ("numeric", "A number from 1 to 5?"),
            ("short_answer", "Two plus _____ is four."),
            ("matching", "Match."),
            ("essay", "Describe a volcano."),
            ("true_false", "Escapes {like = these} are text."),
        ]
    );
    assert_eq!(import.questions[0].name, "Capital of Peru");
    assert_eq!(import.questions[1].feedback, "Both are in the sea.");
    assert_eq!(
        choice_of(&import.questions[0]),
        r#"[("Lima", 100), ("Cusco", 0), ("Callao", 25)]"#
    );
    let QuestionKind::Numeric(range) = &import.questions[4].kind else {
        panic!("a number")
    };
    assert_eq!(
        (range.accepted[0].value, range.accepted[0].tolerance),
        (
            Decimal::from(3),
            Tolerance::Absolute {
                within: Decimal::TWO
            }
        )
    );
    assert_eq!(
        notes(&import.report),
        [
            (
                Some(2),
                "the category 'geography/capitals' was left out".to_owned()
            ),
            (
                Some(4),
                "feedback to single answers was left out".to_owned()
            ),
            (
                Some(19),
                "feedback to single answers was left out".to_owned()
            ),
            (Some(31), "it has no answers: there is no {".to_owned()),
            (Some(33), "its answers do not end: there is no }".to_owned()),
        ]
    );
}

fn choice_of(question: &Question) -> String {
    let QuestionKind::MultipleChoice(it) = &question.kind else {
        panic!("a choice")
    };
    choice(it)
}

const SHEET: &str = "\
Type;Text;Points;Correct;Partial;Tags;Remarks;Option 1;Option 2;Option 3
multiple choice;\"Largest planet?\nOf our system\";1,5;2;3=50;easy; ;Earth;Jupiter;Saturn
true_false;Water is wet;1;yes;;;;;;
numeric;g in m/s²?;2;;;;;9.81 to 3 figures;;
multiple choice;No key;1;;;;;a;b;
essay;Write!;ten;;;;;;;
riddle;What?;1;;;;;;;
";

#[test]
fn a_sheet_is_read_and_each_row_that_is_not_understood_is_named() {
    let import = import(Format::Csv, SHEET.as_bytes()).unwrap();
    let kinds: Vec<&str> = import.questions.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["multiple_choice", "true_false", "numeric"]);
    assert_eq!(import.questions[0].points, Decimal::new(15, 1));
    assert_eq!(import.questions[0].text, "Largest planet?\nOf our system");
    let said: Vec<String> = notes(&import.report)
        .into_iter()
        .map(|(line, what)| format!("{}: {what}", line.unwrap()))
        .collect();
    assert_eq!(
        said[0],
        "1: the column 'remarks' is not known and was left out"
    );
    // The first question takes two lines.
    assert_eq!(
        said[1],
        "6: it has no right option: write its number into 'correct'"
    );
    assert!(said[2].starts_with("7: points is 'ten'"), "{}", said[2]);
    assert!(
        said[3].starts_with("8: the type 'riddle' is not known"),
        "{}",
        said[3]
    );
    assert_eq!((import.report.taken, import.report.skipped), (3, 3));
}

const MOODLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="category"><category><text>$course$/top</text></category></question>
<question type="multichoice">
  <name><text>Solvent</text></name>
  <questiontext format="html"><text><![CDATA[<p>Water is H<sub>2</sub>O?</p>]]></text></questiontext>
  <defaultgrade>2.0000000</defaultgrade><penalty>0.3333333</penalty><single>true</single>
  <answer fraction="100" format="html"><text><![CDATA[<p>Yes &amp; always</p>]]></text><feedback><text>Good</text></feedback></answer>
  <answer fraction="-25" format="html"><text>No</text></answer>
</question>
<question type="cloze"><name><text>Gap</text></name><questiontext><text>{1:SA:=x}</text></questiontext></question>
<question type="numerical">
  <name><text>Length</text></name><questiontext format="plain_text"><text>How long?</text></questiontext>
  <answer fraction="100"><text>1.5</text><tolerance>0.1</tolerance></answer>
  <units><unit><multiplier>1</multiplier><unit_name>m</unit_name></unit><unit><multiplier>100</multiplier><unit_name>cm</unit_name></unit>
  <unit><multiplier>3</multiplier><unit_name>ft</unit_name></unit></units>
</question>
</quiz>"#;

#[test]
fn moodle_xml_is_read_as_its_documentation_says() {
    let import = import(Format::MoodleXml, MOODLE.as_bytes()).unwrap();
    let [solvent, length] = import.questions.as_slice() else {
        panic!("two questions")
    };
    assert_eq!(
        (solvent.text.as_str(), solvent.format),
        ("<p>Water is H<sub>2</sub>O?</p>", TextFormat::Html)
    );
    assert_eq!(
        (solvent.points, solvent.penalty),
        (Decimal::TWO, Decimal::ZERO)
    );
    assert_eq!(
        choice_of(solvent),
        r#"[("Yes & always", 100), ("No", -25)]"#
    );
    let QuestionKind::Numeric(it) = &length.kind else {
        panic!("a number")
    };
    assert_eq!(
        it.units.iter().map(|unit| unit.factor).collect::<Vec<_>>(),
        [Decimal::ONE, Decimal::new(1, 2)]
    );
    assert_eq!(
        notes(&import.report),
        [
            (
                Some(3),
                "the category '$course$/top' was left out".to_owned()
            ),
            (
                Some(4),
                "feedback to single answers was left out".to_owned()
            ),
            (
                Some(11),
                "questions of the type 'cloze' are not known".to_owned()
            ),
            (
                Some(12),
                "the unit 'ft' was left out: 1/3 is no finite decimal".to_owned()
            ),
        ]
    );
}

const QTI: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="bag" title="Luggage" adaptive="false" timeDependent="false">
  <responseDeclaration identifier="RESPONSE" cardinality="multiple" baseType="identifier">
    <correctResponse><value>H</value><value>O</value></correctResponse>
    <mapping lowerBound="0" upperBound="2" defaultValue="-2"><mapEntry mapKey="H" mappedValue="1"/><mapEntry mapKey="O" mappedValue="1"/></mapping>
  </responseDeclaration>
  <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float" normalMaximum="2"/>
  <itemBody><p>Water.</p>
    <choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="0"><prompt>What is in it?</prompt>
      <simpleChoice identifier="H">Hydrogen</simpleChoice><simpleChoice identifier="O">Oxygen</simpleChoice><simpleChoice identifier="C">Chlorine</simpleChoice>
    </choiceInteraction>
  </itemBody>
  <responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/>
</assessmentItem>"#;

#[test]
fn a_qti_item_is_read_with_its_mapping() {
    let read = import(Format::Qti21, QTI.as_bytes()).unwrap();
    let question = &read.questions[0];
    assert_eq!(
        (question.text.as_str(), question.points),
        ("Water.\nWhat is in it?", Decimal::TWO)
    );
    assert!(!question.shuffles_options);
    let QuestionKind::MultipleResponse(it) = &question.kind else {
        panic!("several")
    };
    assert_eq!(
        response(it),
        r#"[("Hydrogen", true, 50), ("Oxygen", true, 50), ("Chlorine", false, -100)] weighted"#
    );
    assert_eq!(notes(&read.report), []);

    let hotspot = QTI.replace("choiceInteraction", "hotspotInteraction");
    let skipped = import(Format::Qti21, hotspot.as_bytes()).unwrap();
    assert_eq!(
        notes(&skipped.report),
        [(
            Some(2),
            "its interaction 'hotspotInteraction' is not known".to_owned()
        )]
    );
}
