use std::time::Duration;

use super::*;
use crate::record::Endpoint;

const SHORT: &str = "
name: short
users: { count: 4 }
seed: 1
client: { timeout: 3s, save_attempts: 3 }
phases:
  - { name: login, run: login_storm, duration: 1s }
  - { name: start, run: exam_start, duration: 1s }
  - { name: sit, run: autosave, duration: 5s, every: 1s, heartbeat: 2s, answers: 1, settle: 500ms }
  - { name: submit, run: submit_storm, duration: 1s, shape: deadline }
gates:
  defaults: { error_rate: 1%, min_samples: 10, achieved_of_offered: 90% }
  endpoints:
    PUT answers: { p95: 400ms }
  phases:
    sit: { error_rate: 5%, endpoints: { POST events: { p99: 1s } } }
";

fn parse(text: &str) -> Result<Profile, ProfileError> {
    let source = ProfileSource {
        text: text.to_owned(),
        origin: "x.yaml".to_owned(),
    };
    source.parse(&Overrides::default())
}

#[track_caller]
fn assert_refused(from: &str, to: &str, words: &[&str]) {
    assert!(SHORT.contains(from), "{from}");
    let error = parse(&SHORT.replace(from, to)).unwrap_err().to_string();
    for word in words {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
}

#[test]
fn every_built_in_profile_is_valid_and_carries_its_name() {
    for name in ProfileSource::embedded_names() {
        let source = ProfileSource::find(name).unwrap();
        assert_eq!(source.parse(&Overrides::default()).unwrap().name, name);
    }
}

#[test]
fn every_built_in_profile_fits_the_schema_and_a_misspelt_one_does_not() {
    let schema = serde_json::to_value(schemars::schema_for!(Profile)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let fits = |text: &str| {
        let value: serde_json::Value = serde_yaml::from_str(text).unwrap();
        validator
            .validate(&value)
            .map_err(|error| error.to_string())
    };
    for name in ProfileSource::embedded_names() {
        fits(&ProfileSource::find(name).unwrap().text).unwrap();
    }
    fits(SHORT).unwrap();
    for (from, to) in [
        ("p95: 400ms", "p95: 400"),
        ("error_rate: 1%", "error_rate: 0.01"),
        ("autosave", "autosafe"),
        ("shape: deadline", "shapes: deadline"),
    ] {
        assert!(fits(&SHORT.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    assert_refused("p95:", "p59:", &["x.yaml", "p59", "line 14"]);
    assert_refused("PUT answers", "PUT answer", &["PUT answer"]);
    assert_refused("count: 4", "count: 0", &["users.count"]);
    assert_refused(", every: 1s", "", &["phase 'sit': every", "every: 5s"]);
    assert_refused("every: 1s", "every: 6s", &["phase 'sit': every", "5s"]);
    assert_refused(
        "run: login_storm",
        "run: exam_start",
        &["'login'", "login_storm"],
    );
    assert_refused("name: start", "name: sit", &["same name"]);
    assert_refused(
        "    sit: {",
        "    sitting: {",
        &["gates.phases.sitting", "login, start, sit, submit"],
    );
    assert_refused("duration: 5s", "duration: 100h", &["24h"]);
    assert_refused(
        "answers: 1,",
        "chaos: { kills: 1, recover_within: 5s },",
        &["phase 'sit': chaos", "chaos_kill"],
    );
    assert_refused("shape: deadline", "every: 1s", &["submit", "once"]);
    assert_refused(
        "run: submit_storm, duration: 1s, shape",
        "run: login_storm, duration: 1s, shape",
        &["once in a run"],
    );
    assert_refused(
        "  - { name: submit",
        "  - { name: hand-in, run: submit_storm, duration: 1s }\n  - { name: again, run: reconnect, duration: 1s }\n  - { name: submit",
        &["'again'", "handed in"],
    );
}

#[test]
fn unknown_profile_lists_the_built_in_ones() {
    let error = ProfileSource::find("smok").unwrap_err().to_string();
    assert!(
        error.contains("'smok'") && error.contains("smoke"),
        "{error}"
    );
}

#[test]
fn a_phase_has_the_limits_of_all_unless_it_has_its_own() {
    let gates = parse(SHORT).unwrap().gates;
    let sit = gates.of_phase("sit");
    assert_eq!(sit.min_samples, 10);
    let own = sit.error_rate > gates.of_phase("login").error_rate;
    assert!(own, "{sit:?}");
    let limits = |phase, endpoint| {
        gates
            .latencies(phase, endpoint)
            .cloned()
            .unwrap_or_default()
    };
    let p95 = Some(Duration::from_millis(400));
    assert_eq!(limits("sit", Endpoint::SaveAnswers).p95, p95);
    assert_eq!(
        limits("sit", Endpoint::ReportEvents).p99,
        Some(Duration::from_secs(1))
    );
    assert_eq!(
        limits("submit", Endpoint::ReportEvents),
        LatencyLimits::default()
    );
}

#[test]
fn an_exam_day_is_its_parts_in_its_time() {
    let profile = ProfileSource::find("smoke").unwrap();
    let profile = profile.parse(&Overrides::default()).unwrap();
    let names: Vec<_> = profile
        .phases
        .iter()
        .map(|phase| phase.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "day-login",
            "day-start",
            "day-sit",
            "day-reconnect",
            "day-submit",
            "day-results"
        ]
    );
    assert_eq!(profile.duration(), Duration::from_secs(20));
    assert_eq!(
        profile.windows()[2],
        (Duration::from_secs(4), Duration::from_secs(16))
    );
}

#[test]
fn users_and_seed_may_be_changed_and_are_checked() {
    let source = ProfileSource::find("smoke").unwrap();
    let with = |users| {
        source.parse(&Overrides {
            users: Some(users),
            seed: Some(8),
        })
    };
    let profile = with(3).unwrap();
    assert_eq!((profile.users.count, profile.seed), (3, 8));
    assert!(with(0).is_err());
}
