//! Refresh tokens: rotated, reused, expired.

use super::*;

fn token(hash: &str, issued_at: DateTime<Utc>) -> NewToken {
    let reuse_grace = TimeDelta::seconds(30);
    NewToken {
        hash: hash.to_owned(),
        issued_at,
        expires_at: issued_at + TimeDelta::hours(1),
        reuse_grace,
    }
}

#[tokio::test]
async fn a_used_refresh_token_works_for_thirty_seconds_and_then_ends_its_family() {
    let fixture = fixture().await;
    let store = &fixture.store;
    store
        .open_session(fixture.students[0], token("first", now()))
        .await
        .unwrap();
    let rotate = async |used: &'static str, next: &'static str, seconds| {
        store
            .rotate_session(used, token(next, now() + TimeDelta::seconds(seconds)))
            .await
            .unwrap()
    };
    assert!(matches!(
        rotate("first", "second", 10).await,
        Rotation::Rotated(_)
    ));
    assert!(
        matches!(rotate("first", "third", 40).await, Rotation::Rotated(_)),
        "a repeat within the grace"
    );
    assert!(
        matches!(rotate("first", "fourth", 41).await, Rotation::Reused),
        "a copy after the grace"
    );
    assert!(
        matches!(rotate("second", "fifth", 42).await, Rotation::Refused),
        "the family is over"
    );
    assert!(matches!(
        rotate("unknown", "sixth", 42).await,
        Rotation::Refused
    ));
}

#[tokio::test]
async fn an_expired_or_closed_session_is_not_renewed() {
    let fixture = fixture().await;
    let store = &fixture.store;
    store
        .open_session(fixture.students[0], token("old", now()))
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
