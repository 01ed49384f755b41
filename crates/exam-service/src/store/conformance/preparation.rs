//! Attempts prepared before the start: once for each candidate, seen by nobody, and put into effect by the start.

use super::sitting::minutes;
use super::*;
use crate::exam::ExamState;
use crate::exam::layout::LayoutError;
use crate::exam::paper::{Draw, PaperRules, Section, SectionItem};
use crate::store::preparation::{Preparation, PreparationStore as _, Prepared};
use crate::store::sitting::Target;
use crate::store::{ExamOfficeStore as _, SittingStore as _, StaffOutcome};

impl Fixture {
    async fn prepare(&self, after: Option<UserId>, limit: i64) -> Prepared {
        let prepared = self.store.prepare(self.exam, after, limit, now()).await;
        prepared.unwrap()
    }

    async fn preparation(&self) -> Preparation {
        let found = self.store.preparation(self.exam).await.unwrap();
        found.unwrap()
    }

    /// Candidates, those who started, and those who find an attempt prepared.
    async fn counts(&self) -> (i64, i64, i64) {
        let found = self.preparation().await;
        (found.candidates, found.started, found.prepared)
    }

    /// More candidates.
    async fn add(&self, logins: &[&str]) {
        let seed = seed(logins);
        self.store.seed_demo(&exam(), &seed).await.unwrap();
    }
}

/// See its name.
pub async fn attempts_are_prepared_once_for_each_candidate_who_has_none_and_seen_by_nobody(
    ground: Ground,
) {
    let fixture = fixture(ground).await;
    fixture.add(&["four", "five"]).await;
    assert_eq!(fixture.counts().await, (5, 2, 0));
    let (store, three) = (&fixture.store, fixture.user("three").await);
    let seen = async || {
        let board = store.board(fixture.exam).await.unwrap();
        let listed = store.exams_of(three).await.unwrap();
        assert!(listed.iter().all(|exam| exam.attempt.is_none()));
        (
            board.iter().filter(|row| row.attempt.is_some()).count(),
            store.count_open_attempts(now()).await.unwrap(),
            store.count_rows("attempts").await,
        )
    };
    let before = seen().await;
    assert_eq!(before, (2, 2, 2));
    let first = fixture.prepare(None, 2).await;
    assert_eq!((first.prepared, first.failed.len()), (2, 0));
    let rest = fixture.prepare(first.next, 2).await;
    assert_eq!((rest.prepared, rest.next), (1, None));
    assert_eq!(fixture.prepare(None, 10).await, Prepared::default());
    assert_eq!(fixture.counts().await, (5, 2, 3));
    assert_eq!(seen().await, before);
    let mut order = fixture
        .order("credit", crate::exam::invigilation::Measure::CreditTime(60))
        .await;
    order.target = Target::All;
    assert_eq!(fixture.act(&order).await.targeted, 2);
}

/// See its name.
pub async fn a_start_puts_into_effect_what_was_prepared_by_the_rules_of_that_moment(
    ground: Ground,
) {
    let fixture = fixture(ground).await;
    let three = fixture.user("three").await;
    assert_eq!(fixture.prepare(None, 10).await.prepared, 1);
    let reading = fixture.store.reading("read what was prepared");
    let sql = leaked("SELECT layout FROM prepared_attempts".to_owned());
    let none: &[Argument<'_>] = &[];
    let prepared = reading.one(sql, none).await.unwrap().string(0).unwrap();
    // What was said since: another duration, more time, an access code.
    for sql in [
        "UPDATE exams SET duration_seconds = 1200 WHERE code = 'test'",
        r#"UPDATE candidates SET accommodation = '{"extra_percent":50,"extra_seconds":0,"break_seconds":0}'"#,
    ] {
        fixture.store.execute_raw(sql.to_owned()).await;
    }
    fixture.set_rules(r#"{"access_code":"Larch"}"#).await;
    let refused = fixture.start(three).await;
    assert!(
        matches!(refused, StartOutcome::Refused { .. }),
        "{refused:?}"
    );
    assert_eq!(fixture.counts().await, (3, 2, 1));
    let mut request = fixture.start_request(three);
    request.now = now() + minutes(5);
    request.arrival.access_code = Some("Larch".to_owned());
    let started = fixture.store.start_attempt(request.clone()).await.unwrap();
    let StartOutcome::Started(record) = started else {
        panic!("{started:?}")
    };
    assert_eq!(serde_json::to_string(&record.layout).unwrap(), prepared);
    assert_eq!(record.started_at, request.now);
    assert_eq!(record.attempt.deadline_at, now() + minutes(5 + 30));
    assert_eq!(record.rules.access_code.as_deref(), Some("Larch"));
    assert_eq!(fixture.counts().await, (3, 3, 0));
    assert_eq!(fixture.store.count_rows("prepared_attempts").await, 0);
    let again = fixture.store.start_attempt(request).await.unwrap();
    let StartOutcome::Resumed(resumed) = again else {
        panic!("{again:?}")
    };
    assert_eq!(
        (resumed.layout, resumed.attempt.id),
        (record.layout, record.attempt.id)
    );
}

/// See its name.
pub async fn a_paper_that_cannot_be_laid_out_is_reported_and_nothing_is_kept(ground: Ground) {
    let fixture = fixture(ground).await;
    let header = PaperHeader {
        exam_id: fixture.exam,
        title: "Exam".to_owned(),
        duration: minutes(10),
    };
    let draw = SectionItem::Draw(Draw {
        count: 3,
        ..Draw::default()
    });
    let section = Section {
        items: vec![draw],
        ..Section::default()
    };
    let statement = || {
        let kind = QuestionKind::TrueFalse(TrueFalse { correct: true });
        Question::new("a statement", 1.into(), kind)
    };
    let questions = vec![statement(), statement()];
    let paper = Paper::with_sections(header, PaperRules::default(), questions, vec![section]);
    let document = paper.to_document();
    let replace = format!(
        "UPDATE papers SET document = '{document}' WHERE exam_id = '{}'",
        fixture.exam
    );
    fixture.store.execute_raw(replace).await;
    // Papers never change, so they are remembered: another process has not read it yet.
    let store = fixture.ground.open().await;
    let done = store.prepare(fixture.exam, None, 10, now()).await.unwrap();
    assert_eq!(done.prepared, 0);
    let too_small = LayoutError::PoolTooSmall {
        section: 0,
        wanted: 3,
        left: 2,
    };
    let why: Vec<LayoutError> = done.failed.iter().map(|each| each.why).collect();
    assert_eq!(why, [too_small]);
    assert_eq!(fixture.counts().await, (3, 2, 0));
}

/// See its name.
pub async fn what_was_prepared_goes_with_its_candidate_and_with_a_closed_exam(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.add(&["four"]).await;
    let (admin, exam, store) = (fixture.admin().await, fixture.exam, &fixture.store);
    assert_eq!(fixture.prepare(None, 10).await.prepared, 2);
    let three = fixture.user("three").await;
    let removed = store.remove_candidate(admin, exam, three).await.unwrap();
    assert_eq!(removed, StaffOutcome::Done(()));
    assert_eq!(fixture.counts().await, (3, 2, 1));
    let (soon, late) = (now() - minutes(10), now() + minutes(10));
    assert_eq!(store.exams_to_prepare(soon, now()).await.unwrap(), [exam]);
    assert_eq!(store.exams_to_prepare(now(), late).await.unwrap(), []);
    assert_eq!(
        store
            .exams_to_prepare(soon, now() - minutes(1))
            .await
            .unwrap(),
        []
    );
    let closed = store
        .set_exam_state(admin, exam, ExamState::Closed, now() + minutes(60))
        .await;
    assert!(matches!(closed.unwrap(), StaffOutcome::Done(_)));
    assert_eq!(fixture.counts().await, (3, 2, 0));
    assert_eq!(store.exams_to_prepare(soon, now()).await.unwrap(), []);
    // Nobody starts it, so nothing is kept for anybody.
    assert_eq!(fixture.prepare(None, 10).await.prepared, 0);
}

/// See its name.
pub async fn attempts_that_are_prepared_while_they_are_started_are_one_attempt_each(
    ground: Ground,
) {
    let fixture = fixture(ground).await;
    let logins: Vec<String> = (0..12).map(|number| format!("late-{number}")).collect();
    let logins: Vec<&str> = logins.iter().map(String::as_str).collect();
    fixture.add(&logins).await;
    let other = Arc::new(fixture.ground.open().await);
    let mut doing = Vec::new();
    for store in [&fixture.store, &other] {
        let (store, exam) = (Arc::clone(store), fixture.exam);
        doing.push(tokio::spawn(async move {
            store.prepare(exam, None, 100, now()).await.unwrap();
        }));
    }
    for login in &logins {
        let request = fixture.start_request(fixture.user(login).await);
        for store in [&fixture.store, &other] {
            let (store, request) = (Arc::clone(store), request.clone());
            doing.push(tokio::spawn(async move {
                store.start_attempt(request).await.unwrap();
            }));
        }
    }
    for each in doing {
        each.await.unwrap();
    }
    // 12 of them, two who had started before; the third is prepared and has not.
    assert_eq!(fixture.store.count_rows("attempts").await, 14);
    assert_eq!(fixture.counts().await, (15, 14, 1));
}
