//! The running service: put together, taken apart in order.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use thiserror::Error;
use tokio::task::JoinHandle;

use crate::accounts::sealing::{FactorKey, SealError};
use crate::clock::Clock;
use crate::commands;
use crate::emergency::{EmergencyKeys, KeyError};
use crate::ended_sessions::EndedSessions;
use crate::http::{self, AdminState, AppState, ServiceMetrics, Shared};
use crate::jobs::sweeper;
use crate::jobs::worker::Working;
use crate::lifecycle::{self, AdminListenError, Lifecycle, PromoteError};
use crate::lockout::Lockout;
use crate::maintenance::Maintenance;
use crate::passwords::{PasswordChecker, PasswordError};
use crate::settings::{AdminAddress, Colour, Environment, Settings};
use crate::store::writer::{SaveQueue, Writer, WriterLimits};
use crate::store::{DatabaseStore, Store, StoreError};
use crate::version;

/// How often metrics are folded into their buckets, and what is over is forgotten.
const UPKEEP: Duration = Duration::from_secs(5);
/// How long the admin interface may take to finish at the end.
const ADMIN_DRAIN: Duration = Duration::from_secs(2);

/// Why the service could not start or had to stop.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password hash.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The key of second factors.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The keys of emergency files.
    #[error(transparent)]
    EmergencyKeys(#[from] KeyError),
    /// The admin interface.
    #[error(transparent)]
    Admin(#[from] AdminListenError),
    /// The public port.
    #[error(transparent)]
    Public(#[from] PromoteError),
    /// Mail.
    #[error("mail cannot be sent: {0}. Install the certificates of the system (ca-certificates)")]
    Mail(String),
    /// The system.
    #[error("cannot listen for signals: {0}")]
    Signals(std::io::Error),
    /// The writer of answers works on a thread of its own.
    #[error("the writer of answers gets no thread: {0}. Raise the system's limit of processes")]
    WriterThread(std::io::Error),
    /// The writer of answers must never end by itself.
    #[error(
        "the writer of answers stopped unexpectedly: nothing can be saved, so the service stops"
    )]
    WriterStopped,
}

/// Who asks for routes: both interfaces have those of students.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// Everybody, on the public port.
    Public,
    /// Whoever tries a release in standby, on the admin interface.
    Admin,
}

/// A service that is put together: its parts run, its public port may be open.
pub struct Server {
    /// Opens and closes the public port.
    pub lifecycle: Lifecycle,
    /// What handlers share.
    pub state: AppState,
    admin: Option<lifecycle::AdminListening>,
    writer: Writer,
    working: Option<Working>,
    upkeep: [JoinHandle<()>; 4],
}

impl Server {
    /// Opens the database, starts the writer and the admin interface, and opens the public port unless this is the
    /// colour in standby.
    ///
    /// # Errors
    /// When any of it cannot be done; nothing is left running then.
    pub async fn start(settings: &Settings, clock: Clock) -> Result<Self, ServeError> {
        Self::start_with(settings, clock, |_, routes| routes).await
    }

    /// As [`Server::start`], with `around` around the public routes, of each interface by itself.
    ///
    /// It is inside of what counts requests: a release that fails under load but not in its smoke test can be built on
    /// it, for tests of what deploys it.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with(
        settings: &Settings,
        clock: Clock,
        around: impl Fn(Interface, Router) -> Router,
    ) -> Result<Self, ServeError> {
        let (url, database) = (
            settings.public_url.as_deref().unwrap_or("-"),
            &settings.database,
        );
        tracing::info!(version = version::VERSION, commit = version::COMMIT, url, %database, "starting");
        let store = open_store(settings).await?;
        let metrics = ServiceMetrics::new();
        let limits = writer_limits(settings);
        let (writer, saves) = Writer::start(&store, &clock, limits, metrics.writer.clone())
            .map_err(ServeError::WriterThread)?;
        let maintenance = Maintenance::open(settings.maintenance_file.clone());
        if maintenance.notice().is_some() {
            tracing::warn!(file = %maintenance.file().display(), "under maintenance: people are asked to come back later");
        }
        let state = shared(
            settings,
            (store, saves),
            metrics,
            maintenance.clone(),
            clock,
        )?;
        let worker =
            commands::prepare_worker(settings, Arc::clone(&state.store), state.clock.clone())?;
        let public = http::public_router(state.clone(), |routes| around(Interface::Public, routes));
        let lifecycle = Lifecycle::new(settings.listen, public, settings.drain_timeout);
        let admin = open_admin(settings, &state, &lifecycle, &around).await?;
        if is_active(settings.colour.as_ref()) {
            // Before anybody looks at an attempt whose time was over because nobody was served.
            if let Err(error) = sweeper::note_serving(state.store.as_ref(), &state.clock).await {
                tracing::warn!(%error, "it was not noted that students are served again");
            }
            lifecycle.promote().await?;
        } else {
            tracing::info!("in standby: only the admin interface answers");
        }
        let watched = state.clone();
        let (swept, its_clock) = (Arc::clone(&state.store), state.clock.clone());
        let sweeping = tokio::spawn(sweeper::run(swept, its_clock, lifecycle.clone()));
        Ok(Self {
            lifecycle,
            state: state.clone(),
            admin,
            writer,
            working: settings.works.then(|| worker.start()),
            upkeep: [
                tokio::spawn(upkeep(state)),
                tokio::spawn(watch_sessions(watched)),
                tokio::spawn(maintenance.watch()),
                sweeping,
            ],
        })
    }

    /// Goes down in order: no new connections, accepted requests finished, answers written, database closed.
    pub async fn stop(mut self) {
        self.lifecycle.finish().await;
        if let Some(admin) = self.admin {
            admin.drain(ADMIN_DRAIN).await;
        }
        if let Some(working) = self.working {
            working.stop().await;
        }
        self.writer.flush().await;
        self.upkeep.iter().for_each(JoinHandle::abort);
        if let Err(error) = self.state.store.close().await {
            tracing::error!(%error, "the database was not closed cleanly");
        }
        tracing::info!("stopped");
    }
}

/// What handlers share.
fn shared(
    settings: &Settings,
    (store, saves): (Arc<dyn Store>, SaveQueue),
    metrics: ServiceMetrics,
    maintenance: Maintenance,
    clock: Clock,
) -> Result<AppState, ServeError> {
    Ok(AppState::new(Shared {
        readiness: http::Readiness::new(Arc::clone(&store), saves.clone(), clock.clone()),
        tokens: http::tokens::Tokens::new(&settings.signing_secret),
        factor_key: FactorKey::derive(settings.signing_secret.expose())?,
        emergency_keys: EmergencyKeys::new(&settings.signing_secret)?,
        ended_sessions: EndedSessions::new(http::tokens::ACCESS_LIFETIME),
        passwords: PasswordChecker::new(settings.hash_concurrency)?,
        lockout: Lockout::default(),
        rates: http::Rates::new(settings.rates),
        boards: http::Boards::default(),
        trusted_proxies: settings.trusted_proxies.clone(),
        cors_origins: settings.cors_origins.clone(),
        pages: http::Pages {
            shows_design: settings.telemetry.environment == Environment::Development,
            directory: settings.pages_directory.clone(),
        },
        mail_link: mail_link(settings),
        instance: http::Instance::new(settings, clock.now()),
        metrics,
        store,
        saves,
        clock,
        maintenance,
    }))
}

/// Serves until the system asks to stop.
///
/// # Errors
/// When the service cannot start, or cannot go on.
pub async fn serve(settings: &Settings) -> Result<(), ServeError> {
    serve_with(settings, |_, routes| routes).await
}

/// As [`serve`], with `around` around the public routes of each interface, for tests: see [`Server::start_with`].
///
/// # Errors
/// As [`serve`].
pub async fn serve_with(
    settings: &Settings,
    around: impl Fn(Interface, Router) -> Router,
) -> Result<(), ServeError> {
    let server = Server::start_with(settings, Clock::System, around).await?;
    let reason = tokio::select! {
        signal = lifecycle::termination() => signal.map_err(ServeError::Signals),
        () = server.state.saves.stopped() => Err(ServeError::WriterStopped),
    };
    tracing::info!("stopping");
    server.stop().await;
    reason
}

fn writer_limits(settings: &Settings) -> WriterLimits {
    WriterLimits {
        queue: settings.save_queue,
        batch: settings.save_batch,
        ..WriterLimits::default()
    }
}

async fn open_store(settings: &Settings) -> Result<Arc<dyn Store>, ServeError> {
    let environment = settings.telemetry.environment;
    let store = DatabaseStore::open(&settings.database, environment).await?;
    let pending = store.migration_status().await?.pending;
    if !pending.is_empty() {
        // Not fatal: readiness says so until the migration has run, and no gate lets us serve before.
        let pending: Vec<&str> = pending.iter().map(|step| step.name.as_str()).collect();
        tracing::warn!(?pending, "migrations are pending: run exam-service migrate");
    }
    Ok(Arc::new(store))
}

/// The admin interface, where one is asked for: its own routes and the public ones.
async fn open_admin(
    settings: &Settings,
    state: &AppState,
    lifecycle: &Lifecycle,
    around: &impl Fn(Interface, Router) -> Router,
) -> Result<Option<lifecycle::AdminListening>, AdminListenError> {
    let Some(address) = &settings.admin_listen else {
        return Ok(None);
    };
    let admin = AdminState {
        app: state.clone(),
        lifecycle: lifecycle.clone(),
        colour: settings.colour.as_ref().map(|colour| colour.name.clone()),
    };
    let routes = http::public_router(state.clone(), |routes| around(Interface::Admin, routes))
        .merge(http::admin_router(admin));
    let routes = match address {
        AdminAddress::Tcp(_) => http::without_web_pages(routes),
        // No browser opens a socket file.
        AdminAddress::Unix(_) => routes,
    };
    lifecycle::serve_admin(address, routes).await.map(Some)
}

/// Whether this instance serves publicly from the start. Without a readable file nobody is active yet.
fn is_active(colour: Option<&Colour>) -> bool {
    let Some(colour) = colour else { return true };
    match std::fs::read_to_string(&colour.active_file) {
        Ok(active) => active.trim() == colour.name,
        Err(error) => {
            tracing::warn!(file = %colour.active_file.display(), %error, "cannot read which colour is active");
            false
        }
    }
}

async fn watch_sessions(state: AppState) {
    let sessions = &state.ended_sessions;
    sessions.watch(&*state.store, &state.clock).await;
}

/// What a mail names as the address of this service; `None` where no mail is sent.
fn mail_link(settings: &Settings) -> Option<String> {
    let mail = settings.mail.as_ref();
    mail.map(|_| settings.public_url.clone().unwrap_or_default())
}

async fn upkeep(state: AppState) {
    let mut every = tokio::time::interval(UPKEEP);
    loop {
        every.tick().await;
        state.metrics.run_upkeep();
        state.rates.run_upkeep();
        state.lockout.run_upkeep(state.clock.now());
    }
}
