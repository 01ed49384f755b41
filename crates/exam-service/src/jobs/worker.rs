//! A worker: takes a job that is due, does it, and says how it ended. There may be several, on several machines.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::mail::{MailError, Mailer};
use crate::clock::Clock;
use crate::http::tokens::ResetToken;
use crate::store::jobs::{Claim, Mail, NewReset, TryOutcome, Work};
use crate::store::{Store, StoreError};

/// How often an idle worker looks for work.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long it leaves a database alone that could not be asked.
const AFTER_FAILURE: Duration = Duration::from_secs(15);
/// How long a job may take before its worker is taken for dead; longer than a mail server may take over one mail.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How often a job is tried: over about eight hours.
pub const MOST_TRIES: i64 = 14;
/// The longest wait before the next try.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);
/// How long the end of the service waits for the job that is being done.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How much of an error is kept, in characters.
const MOST_ERROR_CHARACTERS: usize = 500;
/// How long the link of a mail is good.
pub const RESET_LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// What a worker needs.
pub struct Worker {
    /// Where the jobs are.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Clock,
    /// Where mail goes; nowhere when absent.
    pub mailer: Option<Mailer>,
    /// The address that links begin with.
    pub public_url: String,
}

/// A worker that works until it is told to stop.
pub struct Working {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Working {
    /// Takes no more jobs, and waits for the one that is being done.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(STOP_LIMIT, self.task).await.is_err() {
            tracing::warn!("a job was not done in time: it is done again when its lease is over");
        }
    }
}

impl Worker {
    /// Works beside everything else.
    pub fn start(self) -> Working {
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            while !*stopped.borrow() {
                let wait = match self.work().await {
                    Ok(true) => continue,
                    Ok(false) => LOOK_EVERY,
                    Err(error) => {
                        tracing::warn!(%error, "no job could be taken or ended");
                        AFTER_FAILURE
                    }
                };
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = stopped.changed() => {}
                }
            }
        });
        Working { stop, task }
    }

    /// Does one job that is due; whether there was one.
    ///
    /// # Errors
    /// When the database cannot be asked. A job that was begun is then done again once its lease is over.
    pub async fn work(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let Some(claim) = self.store.claim_job(now, now + LEASE).await? else {
            return Ok(false);
        };
        let outcome = match claim.work.clone() {
            // Its workers ended without a word each time: it may be the reason.
            _ if claim.tries > MOST_TRIES => self.dead("each worker that began it was gone"),
            None => self.later(&claim, "this version does not know such a job"),
            Some(Work::Mail(mail)) => self.send(&claim, &mail).await,
            Some(Work::PasswordReset { login }) => {
                self.store
                    .issue_reset(&claim, &login, self.new_reset())
                    .await?;
                return Ok(true);
            }
        };
        let (job, tries) = (claim.id, claim.tries);
        match &outcome {
            TryOutcome::Done => tracing::debug!(%job, tries, "a job is done"),
            // Not the error: a mail server's answer may have an address in it. It is kept with the job.
            TryOutcome::Again { due_at, .. } => {
                tracing::warn!(%job, tries, %due_at, "a job failed: it is tried again");
            }
            TryOutcome::Dead { .. } => {
                tracing::error!(%job, tries, "a job failed for good: see the dead letters");
            }
        }
        if !self.store.end_claim(&claim, outcome).await? {
            tracing::warn!(%job, "a job took longer than its lease: somebody else does it as well");
        }
        Ok(true)
    }

    async fn send(&self, claim: &Claim, mail: &Mail) -> TryOutcome {
        let Some(mailer) = &self.mailer else {
            return self.later(claim, "SMTP_URL is not set");
        };
        match mailer.send(claim.id, mail).await {
            Ok(()) => TryOutcome::Done,
            Err(MailError::Refused(error)) => self.dead(&error),
            Err(MailError::NotNow(error)) => self.later(claim, &error),
        }
    }

    fn dead(&self, error: &str) -> TryOutcome {
        TryOutcome::Dead {
            at: self.clock.now(),
            error: shortened(error),
        }
    }

    fn later(&self, claim: &Claim, error: &str) -> TryOutcome {
        if claim.tries >= MOST_TRIES {
            return self.dead(error);
        }
        TryOutcome::Again {
            due_at: self.clock.now() + wait_after(claim.tries),
            error: shortened(error),
        }
    }

    fn new_reset(&self) -> NewReset {
        let (now, token) = (self.clock.now(), ResetToken::generate());
        let url = self.public_url.trim_end_matches('/');
        let minutes = RESET_LIFETIME.num_minutes();
        NewReset {
            token_hash: token.hash,
            expires_at: now + RESET_LIFETIME,
            now,
            subject: "A new password".to_owned(),
            text: format!(
                // Short lines: they are sent as they are, and a link is not divided.
                "Somebody, probably you, asked for a new password. To choose one, open\n\n{url}/#reset={}\n\n\
                 The link works once, within {minutes} minutes.\n\
                 If it was not you, there is nothing to do: the old password stays.\n",
                token.plain
            ),
        }
    }
}

/// Twice as long each time, from half a minute to an hour.
fn wait_after(tries: i64) -> TimeDelta {
    let doublings = u32::try_from(tries.clamp(1, 12) - 1).unwrap_or(0);
    let seconds = 30_i64.saturating_mul(2_i64.saturating_pow(doublings));
    TimeDelta::seconds(seconds).min(LONGEST_WAIT)
}

fn shortened(error: &str) -> String {
    error.chars().take(MOST_ERROR_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let waits = [1, 2, 3, 7, 8, 9, i64::MAX].map(|tries| wait_after(tries).num_seconds());
        assert_eq!(waits, [30, 60, 120, 1920, 3600, 3600, 3600]);
        let all: i64 = (1..MOST_TRIES).map(|it| wait_after(it).num_minutes()).sum();
        assert!((7 * 60..9 * 60).contains(&all), "{all} minutes");
    }
}
