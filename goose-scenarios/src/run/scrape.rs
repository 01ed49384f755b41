//! What the server says of itself meanwhile: its metrics, read once a second.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const PERIOD: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_millis(900);

/// The server's own figures in one second of a run; nothing where it does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerSecond {
    /// Seconds since the plan began.
    pub at: u32,
    /// Processors used since the second before.
    pub cores: Option<f64>,
    pub memory_bytes: Option<f64>,
    /// Answers that wait to be written.
    pub queue_depth: Option<f64>,
    /// Requests that are being answered.
    pub in_flight: Option<f64>,
}

/// Reads the metrics of a server in a thread of its own.
pub(super) struct Scraper {
    seconds: Arc<Mutex<Vec<ServerSecond>>>,
    // Kept: the thread ends when it is dropped.
    stop: Arc<()>,
    thread: Option<JoinHandle<()>>,
}

impl Scraper {
    /// Begins at once; seconds count from `epoch`.
    pub(super) fn start(url: String, epoch: Instant) -> Self {
        let seconds = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(());
        let (kept, alive) = (Arc::clone(&seconds), Arc::downgrade(&stop));
        let thread = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            else {
                return;
            };
            runtime.block_on(async {
                let Ok(client) = reqwest::Client::builder().no_proxy().timeout(LIMIT).build()
                else {
                    return;
                };
                let mut period = tokio::time::interval(PERIOD);
                let mut before: Option<(Instant, f64)> = None;
                while alive.strong_count() > 0 {
                    period.tick().await;
                    let Some(text) = read(&client, &url).await else {
                        before = None;
                        continue;
                    };
                    let now = Instant::now();
                    let second = parse(&text, now.saturating_duration_since(epoch), before, now);
                    before = value(&text, "process_cpu_seconds_total").map(|cpu| (now, cpu));
                    kept.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(second);
                }
            });
        });
        Self {
            seconds,
            stop,
            thread: Some(thread),
        }
    }

    pub(super) fn last(&self) -> Option<ServerSecond> {
        let seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        seconds.last().copied()
    }

    /// All seconds so far; reading ends.
    pub(super) fn finish(mut self) -> Vec<ServerSecond> {
        drop(std::mem::take(&mut self.stop));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        std::mem::take(&mut *self.seconds.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn read(client: &reqwest::Client, url: &str) -> Option<String> {
    let reply = client.get(url).send().await.ok()?.error_for_status().ok()?;
    reply.text().await.ok()
}

fn parse(text: &str, at: Duration, before: Option<(Instant, f64)>, now: Instant) -> ServerSecond {
    let cpu = value(text, "process_cpu_seconds_total");
    ServerSecond {
        at: u32::try_from(at.as_secs()).unwrap_or(u32::MAX),
        // A server that was started anew counts from 0 again.
        cores: cpu.zip(before).and_then(|(cpu, (then, cpu_then))| {
            let seconds = now.duration_since(then).as_secs_f64().max(0.001);
            (cpu >= cpu_then).then_some((cpu - cpu_then) / seconds)
        }),
        memory_bytes: value(text, "process_resident_memory_bytes"),
        queue_depth: value(text, "exam_save_queue_depth"),
        in_flight: value(text, "exam_http_requests_in_flight"),
    }
}

/// The value of a metric without labels, in Prometheus' text form.
fn value(text: &str, name: &str) -> Option<f64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
    lines.find_map(|rest| rest.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# TYPE exam_save_queue_depth gauge\nexam_save_queue_depth 12\n\
        exam_save_queue_depth_other 3\nprocess_resident_memory_bytes 1048576\nprocess_cpu_seconds_total 7.5\n";

    #[test]
    fn the_servers_own_figures_are_read() {
        let now = Instant::now();
        let before = now.checked_sub(Duration::from_secs(2)).unwrap();
        let second = parse(TEXT, Duration::from_secs(9), Some((before, 6.5)), now);
        assert_eq!(
            (second.at, second.queue_depth, second.memory_bytes),
            (9, Some(12.0), Some(1_048_576.0))
        );
        assert!((second.cores.unwrap() - 0.5).abs() < 1e-6, "{second:?}");
        assert_eq!(second.in_flight, None);
        // Killed and started again.
        assert_eq!(
            parse(TEXT, Duration::ZERO, Some((before, 100.0)), now).cores,
            None
        );
    }
}
