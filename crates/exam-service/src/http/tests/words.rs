//! The pages have words, in every language, for whatever the service may say in words of its own.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::exam::audit::Deed;
use crate::settings::Origin;

fn pages(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("web")
        .join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The ends of the keys that begin like this, of the messages of one part of the pages in each language.
fn said(part: &str, beginning: &str) -> Vec<(String, BTreeSet<String>)> {
    let languages: Value = serde_json::from_str(&pages("language/languages.json")).unwrap();
    let languages = languages.as_array().unwrap().iter();
    let of = |language: &Value| {
        let code = text(&language["code"]);
        let messages = pages(&format!("language/{part}/{code}.json"));
        let messages: Value = serde_json::from_str(&messages).unwrap();
        let keys = messages.as_object().unwrap().keys();
        let ends = keys.filter_map(|key| key.strip_prefix(beginning));
        (code, ends.map(str::to_owned).collect())
    };
    languages.map(of).collect()
}

#[track_caller]
fn check<'a>(part: &str, beginning: &str, words: impl IntoIterator<Item = &'a str>) {
    let words: BTreeSet<String> = words.into_iter().map(str::to_owned).collect();
    let languages = said(part, beginning);
    assert!(languages.len() > 1);
    for (language, said) in languages {
        assert_eq!(said, words, "{part}/{language}.json, \"{beginning}...\"");
    }
}

#[test]
fn every_kind_of_problem_has_its_sentence() {
    check(
        "shell",
        "problem.",
        ProblemType::ALL.iter().map(|kind| kind.name()),
    );
}

#[test]
fn every_deed_of_the_log_has_its_words_and_can_be_looked_for() {
    let deeds = || Deed::ALL.iter();
    check("staff", "deed.", deeds().map(|deed| deed.as_str()));
    check("staff", "subject.", deeds().map(|deed| deed.subject_kind()));
    let filter = pages("staff/system/audit-filter.js");
    for deed in deeds() {
        assert!(
            filter.contains(&format!("\"{}\"", deed.as_str())),
            "{deed:?}"
        );
    }
}

#[tokio::test]
async fn every_setting_and_who_can_have_set_it_have_their_words() {
    let service = service().await;
    let settings = service.settings.shown();
    check(
        "staff",
        "setting.",
        settings.iter().map(|setting| setting.name),
    );
    let origins = [Origin::Environment, Origin::File, Origin::Usual];
    check("staff", "settings.origin.", origins.map(Origin::as_str));
    service.stop().await;
}
