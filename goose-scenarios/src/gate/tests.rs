//! One case per way in which a run can go wrong, and the verdict it must have.

use std::collections::BTreeMap;

use super::*;
use crate::{
    endpoint::Endpoint,
    report::{DeathReason, Latency},
};

/// Evidence that can be changed; healthy to begin with.
struct Run {
    profile: Profile,
    ended_by: EndedBy,
    users: UsersReport,
    endpoints: Vec<EndpointReport>,
    correctness: Result<Correctness, String>,
    generator: GeneratorHealth,
}

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
    Run {
        profile: Profile::load("smoke").unwrap(),
        ended_by: EndedBy::Completed,
        users: UsersReport {
            planned: 10,
            finished: 10,
            ..UsersReport::default()
        },
        endpoints: Endpoint::ALL.map(endpoint).to_vec(),
        correctness: Ok(Correctness {
            sent: 600,
            acked: 600,
            stored: 600,
            ..Correctness::default()
        }),
        generator: GeneratorHealth {
            canary_p99_ms: Some(1.0),
            canary_samples: 2000,
            ..GeneratorHealth::default()
        },
    }
}

impl Run {
    fn judge(&self) -> (Vec<RuleResult>, Verdict) {
        judge(&Evidence {
            profile: &self.profile,
            ended_by: self.ended_by,
            users: &self.users,
            endpoints: &self.endpoints,
            correctness: self.correctness.as_ref().map_err(String::as_str),
            generator: &self.generator,
        })
    }

    fn saves(&mut self) -> &mut EndpointReport {
        self.endpoints
            .iter_mut()
            .find(|endpoint| endpoint.name == Endpoint::SaveAnswers)
            .unwrap()
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
    run.generator.breaches.push("late".into());
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
        case("slow saves", Fail, "latency.p95/PUT answers", slow),
        case(
            "fast service does not excuse late saves",
            Fail,
            "latency.p95/PUT answers",
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
            "latency.p95/PUT answers",
            |run| {
                slow(run);
                sick(run);
            },
        ),
        case(
            "fast saves seen by a sick generator",
            Inconclusive,
            "generator.healthy",
            sick,
        ),
        case(
            "too few successes",
            Inconclusive,
            "latency.p95/PUT answers",
            |run| {
                run.saves().intended.as_mut().unwrap().samples = 19;
            },
        ),
        case(
            "no success at all",
            Inconclusive,
            "latency.p99/PUT answers",
            |run| run.saves().intended = None,
        ),
        case(
            "half of the saves were never sent",
            Fail,
            "achieved/PUT answers",
            |run| run.saves().started = 60,
        ),
        case(
            "interrupted early is no fault of the server",
            Inconclusive,
            "achieved/PUT answers",
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
        case("healthy", Pass, "error_rate/PUT answers", |_| ()),
        case(
            "two in a hundred fail",
            Fail,
            "error_rate/PUT answers",
            |run| {
                run.saves().failed = 3;
                run.saves().by_status.insert("503".into(), 3);
            },
        ),
        case(
            "one in a hundred and twenty fails",
            Pass,
            "error_rate/PUT answers",
            |run| run.saves().failed = 1,
        ),
        case(
            "errors count even with a sick generator",
            Fail,
            "error_rate/PUT answers",
            |run| {
                run.saves().failed = 60;
                sick(run);
            },
        ),
        case(
            "no request on an endpoint",
            Inconclusive,
            "error_rate/PUT answers",
            |run| {
                run.saves().sent = 0;
            },
        ),
        case(
            "interrupted while most fails",
            Fail,
            "error_rate/PUT answers",
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

#[test]
fn each_way_to_go_wrong_has_its_verdict() {
    let mut cases = cases_of_speed();
    cases.extend(cases_of_errors());
    cases.extend(cases_of_users_and_answers());
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
    run.endpoints.clear();
    run.correctness = Ok(Correctness::default());
    assert_ne!(run.judge().1, Verdict::Pass);
}
