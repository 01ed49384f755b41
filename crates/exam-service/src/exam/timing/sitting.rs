//! When one sitting ends: the one formula, with everything that a student may have been granted.
//!
//! ```text
//! clock    = the start; the start of the window, where coming late costs time
//! base     = min(clock + duration, end of the window), not before the start
//! extra    = (base - start) x extra percent, up to a full second, + extra time
//! deadline = base + extra + credits + time that was paused + breaks up to what is allowed
//! ```
//!
//! The window cuts what everybody has, never what one student was granted: whoever loses ten minutes to a power cut gets
//! ten minutes back, also at the end of the day.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::late::LateStart;

/// What one student was granted before the exam.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accommodation {
    /// In percent of the time that everybody has.
    pub extra_percent: u32,
    /// On top of that, in seconds.
    pub extra_seconds: u32,
    /// How long breaks may be together without costing time, in seconds.
    pub break_seconds: u32,
}

impl Accommodation {
    /// Nothing.
    pub const NONE: Self = Self {
        extra_percent: 0,
        extra_seconds: 0,
        break_seconds: 0,
    };
}

/// Why the clock stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// An invigilator, or an outage: all of it is given back.
    Interruption,
    /// The student wanted it: given back as far as breaks were granted.
    Break,
}

/// A time in which the student could not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Why.
    pub reason: PauseReason,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; `None` while it lasts.
    pub until: Option<DateTime<Utc>>,
}

/// Where a sitting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SittingPhase {
    /// Answers are taken.
    Running,
    /// Nothing is taken, and no time is lost as far as it is given back.
    Paused,
    /// Its time is over, grace not included.
    Over,
}

/// Everything that decides when a sitting ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    /// When the student started.
    pub started_at: DateTime<Utc>,
    /// How long everybody has.
    pub duration: TimeDelta,
    /// From when the exam could be started.
    pub window_start: DateTime<Utc>,
    /// Until when everybody has to be done.
    pub window_end: DateTime<Utc>,
    /// What coming late means.
    pub late_start: LateStart,
    /// What was granted before.
    pub accommodation: Accommodation,
    /// Time credits given during the exam; negative ones count as none.
    pub credits: Vec<TimeDelta>,
    /// Pauses in any order; where they overlap, time counts once, as an interruption if one of them is.
    pub pauses: Vec<Pause>,
}

impl Sitting {
    /// What everybody has, within the window.
    fn base_end(&self) -> DateTime<Utc> {
        let clock = match self.late_start {
            LateStart::LosesTime { .. } => self.window_start.min(self.started_at),
            LateStart::KeepsTime { .. } => self.started_at,
        };
        let end = clock.checked_add_signed(self.duration);
        end.map_or(self.window_end, |end| end.min(self.window_end))
            .max(self.started_at)
    }

    fn extra(&self) -> TimeDelta {
        let base_ms = (self.base_end() - self.started_at).num_milliseconds();
        let percent = i64::from(self.accommodation.extra_percent);
        let extra_ms = base_ms.saturating_mul(percent) / 100;
        let seconds =
            extra_ms.saturating_add(999) / 1000 + i64::from(self.accommodation.extra_seconds);
        TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX)
    }

    /// When its time is over as known at `now`; while it is paused, the end moves on with the clock.
    pub fn deadline(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let (interrupted, on_break) = self.stood_still(now);
        let allowed = TimeDelta::seconds(i64::from(self.accommodation.break_seconds));
        let credits = self
            .credits
            .iter()
            .filter(|credit| **credit > TimeDelta::zero());
        let grants = [self.extra(), interrupted, on_break.min(allowed)];
        let end = credits
            .chain(&grants)
            .try_fold(self.base_end(), |end, grant| end.checked_add_signed(*grant));
        end.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// How much of the breaks that were granted is left at `now`.
    pub fn break_left(&self, now: DateTime<Utc>) -> TimeDelta {
        let (_, on_break) = self.stood_still(now);
        let allowed = TimeDelta::seconds(i64::from(self.accommodation.break_seconds));
        (allowed - on_break).max(TimeDelta::zero())
    }

    /// Where it stands at `now`. A pause that has begun keeps it from being over: what is given back is known only when
    /// it ends. A break beyond what is allowed keeps nothing.
    pub fn phase(&self, now: DateTime<Utc>) -> SittingPhase {
        let lasts =
            |pause: &&Pause| pause.from <= now && pause.until.is_none_or(|until| now < until);
        let is_over = now >= self.deadline(now);
        match self.pauses.iter().find(lasts) {
            _ if is_over => SittingPhase::Over,
            Some(_) => SittingPhase::Paused,
            None => SittingPhase::Running,
        }
    }

    /// How long it was interrupted, and how long on a break beside that, from its start until `now`.
    fn stood_still(&self, now: DateTime<Utc>) -> (TimeDelta, TimeDelta) {
        let spans = |wanted: &dyn Fn(&Pause) -> bool| {
            let chosen = self.pauses.iter().filter(|pause| wanted(pause));
            chosen
                .map(|pause| {
                    let until = pause.until.map_or(now, |until| until.min(now));
                    (pause.from.max(self.started_at), until)
                })
                .collect::<Vec<_>>()
        };
        let interrupted = covered(spans(&|pause| pause.reason == PauseReason::Interruption));
        let all = covered(spans(&|_| true));
        (interrupted, all - interrupted)
    }
}

/// How much time the spans cover together.
fn covered(mut spans: Vec<(DateTime<Utc>, DateTime<Utc>)>) -> TimeDelta {
    spans.sort();
    let mut sum = TimeDelta::zero();
    let mut reached = DateTime::<Utc>::MIN_UTC;
    for (from, until) in spans {
        let from = from.max(reached);
        if until > from {
            sum += until - from;
            reached = until;
        }
    }
    sum
}

#[cfg(test)]
#[path = "sitting_tests.rs"]
mod tests;
