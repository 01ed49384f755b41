//! When does each student do what? Pure: a profile and its seed give one timetable.
//!
//! What a student does by the clock (log in, save, submit) stands in the timetable. What follows from an answer of the
//! server (start after the list of exams) is intended for the moment that answer was there.

mod chance;
mod shape;

use std::{collections::BTreeMap, ops::Range, time::Duration};

pub(crate) use chance::Chance;

use crate::{
    profile::{Phase, Profile, Scenario},
    record::Endpoint,
};

/// Over how many of the busiest seconds the highest planned rate is taken.
const PEAK_SECONDS: usize = 3;

/// Something that a student does by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Deed {
    Probe,
    Login,
    Start,
    Save,
    TurnPage,
    Beat,
    Reconnect,
    Submit,
    ReadResult,
}

/// A deed of one student in one phase: once, or again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visit {
    /// Its number in the profile.
    pub(crate) phase: usize,
    pub(crate) deed: Deed,
    /// Since the beginning of the run.
    pub(crate) first: Duration,
    pub(crate) every: Duration,
    pub(crate) count: u32,
}

/// One student's visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timetable {
    pub(crate) visits: Vec<Visit>,
    /// For everything else this student decides by chance.
    pub(crate) seed: u64,
}

/// The timetables of the students of one generator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) timetables: Vec<Timetable>,
}

impl Deed {
    /// The operations that it is made of when nothing goes wrong.
    pub(crate) fn endpoints(self) -> &'static [Endpoint] {
        match self {
            Self::Probe => &Endpoint::BASELINE,
            Self::Login => &[Endpoint::Login],
            Self::Start => &[Endpoint::ListExams, Endpoint::StartAttempt],
            Self::Save => &[Endpoint::SaveAnswers],
            Self::TurnPage => &[Endpoint::SaveAnswers, Endpoint::ReportEvents],
            Self::Beat => &[Endpoint::ReportEvents],
            Self::Reconnect => &[Endpoint::ResumeAttempt],
            Self::Submit => &[Endpoint::Submit],
            Self::ReadResult => &[Endpoint::ReadResult],
        }
    }
}

impl Visit {
    /// When its turn with this number is, since the beginning of the run.
    pub(crate) fn at(&self, turn: u32) -> Duration {
        self.first + self.every * turn
    }
}

impl Plan {
    /// How many operations of each kind each phase holds when nothing goes wrong.
    pub(crate) fn offered(&self) -> BTreeMap<(usize, Endpoint), u64> {
        let mut offered = BTreeMap::new();
        for visit in self.timetables.iter().flat_map(|table| &table.visits) {
            for endpoint in visit.deed.endpoints() {
                *offered.entry((visit.phase, *endpoint)).or_default() += u64::from(visit.count);
            }
        }
        offered
    }

    /// The highest rate that is planned, in requests per second: the mean of the busiest three seconds.
    pub(crate) fn peak_rate(&self) -> f64 {
        let mut seconds: Vec<u32> = Vec::new();
        for visit in self.timetables.iter().flat_map(|table| &table.visits) {
            let requests = u32::try_from(visit.deed.endpoints().len()).unwrap_or(u32::MAX);
            for turn in 0..visit.count {
                let second = usize::try_from(visit.at(turn).as_secs()).unwrap_or(usize::MAX);
                if second >= seconds.len() {
                    seconds.resize(second + 1, 0);
                }
                seconds[second] += requests;
            }
        }
        let length = PEAK_SECONDS.min(seconds.len()).max(1);
        let busiest = seconds.windows(length).map(|window| {
            let requests: f64 = window.iter().copied().map(f64::from).sum();
            requests / u32::try_from(length).map_or(1.0, f64::from)
        });
        busiest.fold(0.0, f64::max)
    }
}

/// The timetables of the students with these numbers, the same whoever runs them.
pub(crate) fn plan(profile: &Profile, users: Range<u32>) -> Plan {
    let windows = profile.windows();
    let timetables = users
        .map(|user| {
            let mut chance = Chance::new(profile.seed, u64::from(user));
            let phases = profile.phases.iter().zip(&windows).enumerate();
            let visits = phases.flat_map(|(number, (phase, (begins, _)))| {
                visits(number, phase, *begins, &mut chance)
            });
            Timetable {
                visits: visits.collect(),
                seed: chance.next(),
            }
        })
        .collect();
    Plan { timetables }
}

/// What one student does in one phase.
fn visits(number: usize, phase: &Phase, begins: Duration, chance: &mut Chance) -> Vec<Visit> {
    // Drawn in any case: who takes part in one phase changes nothing about the others.
    let draw = chance.share();
    let arrival = shape::arrival(phase.shape, phase.duration, chance);
    let beginning = chance.share();
    if phase.share.is_some_and(|share| draw >= share) {
        return Vec::new();
    }
    let once = |deed| Visit {
        phase: number,
        deed,
        first: begins + arrival,
        every: Duration::ZERO,
        count: 1,
    };
    let repeated = |deed, every: Option<Duration>| {
        let every = every?;
        // At another time of the period each, and never beyond the phase.
        let first = every.mul_f64(beginning);
        let count = phase
            .duration
            .checked_sub(first)?
            .div_duration_f64(every)
            .ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most a day of periods of 10 ms, and not negative"
        )]
        let count = count as u32;
        Some(Visit {
            phase: number,
            deed,
            first: begins + first,
            every,
            count,
        })
    };
    let main = match phase.run {
        Scenario::Baseline => repeated(Deed::Probe, phase.every),
        Scenario::LoginStorm => Some(once(Deed::Login)),
        Scenario::ExamStart => Some(once(Deed::Start)),
        Scenario::PageThrough => repeated(Deed::TurnPage, phase.every),
        Scenario::Autosave | Scenario::ChaosKill => repeated(Deed::Save, phase.every),
        Scenario::Reconnect => Some(once(Deed::Reconnect)),
        Scenario::SubmitStorm => Some(once(Deed::Submit)),
        Scenario::ResultsStorm => Some(once(Deed::ReadResult)),
        // Taken apart before.
        Scenario::ExamDay => None,
    };
    let beats = repeated(Deed::Beat, phase.heartbeat);
    main.into_iter()
        .chain(beats)
        .filter(|visit| visit.count > 0)
        .collect()
}

#[cfg(test)]
mod tests;
