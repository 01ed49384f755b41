//! Passwords: argon2id with the parameters OWASP names, so slow on purpose that it needs its own bounds.

mod threads;

use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::accounts::initial_password::{self, InitialPassword};
use threads::Threads;

/// Memory in KiB, passes, lanes: OWASP's second choice, 19 MiB and about 20 ms on a current core.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How many logins may wait per hashing thread: at 30 ms each the last waits about eight seconds.
const WAITERS_PER_THREAD: usize = 256;
/// Longer passwords are refused before they are hashed.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// Why a password was not hashed or checked.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// As many logins wait as may wait.
    #[error("too many logins are waiting")]
    QueueFull,
    /// The hash function failed.
    #[error("cannot hash the password: {0}")]
    Hash(String),
    /// The system gave no thread to hash on.
    #[error("cannot start a thread for passwords: {0}")]
    Threads(#[from] std::io::Error),
}

/// Hashes `password` with a fresh salt; takes tens of milliseconds.
///
/// # Errors
/// When the system gives no randomness or memory.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    let failed = |error: &dyn std::fmt::Display| PasswordError::Hash(error.to_string());
    let hasher = hasher().map_err(|error| failed(&error))?;
    let hash: PasswordHash = hasher
        .hash_password(password.as_bytes())
        .map_err(|error| failed(&error))?;
    Ok(hash.to_string())
}

fn hasher() -> Result<Argon2<'static>, argon2::Error> {
    Ok(Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(MEMORY_KIB, PASSES, LANES, None)?,
    ))
}

/// Whether `password` is the one of `hash`, whose parameters may be of another time. `memory` is written over.
fn verify(password: &str, hash: &str, memory: &mut Vec<Block>) -> Option<bool> {
    let hash = PasswordHash::new(hash).ok()?;
    let algorithm = Algorithm::new(hash.algorithm.as_str()).ok()?;
    let version = hash.version?.try_into().ok()?;
    let params = Params::try_from(&hash).ok()?;
    let (salt, expected) = (hash.salt?, hash.hash?);
    memory.resize(params.block_count(), Block::default());
    let mut output = vec![0; expected.len()];
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password.as_bytes(), &salt, &mut output, memory)
        .ok()?;
    // Outputs are compared in constant time.
    Some(Output::new(&output).ok()? == expected)
}

/// Checks passwords on threads of their own that give way to all others, so that a login storm never takes the cores from
/// saving answers.
#[derive(Clone)]
pub struct PasswordChecker {
    threads: Arc<Threads>,
    free: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// One for each password that is being hashed.
    memories: Arc<Mutex<Vec<Vec<Block>>>>,
    /// Checked when there is no such account, so that both cases take the same time.
    decoy: Arc<str>,
}

impl PasswordChecker {
    /// A checker that hashes on at most `concurrency` threads at a time.
    ///
    /// # Errors
    /// When there are no threads, or not even one password can be hashed.
    pub fn new(concurrency: usize) -> Result<Self, PasswordError> {
        Self::with_waiters(concurrency, concurrency.saturating_mul(WAITERS_PER_THREAD))
    }

    /// As [`PasswordChecker::new`], with the number of logins that may wait beside those being hashed.
    ///
    /// # Errors
    /// When not even one password can be hashed.
    pub fn with_waiters(concurrency: usize, waiters: usize) -> Result<Self, PasswordError> {
        Ok(Self {
            threads: Arc::new(Threads::start(concurrency)?),
            free: Arc::new(Semaphore::new(concurrency)),
            places: Arc::new(Semaphore::new(concurrency + waiters)),
            memories: Arc::default(),
            decoy: hash_password("decoy")?.into(),
        })
    }

    /// Whether `password` is the one of `hash`; without a hash the answer is no, and as slow.
    ///
    /// # Errors
    /// [`PasswordError::QueueFull`] at once when too many wait.
    pub async fn check(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        let decoy = Arc::clone(&self.decoy);
        let memories = Arc::clone(&self.memories);
        self.run(move || {
            let kept = || memories.lock().unwrap_or_else(PoisonError::into_inner);
            let mut memory = kept().pop().unwrap_or_default();
            let known = hash.as_deref().map(initial_password::without_mark);
            let slow = known.filter(|hash| !InitialPassword::is_stored(hash));
            let matches = verify(&password, slow.unwrap_or(&decoy), &mut memory);
            kept().push(memory);
            match (slow, known) {
                (Some(_), _) => matches == Some(true),
                // Its hash is a fast one; the decoy has taken the time of a slow one all the same.
                (None, Some(fast)) => InitialPassword::matches(fast, &password),
                (None, None) => false,
            }
        })
        .await
    }

    /// Hashes `password` with a fresh salt, in turn with those that are checked.
    ///
    /// # Errors
    /// [`PasswordError::QueueFull`] at once when too many wait; when the system gives no randomness or memory.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.run(move || hash_password(&password)).await?
    }

    /// Does `work` on one of the threads, once it is its turn. Who gives up before costs nothing.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| PasswordError::QueueFull)?;
        let free = Arc::clone(&self.free).acquire_owned().await;
        let free = free.map_err(|error| PasswordError::Hash(error.to_string()))?;
        let done = self.threads.run(move || {
            // The permit goes with the work: a caller that gives up does not make room for more than there are threads.
            let _free = free;
            work()
        });
        done.await
            .map_err(|error| PasswordError::Hash(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_passes() {
        let checker = PasswordChecker::new(1).unwrap();
        let hash = hash_password("correct horse").unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            checker
                .check("correct horse".to_owned(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !checker
                .check("wrong horse".to_owned(), Some(hash))
                .await
                .unwrap()
        );
        assert!(!checker.check("decoy".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn hashing_takes_the_memory_of_those_hashed_at_once_and_no_more() {
        let checker = PasswordChecker::new(2).unwrap();
        let mut checks = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let checker = checker.clone();
            checks.spawn(async move { checker.check("wrong horse".to_owned(), None).await });
        }
        for checked in checks.join_all().await {
            assert!(!checked.unwrap());
        }
        let kept: Vec<usize> = checker
            .memories
            .lock()
            .unwrap()
            .iter()
            .map(Vec::len)
            .collect();
        let blocks = usize::try_from(MEMORY_KIB).unwrap();
        assert!(
            kept.len() <= 2 && kept.iter().all(|len| *len == blocks),
            "{kept:?}"
        );
    }

    #[test]
    fn a_hash_of_other_parameters_still_checks_and_what_is_none_never_does() {
        let mut memory = Vec::new();
        let older = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 1, 1, None).unwrap(),
        );
        let older: PasswordHash = older.hash_password(b"correct horse").unwrap();
        let older = older.to_string();
        assert_eq!(verify("correct horse", &older, &mut memory), Some(true));
        assert_eq!(verify("wrong horse", &older, &mut memory), Some(false));
        for none in [
            "",
            "correct horse",
            "$argon2id$v=19$m=64,t=1,p=1$",
            "$scrypt$ln=1$c2FsdHNhbHQ$aGFzaA",
        ] {
            assert_eq!(verify("correct horse", none, &mut memory), None, "{none}");
        }
    }

    #[tokio::test]
    async fn a_full_queue_of_logins_refuses_at_once() {
        let checker = PasswordChecker::with_waiters(1, 0).unwrap();
        let _busy = Arc::clone(&checker.places).try_acquire_owned().unwrap();
        let refused = checker.check("x".to_owned(), None).await;
        assert!(matches!(refused, Err(PasswordError::QueueFull)));
    }
}
