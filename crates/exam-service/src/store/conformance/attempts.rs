//! Attempts and their answers.

use super::*;
use crate::store::Store as _;

/// See its name.
pub async fn one_batch_serves_many_students_and_keeps_the_highest_sequence(ground: Ground) {
    let fixture = fixture(ground).await;
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

/// See its name.
pub async fn a_stale_save_in_a_later_batch_is_refused_with_what_is_stored(ground: Ground) {
    let fixture = fixture(ground).await;
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

/// See its name. Who says whether a question is flagged is taken for newer before anything stored is read.
pub async fn a_batch_that_supposed_too_much_is_decided_on_what_is_stored(ground: Ground) {
    let fixture = fixture(ground).await;
    let (question, other) = (fixture.question(1), fixture.question(0));
    let says = |student, question, sequence| {
        let mut save = fixture.save(student, question, sequence, Response::Cleared);
        save.answers[0].flagged = Some(false);
        save
    };
    let first = [says(0, question, 9)];
    fixture.store.save_answers(&first, now()).await.unwrap();
    let batch = [
        says(0, question, 8),
        says(1, question, 1),
        says(0, other, 1),
        says(0, question, 9),
    ];
    let outcomes = fixture.store.save_answers(&batch, now()).await.unwrap();
    let decided: Vec<_> = outcomes.iter().map(decided).collect();
    let stale = vec![RefusalReason::StaleAnswer];
    assert_eq!(decided, [(0, stale), (1, vec![]), (1, vec![]), (1, vec![])]);
    // A repeat alone, and a stale one alone.
    for (sequence, taken) in [(9, 1), (8, 0)] {
        let alone = [says(0, question, sequence)];
        let outcomes = fixture.store.save_answers(&alone, now()).await.unwrap();
        assert_eq!(super::decided(&outcomes[0]).0, taken);
    }
    assert_eq!(fixture.store.count_rows("answers").await, 3);
    assert_eq!(fixture.store.count_rows("answer_history").await, 3);
    assert_eq!(
        fixture.store.count_rows("answers WHERE sequence = 9").await,
        1
    );
}

/// See its name.
pub async fn somebody_elses_attempt_does_not_exist(ground: Ground) {
    let fixture = fixture(ground).await;
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

/// See its name.
pub async fn nothing_is_accepted_after_submission_and_submitting_again_changes_nothing(
    ground: Ground,
) {
    let fixture = fixture(ground).await;
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

/// See its name.
pub async fn an_overdue_attempt_is_handed_in_at_its_deadline_by_looking_at_it(ground: Ground) {
    let fixture = fixture(ground).await;
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

/// See its name.
pub async fn looking_at_an_attempt_does_not_overtake_a_save_that_was_received_in_time(
    ground: Ground,
) {
    let fixture = fixture(ground).await;
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

/// See its name.
pub async fn starting_again_resumes_the_same_attempt_with_the_same_order(ground: Ground) {
    let fixture = fixture(ground).await;
    let request = StartRequest {
        seed: [8; 16],
        ..fixture.start_request(fixture.students[0])
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

/// See its name.
pub async fn damaged_data_of_one_student_does_not_keep_others_from_saving(ground: Ground) {
    let fixture = fixture(ground).await;
    let question = fixture.question(1);
    let first = [fixture.save(0, question, 1, Response::Value(true))];
    fixture.store.save_answers(&first, now()).await.unwrap();
    let damage = "UPDATE answers SET response = 'nonsense'".to_owned();
    fixture.store.execute_raw(damage).await;
    // Whether the question is flagged is left as it is stored.
    let mut unsaid = fixture.save(0, question, 2, Response::Value(true));
    unsaid.answers[0].flagged = None;
    let requests = [
        unsaid,
        fixture.save(1, question, 1, Response::Value(true)),
        fixture.save(0, fixture.question(0), 1, Response::Cleared),
    ];
    // All in one transaction: a damaged row must not cost the others a commit each.
    let outcomes = fixture.store.save_answers(&requests, now()).await.unwrap();
    assert_eq!(outcomes[0], SaveOutcome::Damaged);
    assert_eq!(decided(&outcomes[1]), (1, vec![]));
    assert_eq!(outcomes[2], SaveOutcome::Damaged);
    // What says everything and is newer replaces what cannot be read.
    let whole = [fixture.save(0, question, 2, Response::Value(false))];
    let outcomes = fixture.store.save_answers(&whole, now()).await.unwrap();
    assert_eq!(decided(&outcomes[0]), (1, vec![]));
    assert_eq!(
        fixture.stored(0).await,
        [(question, 2, Response::Value(false))]
    );
}

/// See its name.
pub async fn an_answer_comes_back_as_it_was_saved(ground: Ground) {
    let fixture = fixture(ground).await;
    let options = fixture.records[0].paper.questions()[0].options();
    assert_eq!(fixture.records[0].paper.questions(), exam_texts(&fixture));
    let chosen = Response::Selected(options.iter().map(|option| option.id).collect());
    let mut save = fixture.save(0, fixture.question(0), 1, chosen.clone());
    save.answers[0].flagged = Some(true);
    let saved_at = now() + TimeDelta::milliseconds(123);
    fixture.store.save_answers(&[save], saved_at).await.unwrap();
    let record = fixture
        .store
        .attempt(fixture.records[0].attempt.id, fixture.students[0], now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.layout, fixture.records[0].layout);
    let answer = &record.answers[0];
    assert_eq!((&answer.response, answer.flagged), (&chosen, true));
    assert_eq!((answer.saved_at, answer.sequence.get()), (saved_at, 1));
    let lines = fixture.store.stored_answers(Some(fixture.exam)).await;
    let lines = lines.unwrap();
    assert_eq!((lines.len(), &*lines[0].login), (1, "one"));
    assert_eq!(lines[0].response, chosen.to_text());
    let others = fixture.store.stored_answers(Some(ExamId::generate())).await;
    assert!(others.unwrap().is_empty());
}

/// What a store that never read this paper before reads of it is what was published.
fn exam_texts(fixture: &Fixture) -> &[Question] {
    let questions = fixture.records[1].paper.questions();
    let texts: Vec<&str> = questions[0]
        .options()
        .iter()
        .map(|option| &*option.text)
        .collect();
    assert_eq!(texts, ["an \"option\"", "опция ✓ 🎓", "option \\ '"]);
    questions
}

/// See its name.
pub async fn a_batch_may_be_as_large_as_the_writer_makes_it(ground: Ground) {
    let fixture = fixture(ground).await;
    for round in 0..2 {
        let requests: Vec<SaveRequest> = (0..1000)
            .map(|number| {
                let question = fixture.question(1);
                let sequence = round * 1000 + number + 1;
                let student = usize::from(number % 2 == 1);
                fixture.save(student, question, sequence, Response::Value(round == 0))
            })
            .collect();
        let outcomes = fixture.store.save_answers(&requests, now()).await.unwrap();
        assert!(outcomes.iter().all(|outcome| decided(outcome).0 == 1));
    }
    let expected = |sequence| [(fixture.question(1), sequence, Response::Value(false))];
    assert_eq!(fixture.stored(0).await, expected(1999));
    assert_eq!(fixture.stored(1).await, expected(2000));
}

/// See its name.
pub async fn an_exam_is_started_by_its_candidates_in_its_window_only(ground: Ground) {
    let fixture = fixture(ground).await;
    let user = fixture.user("three").await;
    let request = fixture.start_request(user);
    let start = async |request| fixture.store.start_attempt(request).await.unwrap();
    let of = |exam, user, now| StartRequest {
        exam,
        user,
        now,
        ..request.clone()
    };
    let admin = fixture.user("admin").await;
    let nobody = start(of(fixture.exam, admin, now())).await;
    assert!(matches!(nobody, StartOutcome::NotFound), "{nobody:?}");
    let nothing = start(of(ExamId::generate(), user, now())).await;
    assert!(matches!(nothing, StartOutcome::NotFound), "{nothing:?}");
    let (opens, closes) = (now(), now() + TimeDelta::days(1));
    for at in [opens - TimeDelta::seconds(1), closes] {
        let outcome = start(of(fixture.exam, user, at)).await;
        let StartOutcome::Refused {
            starts_at, ends_at, ..
        } = outcome
        else {
            panic!("{outcome:?}")
        };
        assert_eq!((starts_at, ends_at), (opens, closes));
    }
    let late = start(of(fixture.exam, user, closes - TimeDelta::minutes(1))).await;
    let StartOutcome::Started(record) = late else {
        panic!("{late:?}")
    };
    assert_eq!(record.attempt.deadline_at, closes);
    let listed = fixture.store.exams_of(user).await.unwrap();
    assert_eq!((&*listed[0].title, listed[0].question_count), ("Exam ✓", 2));
    assert_eq!(listed[0].attempt, Some(record.attempt));
}
