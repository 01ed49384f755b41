//! What handlers share. Cloning it is cheap.

use std::sync::Arc;

use axum::http::HeaderValue;

use crate::accounts::sealing::FactorKey;
use crate::clock::Clock;
use crate::emergency::EmergencyKeys;
use crate::ended_sessions::EndedSessions;
use crate::lockout::Lockout;
use crate::maintenance::Maintenance;
use crate::passwords::PasswordChecker;
use crate::store::Store;
use crate::store::writer::SaveQueue;

use super::assets::Pages;
use super::client_address::TrustedProxies;
use super::health::Readiness;
use super::invigilation::Boards;
use super::metrics::ServiceMetrics;
use super::operating::system::Instance;
use super::rates::Rates;
use super::tokens::Tokens;

/// Everything a handler may use.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// What an [`AppState`] is made of.
pub struct Shared {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The way to save answers.
    pub saves: SaveQueue,
    /// Whether people are asked to come back later.
    pub maintenance: Maintenance,
    /// The time.
    pub clock: Clock,
    /// Signs and checks access tokens.
    pub tokens: Tokens,
    /// Seals the secrets of second factors.
    pub factor_key: FactorKey,
    /// Opens emergency answer files, and has them written.
    pub emergency_keys: EmergencyKeys,
    /// Which sessions are over though a token of theirs is not.
    pub ended_sessions: EndedSessions,
    /// Checks passwords.
    pub passwords: PasswordChecker,
    /// Which logins have to wait.
    pub lockout: Lockout,
    /// How often one account and one address may ask.
    pub rates: Rates,
    /// What those see who watch exams.
    pub boards: Boards,
    /// Who is believed about the address of a client.
    pub trusted_proxies: TrustedProxies,
    /// Which other pages may use the interface.
    pub cors_origins: Vec<HeaderValue>,
    /// Where pages come from.
    pub pages: Pages,
    /// What a mail names as the address of this service; `None` where no mail is sent.
    pub mail_link: Option<String>,
    /// What does not change while this process lives.
    pub instance: Instance,
    /// Counts.
    pub metrics: ServiceMetrics,
    /// Knows whether the service can do its work.
    pub readiness: Readiness,
}

impl AppState {
    /// Shares `shared` between handlers.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Learns at once which sessions have just been ended; where that fails, the next look finds them.
    pub(super) async fn look_for_ended_sessions(&self) {
        let looked = self.ended_sessions.look(&*self.store, self.clock.now());
        if let Err(error) = looked.await {
            tracing::warn!(%error, "sessions were ended, and their access tokens are good for some seconds more");
        }
    }
}

impl std::ops::Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
