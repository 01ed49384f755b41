//! One case per way in which a run can go wrong, and the verdict it must have.

use std::collections::BTreeMap;

use super::*;
use crate::{
    profile::{Overrides, ProfileSource, Scenario},
    record::Endpoint,
    report::{DeathReason, EndpointReport, Latency},
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

fn healthy() -> Run {
    let endpoint = |name| {
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
    };
    let phase = |name: &str, run, endpoints: &[Endpoint]| PhaseReport {
        name: name.to_owned(),
        run,
        begins: 0.0,
        ends: 1.0,
        endpoints: endpoints.iter().copied().map(endpoint).collect(),
        disturbed: 0,
        unrecovered: 0,
        kills: Vec::new(),
    };
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

struct Case {
    name: &'static str,
    change: fn(&mut Run),
    verdict: Verdict,
    /// The rule that must have said so.
    rule: &'static str,
}

const fn case(
    name: &'static str,
    verdict: Verdict,
    rule: &'static str,
    change: fn(&mut Run),
) -> Case {
    Case {
        name,
        change,
        verdict,
        rule,
    }
}

fn all_dead(run: &mut Run) {
    run.users = UsersReport {
        planned: 10,
        dead: 10,
        reasons: vec![DeathReason {
            reason: "login refused".into(),
            count: 10,
        }],
        ..UsersReport::default()
    };
}

fn slow(run: &mut Run) {
    run.saves().intended = Some(Latency {
        samples: 120,
        p50_ms: 3.0,
        p95_ms: 501.0,
        p99_ms: 900.0,
        max_ms: 900.0,
    });
}

fn sick(run: &mut Run) {
    run.generators[0].breaches.push("late".into());
}

fn lost(run: &mut Run) {
    run.correctness = Ok(Correctness {
        acked: 600,
        lost_acked: 1,
        examples: vec!["q".into()],
        ..Correctness::default()
    });
}

/// How fast, and how much of what was planned.
fn cases_of_speed() -> Vec<Case> {
    use Verdict::{Fail, Inconclusive};
    vec![
        case("slow saves", Fail, "sit/latency.p95/PUT answers", slow),
        case(
            "fast service does not excuse late saves",
            Fail,
            "sit/latency.p95/PUT answers",
            |run| {
                slow(run);
                run.saves().service = Some(Latency {
                    samples: 120,
                    p50_ms: 1.0,
                    p95_ms: 1.0,
                    p99_ms: 1.0,
                    max_ms: 1.0,
                });
            },
        ),
        case(
            "slow saves seen by a sick generator",
            Inconclusive,
            "sit/latency.p95/PUT answers",
            |run| {
                slow(run);
                sick(run);
            },
        ),
        case(
            "fast saves seen by a sick generator",
            Inconclusive,
            "generator.healthy/local",
            sick,
        ),
        case(
            "too few successes",
            Inconclusive,
            "sit/latency.p95/PUT answers",
            |run| {
                run.saves().intended.as_mut().unwrap().samples = 19;
            },
        ),
        case(
            "no success at all",
            Inconclusive,
            "sit/latency.p99/PUT answers",
            |run| run.saves().intended = None,
        ),
        case(
            "half of the saves were never sent",
            Fail,
            "sit/achieved/PUT answers",
            |run| run.saves().started = 60,
        ),
        case(
            "interrupted early is no fault of the server",
            Inconclusive,
            "sit/achieved/PUT answers",
            |run| {
                run.ended_by = EndedBy::Interrupted;
                run.saves().started = 3;
            },
        ),
    ]
}

/// What failed.
fn cases_of_errors() -> Vec<Case> {
    use Verdict::{Fail, Inconclusive, Pass};
    vec![
        case("healthy", Pass, "sit/error_rate/PUT answers", |_| ()),
        case(
            "two in a hundred fail",
            Fail,
            "sit/error_rate/PUT answers",
            |run| {
                run.saves().failed = 3;
                run.saves().by_status.insert("503".into(), 3);
            },
        ),
        case(
            "one in a hundred and twenty fails",
            Pass,
            "sit/error_rate/PUT answers",
            |run| run.saves().failed = 1,
        ),
        case(
            "errors count even with a sick generator",
            Fail,
            "sit/error_rate/PUT answers",
            |run| {
                run.saves().failed = 60;
                sick(run);
            },
        ),
        case(
            "no request on an endpoint",
            Inconclusive,
            "sit/error_rate/PUT answers",
            |run| {
                run.saves().sent = 0;
            },
        ),
        case(
            "interrupted while most fails",
            Fail,
            "sit/error_rate/PUT answers",
            |run| {
                run.ended_by = EndedBy::Interrupted;
                run.saves().failed = 60;
            },
        ),
    ]
}

/// Who took part to the end, and what became of their answers.
fn cases_of_users_and_answers() -> Vec<Case> {
    use Verdict::{Corrupt, Fail, Inconclusive};
    vec![
        case("all dead", Fail, "users.dead", all_dead),
        case("one dead of ten", Fail, "users.dead", |run| {
            run.users.dead = 1;
            run.users.finished = 9;
        }),
        case(
            "a user nobody heard of again",
            Inconclusive,
            "users.dead",
            |run| run.users.finished = 9,
        ),
        case("interrupted", Inconclusive, "run.completed", |run| {
            run.ended_by = EndedBy::Interrupted;
        }),
        case("one answer lost", Corrupt, "correctness.lost_acked", lost),
        case(
            "one answer lost, all dead, interrupted, sick",
            Corrupt,
            "correctness.lost_acked",
            |run| {
                lost(run);
                all_dead(run);
                sick(run);
                run.ended_by = EndedBy::Interrupted;
            },
        ),
        case(
            "stored answers not read",
            Inconclusive,
            "correctness.compared",
            |run| run.correctness = Err("no".into()),
        ),
        case(
            "nothing acknowledged",
            Inconclusive,
            "correctness.acknowledged",
            |run| {
                run.correctness = Ok(Correctness::default());
            },
        ),
    ]
}

/// What only one phase, one generator or a restart shows.
fn cases_of_phases() -> Vec<Case> {
    use Verdict::{Corrupt, Fail, Inconclusive, Pass};
    vec![
        case(
            "errors where errors are allowed",
            Pass,
            "kill/error_rate/PUT answers",
            |run| {
                run.killed().endpoints[0].failed = 60;
            },
        ),
        case(
            "slow where there is no limit",
            Pass,
            "kill/recovery",
            |run| {
                run.killed().endpoints[0].intended = Some(Latency {
                    samples: 120,
                    p50_ms: 9000.0,
                    p95_ms: 9000.0,
                    p99_ms: 9000.0,
                    max_ms: 9000.0,
                });
            },
        ),
        case(
            "a storm is not diluted by a quiet phase",
            Fail,
            "login/error_rate/POST login",
            |run| {
                run.phases[0].endpoints[0].failed = 1;
            },
        ),
        case("back too late", Fail, "kill/recovery", |run| {
            run.killed().kills[1].recovered_ms = Some(5001.0);
        }),
        case("never back", Fail, "kill/recovery", |run| {
            run.killed().kills[1].recovered_ms = None
        }),
        case(
            "a kill that did not kill",
            Inconclusive,
            "kill/recovery",
            |run| {
                run.killed().kills[0].problem = Some("no such unit".into());
            },
        ),
        case(
            "fewer kills than planned",
            Inconclusive,
            "kill/recovery",
            |run| {
                run.killed().kills.pop();
            },
        ),
        case(
            "a student who cannot go on after a kill",
            Fail,
            "kill/students_recovered",
            |run| {
                run.killed().unrecovered = 1;
            },
        ),
        case(
            "limits for what no phase does",
            Inconclusive,
            "unseen/all/PUT answers",
            |run| {
                run.phases[2].endpoints.clear();
                run.phases[3].endpoints.clear();
            },
        ),
        case(
            "lost in the restart",
            Corrupt,
            "restart.lost_acked",
            |run| {
                lost(run);
                run.after_restart = Some(std::mem::replace(
                    &mut run.correctness,
                    healthy().correctness,
                ));
            },
        ),
        case(
            "not ready after the restart",
            Inconclusive,
            "restart.compared",
            |run| {
                run.after_restart = Some(Err("not ready".into()));
            },
        ),
        case(
            "one of two generators is sick",
            Inconclusive,
            "generator.healthy/b",
            |run| {
                run.generators.push(GeneratorHealth {
                    name: "b".into(),
                    breaches: vec!["ended".into()],
                    ..GeneratorHealth::default()
                });
            },
        ),
    ]
}

#[test]
fn each_way_to_go_wrong_has_its_verdict() {
    let mut cases = cases_of_speed();
    cases.extend(cases_of_errors());
    cases.extend(cases_of_users_and_answers());
    cases.extend(cases_of_phases());
    for Case {
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
