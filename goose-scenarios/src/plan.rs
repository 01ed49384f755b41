//! When does each student do what? Pure: a profile and its seed give one timetable.
//!
//! Steps that a student takes by the clock (log in, save, submit) stand in the timetable.
//! What follows from an answer of the server (list, start, result) is intended for the moment
//! that answer was there.

use std::time::Duration;

use crate::{endpoint::Endpoint, profile::Profile};

/// One student's instants, counted from the common start of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timetable {
    pub(crate) login: Duration,
    pub(crate) saves: Vec<Duration>,
    pub(crate) submit: Duration,
    /// For everything else this student decides by chance.
    pub(crate) seed: u64,
}

/// Every student's timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) timetables: Vec<Timetable>,
}

impl Plan {
    /// How many operations of this kind the plan holds when nothing goes wrong.
    pub(crate) fn offered(&self, endpoint: Endpoint) -> u64 {
        let per_student = |timetable: &Timetable| match endpoint {
            Endpoint::SaveAnswers => timetable.saves.len() as u64,
            _ => 1,
        };
        self.timetables.iter().map(per_student).sum()
    }
}

/// The timetable of every student of `profile`.
pub(crate) fn plan(profile: &Profile) -> Plan {
    let saving_starts = profile.entry_window();
    let submitting_starts = profile.exam.duration.saturating_sub(profile.exit_window());
    // Half the entry window for logging in leaves the other half for opening the exam.
    let login_window = profile.entry_window().mul_f64(0.5);
    let timetables = (0..profile.users.count)
        .map(|user| {
            let mut chance = Chance::new(profile.seed, u64::from(user));
            let login = chance.within(login_window);
            let phase = chance.within(profile.exam.save_every);
            let saves = (0..profile.exam.saves_per_question)
                .map(|tick| saving_starts + phase + profile.exam.save_every * tick)
                .collect();
            Timetable {
                login,
                saves,
                submit: submitting_starts + chance.within(profile.exit_window()),
                seed: chance.next(),
            }
        })
        .collect();
    Plan { timetables }
}

/// A small reproducible source of chance (`SplitMix64`): the same on every machine and release.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut chance = Self(seed ^ stream.wrapping_mul(0xA076_1D64_78BD_642F));
        chance.next();
        chance
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A duration from nothing up to, but not including, `limit`.
    pub(crate) fn within(&mut self, limit: Duration) -> Duration {
        let nanoseconds = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.next() % nanoseconds.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Overrides;

    fn smoke() -> Profile {
        Profile::load("smoke").unwrap()
    }

    #[test]
    fn same_seed_gives_the_same_plan_and_another_seed_another() {
        let other = Overrides {
            seed: Some(8),
            ..Overrides::default()
        };
        assert_eq!(plan(&smoke()), plan(&smoke()));
        assert_ne!(
            plan(&smoke()),
            plan(&smoke().with_overrides(&other).unwrap())
        );
    }

    #[test]
    fn each_student_logs_in_then_saves_then_submits_within_the_exam() {
        let profile = smoke();
        for timetable in plan(&profile).timetables {
            let mut instants = vec![timetable.login];
            instants.extend(&timetable.saves);
            instants.push(timetable.submit);
            assert!(instants.is_sorted(), "{instants:?}");
            assert!(timetable.submit < profile.exam.duration);
        }
    }

    #[test]
    fn students_do_not_act_in_step() {
        let mut logins: Vec<_> = plan(&smoke()).timetables.iter().map(|t| t.login).collect();
        logins.sort();
        logins.dedup();
        assert_eq!(logins.len(), 10);
    }

    #[test]
    fn offered_counts_what_every_student_would_do() {
        let plan = plan(&smoke());
        assert_eq!(plan.offered(Endpoint::SaveAnswers), 120);
        assert_eq!(plan.offered(Endpoint::Submit), 10);
    }
}
