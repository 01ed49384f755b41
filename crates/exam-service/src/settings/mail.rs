//! Where mail goes: `SMTP_URL` and `MAIL_FROM`, both or none.

use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use url::Url;

use super::Environment;
use super::rules::Reader;

/// How long a mail server may take for each of its answers.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// How mail is sent.
#[derive(Clone)]
pub struct MailSettings {
    /// Of the mail server, with what it takes to sign in there.
    url: String,
    /// Who sends it.
    pub from: Mailbox,
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings")
            .field("url", &"********")
            .field("from", &self.from)
            .finish()
    }
}

impl MailSettings {
    /// The way to the mail server; nothing is connected yet.
    ///
    /// # Errors
    /// When the system has no certificates to trust.
    pub fn transport(
        &self,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&self.url)?;
        Ok(builder.timeout(Some(ANSWER_LIMIT)).build())
    }

    /// The mail server, without what it takes to sign in there.
    pub(super) fn server(&self) -> String {
        let Ok(url) = self.url.parse::<Url>() else {
            return String::new();
        };
        let port = url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        format!(
            "{}://{}{port}",
            url.scheme(),
            url.host_str().unwrap_or_default()
        )
    }
}

impl Reader<'_> {
    /// Nothing is sent unless both are set.
    pub(super) fn mail(&mut self, environment: Environment) -> Option<MailSettings> {
        let (url, from) = match (self.get("SMTP_URL"), self.get("MAIL_FROM")) {
            (None, None) => return None,
            (Some(url), Some(from)) => (url, from),
            (Some(_), None) => {
                let message = "is not set, but SMTP_URL is: name the sender, for example Exam office <exams@example.edu>";
                self.problems.note("MAIL_FROM", message);
                return None;
            }
            (None, Some(_)) => {
                let message = "is not set, but MAIL_FROM is: name the mail server, for example smtps://USER:PASSWORD@mail.example.edu";
                self.problems.note("SMTP_URL", message);
                return None;
            }
        };
        if let Err(message) = check_url(url, environment) {
            self.problems.note("SMTP_URL", message);
        }
        let Ok(from) = from.parse::<Mailbox>() else {
            let message =
                format!("'{from}' is no address: write it like Exam office <exams@example.edu>");
            self.problems.note("MAIL_FROM", message);
            return None;
        };
        let url = url.to_owned();
        Some(MailSettings { url, from })
    }
}

/// Why this is no way to a mail server; never with the URL, which may have a password.
fn check_url(text: &str, environment: Environment) -> Result<(), String> {
    const FORMS: &str = "write it like smtps://USER:PASSWORD@mail.example.edu, \
        smtp://USER:PASSWORD@mail.example.edu:587?tls=required, or smtp://127.0.0.1:25";
    let url: Url = text.parse().map_err(|_| format!("is no URL: {FORMS}"))?;
    if !matches!(url.scheme(), "smtp" | "smtps") || url.host_str().is_none_or(str::is_empty) {
        return Err(format!("is no URL of a mail server: {FORMS}"));
    }
    AsyncSmtpTransport::<Tokio1Executor>::from_url(text)
        .map_err(|_| format!("cannot be used: {FORMS}"))?;
    let is_safe = url.scheme() == "smtps"
        || url
            .query_pairs()
            .any(|it| it == ("tls".into(), "required".into()));
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if !is_safe && !is_here && environment.refuses_weak_databases() {
        return Err(
            "would send links that let people in, and its password, in the clear: use smtps:// or ?tls=required"
                .to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Variables};

    fn settings(more: &[(&str, &str)]) -> Result<Settings, String> {
        let base = [
            ("DATABASE_URL", "sqlite:///x/exam.db"),
            ("APP_URL", "https://exam.example.edu"),
            ("JWT_SECRET", "f3b1c98a77d20e4651aa0c3f9e8d7b6c"),
        ];
        let variables: Variables = base
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Settings::from_variables(&variables).map_err(|problems| problems.to_string())
    }

    const FROM: (&str, &str) = ("MAIL_FROM", "Exam office <exams@example.edu>");

    #[test]
    fn mail_is_sent_where_both_are_set_and_safe() {
        assert!(settings(&[]).unwrap().mail.is_none());
        for url in [
            "smtps://user:pa%2Fss@mail.example.edu",
            "smtp://user:word@mail.example.edu:587?tls=required",
            "smtp://127.0.0.1:2525",
        ] {
            let taken = settings(&[("SMTP_URL", url), FROM]).unwrap();
            let mail = taken.mail.unwrap();
            assert!(mail.transport().is_ok(), "{url}");
            assert!(!format!("{mail:?}").contains("pa%2Fss"));
        }
    }

    #[test]
    fn what_cannot_be_used_is_said_without_its_password() {
        for (url, expected) in [
            ("smtp://user:sesame@mail.example.edu", "in the clear"),
            (
                "https://user:sesame@mail.example.edu",
                "no URL of a mail server",
            ),
            ("user:sesame@mail", "no URL"),
            (
                "smtp://user:sesame@mail.example.edu?tls=maybe",
                "cannot be used",
            ),
        ] {
            let report = settings(&[("SMTP_URL", url), FROM]).unwrap_err();
            assert!(report.contains(expected), "{url}: {report}");
            assert!(!report.contains("sesame"), "{report}");
        }
        let report = settings(&[("SMTP_URL", "smtp://127.0.0.1")]).unwrap_err();
        assert!(report.contains("MAIL_FROM  is not set"), "{report}");
        let report = settings(&[FROM]).unwrap_err();
        assert!(report.contains("SMTP_URL  is not set"), "{report}");
        let report = settings(&[("SMTP_URL", "smtp://127.0.0.1"), ("MAIL_FROM", "nobody")]);
        assert!(report.unwrap_err().contains("'nobody' is no address"));
        let report = settings(&[("EXAM_WORKER", "maybe")]).unwrap_err();
        assert!(report.contains("'maybe' is neither on nor off"), "{report}");
    }
}
