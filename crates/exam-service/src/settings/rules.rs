//! The rule of each setting: its default, what is refused, and the words for it.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::{
    AdminAddress, Colour, Database, Environment, LogFormat, Problems, SigningSecret,
    TelemetrySettings, Variables, parse_admin_address,
};

/// Reads variables and gathers what is wrong with them.
pub(super) struct Reader<'a> {
    variables: &'a Variables,
    pub(super) problems: Problems,
}

impl<'a> Reader<'a> {
    pub(super) fn new(variables: &'a Variables) -> Self {
        Self {
            variables,
            problems: Problems::default(),
        }
    }

    pub(super) fn finish(self) -> Result<(), Problems> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self.problems)
        }
    }

    /// A variable's value; empty counts as not set.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.variables
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn environment(&mut self) -> Environment {
        match self.get("APP_ENV") {
            None | Some("production") => Environment::Production,
            Some("staging") => Environment::Staging,
            Some("development") => Environment::Development,
            Some("demo") => Environment::Demo,
            Some(other) => {
                let message =
                    format!("'{other}' is none of production, staging, development, demo");
                self.problems.note("APP_ENV", message);
                Environment::Production
            }
        }
    }

    pub(super) fn telemetry(&mut self, environment: Environment) -> TelemetrySettings {
        let log_format = match self.get("EXAM_LOG_FORMAT") {
            None | Some("json") => LogFormat::Json,
            Some("text") => LogFormat::Text,
            Some(other) => {
                self.problems.note(
                    "EXAM_LOG_FORMAT",
                    format!("'{other}' is neither json nor text"),
                );
                LogFormat::Json
            }
        };
        let log_filter = self.get("RUST_LOG").unwrap_or("info").to_owned();
        if log_filter.parse::<tracing_subscriber::EnvFilter>().is_err() {
            self.problems.note(
                "RUST_LOG",
                format!("'{log_filter}' is not a log filter; try: info"),
            );
        }
        let sentry_dsn = self.get("SENTRY_DSN").map(str::to_owned);
        if sentry_dsn
            .as_deref()
            .is_some_and(|dsn| dsn.parse::<sentry::types::Dsn>().is_err())
        {
            self.problems.note(
                "SENTRY_DSN",
                "is not a DSN: copy it from the Sentry project, or leave it empty",
            );
        }
        TelemetrySettings {
            log_format,
            log_filter,
            sentry_dsn,
            security_log: self.security_log(),
            environment,
        }
    }

    pub(super) fn database(&mut self) -> Option<Database> {
        let Some(url) = self.get("DATABASE_URL") else {
            self.problems.note(
                "DATABASE_URL",
                "is not set. Set it to, for example, sqlite:///var/lib/exam-service/exam.db",
            );
            return None;
        };
        Database::parse(url)
            .map_err(|message| self.problems.note("DATABASE_URL", message))
            .ok()
    }

    pub(super) fn listen(&mut self) -> Option<SocketAddr> {
        let text = self.get("EXAM_LISTEN").unwrap_or("127.0.0.1:8080");
        let address = text.parse().ok();
        if address.is_none() {
            let message =
                format!("'{text}' is not ADDRESS:PORT, for example 127.0.0.1:8080 or 0.0.0.0:8080");
            self.problems.note("EXAM_LISTEN", message);
        }
        address
    }

    pub(super) fn admin_listen(&mut self) -> Option<AdminAddress> {
        let parsed = parse_admin_address(self.get("EXAM_ADMIN_LISTEN")?);
        parsed
            .map_err(|message| self.problems.note("EXAM_ADMIN_LISTEN", message))
            .ok()
    }

    pub(super) fn signing_secret(&mut self, environment: Environment) -> Option<SigningSecret> {
        let allow_weak = environment != Environment::Production;
        let (variable, text) = match (self.get("JWT_SECRET"), self.get("JWT_SECRET_FILE")) {
            (Some(text), None) => ("JWT_SECRET", text.to_owned()),
            (None, Some(path)) => match read_secret_file(path) {
                Ok(text) => ("JWT_SECRET_FILE", text),
                Err(message) => {
                    self.problems.note("JWT_SECRET_FILE", message);
                    return None;
                }
            },
            (Some(_), Some(_)) => {
                self.problems.note(
                    "JWT_SECRET",
                    "is set together with JWT_SECRET_FILE: keep one of them",
                );
                return None;
            }
            (None, None) => {
                let message =
                    "is not set, nor JWT_SECRET_FILE. Make one with: openssl rand -hex 32";
                self.problems.note("JWT_SECRET", message);
                return None;
            }
        };
        SigningSecret::parse(&text, allow_weak)
            .map_err(|message| self.problems.note(variable, message))
            .ok()
    }

    pub(super) fn public_url(&mut self, environment: Environment) -> Option<String> {
        let url = self.get("APP_URL");
        match url {
            None if environment == Environment::Production => {
                self.problems.note(
                    "APP_URL",
                    "is not set. Set it to the address students type: https://exam.example.edu",
                );
            }
            Some(url) if !is_http_url(url) => {
                self.problems.note(
                    "APP_URL",
                    format!("'{url}' does not look like https://exam.example.edu"),
                );
            }
            _ => {}
        }
        url.map(str::to_owned)
    }

    pub(super) fn colour(&mut self, admin: Option<&AdminAddress>) -> Option<Colour> {
        match (self.get("EXAM_COLOUR"), self.get("EXAM_ACTIVE_FILE")) {
            (_, None) => None,
            (None, Some(_)) => {
                self.problems.note(
                    "EXAM_COLOUR",
                    "is not set, but EXAM_ACTIVE_FILE is: say which colour this is",
                );
                None
            }
            (Some(name), Some(file)) => {
                if admin.is_none() {
                    let message = "is not set, but EXAM_ACTIVE_FILE is: a standby could not be reached to promote it";
                    self.problems.note("EXAM_ADMIN_LISTEN", message);
                }
                Some(Colour {
                    name: name.to_owned(),
                    active_file: PathBuf::from(file),
                })
            }
        }
    }

    /// Beside the database file unless told otherwise: there the service may write, and both colours look. A server
    /// has no such place.
    pub(super) fn maintenance_file(&mut self, database: Option<&Database>) -> PathBuf {
        let Some(text) = self.get("EXAM_MAINTENANCE_FILE") else {
            let Some(database) = database else {
                return PathBuf::new();
            };
            let Some(file) = database.file() else {
                let message = "is not set, and a database on a server has no folder of its own: set it to a file that \
                               the service may write, for example /var/lib/exam-service/maintenance.json";
                self.problems.note("EXAM_MAINTENANCE_FILE", message);
                return PathBuf::new();
            };
            return file.with_file_name("maintenance.json");
        };
        let file = PathBuf::from(text);
        if !file.is_absolute() || file.file_name().is_none() {
            let message = format!(
                "'{text}' is not an absolute path: leave it out for maintenance.json beside the database file"
            );
            self.problems.note("EXAM_MAINTENANCE_FILE", message);
        }
        file
    }

    /// `on` or `off`.
    pub(super) fn switch(&mut self, name: &'static str, default: bool) -> bool {
        match self.get(name) {
            None => default,
            Some("on") => true,
            Some("off") => false,
            Some(other) => {
                self.problems
                    .note(name, format!("'{other}' is neither on nor off"));
                default
            }
        }
    }

    pub(super) fn number(
        &mut self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> u64 {
        let Some(text) = self.get(name) else {
            return default;
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let message = format!(
                    "'{text}' is not a whole number from {} to {}",
                    range.start(),
                    range.end()
                );
                self.problems.note(name, message);
                default
            }
        }
    }
}

fn is_http_url(url: &str) -> bool {
    url.parse::<axum::http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

fn read_secret_file(path: &str) -> Result<String, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
    if is_readable_by_everybody(path) {
        return Err(format!(
            "{path} can be read by everybody on this machine: chmod o-rwx {path}"
        ));
    }
    Ok(text)
}

#[cfg(unix)]
fn is_readable_by_everybody(path: &str) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_readable_by_everybody(_path: &str) -> bool {
    false
}
