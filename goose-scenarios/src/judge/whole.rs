//! Rules for a run as a whole: its end, its students, its answers, recovery, its generators.

use super::{Verdict, rule};
use crate::{
    health::GeneratorHealth,
    profile::{Profile, render_duration, render_milliseconds},
    report::{EndedBy, PhaseReport, RuleResult, UsersReport},
    truth::Correctness,
};

pub(super) fn completion_rule(ended_by: EndedBy) -> RuleResult {
    let base = |observed: &str| {
        let text = "runs to its end".to_owned();
        rule("run.completed".into(), "run", text, observed.to_owned(), 1)
    };
    match ended_by {
        EndedBy::Completed => base("completed"),
        EndedBy::Interrupted => base("interrupted").ends(
            Verdict::Inconclusive,
            "the run was interrupted before its end",
        ),
    }
}

pub(super) fn users_rule(users: &UsersReport) -> RuleResult {
    let base = rule(
        "users.dead".into(),
        "users",
        "every user goes through the whole exam".into(),
        format!("{} of {} finished", users.finished, users.planned),
        u64::from(users.planned),
    );
    if users.dead > 0 {
        let reason = users
            .reasons
            .first()
            .map_or("", |reason| reason.reason.as_str());
        return base.ends(
            Verdict::Fail,
            format!("{} users dead: {reason}", users.dead),
        );
    }
    if users.planned == 0 || users.finished < users.planned {
        return base.ends(Verdict::Inconclusive, "not every user came to the end");
    }
    base
}

/// In a phase in which the server is killed: is it back in time, and does every student go on?
pub(super) fn recovery_rules(profile: &Profile, phase: &PhaseReport) -> Vec<RuleResult> {
    let mut phases = profile.phases.iter();
    let chaos = phases
        .find(|known| known.name == phase.name)
        .and_then(|known| known.chaos.as_ref());
    let Some(chaos) = chaos else {
        return Vec::new();
    };
    let limit = chaos.recover_within.as_secs_f64() * 1000.0;
    let longest = phase
        .kills
        .iter()
        .filter_map(|kill| kill.recovered_ms)
        .reduce(f64::max);
    let base = rule(
        format!("{}/recovery", phase.name),
        &format!("{}: {} kills", phase.name, chaos.kills),
        format!(
            "ready again within {}",
            render_duration(chaos.recover_within)
        ),
        longest.map_or_else(
            || "never".to_owned(),
            |longest| format!("{} at most", render_milliseconds(longest)),
        ),
        phase.kills.len() as u64,
    );
    let problem = phase.kills.iter().find_map(|kill| kill.problem.clone());
    let never = phase.kills.iter().any(|kill| kill.recovered_ms.is_none());
    let planned = usize::try_from(chaos.kills).unwrap_or(usize::MAX);
    let recovery = if let Some(problem) = problem {
        base.ends(Verdict::Inconclusive, problem)
    } else if phase.kills.len() < planned {
        base.ends(
            Verdict::Inconclusive,
            format!("{} of {planned} kills took place", phase.kills.len()),
        )
    } else if never || longest.is_some_and(|longest| longest > limit) {
        base.ends(Verdict::Fail, "the server was not back in time")
    } else {
        base
    };
    let students = rule(
        format!("{}/students_recovered", phase.name),
        &format!("{}: students", phase.name),
        "every student saves again".into(),
        format!(
            "{} of {} disturbed did not",
            phase.unrecovered, phase.disturbed
        ),
        phase.disturbed,
    );
    let students = if phase.unrecovered > 0 {
        students.ends(Verdict::Fail, "their last save of the phase failed")
    } else {
        students
    };
    vec![recovery, students]
}

/// `kind` begins the names of the rules.
pub(super) fn correctness_rules(
    subject: &str,
    kind: &str,
    correctness: Result<&Correctness, &str>,
) -> Vec<RuleResult> {
    let correctness = match correctness {
        Ok(correctness) => correctness,
        Err(reason) => {
            let base = rule(
                format!("{kind}.compared"),
                subject,
                "stored answers are compared".into(),
                "not compared".into(),
                0,
            );
            return vec![base.ends(Verdict::Inconclusive, reason)];
        }
    };
    let acknowledged = rule(
        format!("{kind}.acknowledged"),
        subject,
        "at least one save is acknowledged".into(),
        format!("{} acknowledged", correctness.acked),
        correctness.sent,
    );
    let mut rules = vec![if correctness.acked == 0 {
        acknowledged.ends(
            Verdict::Inconclusive,
            "without an acknowledgement nothing was proved",
        )
    } else {
        acknowledged
    }];
    rules.extend(correctness.faults().into_iter().map(|(name, count)| {
        let base = rule(
            format!("{kind}.{name}"),
            subject,
            format!("{name} = 0"),
            count.to_string(),
            correctness.acked,
        );
        if count == 0 {
            return base;
        }
        let example = correctness.examples.first().cloned().unwrap_or_default();
        base.ends(Verdict::Corrupt, example)
    }));
    rules
}

pub(super) fn generator_rule(generator: &GeneratorHealth) -> RuleResult {
    let base = rule(
        format!("generator.healthy/{}", generator.name),
        &format!("generator {}", generator.name),
        "the generator is no bottleneck".into(),
        generator.canary_p99_ms.map_or_else(
            || "unknown".into(),
            |late| format!("{} late", render_milliseconds(late)),
        ),
        generator.canary_samples,
    );
    if generator.breaches.is_empty() {
        return base;
    }
    base.ends(Verdict::Inconclusive, generator.breaches.join("; "))
}
