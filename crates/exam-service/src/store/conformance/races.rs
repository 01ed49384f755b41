//! Two processes on one database, as two colours are: what they do at the same time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use super::sessions::token;
use super::*;
use crate::store::{NewSession, Rotation, Store as _};

/// (student, question) -> the highest sequence that was acknowledged, and its response.
type Acknowledged = BTreeMap<(usize, QuestionId), (i64, Response)>;

/// See its name.
pub async fn two_stores_that_save_at_the_same_time_lose_and_regress_nothing(ground: Ground) {
    const ROUNDS: usize = 25;
    let fixture = Arc::new(fixture(ground).await);
    let stores = [
        Arc::clone(&fixture.store),
        Arc::new(fixture.ground.open().await),
    ];
    let sequences = Arc::new(AtomicI64::new(0));
    let savers: Vec<_> = (0..4)
        .map(|saver| {
            let (fixture, sequences) = (Arc::clone(&fixture), Arc::clone(&sequences));
            let store = Arc::clone(&stores[saver % 2]);
            tokio::spawn(async move {
                let mut acknowledged = Acknowledged::new();
                for _ in 0..ROUNDS {
                    save_round(&fixture, &store, saver, &sequences, &mut acknowledged).await;
                }
                acknowledged
            })
        })
        .collect();
    let mut highest = Acknowledged::new();
    for saver in savers {
        for (key, (sequence, response)) in saver.await.unwrap() {
            let entry = highest.entry(key).or_insert((0, Response::Cleared));
            if sequence > entry.0 {
                *entry = (sequence, response);
            }
        }
    }
    for student in 0..2 {
        for (question, sequence, response) in fixture.stored(student).await {
            let expected = highest.remove(&(student, question));
            assert_eq!(expected, Some((sequence, response)), "of student {student}");
        }
    }
    assert_eq!(highest, Acknowledged::new(), "these are lost");
}

/// One batch about all questions of both students, in an order that differs from saver to saver.
async fn save_round(
    fixture: &Fixture,
    store: &DatabaseStore,
    saver: usize,
    sequences: &AtomicI64,
    acknowledged: &mut Acknowledged,
) {
    let mut about: Vec<(usize, usize)> = vec![(0, 0), (0, 1), (1, 0), (1, 1)];
    about.rotate_left(saver);
    let requests: Vec<(usize, SaveRequest)> = about
        .into_iter()
        .map(|(student, question)| {
            let sequence = sequences.fetch_add(1, Ordering::Relaxed) + 1;
            let response = response_of(fixture, question, sequence);
            let question = fixture.question(question);
            (student, fixture.save(student, question, sequence, response))
        })
        .collect();
    let batch: Vec<SaveRequest> = requests
        .iter()
        .map(|(_, request)| request.clone())
        .collect();
    let outcomes = store.save_answers(&batch, now()).await.unwrap();
    for ((student, request), outcome) in requests.into_iter().zip(outcomes) {
        let answer = &request.answers[0];
        match decided(&outcome) {
            (1, _) => {
                let key = (student, answer.question_id);
                let value = (answer.sequence.get(), answer.response.clone());
                acknowledged.insert(key, value);
            }
            (_, reasons) => assert_eq!(reasons, [RefusalReason::StaleAnswer]),
        }
    }
}

/// A response that tells one sequence from the next.
fn response_of(fixture: &Fixture, question: usize, sequence: i64) -> Response {
    let options = fixture.records[0].paper.questions()[question].options();
    if options.is_empty() {
        return Response::Value(sequence % 2 == 0);
    }
    let index = usize::try_from(sequence).unwrap() % options.len();
    Response::Selected(BTreeSet::from([options[index].id]))
}

/// See its name.
pub async fn an_attempt_that_is_started_many_times_at_once_is_one_attempt(ground: Ground) {
    let fixture = fixture(ground).await;
    let stores = [
        Arc::clone(&fixture.store),
        Arc::new(fixture.ground.open().await),
    ];
    let user = fixture.user("three").await;
    let starts: Vec<_> = (0..8_u8)
        .map(|number| {
            let store = Arc::clone(&stores[usize::from(number % 2)]);
            let request = StartRequest {
                seed: [number; 16],
                ..fixture.start_request(user)
            };
            tokio::spawn(async move { store.start_attempt(request).await.unwrap() })
        })
        .collect();
    let (mut started, mut seen) = (0, Vec::new());
    for start in starts {
        match start.await.unwrap() {
            StartOutcome::Started(record) => {
                started += 1;
                seen.push((record.attempt, record.layout));
            }
            StartOutcome::Resumed(record) => seen.push((record.attempt, record.layout)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(started, 1);
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
}

/// See its name.
pub async fn nothing_is_saved_to_an_attempt_once_it_is_handed_in_elsewhere(ground: Ground) {
    let fixture = fixture(ground).await;
    let other = fixture.ground.open().await;
    let question = fixture.question(1);
    let saving = async {
        let mut acknowledged = 0;
        for sequence in 1.. {
            let save = [fixture.save(0, question, sequence, Response::Value(true))];
            let outcomes = fixture.store.save_answers(&save, now()).await.unwrap();
            match decided(&outcomes[0]) {
                (1, _) => acknowledged = sequence,
                (_, reasons) => {
                    assert_eq!(reasons, [RefusalReason::AttemptClosed]);
                    break;
                }
            }
        }
        acknowledged
    };
    let attempt = fixture.records[0].attempt.id;
    let handing_in = other.submit_attempt(attempt, fixture.students[0], now());
    let (acknowledged, handed_in) = tokio::join!(saving, handing_in);
    let handed_in = handed_in.unwrap().unwrap();
    assert_eq!(handed_in.attempt.submitted_at, Some(now()));
    let last = handed_in.answers.first();
    assert_eq!(last.map_or(0, |answer| answer.sequence.get()), acknowledged);
    let stored = fixture.stored(0).await;
    assert_eq!(
        stored.first().map_or(0, |(_, sequence, _)| *sequence),
        acknowledged
    );
}

/// See its name.
pub async fn a_stolen_token_ends_the_session_whoever_comes_first(ground: Ground) {
    let fixture = fixture(ground).await;
    let other = fixture.ground.open().await;
    let at = |seconds| now() + TimeDelta::seconds(seconds);
    for round in 0..5 {
        let name = |token: &str| format!("{token} {round}");
        let first = token(&name("first"), now());
        fixture
            .store
            .open_session(NewSession::new(fixture.students[0], first))
            .await
            .unwrap();
        for (used, next, seconds) in [("first", "second", 10), ("second", "third", 20)] {
            let next = token(&name(next), at(seconds));
            let rotated = fixture.store.rotate_session(&name(used), next).await;
            assert!(matches!(rotated, Ok(Rotation::Rotated(_))), "{rotated:?}");
        }
        // The thief has the first one, its owner the third, and both come now.
        let (stolen, own) = (name("first"), name("third"));
        let (thief, owner) = tokio::join!(
            other.rotate_session(&stolen, token(&name("thief's"), at(100))),
            fixture
                .store
                .rotate_session(&own, token(&name("owner's"), at(100))),
        );
        assert!(matches!(thief, Ok(Rotation::Reused)), "{thief:?}");
        assert!(
            matches!(owner, Ok(Rotation::Rotated(_) | Rotation::Refused)),
            "{owner:?}"
        );
        for used in ["third", "owner's", "thief's"] {
            let next = token(&name("late"), at(101));
            let late = other.rotate_session(&name(used), next).await;
            assert!(matches!(late, Ok(Rotation::Refused)), "{used}: {late:?}");
        }
    }
}
