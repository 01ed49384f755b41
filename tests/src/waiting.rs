//! Has it happened yet?

use std::time::{Duration, Instant};

/// Asks `condition` until it gives a value.
///
/// ```no_run
/// # use std::{path::Path, time::Duration};
/// let content = integration_tests::waiting::wait_for("the report", Duration::from_secs(5), || {
///     std::fs::read_to_string(Path::new("report.json")).ok()
/// });
/// ```
///
/// # Panics
/// When `limit` has passed; the message names `what` was awaited.
pub fn wait_for<T>(what: &str, limit: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(
            started.elapsed() < limit,
            "{what} did not happen within {} s",
            limit.as_secs_f32()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
