//! What is counted, and `GET /metrics` in Prometheus' text form.
//!
//! The recorder is owned, not global: several services in one process (tests) count apart.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use crate::exam::RefusalReason;
use crate::http::description::ProblemSchema;
use crate::http::envelope::Peer;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::store::writer::{self, WriterMetrics};
use crate::version;

const METADATA: Metadata<'static> =
    Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
/// Upper bounds in seconds.
const LATENCY_BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];
/// Upper bounds in requests.
const BATCH_BUCKETS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// One kind of request: method, route and status.
type Series = HashMap<&'static str, HashMap<Arc<str>, HashMap<u16, (Counter, Histogram)>>>;

/// Everything that is counted.
#[derive(Clone)]
pub struct ServiceMetrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    requests: Arc<RwLock<Series>>,
    /// What the writer counts.
    pub writer: WriterMetrics,
    in_flight: Gauge,
    resident: Gauge,
    maintenance: Gauge,
    /// Refused answers, in the order of [`RefusalReason::ALL`].
    refused: [Counter; RefusalReason::ALL.len()],
}

impl ServiceMetrics {
    /// Counters at zero.
    pub fn new() -> Self {
        let recorder = PrometheusBuilder::new();
        let recorder = set_buckets(
            recorder,
            "exam_http_request_duration_seconds",
            &LATENCY_BUCKETS,
        );
        let recorder = writer::SECONDS.iter().fold(recorder, |recorder, name| {
            set_buckets(recorder, name, &LATENCY_BUCKETS)
        });
        let recorder = set_buckets(recorder, writer::BATCH_SIZE, &BATCH_BUCKETS).build_recorder();
        let writer = WriterMetrics::register(&recorder);
        let build = vec![
            Label::new("version", version::VERSION),
            Label::new("commit", version::COMMIT),
        ];
        recorder
            .register_gauge(&Key::from_parts("exam_build_info", build), &METADATA)
            .set(1.0);
        let gauge = |name| recorder.register_gauge(&Key::from_static_name(name), &METADATA);
        let refused = |reason: &'static str| {
            let key = Key::from_parts(
                "exam_saves_refused_total",
                vec![Label::new("reason", reason)],
            );
            recorder.register_counter(&key, &METADATA)
        };
        Self {
            refused: RefusalReason::ALL.map(|reason| refused(reason.as_str())),
            in_flight: gauge("exam_http_requests_in_flight"),
            resident: gauge("process_resident_memory_bytes"),
            maintenance: gauge("exam_maintenance"),
            handle: recorder.handle(),
            recorder: Arc::new(recorder),
            requests: Arc::default(),
            writer,
        }
    }

    /// Counts one answer that was refused.
    pub fn count_refused_save(&self, reason: RefusalReason) {
        let counters = RefusalReason::ALL.iter().zip(&self.refused);
        for (_, counter) in counters.filter(|(known, _)| known.as_str() == reason.as_str()) {
            counter.increment(1);
        }
    }

    /// Counts one request. `route` is the pattern, not the path: the number of series stays bounded.
    pub(in crate::http) fn count_request(
        &self,
        method: &'static str,
        route: &str,
        status: StatusCode,
        took: Duration,
    ) {
        if let Ok(series) = self.requests.read()
            && let Some((counter, histogram)) = series
                .get(method)
                .and_then(|routes| routes.get(route))
                .and_then(|known| known.get(&status.as_u16()))
        {
            counter.increment(1);
            histogram.record(took);
            return;
        }
        let labels = vec![
            Label::new("method", method),
            Label::new("route", route.to_owned()),
        ];
        let histogram = self.recorder.register_histogram(
            &Key::from_parts("exam_http_request_duration_seconds", labels.clone()),
            &METADATA,
        );
        let mut labels = labels;
        labels.push(Label::new("status", status.as_str().to_owned()));
        let counter = self.recorder.register_counter(
            &Key::from_parts("exam_http_requests_total", labels),
            &METADATA,
        );
        counter.increment(1);
        histogram.record(took);
        if let Ok(mut series) = self.requests.write() {
            let route = series
                .entry(method)
                .or_default()
                .entry(Arc::from(route))
                .or_default();
            route.insert(status.as_u16(), (counter, histogram));
        }
    }

    /// Brings up to date what is only known when it is asked for.
    fn observe(&self, is_maintenance: bool) {
        if let Some(bytes) = resident_bytes() {
            self.resident.set(bytes);
        }
        self.maintenance.set(if is_maintenance { 1.0 } else { 0.0 });
    }

    /// Counts one request as being answered until the guard is dropped, the metrics' own included.
    pub(in crate::http) fn count_in_flight(&self) -> InFlight {
        self.in_flight.increment(1.0);
        InFlight(self.in_flight.clone())
    }

    /// Folds raw samples into buckets; call it every few seconds, or they pile up.
    pub fn run_upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// Everything in Prometheus' text form.
    pub fn render(&self) -> String {
        let mut text = self.handle.render();
        if let Some(seconds) = processor_seconds() {
            // The recorder counts in whole numbers, and this is a count of parts of a second.
            let name = "process_cpu_seconds_total";
            // Writing to a String cannot fail.
            write!(text, "# TYPE {name} counter\n{name} {seconds:.2}\n").ok();
        }
        text
    }
}

/// A request that is being answered; over when dropped, also where its client went away.
pub(in crate::http) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// User and system time of the process so far: the 14th and 15th field of `/proc/self/stat`, behind the name in
/// parentheses, in hundredths of a second (fixed on Linux for programs).
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}

/// The memory of this process that is in RAM, in bytes; known on Linux only.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u32 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(f64::from(kibibytes) * 1024.0)
}

impl Default for ServiceMetrics {
    fn default() -> Self {
        Self::new()
    }
}

fn set_buckets(builder: PrometheusBuilder, name: &str, buckets: &[f64]) -> PrometheusBuilder {
    // Fails only for an empty list; the lists are constants above.
    match builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets) {
        Ok(builder) => builder,
        Err(_) => PrometheusBuilder::new(),
    }
}

/// Metrics in Prometheus' text form
///
/// On the public port only for this machine itself: a proxy sets `X-Forwarded-For`.
#[utoipa::path(
    get, path = "/metrics", operation_id = "metrics", tag = "Operation",
    responses(
        (status = 200, description = "The metrics", body = String, content_type = "text/plain"),
        (status = 404, description = "`not-found`: Not from elsewhere", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn show(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !peer.is_local || headers.contains_key("x-forwarded-for") {
        return Err(crate::http::error::no_such_page().await);
    }
    state.saves.record_depth();
    state.metrics.observe(state.maintenance.notice().is_some());
    Ok((
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        state.metrics.render(),
    )
        .into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_says_what_each_metric_means() {
        let metrics = ServiceMetrics::new();
        metrics.count_request("GET", "/", StatusCode::OK, Duration::ZERO);
        metrics.observe(false);
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        let readme = std::fs::read_to_string(readme).unwrap();
        let text = metrics.render();
        let named = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let named: Vec<&str> = named.filter_map(|line| line.split(' ').next()).collect();
        assert!(named.len() >= 10, "{text}");
        for name in named {
            let documented = [format!("`{name}`"), format!("`{name}{{")];
            let is_documented = documented.iter().any(|name| readme.contains(name));
            assert!(is_documented, "README.md does not explain {name}");
        }
    }
}
