//! `worker`: does the jobs of the queue beside the service, or instead of it.

use std::sync::Arc;

use super::CommandError;
use crate::clock::Clock;
use crate::jobs::mail::Mailer;
use crate::jobs::worker::Worker;
use crate::lifecycle;
use crate::server::ServeError;
use crate::settings::Settings;
use crate::store::{DatabaseStore, Store};

/// Works until the system asks to stop.
///
/// # Errors
/// When the database cannot be opened, or mail could not be sent at all.
pub async fn worker(settings: &Settings) -> Result<(), CommandError> {
    let environment = settings.telemetry.environment;
    let store: Arc<dyn Store> =
        Arc::new(DatabaseStore::open(&settings.database, environment).await?);
    let working = prepare(settings, Arc::clone(&store), Clock::System)?.start();
    tracing::info!(database = %settings.database, sends_mail = settings.mail.is_some(), "working");
    let reason = lifecycle::termination().await;
    tracing::info!("stopping");
    working.stop().await;
    store.close().await?;
    Ok(reason.map_err(ServeError::Signals)?)
}

/// A worker with these settings.
///
/// # Errors
/// When the system has no certificates by which a mail server could be trusted.
pub fn prepare(
    settings: &Settings,
    store: Arc<dyn Store>,
    clock: Clock,
) -> Result<Worker, ServeError> {
    let mailer = settings.mail.as_ref().map(Mailer::new).transpose();
    Ok(Worker {
        store,
        clock,
        mailer: mailer.map_err(|error| ServeError::Mail(error.to_string()))?,
        public_url: settings.public_url.clone().unwrap_or_default(),
    })
}
