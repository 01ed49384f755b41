//! Logs and error reports. None ever contains a password, a token or an answer.

mod redaction;
mod reports;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use tracing::Subscriber;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

use crate::security;
use crate::settings::{LogFormat, SecurityLog, TelemetrySettings};

/// Keeps error reporting alive; reports that wait are sent when it is dropped.
#[must_use]
pub struct Telemetry(
    #[expect(dead_code, reason = "held for its Drop")] Option<sentry::ClientInitGuard>,
);

/// Why a log could not be begun.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The file of the security log.
    #[error(
        "cannot open the security log {}: {source}. EXAM_SECURITY_LOG names a file in a folder in which the service's user may write",
        path.display()
    )]
    SecurityLog {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Starts logging to standard error and, when a DSN is set, error reporting: for commands.
pub fn start(settings: &TelemetrySettings) -> Telemetry {
    start_with(settings, None)
}

/// As [`start`], with the security log beside it: for the service.
///
/// # Errors
/// When the security log cannot be opened.
pub fn start_service(settings: &TelemetrySettings) -> Result<Telemetry, TelemetryError> {
    let security_log = open_security_log(&settings.security_log)?;
    Ok(start_with(settings, Some(security_log)))
}

fn start_with(settings: &TelemetrySettings, security_log: Option<BoxMakeWriter>) -> Telemetry {
    let guard = settings
        .sentry_dsn
        .as_deref()
        .and_then(|dsn| reports::options(dsn, settings.environment))
        .map(sentry::init);
    let reports = guard
        .is_some()
        .then(|| sentry::integrations::tracing::ErrorLayer::new().with_filter(LevelFilter::ERROR));
    // A second start in one process (tests) keeps the first subscriber.
    tracing_subscriber::registry()
        .with(application_lines(settings))
        .with(security_log.map(security_lines))
        .with(reports)
        .try_init()
        .ok();
    Telemetry(guard)
}

/// What the application says, without what is for the security log.
fn application_lines<S>(settings: &TelemetrySettings) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let filter =
        EnvFilter::try_new(&settings.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let is_ours = filter_fn(|metadata| metadata.target() != security::TARGET);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.log_format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.boxed(),
    };
    lines.with_filter(filter.and(is_ours))
}

/// The security log: JSON lines, whatever the application's log is set to.
fn security_lines<S>(writer: BoxMakeWriter) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_writer(writer)
        .with_filter(filter_fn(|metadata| metadata.target() == security::TARGET))
}

/// A file is only ever added to, each line at once: whoever rotates it copies and empties it.
fn open_security_log(log: &SecurityLog) -> Result<BoxMakeWriter, TelemetryError> {
    match log {
        SecurityLog::StandardOutput => Ok(BoxMakeWriter::new(std::io::stdout)),
        SecurityLog::File(path) => {
            let file = append_only().open(path);
            let file = file.map_err(|source| TelemetryError::SecurityLog {
                path: path.clone(),
                source,
            })?;
            Ok(BoxMakeWriter::new(Arc::new(file)))
        }
    }
}

fn append_only() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::exam::UserId;
    use crate::http::ClientAddress;
    use crate::settings::Environment;

    fn settings() -> TelemetrySettings {
        TelemetrySettings {
            log_format: LogFormat::Json,
            log_filter: "off".to_owned(),
            sentry_dsn: None,
            security_log: SecurityLog::StandardOutput,
            environment: Environment::Demo,
        }
    }

    #[test]
    fn the_security_log_has_its_own_lines_only_and_survives_being_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("security.log");
        let writer = open_security_log(&SecurityLog::File(path.clone())).unwrap();
        let subscriber = tracing_subscriber::registry()
            .with(application_lines(&settings()))
            .with(security_lines(writer));
        let address = ClientAddress(Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))));
        let account = UserId::generate();
        let read = || std::fs::read_to_string(&path).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!("of the application");
            security::login_failed(Some(account), address);
            security::login_failed(None, address);
            let lines: Vec<serde_json::Value> = read()
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            assert_eq!(lines.len(), 2, "{lines:?}");
            assert_eq!(lines[0]["event"], "login-failed");
            assert_eq!(lines[0]["target"], security::TARGET);
            assert_eq!(lines[0]["account"], account.to_string());
            assert_eq!(lines[0]["address"], "192.0.2.7");
            assert!(lines[0]["timestamp"].is_string());
            assert!(lines[1].get("account").is_none());
            // As logrotate does with copytruncate.
            File::options()
                .write(true)
                .truncate(true)
                .open(&path)
                .unwrap();
            security::token_reused(address);
            assert!(read().starts_with('{'), "{}", read());
        });
    }

    #[test]
    fn a_security_log_that_cannot_be_opened_is_said() {
        let path = PathBuf::from("/nowhere/security.log");
        let error = open_security_log(&SecurityLog::File(path)).err().unwrap();
        let text = error.to_string();
        assert!(text.contains("/nowhere/security.log") && text.contains("EXAM_SECURITY_LOG"));
    }
}
