//! Who may ask for the writing connection next: one at a time, of a bounded queue, for a bounded time.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

/// How many may wait, the one whose turn it is included: all of a large exam, who hand in within two seconds. A turn is
/// about a millisecond, so it is the time that a wait may take which refuses somebody, and not the crowd.
const PLACES: usize = 8192;
/// How long a turn is waited for.
const WAIT: Duration = Duration::from_secs(5);

/// The queue.
#[derive(Debug)]
pub(in crate::store) struct Turns {
    places: Semaphore,
    turn: Semaphore,
    wait: Duration,
}

/// A turn; over when dropped.
pub(in crate::store) struct Turn<'a> {
    _place: SemaphorePermit<'a>,
    _turn: SemaphorePermit<'a>,
}

impl Default for Turns {
    fn default() -> Self {
        Self::new(PLACES, WAIT)
    }
}

impl Turns {
    fn new(places: usize, wait: Duration) -> Self {
        Self {
            places: Semaphore::new(places),
            turn: Semaphore::new(1),
            wait,
        }
    }

    /// Waits for a turn, first come first served; `None` at once when too many wait, later when it takes too long.
    pub(in crate::store) async fn take(&self) -> Option<Turn<'_>> {
        let place = self.places.try_acquire().ok()?;
        let turn = tokio::time::timeout(self.wait, self.turn.acquire())
            .await
            .ok()?
            .ok()?;
        Some(Turn {
            _place: place,
            _turn: turn,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_is_refused_when_all_places_are_taken_and_when_it_takes_too_long() {
        let turns = Turns::new(2, Duration::from_millis(20));
        let first = turns.take().await.unwrap();
        let (second, third) = tokio::join!(turns.take(), async {
            // The second has the last place and waits.
            tokio::task::yield_now().await;
            assert_eq!(turns.places.available_permits(), 0);
            turns.take().await
        });
        assert!(second.is_none() && third.is_none());
        drop(first);
        assert!(turns.take().await.is_some());
    }
}
