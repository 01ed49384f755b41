//! Copies: taken while answers come in, counted, and held against what came later.

use super::*;

#[tokio::test]
async fn a_copy_holds_what_was_committed_and_what_came_later_is_the_loss() {
    let fixture = fixture().await;
    let question = fixture.question(1);
    let save = async |student, sequence, at| {
        let request = [fixture.save(student, question, sequence, Response::Value(true))];
        let outcomes = fixture.store.save_answers(&request, at).await.unwrap();
        assert_eq!(decided(&outcomes[0]), (1, vec![]));
    };
    save(0, 1, now()).await;
    let copy = fixture.directory.path().join("copy.db");
    fixture.store.copy_to(&copy).await.unwrap();

    let copied = SqliteStore::open_read_only(&copy).await.unwrap();
    assert_eq!(copied.problems().await.unwrap(), Vec::<String>::new());
    assert_eq!(
        copied.contents().await.unwrap(),
        fixture.store.contents().await.unwrap()
    );
    assert_eq!(copied.contents().await.unwrap().last_answer_at, Some(now()));
    copied.close().await.unwrap();
    let nothing = fixture.store.loss_against(&copy).await.unwrap();
    assert_eq!(nothing.answers, LostRows::default());
    assert_eq!(nothing.attempts, LostRows::default());

    // One answer anew, another one for the first time, and an attempt that is handed in.
    let (first, last) = (now() + TimeDelta::seconds(5), now() + TimeDelta::seconds(9));
    save(0, 2, first).await;
    save(1, 1, last).await;
    let attempt = fixture.records[0].attempt.id;
    let handed_in = fixture
        .store
        .submit_attempt(attempt, fixture.students[0], last)
        .await;
    handed_in.unwrap();
    let lost = fixture.store.loss_against(&copy).await.unwrap();
    let expected = LostRows {
        count: 2,
        people: 2,
        first_at: Some(first),
        last_at: Some(last),
    };
    assert_eq!(lost.answers, expected);
    assert_eq!((lost.submissions.count, lost.attempts.count), (1, 0));
    assert_eq!(lost.accounts.count, 0);
}

#[tokio::test]
async fn a_copy_from_before_the_answers_had_a_table_has_none_of_them() {
    let fixture = fixture().await;
    let request = [fixture.save(0, fixture.question(1), 1, Response::Value(true))];
    fixture.store.save_answers(&request, now()).await.unwrap();
    let copy = fixture.directory.path().join("empty.db");
    let empty = SqliteStore::open(&copy).await.unwrap();
    empty.close().await.unwrap();
    let lost = fixture.store.loss_against(&copy).await.unwrap();
    assert_eq!((lost.answers.count, lost.attempts.count), (1, 2));
    assert_eq!(lost.accounts.count, 3);
}

#[tokio::test]
async fn a_row_whose_counterpart_is_missing_is_damage() {
    let fixture = fixture().await;
    let mut connection = fixture.store.writer.acquire().await.unwrap();
    for sql in [
        "PRAGMA foreign_keys = OFF",
        "DELETE FROM users WHERE role = 'student'",
        "PRAGMA foreign_keys = ON",
    ] {
        sqlx::query(sql).execute(&mut *connection).await.unwrap();
    }
    let problems = fixture.store.problems().await.unwrap();
    let expected = "a row of attempts names a row of users that is not there".to_owned();
    assert!(problems.contains(&expected), "{problems:?}");
}
