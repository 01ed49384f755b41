//! Sessions that ended while access tokens of theirs are still good: known to every process within seconds, without a look
//! into the database for each request.
//!
//! Whoever ends a session notes it here at once; one task of each process reads what was ended elsewhere. What is older than
//! an access token lives is forgotten.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Clock;
use crate::exam::SessionId;
use crate::store::{PeopleStore, Store, StoreError};

/// How often the database is asked: so long, and the time of one query, a session goes on elsewhere after its end.
const LOOK: Duration = Duration::from_secs(2);
/// How far each look goes back beyond the one before: a transaction may take its time after its moment was noted, and the
/// clocks of two hosts differ.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);
/// The most sessions that are remembered: some megabytes.
const MOST: usize = 50_000;

/// The sessions that have ended and could still be used.
#[derive(Debug)]
pub struct EndedSessions {
    /// How long an access token is good.
    lifetime: TimeDelta,
    most: usize,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    ended: HashMap<SessionId, DateTime<Utc>>,
    looked_at: Option<DateTime<Utc>>,
    /// Tokens from before are not taken any more: more sessions ended than are remembered. Whose session goes on renews its
    /// token and notices nothing else.
    good_from: Option<DateTime<Utc>>,
}

impl EndedSessions {
    /// None yet, for access tokens that are good for `lifetime`.
    pub fn new(lifetime: TimeDelta) -> Self {
        Self::with_room(lifetime, MOST)
    }

    fn with_room(lifetime: TimeDelta, most: usize) -> Self {
        Self {
            lifetime,
            most,
            known: RwLock::default(),
        }
    }

    /// Whether this session has ended, or has to show that it has not by renewing a token that was issued at `issued_at`.
    pub fn is_over(&self, session: SessionId, issued_at: DateTime<Utc>) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.ended.contains_key(&session) || known.good_from.is_some_and(|from| issued_at < from)
    }

    /// Notes the end of sessions, each with its moment, and forgets what cannot be used any more at `now`.
    pub fn note(
        &self,
        ended: impl IntoIterator<Item = (SessionId, DateTime<Utc>)>,
        now: DateTime<Utc>,
    ) {
        let forgotten = now - self.lifetime - OVERLAP;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.ended.extend(ended);
        known.ended.retain(|_, at| *at > forgotten);
        if known.ended.len() > self.most {
            tracing::warn!(
                sessions = known.ended.len(),
                "more sessions ended than are remembered: every access token has to be renewed once"
            );
            known.ended.clear();
            // Tokens say the second in which they were issued.
            known.good_from = DateTime::from_timestamp(now.timestamp(), 0);
        }
    }

    /// Reads what was ended since the last look, here and in other processes.
    ///
    /// # Errors
    /// When the database cannot be read; the next look finds it.
    pub async fn look(&self, store: &dyn Store, now: DateTime<Utc>) -> Result<(), StoreError> {
        let looked_at = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.looked_at
        };
        let since = looked_at.unwrap_or(now - self.lifetime) - OVERLAP;
        let ended = PeopleStore::sessions_ended_since(store, since, self.most + 1).await?;
        self.note(ended, now);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.looked_at = known.looked_at.max(Some(now));
        Ok(())
    }

    /// Looks from time to time, until it is aborted.
    pub async fn watch(&self, store: &dyn Store, clock: &Clock) {
        let mut every = tokio::time::interval(LOOK);
        let mut was_told = false;
        loop {
            every.tick().await;
            match self.look(store, clock.now()).await {
                Ok(()) => was_told = false,
                Err(_) if was_told => {}
                Err(error) => {
                    was_told = true;
                    tracing::warn!(%error, "sessions that were ended elsewhere are not known here; it is tried again");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn an_end_is_remembered_for_as_long_as_a_token_lives() {
        let sessions = EndedSessions::with_room(TimeDelta::minutes(15), 2);
        let (one, two) = (SessionId::generate(), SessionId::generate());
        sessions.note([(one, at(0))], at(0));
        assert!(sessions.is_over(one, at(0)));
        assert!(!sessions.is_over(two, at(0)));
        sessions.note([(two, at(900))], at(900));
        assert!(sessions.is_over(one, at(0)));
        sessions.note([], at(961));
        assert!(
            !sessions.is_over(one, at(0)),
            "no token of it is good any more"
        );
        assert!(sessions.is_over(two, at(0)));
    }

    #[test]
    fn when_there_are_too_many_every_token_has_to_be_renewed_once() {
        let sessions = EndedSessions::with_room(TimeDelta::minutes(15), 2);
        let ended = [0, 1, 2].map(|_| (SessionId::generate(), at(100)));
        sessions.note(ended, at(100));
        for (session, _) in ended {
            assert!(sessions.is_over(session, at(99)));
        }
        let other = SessionId::generate();
        assert!(sessions.is_over(other, at(99)));
        assert!(!sessions.is_over(other, at(100)), "it was renewed");
    }
}
