//! What can be done to the time of an attempt, by invigilators and, as far as breaks were granted, by its student, and what
//! becomes of it: decided here, written elsewhere.

use chrono::{DateTime, TimeDelta, Utc};

use super::attempt::{Attempt, Phase};
use super::timing::{Accommodation, BreaksLeft, Credit, Grants, LateStart, Sitting};

/// Who loses a credit again keeps at least so much: nobody is out of time because somebody else made a mistake.
const LEAST_LEFT: TimeDelta = TimeDelta::minutes(1);

/// Something that is done to attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// More time, in seconds. A pause goes on.
    CreditTime(u32),
    /// A credit was a mistake: it is taken away from those who got it, unless hardly any time would be left to them.
    TakeBackTime {
        /// Which credit.
        credit: Credit,
        /// The line of the log by which it was given.
        line: i64,
    },
    /// The clock stands still until somebody resumes.
    Pause,
    /// As a pause, and the page saves and hides what it shows: the room is being left.
    FireExit,
    /// The clock runs on; all of the pause is given back.
    Resume,
    /// Handed in now.
    ForceSubmit,
    /// Taken back to the student, who gets the time since it was handed in, and so many seconds more.
    Reopen(u32),
    /// Nobody was served since then: the time until now is given back.
    GiveBackOutage(DateTime<Utc>),
    /// Its student leaves: the clock stands still for as long as breaks were granted, and the page hides what it shows.
    BeginBreak,
    /// Its student is back.
    EndBreak,
    /// What was granted is used up: the clock runs on from that moment, though the student is still away.
    UseUpBreak,
}

impl Measure {
    /// The word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreditTime(_) => "credit_time",
            Self::TakeBackTime { .. } => "take_back_time",
            Self::Pause => "pause",
            Self::FireExit => "fire_exit",
            Self::Resume => "resume",
            Self::ForceSubmit => "force_submit",
            Self::Reopen(_) => "reopen",
            Self::GiveBackOutage(_) => "give_back_outage",
            Self::BeginBreak => "begin_break",
            Self::EndBreak => "end_break",
            Self::UseUpBreak => "use_up_break",
        }
    }
}

/// What decides about the time of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The attempt.
    pub attempt: Attempt,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// Whether its page hides what it shows.
    pub is_blanked: bool,
    /// While its student is on a break: until when the clock stands still for it.
    pub break_ends_at: Option<DateTime<Utc>>,
    /// Credits and pauses so far.
    pub grants: Grants,
    /// What was granted before.
    pub accommodation: Accommodation,
}

/// The time of the exam that an attempt belongs to.
#[derive(Debug, Clone, Copy)]
pub struct ExamTime {
    /// How long everybody has.
    pub duration: TimeDelta,
    /// From when it can be started.
    pub starts_at: DateTime<Utc>,
    /// Until when everybody has to be done.
    pub ends_at: DateTime<Utc>,
    /// What coming late means.
    pub late_start: LateStart,
}

impl ExamTime {
    /// When an attempt ends that starts at `started_at`.
    pub fn deadline(
        &self,
        started_at: DateTime<Utc>,
        accommodation: Accommodation,
        grants: &Grants,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let sitting = self.sitting(started_at, accommodation, grants);
        // What databases and clients still take for a time.
        sitting.deadline(now).min(latest())
    }

    /// What of the breaks that were granted is left to an attempt that was started at `started_at`; `None` where none were.
    pub fn breaks_left(
        &self,
        started_at: DateTime<Utc>,
        accommodation: Accommodation,
        grants: &Grants,
        now: DateTime<Utc>,
    ) -> Option<BreaksLeft> {
        if accommodation.break_seconds == 0 {
            return None;
        }
        let sitting = self.sitting(started_at, accommodation, grants);
        let time = sitting.break_left(now);
        let is_left = time > TimeDelta::zero();
        let count = if is_left { grants.breaks_left() } else { 0 };
        Some(BreaksLeft { count, time })
    }

    /// All that decides when an attempt ends that was started at `started_at`.
    fn sitting(
        &self,
        started_at: DateTime<Utc>,
        accommodation: Accommodation,
        grants: &Grants,
    ) -> Sitting {
        Sitting {
            started_at,
            duration: self.duration,
            window_start: self.starts_at,
            window_end: self.ends_at,
            late_start: self.late_start,
            accommodation,
            credits: grants.credited(),
            pauses: grants.pauses.clone(),
        }
    }
}

fn latest() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(253_402_300_799_000).unwrap_or_default()
}

impl Case {
    /// The case after `measure` was taken at `now`; `None` when it changes nothing: the attempt is not in the state for
    /// it, or is so already.
    #[must_use]
    pub fn after(&self, measure: Measure, exam: &ExamTime, now: DateTime<Utc>) -> Option<Self> {
        let mut next = self.clone();
        let was_used_up = next.use_up_break(exam, now);
        let is_submitted = self.attempt.submitted_at.is_some();
        match measure {
            Measure::CreditTime(seconds) => {
                if is_submitted || seconds == 0 || !next.grants.add_credit(seconds, now) {
                    return None;
                }
            }
            Measure::TakeBackTime { credit, .. } => {
                if is_submitted || !next.grants.take_credit(credit) {
                    return None;
                }
            }
            Measure::Pause | Measure::FireExit => next.stop(measure, now)?,
            Measure::Resume => {
                let is_away = next.attempt.paused_at.is_some() || next.break_ends_at.is_some();
                if is_submitted || !is_away {
                    return None;
                }
                next.resume(now);
            }
            Measure::ForceSubmit => {
                if is_submitted {
                    return None;
                }
                next.attempt.submitted_at = Some(next.attempt.submission_time(now));
                next.resume(now);
            }
            Measure::Reopen(seconds) => next.reopen(seconds, now)?,
            Measure::GiveBackOutage(from) => {
                // Who was over before it lost nothing.
                let was_over = self.attempt.phase(from) != Phase::Open;
                let from = from.max(self.started_at);
                if was_over || is_submitted || !next.grants.add_interruption(from, Some(now)) {
                    return None;
                }
            }
            Measure::BeginBreak => next.begin_break(exam, now)?,
            Measure::EndBreak => {
                next.break_ends_at?;
                next.resume(now);
            }
            Measure::UseUpBreak => was_used_up.then_some(())?,
        }
        let clock = next.attempt.paused_at.unwrap_or(now);
        next.attempt.deadline_at =
            exam.deadline(self.started_at, self.accommodation, &next.grants, clock);
        // Reopened without any time, it would be over at once.
        let is_useless = matches!(measure, Measure::Reopen(_)) && next.attempt.deadline_at <= now;
        let takes_too_much = matches!(measure, Measure::TakeBackTime { .. })
            && next.attempt.deadline_at - clock < LEAST_LEFT;
        (!is_useless && !takes_too_much).then_some(next)
    }

    /// Stops the clock for staff. Whoever is on a break is interrupted like the others, so that it uses up no break.
    fn stop(&mut self, measure: Measure, now: DateTime<Utc>) -> Option<()> {
        if self.attempt.phase(now) != Phase::Open {
            return None;
        }
        if self.break_ends_at.is_some() {
            self.resume(now);
        }
        let is_paused = self.attempt.paused_at.is_some();
        let blanks = measure == Measure::FireExit && !self.is_blanked;
        if is_paused && !blanks {
            return None;
        }
        self.is_blanked |= blanks;
        if is_paused { Some(()) } else { self.pause(now) }
    }

    fn reopen(&mut self, seconds: u32, now: DateTime<Utc>) -> Option<()> {
        let submitted_at = self.attempt.submitted_at.take()?;
        let has_room = self.grants.add_interruption(submitted_at, Some(now));
        if !has_room || (seconds > 0 && !self.grants.add_credit(seconds, now)) {
            return None;
        }
        // Handed in during a break that was used up.
        self.is_blanked = false;
        self.break_ends_at = None;
        Some(())
    }

    fn pause(&mut self, now: DateTime<Utc>) -> Option<()> {
        if !self.grants.add_interruption(now, None) {
            return None;
        }
        self.attempt.paused_at = Some(now);
        Some(())
    }

    fn resume(&mut self, now: DateTime<Utc>) {
        self.grants.end_pause(now);
        self.attempt.paused_at = None;
        self.is_blanked = false;
        self.break_ends_at = None;
    }

    /// What is left of the breaks that were granted; `None` where none were.
    pub fn breaks_left(&self, exam: &ExamTime, now: DateTime<Utc>) -> Option<BreaksLeft> {
        exam.breaks_left(self.started_at, self.accommodation, &self.grants, now)
    }

    /// `None` when there is none left, or it is not the time for one.
    fn begin_break(&mut self, exam: &ExamTime, now: DateTime<Utc>) -> Option<()> {
        let is_away = self.attempt.paused_at.is_some() || self.break_ends_at.is_some();
        let left = self.breaks_left(exam, now)?;
        if self.attempt.phase(now) != Phase::Open || is_away || left.count == 0 {
            return None;
        }
        if !self.grants.add_break(now) {
            return None;
        }
        self.attempt.paused_at = Some(now);
        self.is_blanked = true;
        self.break_ends_at = now.checked_add_signed(left.time);
        Some(())
    }

    /// Lets the clock of a break that was used up before `now` run on from the moment at which it was; whether there is
    /// one. The student is still away, so that the page stays hidden.
    fn use_up_break(&mut self, exam: &ExamTime, now: DateTime<Utc>) -> bool {
        let Some(ended_at) = self.break_ends_at.filter(|ended_at| *ended_at <= now) else {
            return false;
        };
        if self.attempt.submitted_at.is_some() || self.attempt.paused_at.take().is_none() {
            return false;
        }
        self.grants.end_pause(ended_at);
        self.attempt.deadline_at =
            exam.deadline(self.started_at, self.accommodation, &self.grants, ended_at);
        true
    }
}

#[cfg(test)]
#[path = "invigilation_tests.rs"]
mod tests;
