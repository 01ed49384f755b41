//! Which failures a second try mends: those after which nothing of the transaction is stored.

use std::future::Future;

use crate::store::StoreError;

/// How often the same thing is tried.
const TRIES: usize = 4;

/// Does `attempt`, and again when the database took it back for reasons of its own: two transactions that waited for
/// each other, or a connection that was gone before the commit. Never after a commit that may have gone through.
pub(in crate::store) async fn retrying<T, F>(
    mut attempt: impl FnMut() -> F + Send,
) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>> + Send,
{
    for _ in 1..TRIES {
        match attempt().await {
            Err(StoreError::Unavailable { doing, source }) if is_transient(&source) => {
                tracing::debug!(doing, error = %source, "the database took a transaction back: trying again");
            }
            outcome => return outcome,
        }
    }
    attempt().await
}

fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_transient_state(&code)),
        _ => false,
    }
}

/// Whether an SQLSTATE says that the transaction was undone and the connection or the order of things was to blame.
fn is_transient_state(state: &str) -> bool {
    // Serialization failure (MySQL says so of deadlocks), deadlock, and a server that ended our connection, in the words
    // of each.
    matches!(state, "40001" | "40P01" | "57P01" | "57P02" | "70100") || state.starts_with("08")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// How often something is tried that always fails like this.
    async fn tries(failure: impl Fn() -> StoreError + Sync) -> usize {
        let count = AtomicUsize::new(0);
        let outcome: Result<(), _> = retrying(|| async {
            count.fetch_add(1, Ordering::Relaxed);
            Err(failure())
        })
        .await;
        assert!(outcome.is_err());
        count.into_inner()
    }

    #[tokio::test]
    async fn a_lost_connection_is_tried_again_but_never_after_a_commit() {
        let lost = || sqlx::Error::Io(io::ErrorKind::ConnectionReset.into());
        assert_eq!(tries(|| StoreError::during("try")(lost())).await, TRIES);
        assert_eq!(tries(|| StoreError::at_commit("try")(lost())).await, 1);
        assert_eq!(
            tries(|| StoreError::during("try")(sqlx::Error::RowNotFound)).await,
            1
        );
    }

    #[test]
    fn a_deadlock_is_tried_again_and_a_broken_rule_is_not() {
        for (state, expected) in [
            ("40001", true),
            ("40P01", true),
            ("57P01", true),
            ("70100", true),
            ("08S01", true),
            ("23505", false),
            ("HY000", false),
        ] {
            assert_eq!(is_transient_state(state), expected, "{state}");
        }
    }
}
