//! Attempts and their answers.

use super::*;

#[tokio::test]
async fn one_batch_serves_many_students_and_keeps_the_highest_sequence() {
    let fixture = fixture().await;
    let question = fixture.question(1);
    let requests = [
        fixture.save(0, question, 2, Response::Value(true)),
        fixture.save(1, question, 1, Response::Value(false)),
        fixture.save(0, question, 1, Response::Value(false)),
        fixture.save(0, question, 2, Response::Value(true)),
        fixture.save(0, question, 3, Response::Cleared),
    ];
    let outcomes = fixture.store.save_answers(&requests, now()).await.unwrap();
    let decided: Vec<_> = outcomes.iter().map(decided).collect();
    let stale = vec![RefusalReason::StaleAnswer];
    assert_eq!(
        decided,
        [
            (1, vec![]),
            (1, vec![]),
            (0, stale),
            (1, vec![]),
            (1, vec![])
        ]
    );
    assert_eq!(fixture.stored(0).await, [(question, 3, Response::Cleared)]);
    assert_eq!(
        fixture.stored(1).await,
        [(question, 1, Response::Value(false))]
    );
}

#[tokio::test]
async fn a_stale_save_in_a_later_batch_is_refused_with_what_is_stored() {
    let fixture = fixture().await;
    let question = fixture.question(1);
    let newer = fixture.save(0, question, 9, Response::Value(true));
    fixture.store.save_answers(&[newer], now()).await.unwrap();
    let older = fixture.save(0, question, 8, Response::Value(false));
    let outcomes = fixture.store.save_answers(&[older], now()).await.unwrap();
    let SaveOutcome::Decided { refused, .. } = &outcomes[0] else {
        panic!("{outcomes:?}")
    };
    let current = refused[0].refusal.current.as_ref().unwrap();
    assert_eq!(
        (current.sequence.get(), &current.response),
        (9, &Response::Value(true))
    );
}

#[tokio::test]
async fn somebody_elses_attempt_does_not_exist() {
    let fixture = fixture().await;
    let mut request = fixture.save(0, fixture.question(1), 1, Response::Value(true));
    request.user = fixture.students[1];
    assert_eq!(
        fixture.store.save_answers(&[request], now()).await.unwrap(),
        [SaveOutcome::NotFound]
    );
    let id = fixture.records[0].attempt.id;
    assert!(
        fixture
            .store
            .attempt(id, fixture.students[1], now())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        fixture
            .store
            .submit_attempt(id, fixture.students[1], now())
            .await
            .unwrap()
            .is_none()
    );
    assert!(fixture.stored(0).await.is_empty());
}

#[tokio::test]
async fn nothing_is_accepted_after_submission_and_submitting_again_changes_nothing() {
    let fixture = fixture().await;
    let (question, id) = (fixture.question(1), fixture.records[0].attempt.id);
    let first = fixture
        .store
        .submit_attempt(id, fixture.students[0], now())
        .await
        .unwrap()
        .unwrap();
    let request = fixture.save(0, question, 1, Response::Value(true));
    let outcomes = fixture.store.save_answers(&[request], now()).await.unwrap();
    assert_eq!(
        decided(&outcomes[0]),
        (0, vec![RefusalReason::AttemptClosed])
    );
    let later = now() + TimeDelta::minutes(1);
    let again = fixture
        .store
        .submit_attempt(id, fixture.students[0], later)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(again.attempt, first.attempt);
    assert!(fixture.stored(0).await.is_empty());
}

#[tokio::test]
async fn an_overdue_attempt_is_handed_in_at_its_deadline_by_looking_at_it() {
    let fixture = fixture().await;
    let attempt = &fixture.records[0].attempt;
    assert_eq!(attempt.deadline_at, now() + TimeDelta::minutes(10));
    let late = now() + TimeDelta::minutes(11);
    assert_eq!(fixture.store.count_open_attempts(now()).await.unwrap(), 2);
    assert_eq!(fixture.store.count_open_attempts(late).await.unwrap(), 0);
    let record = fixture
        .store
        .attempt(attempt.id, fixture.students[0], late)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.attempt.submitted_at, Some(attempt.deadline_at));
}

#[tokio::test]
async fn looking_at_an_attempt_does_not_overtake_a_save_that_was_received_in_time() {
    let fixture = fixture().await;
    let attempt = &fixture.records[0].attempt;
    let mut save = fixture.save(0, fixture.question(1), 1, Response::Value(true));
    save.received_at = attempt.deadline_at + TimeDelta::seconds(5);
    // The save still waits when the student looks again.
    let looked_at = attempt.deadline_at + TimeDelta::seconds(20);
    let record = fixture
        .store
        .attempt(attempt.id, fixture.students[0], looked_at)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.attempt.submitted_at, None);
    let outcomes = fixture.store.save_answers(&[save], looked_at).await;
    assert_eq!(decided(&outcomes.unwrap()[0]), (1, vec![]));
}

#[tokio::test]
async fn starting_again_resumes_the_same_attempt_with_the_same_order() {
    let fixture = fixture().await;
    let request = StartRequest {
        exam: fixture.exam,
        user: fixture.students[0],
        now: now(),
        seed: [8; 16],
    };
    let outcome = fixture.store.start_attempt(request).await.unwrap();
    let StartOutcome::Resumed(record) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(record.attempt, fixture.records[0].attempt);
    assert_eq!(record.layout, fixture.records[0].layout);
    let options: BTreeSet<_> = record.layout.questions[0].options.iter().collect();
    assert_eq!(options.len(), 3);
}

#[tokio::test]
async fn damaged_data_of_one_student_does_not_keep_others_from_saving() {
    let fixture = fixture().await;
    let question = fixture.question(1);
    let first = [fixture.save(0, question, 1, Response::Value(true))];
    fixture.store.save_answers(&first, now()).await.unwrap();
    sqlx::query("UPDATE answers SET response = 'nonsense'")
        .execute(&fixture.store.writer)
        .await
        .unwrap();
    let requests = [
        fixture.save(0, question, 2, Response::Value(true)),
        fixture.save(1, question, 1, Response::Value(true)),
        fixture.save(0, fixture.question(0), 1, Response::Cleared),
    ];
    // All in one transaction: a damaged row must not cost the others a commit each.
    let outcomes = fixture.store.save_answers(&requests, now()).await.unwrap();
    assert_eq!(outcomes[0], SaveOutcome::Damaged);
    assert_eq!(decided(&outcomes[1]), (1, vec![]));
    assert_eq!(outcomes[2], SaveOutcome::Damaged);
}

#[tokio::test]
async fn answers_do_not_queue_behind_everything_else_that_writes() {
    let fixture = fixture().await;
    let store = Arc::new(fixture.store);
    let busy = store.begin_write("hold the connection").await.unwrap();
    let others: Vec<_> = (0..50)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.begin_write("wait").await.map(drop) })
        })
        .collect();
    // On this single-threaded runtime each of them has queued by then.
    tokio::task::yield_now().await;
    let saving = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.save_answers(&[], now()).await.map(drop) })
    };
    tokio::task::yield_now().await;
    drop(busy);
    saving.await.unwrap().unwrap();
    let waiting = others.iter().filter(|other| !other.is_finished()).count();
    assert!(waiting > 40, "{waiting} still wait");
    for other in others {
        other.await.unwrap().unwrap();
    }
}
