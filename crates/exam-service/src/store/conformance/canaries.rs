//! Synthetic students: as real as any for the handlers, and in no list, no count and no table afterwards.

use super::*;
use crate::store::{CANARY_LOGIN, Calendar, NewAccount, Role, Store as _};

fn canary(name: &str) -> NewAccount {
    NewAccount {
        login: format!("{CANARY_LOGIN}{name}"),
        display_name: "Release test".to_owned(),
        role: Role::Student,
        password_hash: "hash".to_owned(),
    }
}

/// Table -> how many rows.
async fn row_counts(store: &DatabaseStore) -> Vec<(&'static str, i64)> {
    let mut counts = Vec::new();
    for table in [
        "users",
        "refresh_families",
        "refresh_tokens",
        "candidates",
        "attempts",
        "answers",
        "exams",
        "papers",
    ] {
        counts.push((table, store.count_rows(table).await));
    }
    counts
}

/// What the rest of the service sees of exams, attempts and answers.
async fn seen(fixture: &Fixture) -> (i64, Calendar, usize, usize) {
    let store = &fixture.store;
    let one = store.exams_of(fixture.students[0]).await.unwrap();
    (
        store.count_open_attempts(now()).await.unwrap(),
        store.calendar(now()).await.unwrap(),
        store.stored_answers(None).await.unwrap().len(),
        one.len(),
    )
}

/// Signs in, starts, saves, hands in.
async fn sit(store: &DatabaseStore, login: &str) -> SaveOutcome {
    let user = store.canary_by_login(login).await.unwrap().unwrap().id;
    let token = crate::http::tokens::RefreshToken::generate(now());
    store
        .open_session(crate::store::NewSession::new(user, token.stored))
        .await
        .unwrap();
    let exams = store.exams_of(user).await.unwrap();
    assert_eq!(exams.len(), 1);
    let start = StartRequest::new(exams[0].id, user, now(), [1; 16]);
    let StartOutcome::Started(record) = store.start_attempt(start).await.unwrap() else {
        panic!("it did not start")
    };
    let save = SaveRequest::new(
        record.attempt.id,
        user,
        vec![Answer {
            question_id: record.paper.questions()[0].id,
            response: Response::Value(true),
            sequence: Sequence::new(1).unwrap(),
            flagged: None,
        }],
        now(),
    );
    store.save_answers(&[save], now()).await.unwrap().remove(0)
}

/// See its name.
pub async fn synthetic_students_are_seen_by_nobody_and_leave_nothing(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let save = fixture.save(0, fixture.question(1), 1, Response::Value(true));
    store.save_answers(&[save], now()).await.unwrap();
    let (before, seen_before) = (row_counts(store).await, seen(&fixture).await);
    for name in ["blue", "green"] {
        assert!(store.create_canary(&canary(name), now()).await.unwrap());
        let outcome = sit(store, &canary(name).login).await;
        assert_eq!(decided(&outcome), (1, Vec::new()));
        assert!(
            store
                .account_by_login(&canary(name).login)
                .await
                .unwrap()
                .is_none()
        );
    }
    assert!(store.canary_by_login("one").await.unwrap().is_none());
    assert_eq!(seen(&fixture).await, seen_before);
    for name in ["blue", "green", "never there"] {
        store.remove_canary(&canary(name).login).await.unwrap();
    }
    store.remove_canary("one").await.unwrap();
    assert_eq!(row_counts(store).await, before);
}

/// See its name.
pub async fn what_a_broken_off_test_left_goes_with_the_next_one(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let before = row_counts(store).await;
    store.create_canary(&canary("killed"), now()).await.unwrap();
    sit(store, &canary("killed").login).await;
    let later = now() + TimeDelta::minutes(3);
    assert!(store.create_canary(&canary("next"), later).await.unwrap());
    let killed = store.canary_by_login(&canary("killed").login).await;
    assert!(killed.unwrap().is_none());
    store.remove_canary(&canary("next").login).await.unwrap();
    assert_eq!(row_counts(store).await, before);
}

/// See its name.
pub async fn only_so_many_tests_run_at_the_same_time(ground: Ground) {
    let fixture = fixture(ground).await;
    for name in 0..8 {
        let new = canary(&name.to_string());
        assert!(fixture.store.create_canary(&new, now()).await.unwrap());
    }
    let ninth = canary("ninth");
    assert!(!fixture.store.create_canary(&ninth, now()).await.unwrap());
}

/// See its name.
pub async fn the_calendar_names_the_next_exam_and_counts_those_that_run(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let hour = TimeDelta::hours(1);
    for (code, from, to) in [
        ("later", 3, 4),
        ("next", 1, 2),
        ("over", -2, -1),
        ("without candidates", -1, 1),
    ] {
        let id = ExamId::generate();
        let starts_at = (now() + hour * from).timestamp_millis();
        let ends_at = (now() + hour * to).timestamp_millis();
        let insert = format!(
            "INSERT INTO exams (id, code, title, starts_at, ends_at, duration_seconds, question_count, rules)
             VALUES ('{id}', '{code}', '{code}', {starts_at}, {ends_at}, 600, 0, '{{}}')"
        );
        store.execute_raw(insert).await;
    }
    let calendar = store.calendar(now()).await.unwrap();
    let next = calendar.next.unwrap();
    assert_eq!((&*next.title, next.starts_at), ("next", now() + hour));
    assert_eq!(calendar.running, 1, "the one with two open attempts");
    let third = fixture.user("three").await;
    let StartOutcome::Started(record) = fixture.start(third).await else {
        panic!("the third student did not start")
    };
    let first_two = fixture.students.iter().zip(&fixture.records);
    for (student, record) in first_two.chain([(&third, &record)]) {
        let attempt = record.attempt.id;
        store
            .submit_attempt(attempt, *student, now())
            .await
            .unwrap();
    }
    assert_eq!(
        store.calendar(now()).await.unwrap().running,
        0,
        "all have handed in"
    );
    assert_eq!(store.calendar(now() + hour * 9).await.unwrap().next, None);
}
