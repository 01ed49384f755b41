//! Is the watch over a new release over, and how did it end? One look after the other; pure.
//!
//! Everything since the cutover is judged at the end. So that a release that plainly fails is not
//! borne with until then, the looks are also cut into slices of enough requests, and some bad ones
//! in a row end the watch.

use std::time::Duration;

use crate::event::{GateFigure, GateVerdict};
use crate::metrics::judge::{Baseline, fails_plainly, judge, judge_memory, judge_traffic};
use crate::metrics::reading::Reading;
use crate::metrics::tally::Counters;
use crate::target::limits::BakeLimits;

/// Looks without an answer, in a row, that are a failure.
const SILENT_MAX: u32 = 5;
/// Bad slices in a row that are a failure.
const BAD_SLICES: u32 = 3;
/// A slice is not shorter than this, however many requests there are.
const SLICE: Duration = Duration::from_secs(2);
/// How much longer a watch may take when its last slice was bad.
const EXTENSION: Duration = Duration::from_secs(30);

/// What a look means for the watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outlook {
    Watching,
    Over {
        figures: Vec<GateFigure>,
        /// Why the release failed; `None`: nothing speaks against it.
        failure: Option<String>,
    },
}

/// The watch over one release.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    limits: BakeLimits,
    length: Duration,
    old: Option<Baseline>,
    /// What was read before the cutover, or else first.
    start: Option<Reading>,
    /// Where the present slice began.
    slice: Option<(Duration, Counters)>,
    bad_slices: u32,
    silent: u32,
}

impl Watch {
    /// `start` is the new release as it was before the cutover, if it was read then.
    pub(crate) fn new(
        limits: BakeLimits,
        length: Duration,
        old: Option<Baseline>,
        start: Option<Reading>,
    ) -> Self {
        Self {
            limits,
            length,
            old,
            slice: start
                .as_ref()
                .map(|start| (Duration::ZERO, start.counters.clone())),
            start,
            bad_slices: 0,
            silent: 0,
        }
    }

    /// Takes one look, made `elapsed` after the watch began.
    pub(crate) fn observe(&mut self, look: Result<Reading, String>, elapsed: Duration) -> Outlook {
        let reading = match look {
            Ok(reading) => reading,
            Err(silence) => return self.bear_silence(&silence),
        };
        self.silent = 0;
        let start = self.start.get_or_insert_with(|| reading.clone()).clone();
        let restarted = reading.process.differs_from(&start.process);
        let since = reading.counters.since(&start.counters);
        let Some(since) = since.filter(|_| !restarted) else {
            return failed(Vec::new(), restart_reason(&start, &reading));
        };
        let mut figures = vec![judge_traffic(&self.limits, &since)];
        figures.extend(judge(&self.limits, &since, self.old.as_ref()));
        figures.extend(judge_memory(&self.limits, reading.process.memory_kib));
        let plain = fails_plainly(&self.limits, &since.all)
            || fails_plainly(&self.limits, &since.saves)
            || has_failed(&figures, |figure| figure.name == "memory");
        if plain {
            return judged(figures);
        }
        self.cut_slice(&reading.counters, elapsed);
        if self.bad_slices >= BAD_SLICES {
            let latest = self.describe_slices(&figures);
            return failed(figures, latest);
        }
        let is_undecided = self.bad_slices > 0 && elapsed < self.length + EXTENSION;
        if elapsed < self.length || is_undecided {
            return Outlook::Watching;
        }
        if self.bad_slices > 0 {
            let latest = self.describe_slices(&figures);
            return failed(figures, latest);
        }
        judged(figures)
    }

    fn bear_silence(&mut self, silence: &str) -> Outlook {
        self.silent += 1;
        if self.silent < SILENT_MAX {
            return Outlook::Watching;
        }
        failed(
            Vec::new(),
            format!("its metrics could not be read {SILENT_MAX} times in a row: {silence}"),
        )
    }

    /// Judges the slice that this look ends, if it is long enough.
    fn cut_slice(&mut self, now: &Counters, elapsed: Duration) {
        let Some((began, before)) = &self.slice else {
            self.slice = Some((elapsed, now.clone()));
            return;
        };
        let Some(slice) = now.since(before) else {
            return;
        };
        if elapsed.saturating_sub(*began) < SLICE || slice.all.requests < self.limits.min_requests {
            return;
        }
        let figures = judge(&self.limits, &slice, self.old.as_ref());
        if has_failed(&figures, |_| true) {
            self.bad_slices += 1;
        } else {
            self.bad_slices = 0;
        }
        self.slice = Some((elapsed, now.clone()));
    }

    fn describe_slices(&self, figures: &[GateFigure]) -> String {
        let slices = format!(
            "the latest {} slices of at least {} requests were over the limits",
            self.bad_slices, self.limits.min_requests
        );
        match reasons(figures) {
            since if since.is_empty() => slices,
            since => format!("{slices}; since the cutover: {since}"),
        }
    }
}

fn has_failed(figures: &[GateFigure], which: impl Fn(&GateFigure) -> bool) -> bool {
    figures
        .iter()
        .any(|figure| figure.verdict == GateVerdict::Failed && which(figure))
}

fn reasons(figures: &[GateFigure]) -> String {
    let failed = figures
        .iter()
        .filter(|figure| figure.verdict == GateVerdict::Failed);
    let texts: Vec<String> = failed
        .map(|figure| {
            format!(
                "{} is {}, the limit is {} [{}]",
                figure.name, figure.value, figure.limit, figure.formula
            )
        })
        .collect();
    texts.join("; ")
}

fn judged(figures: Vec<GateFigure>) -> Outlook {
    let failure = Some(reasons(&figures)).filter(|reasons| !reasons.is_empty());
    Outlook::Over { figures, failure }
}

fn failed(figures: Vec<GateFigure>, failure: String) -> Outlook {
    Outlook::Over {
        figures,
        failure: Some(failure),
    }
}

fn restart_reason(start: &Reading, now: &Reading) -> String {
    match (start.process.pid, now.process.pid) {
        (Some(before), Some(after)) if before != after => {
            format!("it was restarted while it was watched: process {before} is now {after}")
        }
        _ => "it was restarted while it was watched: its counters began anew".to_owned(),
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
