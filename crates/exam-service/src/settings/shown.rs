//! The settings as they hold, for administrators: what each is, and who said so. No secret is among them.

use super::origins::Origin;
use super::{AdminAddress, LogFormat, MailSettings, SecurityLog, Settings};

/// What may be shown of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// What it is, without any password in it.
    Value(String),
    /// There is one, and it is nobody's business.
    Secret,
    /// There is none.
    Nothing,
}

/// A setting as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSetting {
    /// The variable.
    pub name: &'static str,
    /// What it is.
    pub value: Shown,
    /// Who said so.
    pub origin: Origin,
}

impl Settings {
    /// Every setting as it holds, in the order of the help of `serve`.
    pub fn shown(&self) -> Vec<ShownSetting> {
        let all = self.needed().into_iter().chain(self.others());
        let shown = all.map(|(name, value)| ShownSetting {
            origin: self.origins.of_setting(name),
            name,
            value,
        });
        shown.collect()
    }

    fn needed(&self) -> [(&'static str, Shown); 13] {
        let secret = |name| secret(self.origins.of_setting(name) != Origin::Usual);
        let colour = self.colour.as_ref();
        [
            ("APP_ENV", value(self.telemetry.environment.as_str())),
            ("APP_URL", optional(self.public_url.as_ref())),
            ("DATABASE_URL", value(&self.database)),
            ("JWT_SECRET", secret("JWT_SECRET")),
            ("JWT_SECRET_FILE", secret("JWT_SECRET_FILE")),
            ("EXAM_LISTEN", value(&self.listen)),
            (
                "EXAM_ADMIN_LISTEN",
                optional(self.admin_listen.as_ref().map(AdminAddress::to_string)),
            ),
            ("EXAM_COLOUR", optional(colour.map(|colour| &colour.name))),
            (
                "EXAM_ACTIVE_FILE",
                optional(colour.map(|colour| colour.active_file.display())),
            ),
            ("EXAM_DRAIN_SECONDS", value(&self.drain_timeout.as_secs())),
            (
                "EXAM_MAINTENANCE_FILE",
                value(&self.maintenance_file.display()),
            ),
            ("EXAM_TRUSTED_PROXIES", list(&self.trusted_proxies.0)),
            (
                "EXAM_CORS_ORIGINS",
                list(
                    self.cors_origins
                        .iter()
                        .filter_map(|origin| origin.to_str().ok()),
                ),
            ),
        ]
    }

    fn others(&self) -> [(&'static str, Shown); 14] {
        let (rates, telemetry) = (&self.rates, &self.telemetry);
        let log_format = match telemetry.log_format {
            LogFormat::Json => "json",
            LogFormat::Text => "text",
        };
        let security_log = match &telemetry.security_log {
            SecurityLog::StandardOutput => value("stdout"),
            SecurityLog::File(path) => value(&path.display()),
        };
        let mail = self.mail.as_ref();
        [
            (
                "EXAM_PAGES_DIRECTORY",
                optional(self.pages_directory.as_ref().map(|folder| folder.display())),
            ),
            (
                "EXAM_ADDRESS_LOGINS_PER_MINUTE",
                value(&rates.logins_per_address),
            ),
            (
                "EXAM_ACCOUNT_WRITES_PER_MINUTE",
                value(&rates.writes_per_account),
            ),
            (
                "EXAM_ADDRESS_WRITES_PER_MINUTE",
                value(&rates.writes_per_address),
            ),
            ("EXAM_SAVE_QUEUE", value(&self.save_queue)),
            ("EXAM_SAVE_BATCH", value(&self.save_batch)),
            ("EXAM_HASH_CONCURRENCY", value(&self.hash_concurrency)),
            ("SMTP_URL", optional(mail.map(MailSettings::server))),
            ("MAIL_FROM", optional(mail.map(|mail| &mail.from))),
            ("EXAM_WORKER", value(if self.works { "on" } else { "off" })),
            ("EXAM_LOG_FORMAT", value(log_format)),
            ("RUST_LOG", value(&telemetry.log_filter)),
            ("EXAM_SECURITY_LOG", security_log),
            // It names a key.
            ("SENTRY_DSN", secret(telemetry.sentry_dsn.is_some())),
        ]
    }
}

fn value(value: &(impl ToString + ?Sized)) -> Shown {
    Shown::Value(value.to_string())
}

fn optional(value: Option<impl ToString>) -> Shown {
    value.map_or(Shown::Nothing, |value| Shown::Value(value.to_string()))
}

fn secret(is_set: bool) -> Shown {
    if is_set {
        Shown::Secret
    } else {
        Shown::Nothing
    }
}

fn list(values: impl IntoIterator<Item = impl ToString>) -> Shown {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    optional((!values.is_empty()).then(|| values.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{HELP, Variables};
    use super::*;

    fn settings(more: &[(&str, &str)]) -> Settings {
        let base = [
            ("DATABASE_URL", "mysql://exam:sesame@db.example.edu/exam"),
            ("APP_URL", "https://exam.example.edu"),
            ("JWT_SECRET", "f3b1c98a77d20e4651aa0c3f9e8d7b6c"),
            ("EXAM_MAINTENANCE_FILE", "/x/maintenance.json"),
        ];
        let variables: Variables = base
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Settings::from_variables(&variables).unwrap()
    }

    #[test]
    fn every_setting_of_the_help_is_shown_in_its_order() {
        let is_name = |word: &&str| {
            word.len() > 4
                && word
                    .chars()
                    .all(|letter| letter.is_ascii_uppercase() || letter == '_')
        };
        let lines = HELP.lines().filter_map(|line| line.strip_prefix("    "));
        let words = lines.flat_map(|line| line.split("  ").next().unwrap_or_default().split(", "));
        let told: Vec<&str> = words.filter(is_name).collect();
        let shown = settings(&[]).shown();
        let shown: Vec<&str> = shown.iter().map(|setting| setting.name).collect();
        assert_eq!(shown, told);
    }

    #[test]
    fn no_secret_is_shown_and_it_is_said_who_set_what() {
        let settings = settings(&[
            ("SMTP_URL", "smtps://user:sesame@mail.example.edu"),
            ("MAIL_FROM", "Exam office <exams@example.edu>"),
            ("SENTRY_DSN", "https://sesame@sentry.example.edu/1"),
            ("RUST_LOG", " "),
            ("EXAM_SAVE_BATCH", "64"),
        ]);
        let settings = settings.with_file(BTreeSet::from(["EXAM_SAVE_BATCH".to_owned()]));
        let shown = settings.shown();
        let all = format!("{shown:?}");
        assert!(
            !all.contains("sesame") && !all.contains("f3b1c98a"),
            "{all}"
        );
        let found = |name: &str| {
            let one = shown.iter().find(|setting| setting.name == name).unwrap();
            (one.value.clone(), one.origin)
        };
        let value = |text: &str| Shown::Value(text.to_owned());
        for (name, expected) in [
            (
                "DATABASE_URL",
                (
                    value("mysql://exam@db.example.edu/exam"),
                    Origin::Environment,
                ),
            ),
            ("JWT_SECRET", (Shown::Secret, Origin::Environment)),
            ("JWT_SECRET_FILE", (Shown::Nothing, Origin::Usual)),
            (
                "SMTP_URL",
                (value("smtps://mail.example.edu"), Origin::Environment),
            ),
            ("SENTRY_DSN", (Shown::Secret, Origin::Environment)),
            ("EXAM_SAVE_BATCH", (value("64"), Origin::File)),
            ("EXAM_SAVE_QUEUE", (value("8192"), Origin::Usual)),
            ("RUST_LOG", (value("info"), Origin::Usual)),
            (
                "EXAM_TRUSTED_PROXIES",
                (value("127.0.0.0/8, ::1"), Origin::Usual),
            ),
            ("EXAM_CORS_ORIGINS", (Shown::Nothing, Origin::Usual)),
        ] {
            assert_eq!(found(name), expected, "{name}");
        }
    }
}
