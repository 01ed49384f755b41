//! The wire forms of responses, both ways.

use proptest::prelude::*;

use super::*;

fn number(text: &str, unit: Option<&str>) -> Response {
    Response::Number(NumberResponse {
        number: text.parse().unwrap(),
        unit: unit.map(str::to_owned),
    })
}

#[test]
fn a_response_survives_the_way_there_and_back() {
    let selected = BTreeSet::from([OptionId::generate(), OptionId::generate()]);
    let order: Vec<OptionId> = selected.iter().rev().copied().collect();
    let pairs = BTreeMap::from([(order[0], order[1]), (order[1], order[1])]);
    for response in [
        Response::Cleared,
        Response::Value(false),
        Response::Value(true),
        Response::Selected(BTreeSet::new()),
        Response::Selected(selected),
        number("-3.14", None),
        number("20", Some("cm")),
        Response::Text(String::new()),
        Response::Text("\"quoted\"\n\\ä𝄞".to_owned()),
        Response::Pairs(BTreeMap::new()),
        Response::Pairs(pairs),
        Response::Order(order),
    ] {
        assert_eq!(response.to_text(), response.to_json().to_string());
        assert_eq!(
            Response::from_text(&response.to_text()),
            Some(response.clone())
        );
        assert_eq!(Response::parse(&response.to_json()), Ok(response));
    }
}

#[test]
fn the_order_of_selected_options_means_nothing() {
    let (a, b) = (OptionId::generate(), OptionId::generate());
    let one = Response::parse(&json!({ "selected": [a, b] }));
    let other = Response::parse(&json!({ "selected": [b, a, b] }));
    assert_eq!(one, other);
    assert_ne!(
        Response::parse(&json!({ "order": [a, b] })),
        Response::parse(&json!({ "order": [b, a] }))
    );
}

#[test]
fn numbers_that_are_equal_are_the_same_response() {
    let canonical = r#"{"number":"2.5"}"#;
    for text in ["2.5", "2.50", "+2.5", "25e-1", "0.25E1", "002.500"] {
        let response = Response::parse(&json!({ "number": text })).unwrap();
        assert_eq!(response.to_text(), canonical, "{text}");
    }
    let zero = Response::parse(&json!({ "number": "-0.0" })).unwrap();
    assert_eq!(zero.to_text(), r#"{"number":"0"}"#);
}

#[test]
fn shapes_that_are_no_response_are_refused() {
    let id = OptionId::generate();
    for value in [
        json!({}),
        json!([]),
        json!(true),
        json!({ "selected": "x" }),
        json!({ "selected": ["not-an-id"] }),
        json!({ "value": "true" }),
        json!({ "value": true, "selected": [] }),
        json!({ "selected": vec!["x"; MAX_SELECTED + 1] }),
        json!({ "selected": vec![id; MAX_SELECTED + 1] }),
        json!({ "number": 2.5 }),
        json!({ "number": "" }),
        json!({ "number": "3,14" }),
        json!({ "number": "1_000" }),
        json!({ "number": "NaN" }),
        json!({ "number": "1e99" }),
        json!({ "number": "1", "unit": 5 }),
        json!({ "number": "1", "text": "1" }),
        json!({ "number": "1", "unit": "m", "text": "1" }),
        json!({ "unit": "m" }),
        json!({ "text": 5 }),
        json!({ "text": "\u{0}" }),
        json!({ "text": "x".repeat(MAX_TEXT_CHARACTERS + 1) }),
        json!({ "pairs": [] }),
        json!({ "pairs": { "x": id } }),
        json!({ "pairs": { id.to_string(): 1 } }),
        json!({ "order": id }),
        json!({ "order": [1] }),
    ] {
        assert!(Response::parse(&value).is_err(), "{value} was taken");
        assert_eq!(Response::from_text(&value.to_string()), None);
    }
}

proptest! {
    #[test]
    fn no_text_makes_reading_a_response_panic(text in any::<String>(), field in "(number|text|unit|order)") {
        Response::from_text(&text);
        if let Ok(response) = Response::parse(&json!({ field: text })) {
            prop_assert_eq!(Response::from_text(&response.to_text()), Some(response));
        }
    }
}
