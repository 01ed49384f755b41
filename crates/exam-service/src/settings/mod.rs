//! What the service is told from outside: typed, and every problem reported at once.
//!
//! Settings are environment variables, laid over an optional file. Nothing here reads the environment itself: the
//! variables come in as a [`Variables`] map, so that tests and tools can pass their own.

mod address;
mod database;
mod env_file;
mod exposure;
mod help;
mod mail;
mod origins;
mod problems;
mod rules;
mod secret;
mod shown;
mod warnings;

use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderValue;

use crate::http::TrustedProxies;

pub use address::{AdminAddress, parse_admin_address};
pub use database::{Database, ServerUrl};
pub use env_file::{EnvFileError, parse_env_file};
pub use exposure::RateSettings;
pub(crate) use help::HELP;
pub use mail::MailSettings;
pub use origins::{Origin, Origins};
pub use problems::{Problem, Problems};
pub use secret::SigningSecret;
pub use shown::{Shown, ShownSetting};

use rules::Reader;

/// Variables by name.
pub type Variables = std::collections::BTreeMap<String, String>;

/// Where the service runs; production takes no weak secret and no demo data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Real exams.
    Production,
    /// A rehearsal of production.
    Staging,
    /// A developer's machine.
    Development,
    /// `examctl demo`.
    Demo,
}

impl Environment {
    /// The word used in `APP_ENV`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Demo => "demo",
        }
    }

    /// Whether a database that could lose a commit is refused rather than warned of.
    pub fn refuses_weak_databases(self) -> bool {
        matches!(self, Self::Production | Self::Staging)
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For reading along.
    Text,
}

/// Where the security log goes: one JSON object per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecurityLog {
    /// To standard output; the application's log goes to standard error.
    StandardOutput,
    /// To a file, at its end.
    File(PathBuf),
}

/// Which of two instances this is, and where it is written which one serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colour {
    /// Our name, for example `blue`.
    pub name: String,
    /// A file whose trimmed content names the colour that serves publicly.
    pub active_file: PathBuf,
}

/// Logging and error reporting; needed by every command.
#[derive(Debug, Clone)]
pub struct TelemetrySettings {
    /// How log lines look.
    pub log_format: LogFormat,
    /// A `tracing` filter, for example `info` or `exam_service=debug`.
    pub log_filter: String,
    /// Where errors are sent; nowhere when absent. Not printed.
    pub sentry_dsn: Option<String>,
    /// Where the security log of the service goes.
    pub security_log: SecurityLog,
    /// Named in error reports.
    pub environment: Environment,
}

/// What the commands that only touch the database need.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// Where everything is kept.
    pub database: Database,
    /// Logging.
    pub telemetry: TelemetrySettings,
}

/// Everything `serve` needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where everything is kept.
    pub database: Database,
    /// The public address, `host:port`.
    pub listen: std::net::SocketAddr,
    /// The private address for health, metrics and the hand-over between colours.
    pub admin_listen: Option<AdminAddress>,
    /// Signs access tokens.
    pub signing_secret: SigningSecret,
    /// The address students type; checked, and named in logs.
    pub public_url: Option<String>,
    /// Blue or green, when there are two.
    pub colour: Option<Colour>,
    /// The file whose presence means maintenance; both colours look at the same one.
    pub maintenance_file: PathBuf,
    /// How long a drain waits for requests that are being answered.
    pub drain_timeout: Duration,
    /// How many save requests may wait for the writer.
    pub save_queue: usize,
    /// How many save requests one transaction takes.
    pub save_batch: usize,
    /// How many passwords are hashed at a time.
    pub hash_concurrency: usize,
    /// How often one account and one address may ask.
    pub rates: RateSettings,
    /// Who is believed about the address of a client.
    pub trusted_proxies: TrustedProxies,
    /// Which other pages may use the interface: what browsers send as `Origin`.
    pub cors_origins: Vec<HeaderValue>,
    /// Where pages are read from, in development; compiled in when absent.
    pub pages_directory: Option<PathBuf>,
    /// How mail is sent; none is when absent.
    pub mail: Option<MailSettings>,
    /// Whether `serve` does the jobs of the queue itself.
    pub works: bool,
    /// Logging.
    pub telemetry: TelemetrySettings,
    /// Who set what.
    pub origins: Origins,
}

impl Settings {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// Every missing or unsafe setting, not only the first.
    pub fn from_variables(variables: &Variables) -> Result<Self, Problems> {
        let mut reader = Reader::new(variables);
        let environment = reader.environment();
        let telemetry = reader.telemetry(environment);
        let database = reader.database();
        let listen = reader.listen();
        let admin_listen = reader.admin_listen();
        let signing_secret = reader.signing_secret(environment);
        let public_url = reader.public_url(environment);
        let colour = reader.colour(admin_listen.as_ref());
        let maintenance_file = reader.maintenance_file(database.as_ref());
        let drain_seconds = reader.number("EXAM_DRAIN_SECONDS", 30, 0..=600);
        let save_queue = reader.number("EXAM_SAVE_QUEUE", 8192, 1..=1_000_000);
        let save_batch = reader.number("EXAM_SAVE_BATCH", 512, 1..=10_000);
        let hash_concurrency =
            reader.number("EXAM_HASH_CONCURRENCY", default_hash_concurrency(), 1..=256);
        let rates = reader.rates();
        let trusted_proxies = reader.trusted_proxies();
        let cors_origins = reader.cors_origins();
        let pages_directory = reader.pages_directory(environment);
        let mail = reader.mail(environment);
        let works = reader.switch("EXAM_WORKER", true);
        match (database, listen, signing_secret, reader.finish()) {
            (Some(database), Some(listen), Some(signing_secret), Ok(())) => Ok(Self {
                database,
                listen,
                admin_listen,
                signing_secret,
                public_url,
                colour,
                maintenance_file,
                drain_timeout: Duration::from_secs(drain_seconds),
                save_queue: usize::try_from(save_queue).unwrap_or(usize::MAX),
                save_batch: usize::try_from(save_batch).unwrap_or(usize::MAX),
                hash_concurrency: usize::try_from(hash_concurrency).unwrap_or(1),
                rates,
                trusted_proxies,
                cors_origins,
                pages_directory,
                mail,
                works,
                telemetry,
                origins: Origins::of(variables),
            }),
            (.., Err(problems)) => Err(problems),
            // A value is only absent after its problem was noted.
            (.., Ok(())) => Err(Problems::default()),
        }
    }
}

impl Settings {
    /// Where the service would run, whatever else is wrong.
    pub fn environment_of(variables: &Variables) -> Environment {
        Reader::new(variables).environment()
    }

    /// What works, but not the way an exam wants it; one sentence each, without any secret.
    pub fn warnings(&self) -> Vec<String> {
        warnings::warnings(self)
    }
}

impl DatabaseSettings {
    /// Reads only what a database command needs.
    ///
    /// # Errors
    /// Every missing or unsafe setting among them.
    pub fn from_variables(variables: &Variables) -> Result<Self, Problems> {
        let mut reader = Reader::new(variables);
        let environment = reader.environment();
        let telemetry = reader.telemetry(environment);
        let database = reader.database();
        match (database, reader.finish()) {
            (Some(database), Ok(())) => Ok(Self {
                database,
                telemetry,
            }),
            (_, problems) => Err(problems.err().unwrap_or_default()),
        }
    }
}

/// As many as there are cores, since they give way to whatever is not a login; each takes 19 MiB.
fn default_hash_concurrency() -> u64 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    u64::try_from(cores).unwrap_or(1).min(16)
}

#[cfg(test)]
mod tests;
