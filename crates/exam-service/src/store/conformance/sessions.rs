//! Refresh tokens: rotated, reused, expired.

use super::*;
use crate::store::{NewSession, NewToken, Rotation, Store as _};

pub(super) fn token(hash: &str, issued_at: DateTime<Utc>) -> NewToken {
    let reuse_grace = TimeDelta::seconds(30);
    NewToken {
        hash: hash.to_owned(),
        issued_at,
        expires_at: issued_at + TimeDelta::hours(1),
        reuse_grace,
    }
}

/// Exchanges the token `used` for `next`, `seconds` after the sign-in.
async fn rotate(fixture: &Fixture, used: &str, next: &str, seconds: i64) -> Rotation {
    let next = token(next, now() + TimeDelta::seconds(seconds));
    fixture.store.rotate_session(used, next).await.unwrap()
}

async fn signed_in(ground: Ground) -> Fixture {
    let fixture = fixture(ground).await;
    fixture
        .store
        .open_session(NewSession::new(fixture.students[0], token("first", now())))
        .await
        .unwrap();
    fixture
}

/// See its name.
pub async fn a_token_whose_successor_was_used_works_for_thirty_seconds_and_then_ends_its_family(
    ground: Ground,
) {
    let fixture = signed_in(ground).await;
    let rotate = async |used, next, seconds| rotate(&fixture, used, next, seconds).await;
    assert!(matches!(
        rotate("first", "second", 10).await,
        Rotation::Rotated(_)
    ));
    assert!(matches!(
        rotate("second", "third", 20).await,
        Rotation::Rotated(_)
    ));
    assert!(
        matches!(rotate("first", "fourth", 40).await, Rotation::Rotated(_)),
        "a repeat within the grace"
    );
    assert!(
        matches!(rotate("first", "fifth", 41).await, Rotation::Reused),
        "a copy after the grace"
    );
    assert!(
        matches!(rotate("third", "sixth", 42).await, Rotation::Refused),
        "the family is over"
    );
    assert!(matches!(
        rotate("unknown", "seventh", 42).await,
        Rotation::Refused
    ));
}

/// See its name.
pub async fn a_refresh_whose_reply_was_lost_can_be_repeated_at_any_age(ground: Ground) {
    let fixture = signed_in(ground).await;
    for (next, seconds) in [("lost", 10), ("lost again", 100), ("arrived", 1000)] {
        assert!(
            matches!(
                rotate(&fixture, "first", next, seconds).await,
                Rotation::Rotated(_)
            ),
            "{next}"
        );
    }
    assert!(matches!(
        rotate(&fixture, "arrived", "next", 2000).await,
        Rotation::Rotated(_)
    ));
    assert!(
        matches!(
            rotate(&fixture, "first", "stolen", 2100).await,
            Rotation::Reused
        ),
        "its successor was used"
    );
}

/// See its name.
pub async fn a_successor_that_was_taken_for_lost_ends_its_family_when_it_is_used(ground: Ground) {
    let fixture = signed_in(ground).await;
    assert!(matches!(
        rotate(&fixture, "first", "second", 10).await,
        Rotation::Rotated(_)
    ));
    assert!(matches!(
        rotate(&fixture, "first", "copy", 100).await,
        Rotation::Rotated(_)
    ));
    assert!(matches!(
        rotate(&fixture, "second", "third", 110).await,
        Rotation::Reused
    ));
    assert!(matches!(
        rotate(&fixture, "copy", "fourth", 120).await,
        Rotation::Refused
    ));
}

/// See its name.
pub async fn an_expired_or_closed_session_is_not_renewed(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    store
        .open_session(NewSession::new(fixture.students[0], token("old", now())))
        .await
        .unwrap();
    let late = token("next", now() + TimeDelta::hours(1));
    assert!(matches!(
        store.rotate_session("old", late).await.unwrap(),
        Rotation::Refused
    ));
    store.close_session("old", now()).await.unwrap();
    assert!(matches!(
        store
            .rotate_session("old", token("next", now()))
            .await
            .unwrap(),
        Rotation::Refused
    ));
    store.close_session("never seen", now()).await.unwrap();
}
