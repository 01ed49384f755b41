//! One case per way in which a run can go wrong, and the verdict it must have.

mod cases;

use std::collections::BTreeMap;

use super::*;
use crate::{
    profile::{Overrides, ProfileSource, Scenario},
    record::Endpoint,
    report::{EndpointReport, Latency},
    run::Kill,
};

/// Evidence that can be changed; healthy to begin with.
struct Run {
    profile: Profile,
    ended_by: EndedBy,
    users: UsersReport,
    phases: Vec<PhaseReport>,
    correctness: Result<Correctness, String>,
    after_restart: Option<Result<Correctness, String>>,
    generators: Vec<GeneratorHealth>,
}

const PROFILE: &str = "
name: short
users: { count: 10 }
seed: 1
client: { timeout: 3s, save_attempts: 3 }
phases:
  - { name: login, run: login_storm, duration: 1s }
  - { name: start, run: exam_start, duration: 1s }
  - { name: sit, run: autosave, duration: 12s, every: 1s }
  - { name: kill, run: chaos_kill, duration: 12s, every: 1s, chaos: { kills: 2, recover_within: 5s } }
gates:
  defaults: { error_rate: 1%, min_samples: 20, achieved_of_offered: 99% }
  endpoints:
    PUT answers: { p95: 500ms, p99: 1s }
  phases:
    kill: { error_rate: 100%, achieved_of_offered: 0%, endpoints: { PUT answers: {} } }
";

fn endpoint(name: Endpoint) -> EndpointReport {
    let offered = if name == Endpoint::SaveAnswers {
        120
    } else {
        10
    };
    let latency = Latency {
        samples: offered,
        p50_ms: 3.0,
        p95_ms: 9.0,
        p99_ms: 20.0,
        max_ms: 21.0,
    };
    EndpointReport {
        name,
        offered,
        started: offered,
        coalesced: 0,
        sent: offered,
        ok: offered,
        failed: 0,
        by_status: BTreeMap::from([("200".into(), offered)]),
        service: Some(latency),
        intended: Some(latency),
    }
}

fn phase(name: &str, run: Scenario, endpoints: &[Endpoint]) -> PhaseReport {
    PhaseReport {
        name: name.to_owned(),
        run,
        begins: 0.0,
        ends: 1.0,
        endpoints: endpoints.iter().copied().map(endpoint).collect(),
        disturbed: 0,
        unrecovered: 0,
        kills: Vec::new(),
    }
}

fn healthy() -> Run {
    let kill = |recovered_ms| Kill {
        phase: 3,
        at: 1.0,
        recovered_ms: Some(recovered_ms),
        problem: None,
    };
    let source = ProfileSource {
        text: PROFILE.to_owned(),
        origin: "test".to_owned(),
    };
    Run {
        profile: source.parse(&Overrides::default()).unwrap(),
        ended_by: EndedBy::Completed,
        users: UsersReport {
            planned: 10,
            finished: 10,
            ..UsersReport::default()
        },
        phases: vec![
            phase("login", Scenario::LoginStorm, &[Endpoint::Login]),
            phase("start", Scenario::ExamStart, &[Endpoint::StartAttempt]),
            phase("sit", Scenario::Autosave, &[Endpoint::SaveAnswers]),
            PhaseReport {
                disturbed: 10,
                kills: vec![kill(900.0), kill(4900.0)],
                ..phase("kill", Scenario::ChaosKill, &[Endpoint::SaveAnswers])
            },
        ],
        correctness: Ok(Correctness {
            sent: 600,
            acked: 600,
            stored: 600,
            ..Correctness::default()
        }),
        after_restart: None,
        generators: vec![GeneratorHealth {
            name: "local".into(),
            canary_p99_ms: Some(1.0),
            canary_samples: 2000,
            ..GeneratorHealth::default()
        }],
    }
}

impl Run {
    fn judge(&self) -> (Vec<RuleResult>, Verdict) {
        judge(&Evidence {
            profile: &self.profile,
            ended_by: self.ended_by,
            users: &self.users,
            phases: &self.phases,
            correctness: self.correctness.as_ref().map_err(String::as_str),
            after_restart: self
                .after_restart
                .as_ref()
                .map(|result| result.as_ref().map_err(String::as_str)),
            generators: &self.generators,
        })
    }

    fn saves(&mut self) -> &mut EndpointReport {
        &mut self.phases[2].endpoints[0]
    }

    fn killed(&mut self) -> &mut PhaseReport {
        &mut self.phases[3]
    }
}

#[test]
fn each_way_to_go_wrong_has_its_verdict() {
    let mut cases = cases::of_speed();
    cases.extend(cases::of_errors());
    cases.extend(cases::of_users_and_answers());
    cases.extend(cases::of_phases());
    cases.extend(cases::of_the_whole());
    for cases::Case {
        name,
        change,
        verdict,
        rule,
    } in cases
    {
        let mut run = healthy();
        change(&mut run);
        let (rules, actual) = run.judge();
        assert_eq!(actual, verdict, "{name}: {rules:#?}");
        let decisive = rules.iter().find(|result| result.id == rule).unwrap();
        assert_eq!(decisive.verdict, verdict, "{name}: {decisive:?}");
        assert_eq!(
            decisive.reason.is_empty(),
            verdict == Verdict::Pass,
            "{name}"
        );
    }
}

#[test]
fn each_broken_promise_is_corrupt() {
    for index in 0..Correctness::default().faults().len() {
        let mut correctness = Correctness {
            acked: 1,
            ..Correctness::default()
        };
        let faults = [
            &mut correctness.lost_acked,
            &mut correctness.regressed,
            &mut correctness.altered,
            &mut correctness.duplicate,
            &mut correctness.phantom,
            &mut correctness.stale_reads,
            &mut correctness.submits_missing,
        ];
        *faults.into_iter().nth(index).unwrap() = 1;
        let mut run = healthy();
        run.correctness = Ok(correctness);
        assert_eq!(run.judge().1, Verdict::Corrupt, "{index}");
    }
}

#[test]
fn empty_run_never_passes() {
    let mut run = healthy();
    run.users = UsersReport::default();
    run.phases.clear();
    run.correctness = Ok(Correctness::default());
    assert_ne!(run.judge().1, Verdict::Pass);
}
