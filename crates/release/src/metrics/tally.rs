//! How many requests were there, how many failed, and how slow were they?
//!
//! Whole numbers only: microseconds, thousandths of a percent.

use std::collections::BTreeMap;

use super::text::{Sample, parse_samples};
use crate::target::limits::Thousandths;

const REQUESTS: &str = "exam_http_requests_total";
const BUCKETS: &str = "exam_http_request_duration_seconds_bucket";
/// The route by which answers are saved.
const SAVE: (&str, &str) = ("PUT", "/api/v1/attempts/{id}/answers");
const MEMORY: &str = "process_resident_memory_bytes";
/// What a client that went away is counted as, where it is counted.
const CUT: &str = "499";
/// Bucket without an upper bound.
const ENDLESS: u64 = u64::MAX;

/// What was counted since a process started, or between two moments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    /// Answered with 5xx, or cut off.
    pub(crate) errors: u64,
    /// Upper bound in microseconds -> requests that took as long as that or less.
    buckets: BTreeMap<u64, u64>,
}

/// What a colour counted of its students: everything, and the saving of answers alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) all: Tally,
    pub(crate) saves: Tally,
}

/// How long 95 of 100 requests took at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantile {
    Microseconds(u64),
    /// Longer than the last bucket can tell.
    Beyond(u64),
}

impl Counters {
    /// Reads what `control metrics` printed. What tools ask for (health, metrics, the admin
    /// interface) is not counted: it is no student's request.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut counters = Self::default();
        let mut seen = (false, false);
        for sample in parse_samples(text)? {
            let is_requests = match sample.name {
                REQUESTS => true,
                BUCKETS => false,
                _ => continue,
            };
            seen = (seen.0 || is_requests, seen.1 || !is_requests);
            if is_of_a_tool(sample.label("route")) {
                continue;
            }
            counters.all.add(&sample, is_requests)?;
            if (sample.label("method"), sample.label("route")) == SAVE {
                counters.saves.add(&sample, is_requests)?;
            }
        }
        match seen {
            (true, true) => Ok(counters),
            (false, _) => Err(format!("the metrics name no {REQUESTS}")),
            (_, false) => Err(format!("the metrics name no {BUCKETS}")),
        }
    }

    /// What was counted since `earlier`; `None` where a counter fell, as at a restart.
    pub(crate) fn since(&self, earlier: &Self) -> Option<Self> {
        Some(Self {
            all: self.all.since(&earlier.all)?,
            saves: self.saves.since(&earlier.saves)?,
        })
    }
}

/// What a process says that it takes, in KiB; older releases do not say it.
pub(crate) fn parse_memory_kib(text: &str) -> Option<u64> {
    let samples = parse_samples(text).ok()?;
    let memory = samples.iter().find(|sample| sample.name == MEMORY)?;
    Some(memory.count()? >> 10)
}

fn is_of_a_tool(route: &str) -> bool {
    matches!(
        route,
        "maintenance" | "/metrics" | "/health" | "/api/health" | "/api/ready"
    ) || route.starts_with("/health/")
        || route.starts_with("/admin/")
}

impl Tally {
    fn add(&mut self, sample: &Sample<'_>, is_requests: bool) -> Result<(), String> {
        let unreadable = || format!("cannot read a value of the metric {}", sample.name);
        let count = sample.count().ok_or_else(unreadable)?;
        if !is_requests {
            let bound = parse_bound(sample.label("le")).ok_or_else(unreadable)?;
            let bucket = self.buckets.entry(bound).or_default();
            *bucket = bucket.saturating_add(count);
            return Ok(());
        }
        self.requests = self.requests.saturating_add(count);
        let status = sample.label("status");
        if status.starts_with('5') || status == CUT {
            self.errors = self.errors.saturating_add(count);
        }
        Ok(())
    }

    pub(crate) fn since(&self, earlier: &Self) -> Option<Self> {
        let mut buckets = BTreeMap::new();
        for (bound, count) in &self.buckets {
            let before = earlier.buckets.get(bound).copied().unwrap_or(0);
            buckets.insert(*bound, count.checked_sub(before)?);
        }
        Some(Self {
            requests: self.requests.checked_sub(earlier.requests)?,
            errors: self.errors.checked_sub(earlier.errors)?,
            buckets,
        })
    }

    /// Failed requests in percent of all; `None` without requests.
    pub(crate) fn error_percent(&self) -> Option<Thousandths> {
        let percent = (u128::from(self.errors) * 100_000).checked_div(u128::from(self.requests))?;
        u32::try_from(percent).ok().map(Thousandths)
    }

    /// The 95th percentile, worked out like Prometheus' `histogram_quantile(0.95, ...)`
    /// (<https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile>):
    /// within a bucket requests count as evenly spread, the first bucket begins at 0.
    ///
    /// `None` without requests.
    pub(crate) fn p95(&self) -> Option<Quantile> {
        let total = *self.buckets.get(&ENDLESS)?;
        // The rank of the request that is looked for, times 100.
        let rank = u128::from(total) * 95;
        let (mut lower, mut below) = (0, 0);
        for (&upper, &count) in &self.buckets {
            let inside = count.saturating_sub(below);
            if inside > 0 && u128::from(count) * 100 >= rank {
                if upper == ENDLESS {
                    return Some(Quantile::Beyond(lower));
                }
                let width = u128::from(upper - lower);
                let offset = rank.saturating_sub(u128::from(below) * 100);
                let place = width * offset / (u128::from(inside) * 100);
                return Some(Quantile::Microseconds(
                    lower + u64::try_from(place).unwrap_or(u64::MAX - lower),
                ));
            }
            (lower, below) = (upper, count);
        }
        None
    }
}

/// Seconds as microseconds.
fn parse_bound(text: &str) -> Option<u64> {
    if text == "+Inf" {
        return Some(ENDLESS);
    }
    let seconds: f64 = text.parse().ok()?;
    let bound = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    u64::try_from(bound.as_micros()).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A tally of `requests`, `errors` of them failed, with so many requests up to each bound in
    /// milliseconds (`0` is the endless one).
    pub(crate) fn tally(requests: u64, errors: u64, buckets: &[(u64, u64)]) -> Tally {
        let bound = |bound: u64| if bound == 0 { ENDLESS } else { bound * 1000 };
        Tally {
            requests,
            errors,
            buckets: buckets
                .iter()
                .map(|(ms, count)| (bound(*ms), *count))
                .collect(),
        }
    }

    const TEXT: &str = r#"# TYPE exam_http_requests_total counter
exam_http_requests_total{method="PUT",route="/api/v1/attempts/{id}/answers",status="200"} 90
exam_http_requests_total{method="PUT",route="/api/v1/attempts/{id}/answers",status="503"} 2
exam_http_requests_total{method="GET",route="/",status="200"} 10
exam_http_requests_total{method="GET",route="/",status="404"} 5
exam_http_requests_total{method="GET",route="/",status="499"} 1
exam_http_requests_total{method="GET",route="/health/readiness",status="503"} 7
exam_http_requests_total{method="GET",route="/metrics",status="200"} 7
exam_http_requests_total{method="POST",route="/admin/promote",status="500"} 7
# TYPE exam_http_request_duration_seconds histogram
exam_http_request_duration_seconds_bucket{method="PUT",route="/api/v1/attempts/{id}/answers",le="0.0025"} 80
exam_http_request_duration_seconds_bucket{method="PUT",route="/api/v1/attempts/{id}/answers",le="+Inf"} 92
exam_http_request_duration_seconds_bucket{method="GET",route="/",le="0.0025"} 16
exam_http_request_duration_seconds_bucket{method="GET",route="/",le="+Inf"} 16
exam_save_queue_depth 0
"#;

    #[test]
    fn what_students_asked_for_is_counted_and_what_tools_asked_for_is_not() {
        let counters = Counters::parse(TEXT).unwrap();
        assert_eq!((counters.all.requests, counters.all.errors), (108, 3));
        assert_eq!((counters.saves.requests, counters.saves.errors), (92, 2));
        assert_eq!(counters.all.buckets, [(2500, 96), (ENDLESS, 108)].into());
    }

    #[test]
    fn a_process_may_say_what_it_takes() {
        assert_eq!(parse_memory_kib(TEXT), None);
        let text = format!("{TEXT}{MEMORY} 20971520\n");
        assert_eq!(parse_memory_kib(&text), Some(20_480));
    }

    #[test]
    fn a_missing_metric_is_an_error_and_not_a_zero() {
        let without = |name: &str| {
            let kept: Vec<&str> = TEXT
                .lines()
                .filter(|line| !line.starts_with(name))
                .collect();
            Counters::parse(&kept.join("\n")).unwrap_err()
        };
        assert!(without(REQUESTS).contains("no exam_http_requests_total"));
        assert!(without(BUCKETS).contains("no exam_http_request_duration_seconds_bucket"));
        assert!(Counters::parse("").is_err());
        assert!(Counters::parse("exam_http_requests_total{} many").is_err());
    }

    #[test]
    fn a_window_is_the_difference_of_two_readings() {
        let (early, late) = (
            tally(10, 1, &[(1, 8), (0, 10)]),
            tally(30, 1, &[(1, 18), (5, 25), (0, 30)]),
        );
        assert_eq!(
            late.since(&early).unwrap(),
            tally(20, 0, &[(1, 10), (5, 25), (0, 20)])
        );
        assert_eq!(early.since(&late), None);
        assert_eq!(late.since(&late).unwrap().requests, 0);
    }

    #[test]
    fn the_error_rate_is_a_share_of_all_requests() {
        for (requests, errors, expected) in [
            (0, 0, None),
            (1000, 0, Some(0)),
            (1000, 5, Some(500)),
            (3, 1, Some(33_333)),
            (7, 7, Some(100_000)),
        ] {
            let rate = tally(requests, errors, &[]).error_percent();
            assert_eq!(rate.map(|rate| rate.0), expected, "{errors} of {requests}");
        }
    }

    #[test]
    fn the_95th_percentile_is_interpolated_within_its_bucket() {
        use Quantile::{Beyond, Microseconds};
        for (buckets, expected) in [
            (&[][..], None),
            (&[(10, 0), (0, 0)], None),
            // Rank 95 of 100 in a bucket from 0 to 10 ms.
            (&[(10, 100), (0, 100)], Some(Microseconds(9_500))),
            // Rank 95: 90 lie below 10 ms, so it is the 5th of 10 between 10 and 20 ms.
            (&[(10, 90), (20, 100), (0, 100)], Some(Microseconds(15_000))),
            (&[(10, 95), (20, 100), (0, 100)], Some(Microseconds(10_000))),
            // An empty bucket between holds nothing to be found.
            (
                &[(10, 94), (20, 94), (40, 100), (0, 100)],
                Some(Microseconds(23_333)),
            ),
            (&[(10, 90), (20, 90), (0, 100)], Some(Beyond(20_000))),
            (&[(10, 1), (0, 1)], Some(Microseconds(9_500))),
            // No bound at all to say anything by.
            (&[(10, 5)], None),
        ] {
            assert_eq!(tally(0, 0, buckets).p95(), expected, "{buckets:?}");
        }
    }
}
