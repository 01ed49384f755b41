//! Second factors and the codes of exams.

use super::sessions::token;
use super::*;
use crate::store::{
    ExamCodeStore as _, NewSession, PeopleRefusal, Role, Rotation, SecondFactorStore as _,
};

/// See its name.
pub async fn a_code_of_an_app_is_taken_once_whoever_comes_first(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, other) = (&fixture.store, fixture.ground.open().await);
    let user = fixture.students[0];
    assert!(!store.take_step(user, 1).await.unwrap());
    assert!(
        store
            .begin_second_factor(user, "SECRET", now())
            .await
            .unwrap()
    );
    assert!(!store.take_step(user, 1).await.unwrap(), "not confirmed");
    let codes = ["a".to_owned(), "b".to_owned()];
    let confirmed = store.confirm_second_factor(user, 10, &codes, now()).await;
    assert!(confirmed.unwrap());
    assert!(!store.take_step(user, 10).await.unwrap(), "it confirmed");
    for step in 11..16 {
        let (one, two) = tokio::join!(store.take_step(user, step), other.take_step(user, step));
        assert_ne!(one.unwrap(), two.unwrap(), "exactly one of them");
    }
    assert!(!store.take_step(user, 12).await.unwrap(), "an earlier one");
    for code in ["a", "b"] {
        let (one, two) = tokio::join!(
            store.take_recovery_code(user, code, now()),
            other.take_recovery_code(user, code, now()),
        );
        assert_ne!(one.unwrap(), two.unwrap(), "exactly one of them");
    }
    assert!(!store.take_recovery_code(user, "c", now()).await.unwrap());
}

/// See its name.
pub async fn a_second_factor_is_set_up_once_and_removed_with_its_recovery_codes(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, user) = (&fixture.store, fixture.students[0]);
    for secret in ["FIRST", "SECOND"] {
        assert!(
            store
                .begin_second_factor(user, secret, now())
                .await
                .unwrap()
        );
    }
    let kept = store.second_factor(user).await.unwrap().unwrap();
    assert_eq!(
        (&*kept.secret, kept.is_confirmed, kept.last_step),
        ("SECOND", false, None)
    );
    let codes = ["a".to_owned()];
    for is_first in [true, false] {
        let confirmed = store.confirm_second_factor(user, 10, &codes, now()).await;
        assert_eq!(confirmed.unwrap(), is_first);
    }
    let kept = store.second_factor(user).await.unwrap().unwrap();
    assert_eq!((kept.is_confirmed, kept.last_step), (true, Some(10)));
    assert!(
        !store
            .begin_second_factor(user, "THIRD", now())
            .await
            .unwrap()
    );
    for _ in 0..2 {
        store.remove_second_factor(office(), user).await.unwrap();
    }
    assert!(store.second_factor(user).await.unwrap().is_none());
    assert_eq!(store.count_rows("recovery_codes").await, 0);
}

/// See its name.
pub async fn the_code_of_an_exam_is_for_one_candidate_in_the_window_of_the_exam(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, exam) = (&fixture.store, fixture.exam);
    let administrator = staff(fixture.students[0], Role::Administrator);
    let seen = store
        .coded_exam(administrator, exam)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&*seen.title, seen.starts_at), ("Exam ✓", now()));
    let lecturer = Staff {
        role: Role::Lecturer,
        ..administrator
    };
    assert_eq!(store.coded_exam(lecturer, exam).await.unwrap(), None);
    let holders = store.code_holders(exam, None, 100).await.unwrap().unwrap();
    assert_eq!(holders.len(), 3);
    let wanted = ["two".to_owned(), "admin".to_owned()];
    let refused = store.code_holders(exam, Some(&wanted), 100).await.unwrap();
    let unknown = vec!["admin".to_owned()];
    assert_eq!(refused, Err(PeopleRefusal::UnknownPeople(unknown)));
    let only = store.code_holders(exam, Some(&wanted[..1]), 100).await;
    assert_eq!(only.unwrap().unwrap().len(), 1);

    let [one, two] = [fixture.students[0], fixture.students[1]];
    let codes = [(one, "hash one".to_owned()), (two, "hash two".to_owned())];
    store.set_exam_codes(office(), exam, &codes).await.unwrap();
    let fresh = [(two, "fresh".to_owned())];
    store.set_exam_codes(office(), exam, &fresh).await.unwrap();
    let is_taken = async |name: &str, hash: &str, minutes: i64| {
        let at = now() + TimeDelta::minutes(minutes);
        let found = store.account_by_exam_code(name, hash, at).await.unwrap();
        found.is_some_and(|(account, of)| account.login == name && of == exam)
    };
    let day = 24 * 60;
    for (name, hash, minutes, expected) in [
        ("one", "hash one", 0, true),
        ("one", "hash one", -60, true),
        ("one", "hash one", -61, false),
        ("one", "hash one", day - 1, true),
        ("one", "hash one", day, false),
        ("one", "fresh", 0, false),
        ("two", "hash two", 0, false),
        ("two", "fresh", 0, true),
        ("three", "hash one", 0, false),
    ] {
        let taken = is_taken(name, hash, minutes).await;
        assert_eq!(taken, expected, "{name} {hash} {minutes}");
    }
}

/// See its name.
pub async fn a_session_with_the_code_of_an_exam_ends_with_it(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, exam) = (&fixture.store, fixture.exam);
    // Whoever has not begun may go on as long as the exam is open; an attempt that was given more time goes on.
    let three = fixture.user("three").await;
    for (name, user) in [("late", three), ("given", fixture.students[0])] {
        let mut first = token(name, now());
        first.expires_at = now() + TimeDelta::days(2);
        let new = NewSession {
            exam: Some(exam),
            ..NewSession::new(user, first)
        };
        store.open_session(new).await.unwrap();
    }
    let deadline = (now() + TimeDelta::hours(25)).timestamp_millis();
    let more = format!("UPDATE attempts SET deadline_at = {deadline}");
    store.execute_raw(more).await;
    let over = now() + TimeDelta::hours(24);
    let renew = async |used, next, at| {
        let next = token(next, at);
        store.rotate_session(used, next).await.unwrap()
    };
    assert!(matches!(
        renew("late", "late 2", over).await,
        Rotation::Refused
    ));
    let renewed = renew("given", "given 2", over).await;
    let Rotation::Rotated(renewed) = renewed else {
        panic!("{renewed:?}")
    };
    assert_eq!(renewed.exam, Some(exam));
    let later = over + TimeDelta::hours(1);
    assert!(matches!(
        renew("given 2", "given 3", later).await,
        Rotation::Refused
    ));
}
