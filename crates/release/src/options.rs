//! What does the caller decide about a deploy?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::steps::load::generator::Generator;
use crate::target::Target;
use crate::target::load_gate::LoadGate;

/// How a deploy, a rollback or a recovery is to be done.
#[derive(Clone, Debug)]
pub struct DeployOptions {
    /// Go on although students are sitting an exam; then no request may be lost.
    pub during_exam: bool,
    /// Deploy a release again that did not pass its gates when it was last deployed.
    pub retry_failed: bool,
    /// How long the new release is watched, instead of what the host's variables say; zero: not at all.
    pub bake: Option<Duration>,
    /// The load that a new release must bear, instead of what the host's variables say.
    pub load_gate: Option<LoadGate>,
    /// What makes that load; needed where a host waits for one.
    pub generator: Option<Arc<Generator>>,
    /// Apply migrations that take something away, too: under maintenance, and with no way back to
    /// releases that need it.
    pub allow_contract: bool,
    /// `login@machine`, for whoever meets the lock or reads the history.
    pub who: String,
    /// Set when the user wants to stop: what was done is undone, unless it is all but finished.
    pub interrupt: Arc<AtomicBool>,
    /// Waits before the step of this name until it is interrupted or killed; for tests.
    pub pause_before_step: Option<String>,
    pub clock: Clock,
}

impl DeployOptions {
    pub fn new(who: impl Into<String>) -> Self {
        Self {
            during_exam: false,
            retry_failed: false,
            bake: None,
            load_gate: None,
            generator: None,
            allow_contract: false,
            who: who.into(),
            interrupt: Arc::default(),
            pause_before_step: None,
            clock: Clock::system(),
        }
    }

    /// The load profile that a new release on this host must bear.
    pub fn load_profile<'p>(&'p self, target: &'p Target) -> Option<&'p str> {
        let gate = self.load_gate.as_ref().unwrap_or(&target.load_gate);
        gate.profile()
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }
}
