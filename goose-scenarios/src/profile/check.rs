//! Does a profile make sense? Each refusal names the phase and what to write instead.

use std::time::Duration;

use super::{Phase, Profile, ProfileError, Scenario, USERS_LIMIT};

/// Longest run.
const DURATION_LIMIT: Duration = Duration::from_hours(24);
const MOST_PHASES: usize = 100;
const SHORTEST_PERIOD: Duration = Duration::from_millis(10);

/// # Errors
/// [`ProfileError::Invalid`] with the first thing that makes no sense.
pub(super) fn check(profile: &Profile, origin: &str) -> Result<(), ProfileError> {
    let problem = in_general(profile)
        .or_else(|| profile.phases.iter().find_map(of_phase))
        .or_else(|| of_order(&profile.phases))
        .or_else(|| of_gates(profile));
    problem.map_or(Ok(()), |(field, reason)| {
        Err(ProfileError::Invalid {
            origin: origin.to_owned(),
            field,
            reason,
        })
    })
}

type Problem = (String, String);

#[expect(
    clippy::unnecessary_wraps,
    reason = "whoever finds a problem returns it at once"
)]
fn problem(field: &str, reason: impl Into<String>) -> Option<Problem> {
    Some((field.to_owned(), reason.into()))
}

fn in_general(profile: &Profile) -> Option<Problem> {
    if profile.users.count == 0 || profile.users.count > USERS_LIMIT {
        return problem("users.count", format!("must be from 1 to {USERS_LIMIT}"));
    }
    if profile.client.timeout.is_zero() || profile.client.timeout > Duration::from_mins(5) {
        return problem("client.timeout", "must be more than 0 and at most 5m");
    }
    if !(1..=20).contains(&profile.client.save_attempts) {
        return problem("client.save_attempts", "must be from 1 to 20");
    }
    if profile.phases.is_empty() || profile.phases.len() > MOST_PHASES {
        return problem("phases", format!("must be from 1 to {MOST_PHASES}"));
    }
    if profile.generator.headroom > 10 {
        return problem("generator.headroom", "must be from 0 to 10");
    }
    let length = profile
        .phases
        .iter()
        .try_fold(Duration::ZERO, |sum, phase| {
            sum.checked_add(phase.duration)?.checked_add(phase.settle)
        });
    if length.is_none_or(|length| length > DURATION_LIMIT) {
        return problem("phases", "together they may take 24h at most");
    }
    None
}

fn of_phase(phase: &Phase) -> Option<Problem> {
    of_name_and_duration(phase)
        .or_else(|| of_period(phase))
        .or_else(|| of_what_is_special(phase))
}

fn in_phase(phase: &Phase, key: &str, reason: impl Into<String>) -> Option<Problem> {
    problem(&format!("phase '{}': {key}", phase.name), reason)
}

fn of_name_and_duration(phase: &Phase) -> Option<Problem> {
    let wrong = |key: &str, reason: String| in_phase(phase, key, reason);
    let is_name = !phase.name.is_empty()
        && phase
            .name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if !is_name {
        return wrong("name", "use small letters, digits and hyphens".to_owned());
    }
    if phase.duration.is_zero() {
        return wrong("duration", "must be more than 0".to_owned());
    }
    None
}

fn of_period(phase: &Phase) -> Option<Problem> {
    let wrong = |key: &str, reason: String| in_phase(phase, key, reason);
    match phase.every {
        Some(every) if !phase.run.repeats() => wrong(
            "every",
            format!(
                "each student does {} once: leave '{every:?}' out",
                phase.run
            ),
        ),
        Some(every) if every < SHORTEST_PERIOD || every > phase.duration => wrong(
            "every",
            format!(
                "must be from 10ms to the duration of the phase, {:?}",
                phase.duration
            ),
        ),
        None if phase.run.repeats() => wrong(
            "every",
            format!(
                "how often each student does {} is missing: write for example every: 5s",
                phase.run
            ),
        ),
        _ => None,
    }
}

fn of_what_is_special(phase: &Phase) -> Option<Problem> {
    let wrong = |key: &str, reason: String| in_phase(phase, key, reason);
    if (phase.heartbeat.is_some() || phase.answers.is_some()) && !phase.run.saves() {
        return wrong(
            "heartbeat, answers",
            "only where answers are saved".to_owned(),
        );
    }
    if phase.heartbeat.is_some_and(|every| every < SHORTEST_PERIOD) {
        return wrong("heartbeat", "must be at least 10ms".to_owned());
    }
    if phase
        .answers
        .is_some_and(|answers| !(1..=100).contains(&answers))
    {
        return wrong("answers", "must be from 1 to 100".to_owned());
    }
    let may_be_some = matches!(
        phase.run,
        Scenario::Baseline | Scenario::PageThrough | Scenario::Autosave | Scenario::Reconnect
    );
    if phase.share.is_some() && !may_be_some {
        return wrong(
            "share",
            format!("every student does {}: leave it out", phase.run),
        );
    }
    match (&phase.chaos, phase.run) {
        (Some(chaos), Scenario::ChaosKill) if (1..=100).contains(&chaos.kills) => None,
        (Some(_), Scenario::ChaosKill) => wrong("chaos.kills", "must be from 1 to 100".to_owned()),
        (None, Scenario::ChaosKill) => wrong(
            "chaos",
            "write for example chaos: { kills: 3, recover_within: 15s }".to_owned(),
        ),
        (Some(_), _) => wrong("chaos", "only with run: chaos_kill".to_owned()),
        (None, _) => None,
    }
}

/// Nobody saves without having opened an exam, and nobody opens one without a login.
fn of_order(phases: &[Phase]) -> Option<Problem> {
    let mut seen: Vec<Scenario> = Vec::new();
    for phase in phases {
        let needed = match phase.run {
            Scenario::Baseline | Scenario::LoginStorm | Scenario::ExamDay => None,
            Scenario::ExamStart => Some(Scenario::LoginStorm),
            Scenario::ResultsStorm => Some(Scenario::SubmitStorm),
            _ => Some(Scenario::ExamStart),
        };
        let missing = needed.filter(|needed| !seen.contains(needed));
        let again =
            phase.run != Scenario::Baseline && !phase.run.repeats() && seen.contains(&phase.run);
        if let Some(needed) = missing {
            return problem(
                &format!("phase '{}'", phase.name),
                format!("{} needs a phase with run: {needed} before it", phase.run),
            );
        }
        if again && phase.run != Scenario::Reconnect && phase.run != Scenario::ResultsStorm {
            return problem(
                &format!("phase '{}'", phase.name),
                format!("each student does {} once in a run", phase.run),
            );
        }
        if seen.contains(&Scenario::SubmitStorm)
            && (phase.run.saves() || phase.run == Scenario::Reconnect)
        {
            return problem(
                &format!("phase '{}'", phase.name),
                format!("{} comes after everybody has handed in", phase.run),
            );
        }
        seen.push(phase.run);
    }
    None
}

fn of_gates(profile: &Profile) -> Option<Problem> {
    let names: Vec<_> = profile
        .phases
        .iter()
        .map(|phase| phase.name.as_str())
        .collect();
    let mut distinct = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < names.len() {
        return problem("phases", "two of them have the same name");
    }
    let unknown = profile
        .gates
        .phases
        .keys()
        .find(|name| !names.contains(&name.as_str()))?;
    problem(
        &format!("gates.phases.{unknown}"),
        format!("no phase has this name: {}", names.join(", ")),
    )
}
