//! Ways to go wrong, each with the verdict it must have and the rule that must say so.

use super::{Run, healthy};
use crate::{
    health::GeneratorHealth,
    judge::Verdict,
    report::{DeathReason, EndedBy, Latency, UsersReport},
    truth::Correctness,
};

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) change: fn(&mut Run),
    pub(super) verdict: Verdict,
    /// The rule that must have said so.
    pub(super) rule: &'static str,
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
pub(super) fn of_speed() -> Vec<Case> {
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
pub(super) fn of_errors() -> Vec<Case> {
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
pub(super) fn of_users_and_answers() -> Vec<Case> {
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

/// What only one phase shows.
pub(super) fn of_phases() -> Vec<Case> {
    use Verdict::{Fail, Inconclusive, Pass};
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
            run.killed().kills[1].recovered_ms = None;
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
    ]
}

/// What only one phase, one generator or a restart shows.
pub(super) fn of_the_whole() -> Vec<Case> {
    use Verdict::{Corrupt, Inconclusive};
    vec![
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
