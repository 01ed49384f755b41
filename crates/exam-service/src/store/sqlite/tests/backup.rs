//! Copies: taken while answers come in, counted, and held against what came later.

use super::*;

#[tokio::test]
async fn a_copy_holds_what_was_committed_and_what_came_later_is_the_loss() {
    let fixture = fixture().await;
    let save = async |student, sequence, at| {
        let request = [fixture.save(student, sequence, true)];
        let outcomes = fixture.store.save_answers(&request, at).await.unwrap();
        assert_eq!(saved(&outcomes[0]), 1);
    };
    save(0, 1, now()).await;
    let copy = fixture.directory.path().join("copy.db");
    let file = fixture.file().await;
    file.copy_to(&copy).await.unwrap();

    let copied = DatabaseFile::open(&copy).await.unwrap();
    assert_eq!(copied.problems().await.unwrap(), Vec::<String>::new());
    assert_eq!(
        copied.contents().await.unwrap(),
        file.contents().await.unwrap()
    );
    assert_eq!(copied.contents().await.unwrap().last_answer_at, Some(now()));
    copied.close().await;
    let nothing = fixture.file().await.loss_against(&copy).await.unwrap();
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
    let lost = fixture.file().await.loss_against(&copy).await.unwrap();
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
    let request = [fixture.save(0, 1, true)];
    fixture.store.save_answers(&request, now()).await.unwrap();
    let copy = fixture.directory.path().join("empty.db");
    let empty = Database::Sqlite(copy.clone());
    let empty = DatabaseStore::open(&empty, Environment::Production).await;
    empty.unwrap().close().await.unwrap();
    let lost = fixture.file().await.loss_against(&copy).await.unwrap();
    assert_eq!((lost.answers.count, lost.attempts.count), (1, 2));
    assert_eq!(lost.accounts.count, 3);
}

#[tokio::test]
async fn a_row_whose_counterpart_is_missing_is_damage() {
    let fixture = fixture().await;
    let mut connection = fixture.writer().acquire().await.unwrap();
    for sql in [
        "PRAGMA foreign_keys = OFF",
        "DELETE FROM users WHERE role = 'student'",
        "PRAGMA foreign_keys = ON",
    ] {
        sqlx::query(sql).execute(&mut *connection).await.unwrap();
    }
    let problems = fixture.file().await.problems().await.unwrap();
    let expected = "a row of attempts names a row of users that is not there".to_owned();
    assert!(problems.contains(&expected), "{problems:?}");
}
