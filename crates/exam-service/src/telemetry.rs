//! Logs and error reports. Neither ever contains a password, a token or an answer.

use sentry::protocol::Event;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::settings::{LogFormat, TelemetrySettings};
use crate::version;

/// Keeps error reporting alive; reports that wait are sent when it is dropped.
#[must_use]
pub struct Telemetry(
    #[expect(dead_code, reason = "held for its Drop")] Option<sentry::ClientInitGuard>,
);

/// Starts logging to standard error and, when a DSN is set, error reporting.
pub fn start(settings: &TelemetrySettings) -> Telemetry {
    let guard = settings
        .sentry_dsn
        .as_deref()
        .and_then(|dsn| start_sentry(dsn, settings));
    let filter =
        EnvFilter::try_new(&settings.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.log_format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.boxed(),
    };
    let reports = guard
        .is_some()
        .then(|| sentry::integrations::tracing::ErrorLayer::new().with_filter(LevelFilter::ERROR));
    // A second start in one process (tests) keeps the first subscriber.
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(reports)
        .try_init()
        .ok();
    Telemetry(guard)
}

fn start_sentry(dsn: &str, settings: &TelemetrySettings) -> Option<sentry::ClientInitGuard> {
    // Parsed here: the builder would panic on a DSN that is none.
    dsn.parse::<sentry::types::Dsn>().ok()?;
    let options = sentry::ClientOptions::new()
        .dsn(dsn)
        .release(format!("exam-service@{}", version::VERSION))
        .environment(settings.environment.as_str())
        .send_default_pii(false)
        .before_send(|event| Some(scrub(event)));
    Some(sentry::init(options))
}

/// Leaves only what helps to find a fault in the program.
fn scrub(mut event: Event<'static>) -> Event<'static> {
    event.request = None;
    event.user = None;
    event.server_name = None;
    event.extra.clear();
    for breadcrumb in &mut event.breadcrumbs.values {
        breadcrumb.data.clear();
    }
    event
}

#[cfg(test)]
mod tests {
    use sentry::protocol::{Request, User};

    use super::*;

    #[test]
    fn a_report_names_neither_user_nor_request_nor_host() {
        let mut event = Event {
            request: Some(Request {
                data: Some("password=x".to_owned()),
                ..Request::default()
            }),
            user: Some(User {
                username: Some("student".to_owned()),
                ..User::default()
            }),
            server_name: Some("exam-host".into()),
            message: Some("a batch failed".to_owned()),
            ..Event::default()
        };
        event.extra.insert("answer".to_owned(), "my-answer".into());
        let text = format!("{:?}", scrub(event));
        for secret in ["password", "student", "exam-host", "my-answer"] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
        assert!(text.contains("a batch failed"));
    }
}
