//! Question banks: added, found, changed and counted.

use super::*;
use crate::exam::question::Essay;
use crate::exam::{CategoryId, CourseId};
use crate::store::Page;
use crate::store::bank::{Media, NewQuestions, QuestionChange, QuestionFilter};
use crate::store::{BankStore as _, Role, Staff, StaffOutcome};

/// A course that one lecturer teaches.
pub(super) struct Taught {
    pub(super) fixture: Fixture,
    pub(super) course: CourseId,
    pub(super) lecturer: Staff,
    pub(super) stranger: Staff,
}

pub(super) async fn taught(ground: Ground) -> Taught {
    let fixture = fixture(ground).await;
    let course = CourseId::generate();
    let sql = format!(
        "INSERT INTO courses (id, code, title, created_at) VALUES ('{course}', 'MATH', 'Algebra', 0)"
    );
    fixture.store.execute_raw(sql).await;
    let mut staff = Vec::new();
    for login in ["lecturer", "stranger"] {
        let account = crate::store::NewAccount {
            login: login.to_owned(),
            display_name: login.to_owned(),
            role: Role::Lecturer,
            password_hash: "hash".to_owned(),
        };
        let user = fixture.store.create_account(account, now()).await.unwrap();
        staff.push(super::staff(user, Role::Lecturer));
    }
    let sql = format!(
        "INSERT INTO enrolments (course_id, user_id, role) VALUES ('{course}', '{}', 'lecturer')",
        staff[0].user
    );
    fixture.store.execute_raw(sql).await;
    Taught {
        fixture,
        course,
        lecturer: staff[0],
        stranger: staff[1],
    }
}

/// Statements and, last, an essay.
pub(super) fn questions() -> Vec<Question> {
    let statement = |number: usize| {
        let kind = QuestionKind::TrueFalse(TrueFalse {
            correct: number.is_multiple_of(2),
        });
        Question::new(format!("Statement {number}"), 2.into(), kind)
    };
    let mut questions: Vec<Question> = (0..7).map(statement).collect();
    let essay = QuestionKind::Essay(Essay {
        grader_notes: "Look for \\ and ''.".to_owned(),
        ..Essay::default()
    });
    questions.push(Question::new("Write", 2.into(), essay));
    questions
}

pub(super) fn done<T>(outcome: StaffOutcome<T>) -> T {
    match outcome {
        StaffOutcome::Done(thing) => thing,
        StaffOutcome::NotFound => panic!("not found"),
        StaffOutcome::Outdated { current } => panic!("outdated: {current}"),
        StaffOutcome::Refused(why) => panic!("refused: {why}"),
    }
}

impl Taught {
    pub(super) async fn add(&self, questions: Vec<Question>, category: Option<CategoryId>) {
        let new = NewQuestions {
            course: self.course,
            category,
            questions,
            now: now(),
        };
        done(
            self.fixture
                .store
                .add_questions(self.lecturer, &new)
                .await
                .unwrap(),
        );
    }

    async fn list(&self, filter: QuestionFilter, limit: usize) -> Vec<Question> {
        let page = Page {
            after: String::new(),
            limit,
        };
        let found = self
            .fixture
            .store
            .questions(self.lecturer, self.course, &filter, &page)
            .await;
        let found = done(found.unwrap());
        found.into_iter().map(|entry| entry.question).collect()
    }
}

/// See its name.
pub async fn a_question_comes_back_as_it_was_kept_with_every_version(ground: Ground) {
    let taught = taught(ground).await;
    let store = &taught.fixture.store;
    let mut questions = self::questions();
    for question in &mut questions {
        question.text = format!("Zoë \"Ω\" 李 🎓 \\ ' \0 {}", question.text);
        question.tags = ["ä".to_owned(), "A".to_owned()].into();
    }
    taught.add(questions.clone(), None).await;
    taught.add(questions.clone(), None).await;
    assert_eq!(taught.list(QuestionFilter::default(), 100).await, questions);
    let mut question = questions[2].clone();
    question.text = "Changed".into();
    question.difficulty = Some(5);
    question.tags.clear();
    let change = QuestionChange {
        version: 1,
        question: question.clone(),
        category: None,
        now: now(),
    };
    for _ in 0..2 {
        let changed = store
            .change_question(taught.lecturer, &change)
            .await
            .unwrap();
        assert_eq!(done(changed).version, 2);
    }
    let other = QuestionChange {
        question: questions[2].clone(),
        ..change
    };
    let late = store
        .change_question(taught.lecturer, &other)
        .await
        .unwrap();
    assert_eq!(late, StaffOutcome::Outdated { current: 2 });
    let versions = store
        .question_versions(taught.lecturer, question.id, i64::MAX, 10)
        .await;
    let versions: Vec<_> = done(versions.unwrap())
        .into_iter()
        .map(|it| it.question)
        .collect();
    assert_eq!(versions, [question.clone(), questions[2].clone()]);
    let kept = done(store.question(taught.lecturer, question.id).await.unwrap());
    assert_eq!(
        (kept.question, kept.changed_by),
        (question.clone(), taught.lecturer.user)
    );
    let hidden = store.question(taught.stranger, question.id).await.unwrap();
    assert_eq!(hidden, StaffOutcome::NotFound);
}

/// What is searched for, and which questions are found.
fn searches(around: CategoryId, category: CategoryId) -> Vec<(QuestionFilter, Vec<usize>)> {
    let by = |set: &dyn Fn(&mut QuestionFilter)| {
        let mut filter = QuestionFilter::default();
        set(&mut filter);
        filter
    };
    vec![
        (by(&|it| it.text = "été 3%".into()), vec![3]),
        (by(&|it| it.text = "OF_IT".into()), (0..8).collect()),
        (by(&|it| it.text = "ofXit".into()), vec![]),
        (by(&|it| it.text = "ete".into()), vec![]),
        (by(&|it| it.tag = "tag 1".into()), vec![1, 3, 5, 7]),
        (by(&|it| it.tag = "TAG 1".into()), vec![]),
        (by(&|it| it.kind = "essay".into()), vec![7]),
        (by(&|it| it.minimum_difficulty = Some(5)), vec![5, 6, 7]),
        (by(&|it| it.category = Some(around)), vec![0, 1, 2]),
        (by(&|it| it.category = Some(category)), vec![0, 1, 2]),
        (by(&|it| it.archived = true), vec![]),
    ]
}

/// See its name.
pub async fn a_search_finds_the_same_on_every_database(ground: Ground) {
    let taught = taught(ground).await;
    let store = &taught.fixture.store;
    let path = "Größe/A_b";
    let category = store
        .create_category(taught.lecturer, taught.course, path)
        .await;
    let category = done(category.unwrap());
    let mut questions = self::questions();
    for (number, question) in questions.iter_mut().enumerate() {
        question.text = format!("ÉTÉ {number}% of_it");
        question.difficulty = u8::try_from(number).ok();
        question.tags = [format!("tag {}", number % 2)].into();
    }
    let (inside, outside) = questions.split_at(3);
    taught.add(inside.to_vec(), Some(category)).await;
    taught.add(outside.to_vec(), None).await;
    let all = done(
        store
            .categories(taught.lecturer, taught.course)
            .await
            .unwrap(),
    );
    let counts: Vec<_> = all
        .iter()
        .map(|it| (it.path.as_str(), it.question_count))
        .collect();
    assert_eq!(counts, [("Größe", 0), ("Größe/A_b", 3)]);
    let around = all[0].id;
    for (filter, expected) in searches(around, category) {
        let found = taught.list(filter.clone(), 100).await;
        let expected: Vec<_> = expected
            .into_iter()
            .map(|at| questions[at].clone())
            .collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let first = taught.list(QuestionFilter::default(), 2).await;
    assert_eq!(first, questions[..2]);
}

/// See its name.
pub async fn thousands_of_questions_are_added_in_one_transaction_or_none(ground: Ground) {
    let taught = taught(ground).await;
    let template = &questions()[0];
    let question = |number: usize| Question {
        id: QuestionId::generate(),
        text: format!("Question {number}"),
        tags: ["many".to_owned()].into(),
        ..template.clone()
    };
    let questions: Vec<_> = (0..1_200).map(question).collect();
    let theirs = CategoryId::generate();
    let new = NewQuestions {
        course: taught.course,
        category: Some(theirs),
        questions: questions.clone(),
        now: now(),
    };
    let refused = taught
        .fixture
        .store
        .add_questions(taught.lecturer, &new)
        .await
        .unwrap();
    assert!(matches!(refused, StaffOutcome::Refused(_)), "{refused:?}");
    assert_eq!(taught.fixture.store.count_rows("questions").await, 0);
    taught.add(questions.clone(), None).await;
    assert_eq!(
        taught.fixture.store.count_rows("question_tags").await,
        1_200
    );
    assert_eq!(
        taught.list(QuestionFilter::default(), 2_000).await,
        questions
    );
}

/// See its name.
pub async fn two_who_change_a_question_at_the_same_time_never_overwrite_each_other(ground: Ground) {
    let taught = taught(ground).await;
    let question = questions()[2].clone();
    taught.add(vec![question.clone()], None).await;
    let other = Arc::new(taught.fixture.ground.open().await);
    let change = |text: &str| QuestionChange {
        version: 1,
        question: Question {
            text: text.to_owned(),
            ..question.clone()
        },
        category: None,
        now: now(),
    };
    let (mine, theirs) = (change("Mine"), change("Theirs"));
    let (first, second) = tokio::join!(
        taught.fixture.store.change_question(taught.lecturer, &mine),
        other.change_question(taught.lecturer, &theirs)
    );
    let outcomes = [first.unwrap(), second.unwrap()];
    let changed = outcomes
        .iter()
        .filter(|it| matches!(it, StaffOutcome::Done(_)));
    assert_eq!(changed.count(), 1, "{outcomes:?}");
    assert!(
        outcomes.contains(&StaffOutcome::Outdated { current: 2 }),
        "{outcomes:?}"
    );
    other.close().await.unwrap();
}

/// See its name.
pub async fn an_image_comes_back_byte_by_byte_and_is_kept_once(ground: Ground) {
    let taught = taught(ground).await;
    let store = &taught.fixture.store;
    let media = Media {
        hash: "0f".repeat(32),
        content_type: "image/png".to_owned(),
        content: (0..=u8::MAX).cycle().take(100_000).collect(),
    };
    for _ in 0..2 {
        done(
            store
                .add_media(taught.lecturer, taught.course, &media, now())
                .await
                .unwrap(),
        );
    }
    assert_eq!(store.count_rows("media").await, 1);
    assert_eq!(store.media(&media.hash).await.unwrap(), Some(media.clone()));
    assert_eq!(store.media("unknown").await.unwrap(), None);
    let refused = store
        .add_media(taught.stranger, taught.course, &media, now())
        .await;
    assert_eq!(refused.unwrap(), StaffOutcome::NotFound);
}
