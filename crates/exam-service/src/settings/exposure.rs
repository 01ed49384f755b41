//! What the service lets in from outside: how often, from which pages, and whom it believes about addresses.

use std::num::NonZeroU32;
use std::path::PathBuf;

use axum::http::{HeaderValue, Uri};

use super::rules::Reader;
use super::{Environment, SecurityLog};
use crate::exam::network::Network;
use crate::http::TrustedProxies;

/// The most that can be asked for, which is as good as no limit: for load tests.
const MOST_PER_MINUTE: u64 = 1_000_000_000;

/// How many requests are taken in a minute, at once or spread over it.
#[derive(Debug, Clone, Copy)]
pub struct RateSettings {
    /// Logins, and apart from them renewals of sessions, from one address; a wrong password counts ten times.
    pub logins_per_address: NonZeroU32,
    /// Changes by one account: a page saves every few seconds.
    pub writes_per_account: NonZeroU32,
    /// Changes from one address, behind which a whole campus may be.
    pub writes_per_address: NonZeroU32,
}

impl Default for RateSettings {
    fn default() -> Self {
        // 5000 students sign in within two minutes, and save every five seconds.
        const LOGINS: NonZeroU32 = NonZeroU32::new(6000).unwrap();
        const WRITES: NonZeroU32 = NonZeroU32::new(1200).unwrap();
        const WRITES_OF_ALL: NonZeroU32 = NonZeroU32::new(300_000).unwrap();
        Self {
            logins_per_address: LOGINS,
            writes_per_account: WRITES,
            writes_per_address: WRITES_OF_ALL,
        }
    }
}

impl Reader<'_> {
    pub(super) fn security_log(&mut self) -> SecurityLog {
        let path = match self.get("EXAM_SECURITY_LOG") {
            None | Some("stdout") => return SecurityLog::StandardOutput,
            Some(path) => PathBuf::from(path),
        };
        if !path.is_absolute() {
            let message = format!(
                "'{}' is neither stdout nor an absolute path",
                path.display()
            );
            self.problems.note("EXAM_SECURITY_LOG", message);
        }
        SecurityLog::File(path)
    }

    pub(super) fn rates(&mut self) -> RateSettings {
        let usual = RateSettings::default();
        let mut rate = |name, default: NonZeroU32| {
            let number = self.number(name, default.get().into(), 1..=MOST_PER_MINUTE);
            let number = u32::try_from(number).ok().and_then(NonZeroU32::new);
            number.unwrap_or(default)
        };
        RateSettings {
            logins_per_address: rate("EXAM_ADDRESS_LOGINS_PER_MINUTE", usual.logins_per_address),
            writes_per_account: rate("EXAM_ACCOUNT_WRITES_PER_MINUTE", usual.writes_per_account),
            writes_per_address: rate("EXAM_ADDRESS_WRITES_PER_MINUTE", usual.writes_per_address),
        }
    }

    /// This machine's own proxy unless told otherwise.
    pub(super) fn trusted_proxies(&mut self) -> TrustedProxies {
        const NAME: &str = "EXAM_TRUSTED_PROXIES";
        let list = self.get(NAME).unwrap_or("127.0.0.0/8,::1");
        let mut networks: Vec<Network> = Vec::new();
        for part in list.split(',').map(str::trim) {
            match part.parse() {
                Ok(network) => networks.push(network),
                Err(message) => self.problems.note(NAME, message),
            }
        }
        TrustedProxies(networks)
    }

    /// Pages are compiled in; developers have them read from a folder.
    pub(super) fn pages_directory(&mut self, environment: Environment) -> Option<PathBuf> {
        const NAME: &str = "EXAM_PAGES_DIRECTORY";
        let directory = PathBuf::from(self.get(NAME)?);
        if environment != Environment::Development {
            self.problems.note(
                NAME,
                "it is for APP_ENV=development only: take it away, the pages are in the program",
            );
        } else if !directory.is_dir() {
            self.problems.note(NAME, "there is no such folder");
        }
        Some(directory)
    }

    /// No other page unless told otherwise.
    pub(super) fn cors_origins(&mut self) -> Vec<HeaderValue> {
        const NAME: &str = "EXAM_CORS_ORIGINS";
        let Some(list) = self.get(NAME) else {
            return Vec::new();
        };
        let mut origins = Vec::new();
        for part in list.split(',').map(str::trim) {
            match origin(part) {
                Some(origin) => origins.push(origin),
                None => self.problems.note(
                    NAME,
                    format!("'{part}' is no origin: name each one like https://portal.example.edu, with commas between"),
                ),
            }
        }
        origins
    }
}

/// What a browser sends as `Origin`: scheme, host and port and nothing after it.
fn origin(text: &str) -> Option<HeaderValue> {
    let uri: Uri = text.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority()?.as_str();
    let is_whole = text == format!("{scheme}://{authority}");
    let is_name = !authority.contains(['@', '*', '%']) && authority == authority.to_lowercase();
    (is_whole && is_name).then(|| HeaderValue::from_str(text).ok())?
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Variables};

    fn settings(name: &str, value: &str) -> Result<Settings, String> {
        let variables: Variables = [
            ("DATABASE_URL", "sqlite:///x/exam.db"),
            ("APP_URL", "https://exam.example.edu"),
            ("JWT_SECRET", "f3b1c98a77d20e4651aa0c3f9e8d7b6c"),
            (name, value),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        Settings::from_variables(&variables).map_err(|problems| problems.to_string())
    }

    #[test]
    fn pages_are_not_read_from_a_folder_in_production() {
        let refused = settings("EXAM_PAGES_DIRECTORY", "/");
        let problems = refused.unwrap_err();
        assert!(problems.contains("APP_ENV=development only"), "{problems}");
    }

    #[test]
    fn only_whole_origins_are_listed() {
        let taken = settings(
            "EXAM_CORS_ORIGINS",
            "https://portal.example.edu, http://localhost:3000",
        );
        assert_eq!(taken.unwrap().cors_origins.len(), 2);
        assert!(
            settings("RUST_LOG", "info")
                .unwrap()
                .cors_origins
                .is_empty()
        );
        for wrong in [
            "*",
            "null",
            "portal.example.edu",
            "https://*.example.edu",
            "https://portal.example.edu/",
            "https://portal.example.edu/path",
            "https://user@portal.example.edu",
            "https://Portal.example.edu",
            "ftp://portal.example.edu",
            "https://a.example,",
        ] {
            let report = settings("EXAM_CORS_ORIGINS", wrong).unwrap_err();
            assert!(
                report.contains("is no origin: name each one like"),
                "{report}"
            );
        }
    }

    #[test]
    fn limits_proxies_and_the_security_log_are_read() {
        let taken = settings("EXAM_ACCOUNT_WRITES_PER_MINUTE", "60").unwrap();
        assert_eq!(taken.rates.writes_per_account.get(), 60);
        let report = settings("EXAM_ADDRESS_LOGINS_PER_MINUTE", "0").unwrap_err();
        assert!(
            report.contains("'0' is not a whole number from 1 to"),
            "{report}"
        );
        let taken = settings("EXAM_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1").unwrap();
        assert_eq!(taken.trusted_proxies.0.len(), 2);
        let report = settings("EXAM_SECURITY_LOG", "security.log").unwrap_err();
        assert!(
            report.contains("'security.log' is neither stdout nor"),
            "{report}"
        );
        let report = settings("EXAM_TRUSTED_PROXIES", "proxy.example.edu").unwrap_err();
        assert!(
            report.contains("'proxy.example.edu' is no address or network"),
            "{report}"
        );
    }
}
