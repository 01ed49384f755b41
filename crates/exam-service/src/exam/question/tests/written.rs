//! Worked examples: numbers, short answers, essays.

use super::*;
use crate::exam::number;
use crate::exam::response::NumberResponse;

fn number_of(text: &str, unit: Option<&str>) -> Response {
    Response::Number(NumberResponse {
        number: number::parse(text).unwrap(),
        unit: unit.map(str::to_owned),
    })
}

/// Value, tolerance, answer, and whether it is right.
const NUMBERS: &[(&str, &str, &str, bool)] = &[
    ("2.5", "0", "2.50", true),
    ("2.5", "0", "2.5000000000000000000000000001", false),
    ("3.14", "0.01", "3.15", true),
    ("3.14", "0.01", "3.13", true),
    ("3.14", "0.01", "3.1500001", false),
    ("-3", "1", "-4", true),
    ("-3", "1", "-1.9", false),
    // With binary fractions 0.3 would be outside.
    ("0.2", "0.1", "0.3", true),
    ("200", "5 %", "210", true),
    ("200", "5 %", "190", true),
    ("200", "5 %", "210.01", false),
    ("-200", "5 %", "-209", true),
    ("0", "5 %", "0", true),
    ("0", "5 %", "0.0001", false),
    ("6.02e23", "1 %", "6.05e23", true),
    ("1.6e-19", "1 %", "1.602e-19", true),
    ("9.80665", "3 figures", "9.81", true),
    ("9.80665", "3 figures", "9.8", false),
    ("9.80665", "2 figures", "9.8", true),
    ("1234", "2 figures", "1180", true),
    ("1234", "2 figures", "1300", false),
    ("7e28", "100 %", "-7e28", false),
];

fn tolerance(text: &str) -> Tolerance {
    if let Some(percent) = text.strip_suffix(" %") {
        let percent = decimal(percent);
        Tolerance::Relative { percent }
    } else if let Some(figures) = text.strip_suffix(" figures") {
        let figures = figures.parse().unwrap();
        Tolerance::SignificantFigures { figures }
    } else if text == "0" {
        Tolerance::Exact
    } else {
        let within = decimal(text);
        Tolerance::Absolute { within }
    }
}

#[test]
fn a_number_is_right_within_its_tolerance() {
    for (value, within, given, is_right) in NUMBERS {
        let value = number::parse(value).unwrap();
        let kind = QuestionKind::Numeric(Numeric {
            accepted: vec![AcceptedNumber::new(value, tolerance(within))],
            units: Vec::new(),
            requires_unit: false,
        });
        let right = earned(&kind, "1", &number_of(given, None)) == Decimal::ONE;
        assert_eq!(right, *is_right, "{given} for {value} within {within}");
    }
}

#[test]
fn of_several_values_the_best_that_matches_counts() {
    let near = AcceptedNumber {
        percent: decimal("50"),
        ..AcceptedNumber::new(
            decimal("10"),
            Tolerance::Absolute {
                within: decimal("2"),
            },
        )
    };
    let exact = AcceptedNumber::new(decimal("10"), Tolerance::Exact);
    let kind = QuestionKind::Numeric(Numeric {
        accepted: vec![near, exact],
        units: Vec::new(),
        requires_unit: false,
    });
    for (given, expected) in [("10", "4"), ("11", "2"), ("8", "2"), ("13", "0")] {
        assert_eq!(
            earned(&kind, "4", &number_of(given, None)),
            decimal(expected),
            "{given}"
        );
    }
}

#[test]
fn units_are_converted_exactly() {
    let unit = |symbol: &str, factor: &str| Unit {
        symbol: symbol.to_owned(),
        factor: decimal(factor),
    };
    let numeric = Numeric {
        accepted: vec![AcceptedNumber::new(decimal("1.85"), Tolerance::Exact)],
        units: vec![unit("m", "1"), unit("cm", "0.01"), unit("km", "1000")],
        requires_unit: false,
    };
    let strict = Numeric {
        requires_unit: true,
        ..numeric.clone()
    };
    for (rules, given, symbol, expected) in [
        (&numeric, "1.85", Some("m"), "1"),
        (&numeric, "185", Some("cm"), "1"),
        (&numeric, "0.00185", Some("km"), "1"),
        (&numeric, "185", Some("m"), "0"),
        (&numeric, "1.85", None, "1"),
        (&strict, "1.85", None, "0"),
        (&strict, "185", Some("cm"), "1"),
        (&numeric, "7e28", Some("km"), "0"),
    ] {
        let kind = QuestionKind::Numeric(rules.clone());
        assert_eq!(
            earned(&kind, "1", &number_of(given, symbol)),
            decimal(expected),
            "{given} {symbol:?}"
        );
    }
    let question = Question::new("?", Decimal::ONE, QuestionKind::Numeric(numeric));
    assert!(question.check(&number_of("1", Some("inch"))).is_err());
}

#[test]
fn the_first_accepted_form_that_matches_counts() {
    let form = |pattern: &str, percent: &str| AcceptedText {
        pattern: pattern.to_owned(),
        percent: decimal(percent),
    };
    let kind = QuestionKind::ShortAnswer(ShortAnswer {
        accepted: vec![
            form("photosynthesis", "100"),
            form("photo*", "50"),
            form("*", "-25"),
        ],
        folding: Folding::default(),
    });
    for (given, expected) in [
        ("Photosynthesis", "2"),
        ("  PHOTOSYNTHESIS ", "2"),
        ("photosyntesis", "1"),
        ("respiration", "-0.5"),
        ("", "0"),
        ("   ", "0"),
    ] {
        let response = Response::Text(given.to_owned());
        assert_eq!(
            earned(&kind, "2", &response),
            decimal(expected),
            "'{given}'"
        );
    }
    let question = Question::new("?", Decimal::ONE, kind);
    assert!(question.check(&Response::Text("x".repeat(501))).is_err());
}

#[test]
fn an_essay_waits_for_a_person_unless_nothing_was_written() {
    let essay = Essay {
        maximum_characters: 10,
        ..Essay::default()
    };
    let question = Question::new("?", Decimal::TEN, QuestionKind::Essay(essay));
    assert_eq!(
        question.grade(&Response::Text("ten letter".to_owned())),
        None
    );
    assert_eq!(
        question.grade(&Response::Text(" ".to_owned())),
        Some(Decimal::ZERO)
    );
    assert!(
        question
            .check(&Response::Text("eleven char".to_owned()))
            .is_err()
    );
}
