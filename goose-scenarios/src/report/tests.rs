//! One report that the tests of all its forms share.

use chrono::DateTime;

use super::*;

fn endpoint(name: Endpoint, latency: Option<Latency>) -> EndpointReport {
    EndpointReport {
        name,
        offered: 120,
        started: 120,
        coalesced: 0,
        sent: 124,
        ok: 120,
        failed: 4,
        by_status: [("200".to_owned(), 120), ("503".to_owned(), 4)].into(),
        service: latency,
        intended: latency,
    }
}

pub(crate) fn report() -> Report {
    let latency = Latency {
        samples: 120,
        p50_ms: 0.44,
        p95_ms: 12.0,
        p99_ms: 512.4,
        max_ms: 12_340.0,
    };
    let endpoints = vec![
        endpoint(Endpoint::Login, None),
        endpoint(Endpoint::SaveAnswers, Some(latency)),
    ];
    let verdict = Verdict::Corrupt;
    Report {
        schema: SCHEMA,
        run_id: "run".into(),
        profile: "smoke".into(),
        profile_sha256: "00ff".into(),
        target: "http://127.0.0.1:8080".into(),
        target_facts: None,
        seed: 7,
        started_at: DateTime::UNIX_EPOCH,
        ended_at: DateTime::UNIX_EPOCH + chrono::TimeDelta::milliseconds(20_500),
        ended_by: EndedBy::Completed,
        users: UsersReport { planned: 10, finished: 10, ..UsersReport::default() },
        phases: vec![PhaseReport {
            name: "sit".into(),
            run: Scenario::Autosave,
            begins: 0.0,
            ends: 20.0,
            endpoints: endpoints.clone(),
            disturbed: 0,
            unrecovered: 0,
            kills: Vec::new(),
        }],
        endpoints,
        rules: vec![RuleResult {
            id: "correctness.lost_acked".into(),
            subject: "answers".into(),
            rule: "lost_acked = 0".into(),
            observed: "1".into(),
            samples: 600,
            verdict,
            reason: "attempt 0199a3c4-0000-7000-8000-000000000000 question 0199a3c4-0000-7000-8000-000000000001: sequence 7 was acknowledged, nothing is stored".into(),
        }],
        correctness: Some(Correctness {
            sent: 600,
            acked: 600,
            stored: 599,
            lost_acked: 1,
            phantom: 2,
            ..Correctness::default()
        }),
        after_restart: None,
        generators: vec![GeneratorHealth { name: "local".into(), users: 10, ..GeneratorHealth::default() }],
        timeline: Vec::new(),
        server: Vec::new(),
        verdict,
        exit_code: verdict.exit_code(),
    }
}

#[test]
fn gate_json_fits_its_documented_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Report)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let value = serde_json::to_value(report()).unwrap();
    validator.validate(&value).unwrap();
    assert_eq!(
        serde_json::from_value::<Report>(value.clone()).unwrap(),
        report()
    );
    for broken in ["verdict", "phases", "exit_code"] {
        let mut value = value.clone();
        value[broken] = "nonsense".into();
        assert!(validator.validate(&value).is_err(), "{broken}");
    }
}
