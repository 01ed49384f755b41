//! One mail to one mail server: delivered, to be tried again, or refused for good.

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use thiserror::Error;
use uuid::Uuid;

use crate::settings::MailSettings;
use crate::store::jobs::Mail;

/// Why a mail was not delivered.
#[derive(Debug, Error)]
pub enum MailError {
    /// It never will be: the server or the address says so.
    #[error("{0}")]
    Refused(String),
    /// It may be later.
    #[error("{0}")]
    NotNow(String),
}

/// Sends mail.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// The way to the server of `settings`; it is connected to with each mail.
    ///
    /// # Errors
    /// When the system has no certificates to trust.
    pub fn new(settings: &MailSettings) -> Result<Self, lettre::transport::smtp::Error> {
        Ok(Self {
            transport: settings.transport()?,
            from: settings.from.clone(),
        })
    }

    /// Sends a mail. The same `id` gives the same `Message-ID`: where a server took a mail and its answer was lost, the
    /// mailbox can tell that the second one is the same.
    ///
    /// # Errors
    /// [`MailError::Refused`] for addresses that are none and answers of the 5yz kind; else [`MailError::NotNow`].
    pub async fn send(&self, id: Uuid, mail: &Mail) -> Result<(), MailError> {
        let refused = |error: &dyn std::fmt::Display| MailError::Refused(error.to_string());
        let to: Mailbox = mail
            .to
            .parse()
            .map_err(|error| refused(&format!("the address cannot be used: {error}")))?;
        let subject = mail.subject.replace(|c: char| c.is_control(), " ");
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| refused(&error))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(refused(&error)),
            Err(error) => Err(MailError::NotNow(error.to_string())),
        }
    }
}
