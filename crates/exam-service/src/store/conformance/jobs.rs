//! The queue of work with several workers, notifications, and forgotten passwords.

use super::sessions::token;
use super::*;
use crate::store::jobs::{Claim, JobStore as _, Mail, NewReset, TryOutcome, Work};
use crate::store::results::{Release, ResultStore as _};
use crate::store::{Rotation, Store as _};

fn mail(to: &str) -> Work {
    Work::Mail(Mail {
        to: to.to_owned(),
        subject: "✓ \"quoted\" \\ '".to_owned(),
        text: "line\nline".to_owned(),
    })
}

fn in_minutes(minutes: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(minutes)
}

/// A job that is due at `minute`, with a lease of five minutes.
async fn claim(store: &DatabaseStore, minute: i64) -> Option<Claim> {
    let claimed = store.claim_job(in_minutes(minute), in_minutes(minute + 5));
    claimed.await.unwrap()
}

/// See its name.
pub async fn two_workers_that_ask_at_the_same_time_get_different_jobs(ground: Ground) {
    let fixture = fixture(ground).await;
    let other = fixture.ground.open().await;
    for number in 0..20 {
        let work = mail(&number.to_string());
        fixture.store.add_job(work, now()).await.unwrap();
    }
    let all = async |store: &DatabaseStore| {
        let mut done = Vec::new();
        // A worker that finds every job locked by the other one looks again.
        while fixture.store.count_rows("jobs").await > 0 {
            let Some(claim) = claim(store, 0).await else {
                continue;
            };
            assert!(store.end_claim(&claim, TryOutcome::Done).await.unwrap());
            done.push(claim.work.unwrap());
        }
        done
    };
    let (mut one, two) = tokio::join!(all(&fixture.store), all(&other));
    one.extend(two);
    assert_eq!(one.len(), 20);
    for number in 0..20 {
        assert!(one.contains(&mail(&number.to_string())), "{number}");
    }
    other.close().await.unwrap();
}

/// See its name.
pub async fn a_job_whose_worker_is_gone_is_taken_by_another_when_its_lease_is_over(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    store.add_job(mail("a"), in_minutes(1)).await.unwrap();
    assert!(claim(store, 0).await.is_none(), "not before it is due");
    let first = claim(store, 1).await.unwrap();
    assert_eq!((first.tries, first.work.as_ref()), (1, Some(&mail("a"))));
    assert!(claim(store, 5).await.is_none(), "somebody has it");
    let second = claim(store, 6).await.unwrap();
    assert_eq!((second.id, second.tries), (first.id, 2));
    assert!(!store.end_claim(&first, TryOutcome::Done).await.unwrap());
    let again = TryOutcome::Again {
        due_at: in_minutes(20),
        error: "later".to_owned(),
    };
    assert!(store.end_claim(&second, again).await.unwrap());
    assert!(claim(store, 19).await.is_none());
    let third = claim(store, 20).await.unwrap();
    assert!(store.end_claim(&third, TryOutcome::Done).await.unwrap());
    assert_eq!(store.count_rows("jobs").await, 0);
}

/// See its name.
pub async fn a_dead_letter_stays_until_somebody_has_it_tried_again(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    store.add_job(mail("a@b"), now()).await.unwrap();
    let job = claim(store, 0).await.unwrap();
    let dead = TryOutcome::Dead {
        at: now(),
        error: "550 ✓".to_owned(),
    };
    assert!(store.end_claim(&job, dead).await.unwrap());
    assert!(claim(store, 1000).await.is_none());
    let counts = store.count_jobs().await.unwrap();
    assert_eq!((counts.waiting, counts.dead), (0, 1));
    let letters = store.dead_letters(None, 10).await.unwrap();
    assert_eq!((letters.len(), &*letters[0].last_error), (1, "550 ✓"));
    assert_eq!(letters[0].mail.as_ref().unwrap().0, "a@b");
    assert!(
        store
            .dead_letters(Some(job.id), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let later = Staff {
        at: in_minutes(1),
        ..office()
    };
    assert!(store.revive_job(later, job.id).await.unwrap());
    assert!(!store.revive_job(later, job.id).await.unwrap());
    let counts = store.count_jobs().await.unwrap();
    assert_eq!((counts.waiting, counts.dead), (1, 0));
    assert_eq!(claim(store, 1).await.unwrap().tries, 1);
}

/// See its name.
pub async fn candidates_are_told_of_a_release_in_its_transaction(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, user) = (&fixture.store, fixture.students[0]);
    store
        .execute_raw(format!(
            "UPDATE users SET email = 'one@b' WHERE id = '{user}'"
        ))
        .await;
    let text = ("Results: {title}".to_owned(), "Of {title}.".to_owned());
    let release = Release {
        released_at: now(),
        released_by: user,
        waiting: 0,
    };
    for _ in 0..2 {
        let released = store.release_results(fixture.exam, release.clone(), Some(text.clone()));
        released.await.unwrap();
    }
    let job = claim(store, 0).await.unwrap();
    let Some(Work::Mail(mail)) = job.work else {
        panic!("a mail")
    };
    assert_eq!(
        (&*mail.to, &*mail.subject, &*mail.text),
        ("one@b", "Results: Exam ✓", "Of Exam ✓.")
    );
    assert_eq!(
        store.count_rows("jobs").await,
        1,
        "once, and to who has an address"
    );
    let told = store.notifications(user, None, 10).await.unwrap();
    assert_eq!((told.len(), &*told[0].title), (1, "Exam ✓"));
    assert_eq!(store.count_rows("notifications").await, 3);
    let other = fixture.students[1];
    let read = async |user| {
        store
            .read_notifications(user, told[0].id, in_minutes(1))
            .await
    };
    assert_eq!(read(user).await.unwrap(), 1);
    assert_eq!(read(user).await.unwrap(), 0);
    let theirs = store.notifications(other, None, 10).await.unwrap();
    assert_eq!(theirs[0].read_at, None);
    let rest = store
        .notifications(user, Some(told[0].id), 10)
        .await
        .unwrap();
    assert!(rest.is_empty());
}

/// Has a link sent to whoever this is; how many links there are then.
async fn forget(fixture: &Fixture, login: &str, hash: &str) -> i64 {
    let work = Work::PasswordReset {
        login: login.to_owned(),
    };
    fixture.store.add_job(work, now()).await.unwrap();
    let job = claim(&fixture.store, 0).await.unwrap();
    let reset = NewReset {
        token_hash: hash.to_owned(),
        expires_at: in_minutes(30),
        now: now(),
        subject: "A new password".to_owned(),
        text: "link".to_owned(),
    };
    let issued = fixture.store.issue_reset(&job, login, reset.clone());
    issued.await.unwrap();
    // Its reply was lost: the claim is over, and nothing happens twice.
    fixture.store.issue_reset(&job, login, reset).await.unwrap();
    while let Some(mail) = claim(&fixture.store, 0).await {
        fixture
            .store
            .end_claim(&mail, TryOutcome::Done)
            .await
            .unwrap();
    }
    fixture.store.count_rows("password_resets").await
}

/// See its name.
pub async fn a_link_sets_a_password_once_in_its_time_and_ends_every_session(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, user) = (&fixture.store, fixture.students[0]);
    assert_eq!(
        forget(&fixture, "one", "hash-0").await,
        0,
        "no address is known"
    );
    store
        .execute_raw(format!(
            "UPDATE users SET email = 'a@b', student_number = '4711' WHERE id = '{user}'"
        ))
        .await;
    assert_eq!(forget(&fixture, "stranger", "hash-0").await, 0);
    assert_eq!(forget(&fixture, "one", "hash-1").await, 1);
    assert_eq!(forget(&fixture, "4711", "hash-2").await, 2);
    store
        .open_session(crate::store::NewSession::new(user, token("session", now())))
        .await
        .unwrap();
    let account = async |hash, minute| {
        let account = store.account_of_reset(hash, in_minutes(minute)).await;
        account.unwrap().map(|account| account.id)
    };
    assert_eq!(account("hash-1", 29).await, Some(user));
    assert_eq!(account("hash-1", 30).await, None);
    let use_it = async |hash, minute| store.use_reset(hash, "new", in_minutes(minute)).await;
    assert_eq!(use_it("hash-1", 30).await.unwrap(), None);
    assert_eq!(use_it("unknown", 1).await.unwrap(), None);
    let twice = tokio::join!(use_it("hash-1", 1), use_it("hash-1", 1));
    let (first, second) = (twice.0.unwrap(), twice.1.unwrap());
    assert_eq!(first.xor(second), Some(user), "once");
    assert_eq!(use_it("hash-2", 1).await.unwrap(), None, "nor another link");
    let changed = store.account(user).await.unwrap().unwrap();
    assert_eq!(changed.password_hash, "new");
    let renewed = store
        .rotate_session("session", token("next", in_minutes(1)))
        .await;
    assert!(matches!(renewed.unwrap(), Rotation::Refused));
}

/// See its name.
pub async fn only_so_many_links_of_one_account_are_good_at_a_time(ground: Ground) {
    let fixture = fixture(ground).await;
    let user = fixture.students[0];
    fixture
        .store
        .execute_raw(format!(
            "UPDATE users SET email = 'a@b' WHERE id = '{user}'"
        ))
        .await;
    let mut links = Vec::new();
    for number in 0..5 {
        links.push(forget(&fixture, "one", &format!("hash-{number}")).await);
    }
    assert_eq!(links, [1, 2, 3, 3, 3]);
}
