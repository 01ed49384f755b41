//! Results: pages of attempts, decisions, corrected keys and releases.

use super::*;
use crate::exam::grading::{HandGrade, Mark, Voiding};
use crate::exam::{AttemptId, Question};
use crate::store::Staff;
use crate::store::results::{
    CorrectionRequest, GradeRequest, Release, ResultStore as _, Versioned,
};
use crate::store::{NewAccount, Role};

const COURSE: &str = "01930ff0-0000-7000-8000-0000000000c1";

/// The fixture, its exam in a course that a lecturer teaches, and that lecturer.
async fn taught(ground: Ground) -> (Fixture, Staff) {
    let fixture = fixture(ground).await;
    let account = NewAccount {
        login: "lecturer".to_owned(),
        display_name: "Lise ✓".to_owned(),
        role: Role::Lecturer,
        password_hash: "hash".to_owned(),
    };
    let user = fixture.store.create_account(account, now()).await.unwrap();
    for sql in [
        format!(
            "INSERT INTO courses (id, code, title, created_at) VALUES ('{COURSE}', 'C', 'Course', 0)"
        ),
        format!(
            "INSERT INTO enrolments (course_id, user_id, role) VALUES ('{COURSE}', '{user}', 'lecturer')"
        ),
        format!(
            "UPDATE exams SET course_id = '{COURSE}' WHERE id = '{}'",
            fixture.exam
        ),
    ] {
        fixture.store.execute_raw(sql).await;
    }
    let role = Role::Lecturer;
    (fixture, staff(user, role))
}

fn grade(fixture: &Fixture, by: Staff, points: i64, seen_version: i64) -> GradeRequest {
    GradeRequest {
        attempt: fixture.records[0].attempt.id,
        grade: HandGrade {
            question_id: fixture.question(1),
            mark: Mark::Whole(points.into()),
            comment: "gut ✓ '\" \\ 🎓".to_owned(),
        },
        seen_version,
        by: by.user,
        now: now(),
    }
}

/// See its name.
pub async fn attempts_to_grade_come_in_pages_with_their_answers_and_newest_grades(ground: Ground) {
    let (fixture, lecturer) = taught(ground).await;
    let third = fixture.user("three").await;
    fixture.start(third).await;
    let saves = [
        fixture.save(0, fixture.question(1), 1, Response::Value(true)),
        fixture.save(1, fixture.question(1), 1, Response::Value(false)),
        fixture.save(1, fixture.question(0), 1, Response::Cleared),
    ];
    fixture.store.save_answers(&saves, now()).await.unwrap();
    for (points, seen) in [(0, 0), (1, 1)] {
        let stored = fixture
            .store
            .give_grade(grade(&fixture, lecturer, points, seen));
        assert_eq!(stored.await.unwrap(), Versioned::Stored(seen + 1));
    }
    let (mut after, mut counts) = (None, Vec::new());
    loop {
        let page = fixture
            .store
            .attempts_to_grade(fixture.exam, after, 2)
            .await;
        let page = page.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.attempt.id);
        counts.extend(page.iter().map(|each| {
            assert_eq!(each.layout.questions.len(), 2);
            let newest: Vec<_> = each.grades.iter().map(|it| it.version).collect();
            (each.candidate.login.clone(), each.answers.len(), newest)
        }));
    }
    counts.sort();
    let expected = [
        ("one", 1, vec![2]),
        ("three", 0, vec![]),
        ("two", 2, vec![]),
    ];
    assert_eq!(
        counts,
        expected.map(|(login, answers, grades)| (login.to_owned(), answers, grades))
    );
}

/// See its name.
pub async fn an_exam_is_graded_by_who_teaches_its_course_and_by_administrators(ground: Ground) {
    let (fixture, lecturer) = taught(ground).await;
    let asked = async |grader| {
        let attempt = fixture.records[0].attempt.id;
        let exam = fixture
            .store
            .exam_to_grade(fixture.exam, grader)
            .await
            .unwrap();
        let one = fixture
            .store
            .attempt_to_grade(attempt, grader)
            .await
            .unwrap();
        let course = fixture.store.course_exams(COURSE, grader, 5).await.unwrap();
        assert_eq!(exam.is_some(), one.is_some());
        assert_eq!(exam.is_some(), course.is_some());
        exam.is_some()
    };
    let other = fixture.students[0];
    let grader = staff;
    assert!(asked(lecturer).await);
    assert!(asked(grader(other, Role::Administrator)).await);
    assert!(!asked(grader(other, Role::Lecturer)).await);
    assert!(!asked(grader(lecturer.user, Role::Invigilator)).await);
    assert!(!asked(grader(lecturer.user, Role::Student)).await);
    let tried = "00000000-0000-7000-8000-00000000ca01".parse().unwrap();
    let administrator = grader(other, Role::Administrator);
    let tried = fixture.store.exam_to_grade(tried, administrator).await;
    assert!(
        tried.unwrap().is_none(),
        "the exam that releases are tried with"
    );
    let nowhere = fixture
        .store
        .attempt_to_grade(AttemptId::generate(), lecturer);
    assert!(nowhere.await.unwrap().is_none());
    fixture
        .store
        .execute_raw(format!(
            "UPDATE exams SET course_id = NULL WHERE id = '{}'",
            fixture.exam
        ))
        .await;
    let of_no_course = fixture.store.exam_to_grade(fixture.exam, lecturer).await;
    assert!(of_no_course.unwrap().is_none());
}

/// See its name.
pub async fn every_grade_is_kept_and_one_that_has_not_seen_the_newest_is_refused(ground: Ground) {
    let (fixture, lecturer) = taught(ground).await;
    let give = async |points, seen| {
        let request = grade(&fixture, lecturer, points, seen);
        fixture.store.give_grade(request).await.unwrap()
    };
    assert_eq!(give(1, 0).await, Versioned::Stored(1));
    assert_eq!(give(1, 0).await, Versioned::Stored(1), "the same once more");
    assert_eq!(give(0, 0).await, Versioned::Changed(1));
    assert_eq!(give(0, 1).await, Versioned::Stored(2));
    assert_eq!(give(1, 7).await, Versioned::Changed(2));
    let attempt = fixture.records[0].attempt.id;
    let history = fixture.store.grade_history(attempt).await.unwrap();
    let versions: Vec<i64> = history.iter().map(|given| given.version).collect();
    assert_eq!(versions, [1, 2]);
    assert_eq!(history[0].grade, grade(&fixture, lecturer, 1, 0).grade);
    assert_eq!(history[0].graded_by_name, "Lise ✓");
    let newest = fixture.store.newest_grades(attempt).await.unwrap();
    assert_eq!(newest.len(), 1);
    assert_eq!(newest[0].version, 2);
    let marked = fixture.store.marked_exam(fixture.exam).await.unwrap();
    assert_eq!(marked.id, fixture.exam);
}

/// See its name.
pub async fn two_who_grade_one_answer_at_the_same_time_do_not_both_win(ground: Ground) {
    let (fixture, lecturer) = taught(ground).await;
    let others = fixture.ground.open().await;
    let [one, other] = [0, 1].map(|points| grade(&fixture, lecturer, points, 0));
    let (one, other) = tokio::join!(fixture.store.give_grade(one), others.give_grade(other));
    let outcomes = [one.unwrap(), other.unwrap()];
    assert!(outcomes.contains(&Versioned::Stored(1)), "{outcomes:?}");
    assert!(outcomes.contains(&Versioned::Changed(1)), "{outcomes:?}");
    assert_eq!(fixture.store.count_rows("hand_grades").await, 1);
    others.close().await.unwrap();
}

/// See its name.
pub async fn a_corrected_key_counts_for_grades_and_leaves_the_paper_alone(ground: Ground) {
    let (fixture, lecturer) = taught(ground).await;
    let asked = fixture.records[0].paper.questions()[1].clone();
    let corrected = Question {
        kind: QuestionKind::TrueFalse(TrueFalse { correct: false }),
        ..asked.clone()
    };
    let request = |question: &Question, seen_version| CorrectionRequest {
        exam: fixture.exam,
        question: question.clone(),
        voiding: None,
        reason: "wrong ✓".to_owned(),
        seen_version,
        by: lecturer.user,
        now: now(),
    };
    let correct = async |question, seen| fixture.store.correct_key(request(question, seen)).await;
    assert_eq!(correct(&corrected, 0).await.unwrap(), Versioned::Stored(1));
    assert_eq!(correct(&corrected, 0).await.unwrap(), Versioned::Stored(1));
    assert_eq!(correct(&asked, 0).await.unwrap(), Versioned::Changed(1));
    let exam = async || {
        let exam = fixture.store.exam_to_grade(fixture.exam, lecturer).await;
        exam.unwrap().unwrap()
    };
    let graded = exam().await;
    assert_eq!(graded.corrections, 1);
    assert_eq!(graded.paper.question(asked.id), Some(&corrected));
    let StartOutcome::Resumed(record) = fixture.start(fixture.students[0]).await else {
        panic!("there is an attempt")
    };
    assert_eq!(record.paper.question(asked.id), Some(&asked));
    // Of one question the newest correction counts.
    assert_eq!(correct(&asked, 1).await.unwrap(), Versioned::Stored(2));
    assert_eq!(exam().await.paper.question(asked.id), Some(&asked));
    let void = |voiding, seen| {
        let request = CorrectionRequest {
            voiding,
            ..request(&asked, seen)
        };
        fixture.store.correct_key(request)
    };
    let left_out = Some(Voiding::LeftOut);
    for _ in 0..2 {
        assert_eq!(void(left_out, 2).await.unwrap(), Versioned::Stored(3));
    }
    assert_eq!(void(None, 2).await.unwrap(), Versioned::Changed(3));
    assert_eq!(exam().await.paper.voiding(asked.id), left_out);
    assert_eq!(void(None, 3).await.unwrap(), Versioned::Stored(4));
    assert_eq!(exam().await.paper.voiding(asked.id), None);
    let kept = fixture.store.key_corrections(fixture.exam).await.unwrap();
    assert_eq!((kept.len(), kept[2].voiding), (4, left_out));
    assert_eq!(
        (&kept[0].question, &*kept[0].reason),
        (&corrected, "wrong ✓")
    );
}

/// See its name.
pub async fn results_are_released_once(ground: Ground) {
    let (fixture, lecturer) = taught(ground).await;
    let release = |waiting| Release {
        released_at: now() + TimeDelta::seconds(waiting),
        released_by: lecturer.user,
        waiting,
    };
    for waiting in [0, 1] {
        let released = fixture
            .store
            .release_results(fixture.exam, release(waiting), None);
        assert_eq!(released.await.unwrap(), release(0));
    }
    let exam = fixture.store.exam_to_grade(fixture.exam, lecturer).await;
    assert_eq!(exam.unwrap().unwrap().release, Some(release(0)));
}
