//! Do the figures of a while keep to the limits? Every figure with its limit and formula; pure.
//!
//! What cannot be told is *not judged*: a third word beside passed and failed.

use crate::event::{GateFigure, GateVerdict};
use crate::metrics::tally::{Counters, Quantile, Tally};
use crate::target::limits::{BakeLimits, Thousandths};

/// So many failed requests, and half of all, fail a release however few requests there were.
const PLAIN_ERRORS: u64 = 5;
/// So many failed requests, and ten times the allowed rate, need no second look.
const MANY_ERRORS: u64 = 10;

/// The old release as it was before the cutover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Baseline {
    pub(crate) counters: Counters,
    /// When it was counted, in words.
    pub(crate) period: String,
}

/// Judges everything that students asked, and their saves alone.
pub(crate) fn judge(
    limits: &BakeLimits,
    new: &Counters,
    old: Option<&Baseline>,
) -> Vec<GateFigure> {
    let mut figures = judge_tally(
        limits,
        "",
        &new.all,
        old.map(|old| (&old.counters.all, &*old.period)),
    );
    figures.extend(judge_tally(
        limits,
        "save-",
        &new.saves,
        old.map(|old| (&old.counters.saves, &*old.period)),
    ));
    figures
}

/// How many requests there were, and whether that is enough to go by.
pub(crate) fn judge_traffic(limits: &BakeLimits, new: &Counters) -> GateFigure {
    let (requests, needed) = (new.all.requests, limits.min_requests);
    let (value, verdict) = if requests >= needed {
        (requests.to_string(), GateVerdict::Passed)
    } else {
        let verdict = if limits.require_traffic {
            GateVerdict::Failed
        } else {
            GateVerdict::NotJudged
        };
        (too_few(requests, needed), verdict)
    };
    GateFigure {
        name: "requests".to_owned(),
        value,
        limit: format!("at least {needed}"),
        formula: "requests of students since the cutover".to_owned(),
        verdict,
    }
}

/// What the process takes; `None` where no limit is set.
pub(crate) fn judge_memory(limits: &BakeLimits, memory_kib: Option<u64>) -> Option<GateFigure> {
    let most = Some(limits.memory_mib_max).filter(|most| *most > 0)?;
    let (value, verdict) = match memory_kib {
        None => (
            "unknown: the host does not tell".to_owned(),
            GateVerdict::NotJudged,
        ),
        Some(kib) => (
            format!("{} MiB", kib.div_ceil(1024)),
            passes(kib <= most.saturating_mul(1024)),
        ),
    };
    Some(GateFigure {
        name: "memory".to_owned(),
        value,
        limit: format!("{most} MiB"),
        formula: "resident memory of the process at the last look".to_owned(),
        verdict,
    })
}

/// Whether so much fails that nobody needs to wait for more.
pub(crate) fn fails_plainly(limits: &BakeLimits, tally: &Tally) -> bool {
    let Some(rate) = tally.error_percent() else {
        return false;
    };
    let allowed = limits.error_percent_max;
    if rate <= allowed {
        return false;
    }
    tally.errors >= PLAIN_ERRORS && tally.errors.saturating_mul(2) >= tally.requests
        || tally.errors >= MANY_ERRORS && rate.0 >= allowed.0.saturating_mul(10)
}

fn judge_tally(
    limits: &BakeLimits,
    prefix: &str,
    new: &Tally,
    old: Option<(&Tally, &str)>,
) -> Vec<GateFigure> {
    let scene = Scene {
        limits,
        prefix,
        new,
    };
    let old = match old {
        None => Err("the old release was not read before the cutover".to_owned()),
        Some((old, period)) if old.requests < limits.min_requests => Err(format!(
            "the old release had {} {period}",
            too_few(old.requests, limits.min_requests)
        )),
        Some(known) => Ok(known),
    };
    vec![
        scene.error_rate(),
        scene.error_rate_to_old(&old),
        scene.p95(),
        scene.p95_to_old(&old),
    ]
}

/// The old release and when it was counted, or why it says nothing.
type Old<'o> = Result<(&'o Tally, &'o str), String>;

struct Scene<'s> {
    limits: &'s BakeLimits,
    prefix: &'s str,
    new: &'s Tally,
}

const ERROR_FORMULA: &str = "requests answered with 5xx or cut off / all requests";
const P95_FORMULA: &str = "histogram_quantile(0.95, exam_http_request_duration_seconds)";

impl Scene<'_> {
    fn error_rate(&self) -> GateFigure {
        self.rate_figure("error-rate", self.limits.error_percent_max, "")
    }

    fn error_rate_to_old(&self, old: &Old<'_>) -> GateFigure {
        let name = "error-rate-to-old";
        let (old, period) = match old {
            Ok(known) => known,
            Err(reason) => return self.unjudged(name, "-", ERROR_FORMULA, reason.clone()),
        };
        let (before, ratio) = (
            old.error_percent().unwrap_or(Thousandths(0)),
            self.limits.error_ratio_max,
        );
        let floor = Thousandths(self.limits.error_percent_max.0 / 2);
        let most = times(before, ratio).max(floor);
        let why = format!(
            " ({ratio} x the old release's {before} % {period}, but not less than {floor} %)"
        );
        self.rate_figure(name, most, &why)
    }

    fn rate_figure(&self, name: &str, most: Thousandths, why: &str) -> GateFigure {
        // A share of few requests is no whole request: one is always allowed, unless none is.
        let allowed = (u128::from(most.0) * u128::from(self.new.requests)).div_ceil(100_000);
        let limit = format!("{most} %{why}");
        let enough =
            self.new.requests >= self.limits.min_requests || fails_plainly(self.limits, self.new);
        let Some(rate) = self.new.error_percent().filter(|_| enough) else {
            let reason = too_few(self.new.requests, self.limits.min_requests);
            return self.unjudged(name, &limit, ERROR_FORMULA, reason);
        };
        let value = format!("{rate} % ({} of {})", self.new.errors, self.new.requests);
        let verdict = passes(u128::from(self.new.errors) <= allowed);
        self.figure(name, value, limit, ERROR_FORMULA, verdict)
    }

    fn p95(&self) -> GateFigure {
        let most = u64::from(self.limits.p95_ms_max) * 1000;
        self.p95_figure("p95", most, "")
    }

    fn p95_to_old(&self, old: &Old<'_>) -> GateFigure {
        let name = "p95-to-old";
        let (old, period) = match old {
            Ok(known) => known,
            Err(reason) => return self.unjudged(name, "-", P95_FORMULA, reason.clone()),
        };
        let before = match old.p95() {
            Some(Quantile::Microseconds(before)) => before,
            Some(Quantile::Beyond(last)) => last,
            None => {
                let reason = "the old release tells no durations".to_owned();
                return self.unjudged(name, "-", P95_FORMULA, reason);
            }
        };
        let (ratio, floor) = (self.limits.p95_ratio_max, self.limits.p95_floor_ms);
        let most = before.saturating_mul(u64::from(ratio.0)) / 1000;
        let why = format!(
            " ({ratio} x the old release's {} {period}, but not less than {floor} ms)",
            milliseconds(before)
        );
        self.p95_figure(name, most.max(u64::from(floor) * 1000), &why)
    }

    fn p95_figure(&self, name: &str, most: u64, why: &str) -> GateFigure {
        let limit = format!("{}{why}", milliseconds(most));
        if self.new.requests < self.limits.min_requests {
            let reason = too_few(self.new.requests, self.limits.min_requests);
            return self.unjudged(name, &limit, P95_FORMULA, reason);
        }
        let (value, verdict) = match self.new.p95() {
            None => return self.unjudged(name, &limit, P95_FORMULA, "no durations".to_owned()),
            Some(Quantile::Microseconds(p95)) => (milliseconds(p95), passes(p95 <= most)),
            // The buckets end before the truth, so it passes no limit.
            Some(Quantile::Beyond(last)) => (
                format!("more than {}", milliseconds(last)),
                GateVerdict::Failed,
            ),
        };
        let value = format!("{value} over {} requests", self.new.requests);
        self.figure(name, value, limit, P95_FORMULA, verdict)
    }

    fn unjudged(&self, name: &str, limit: &str, formula: &str, reason: String) -> GateFigure {
        let verdict = GateVerdict::NotJudged;
        self.figure(name, reason, limit.to_owned(), formula, verdict)
    }

    fn figure(
        &self,
        name: &str,
        value: String,
        limit: String,
        formula: &str,
        verdict: GateVerdict,
    ) -> GateFigure {
        GateFigure {
            name: format!("{}{name}", self.prefix),
            value,
            limit,
            formula: formula.to_owned(),
            verdict,
        }
    }
}

fn passes(good: bool) -> GateVerdict {
    if good {
        GateVerdict::Passed
    } else {
        GateVerdict::Failed
    }
}

fn too_few(requests: u64, needed: u64) -> String {
    format!("too few requests to judge: {requests} of {needed}")
}

fn times(percent: Thousandths, ratio: Thousandths) -> Thousandths {
    let product = u64::from(percent.0) * u64::from(ratio.0) / 1000;
    Thousandths(u32::try_from(product).unwrap_or(u32::MAX))
}

fn milliseconds(microseconds: u64) -> String {
    format!("{}.{} ms", microseconds / 1000, microseconds % 1000 / 100)
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
