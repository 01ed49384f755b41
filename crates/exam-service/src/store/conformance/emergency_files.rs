//! Answers out of emergency files: merged by sequence, logged, and kept as evidence.

use std::time::Duration;

use super::sitting::minutes;
use super::*;
use crate::exam::emergency::{FileAnswer, MergeVerdict};
use crate::exam::invigilation::Measure;
use crate::store::emergency_files::{
    EmergencyFileStore as _, MergeOutcome, MergeReport, MergeRequest,
};
use crate::store::results::{Release, ResultStore as _};
use crate::store::sitting::{ActionRequest, Happening};
use crate::store::sql::{Sql, arguments, select_locked};
use crate::store::{AuditStore as _, Role, SittingStore as _};

static HOLD: Sql = select_locked!("SELECT id FROM exams WHERE id = $1");

impl Fixture {
    /// A file of the first student with this save of the statement, uploaded an hour later.
    async fn file(&self, sequence: i64, value: bool) -> MergeRequest {
        MergeRequest {
            staff: self.admin().await,
            exam: self.exam,
            attempt: self.attempt_id(0),
            user: self.students[0],
            written_at: now() + minutes(9),
            file_sha256: "0".repeat(64),
            answers: vec![self.in_file(1, sequence, Response::Value(value))],
            reason: Some("network".to_owned()),
            is_dry_run: false,
            now: now() + minutes(60),
        }
    }

    fn in_file(&self, question: usize, sequence: i64, response: Response) -> FileAnswer {
        FileAnswer {
            question_id: self.question(question),
            response: Ok(response),
            sequence: Sequence::new(sequence).unwrap(),
            flagged: true,
            answered_at: now() + minutes(8),
        }
    }

    async fn merge(&self, request: &MergeRequest) -> MergeReport {
        match self.store.merge_file(request).await.unwrap() {
            MergeOutcome::Merged(report) => report,
            other => panic!("{other:?}"),
        }
    }
}

fn verdicts(report: &MergeReport) -> Vec<MergeVerdict> {
    report.answers.iter().map(|each| each.verdict).collect()
}

/// See its name.
pub async fn a_file_is_merged_by_sequence_after_the_attempt_was_handed_in(ground: Ground) {
    use MergeVerdict::{Older, Same, Stored};
    let fixture = fixture(ground).await;
    let save = fixture.save(0, fixture.question(1), 5, Response::Value(false));
    assert_eq!(decided(&fixture.save_one(save).await), (1, vec![]));
    let order = ActionRequest {
        now: now() + minutes(9),
        ..fixture.order("submit", Measure::ForceSubmit).await
    };
    fixture.act(&order).await;
    let older = fixture.merge(&fixture.file(4, true).await).await;
    assert_eq!((verdicts(&older), older.audit_number), (vec![Older], None));

    let mut file = fixture.file(7, true).await;
    file.answers
        .push(fixture.in_file(1, 6, Response::Value(false)));
    file.answers.push(fixture.in_file(0, 3, Response::Cleared));
    let dry_run = MergeRequest {
        is_dry_run: true,
        ..file.clone()
    };
    let would = fixture.merge(&dry_run).await;
    assert_eq!(verdicts(&would), [Stored, Stored, Stored]);
    assert_eq!(fixture.stored(0).await.len(), 1);
    assert_eq!(fixture.store.count_rows("answer_history").await, 1);
    let report = fixture.merge(&file).await;
    // After the line of the handing in.
    assert_eq!(report.audit_number, Some(2));
    let expected = MergeReport {
        audit_number: Some(2),
        ..would
    };
    assert_eq!(report, expected);
    assert_eq!(report.submitted_at, Some(now() + minutes(9)));
    let again = fixture.merge(&file).await;
    assert_eq!(verdicts(&again), [Same, Older, Same]);
    assert_eq!(again.audit_number, None);

    let record = fixture.record(0, now() + minutes(61)).await;
    assert_eq!(record.attempt.submitted_at, Some(now() + minutes(9)));
    let statement = record.answers.iter();
    let mut statement = statement.filter(|answer| answer.question_id == fixture.question(1));
    let statement = statement.next().unwrap();
    assert_eq!(
        (
            statement.sequence.get(),
            &statement.response,
            statement.flagged
        ),
        (7, &Response::Value(true), true)
    );
    assert_eq!(statement.saved_at, file.now);
    assert_eq!(fixture.store.count_rows("answer_history").await, 4);
    let from_file = "answer_history WHERE audit_number = 2";
    assert_eq!(fixture.store.count_rows(from_file).await, 3);
    assert_eq!(
        fixture.store.check_audit().await.unwrap().unwrap().number,
        2
    );
    told_by_timeline(&fixture, &file).await;
}

/// Who looks at the attempt sees which saves came from the file, and by whom, however much later.
async fn told_by_timeline(fixture: &Fixture, file: &MergeRequest) {
    let timeline = fixture
        .store
        .timeline(file.staff, file.attempt, file.now + minutes(1))
        .await;
    let entries = timeline.unwrap().unwrap().entries;
    let from_file: Vec<i64> = entries
        .iter()
        .filter_map(|entry| match &entry.what {
            Happening::Saved {
                sequence,
                audit_number: Some(2),
                ..
            } => Some(*sequence),
            _ => None,
        })
        .collect();
    assert_eq!(from_file, [3, 6, 7]);
    let detail = entries.iter().find_map(|entry| match &entry.what {
        Happening::Action {
            number: 2,
            action,
            actor,
            detail,
        } => Some((action.clone(), actor.clone(), detail.clone())),
        _ => None,
    });
    let (action, actor, detail) = detail.unwrap();
    assert_eq!(action, "emergency_file");
    assert_eq!(actor, Some(file.staff.user.to_string()));
    let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
    assert_eq!(
        (&detail["stored"], &detail["reason"]),
        (&serde_json::json!(3), &serde_json::json!("network"))
    );
}

/// See its name.
pub async fn a_file_counts_for_its_attempt_only_and_not_behind_released_results(ground: Ground) {
    let fixture = fixture(ground).await;
    let file = fixture.file(1, true).await;
    let outcome = async |request: MergeRequest| fixture.store.merge_file(&request).await.unwrap();
    let stranger = staff(fixture.students[1], Role::Invigilator);
    let theirs = MergeRequest {
        staff: stranger,
        ..file.clone()
    };
    assert_eq!(outcome(theirs).await, MergeOutcome::NotFound);
    let nowhere = MergeRequest {
        exam: ExamId::generate(),
        ..file.clone()
    };
    assert_eq!(outcome(nowhere).await, MergeOutcome::NotFound);
    let of_another = MergeRequest {
        user: fixture.students[1],
        ..file.clone()
    };
    assert_eq!(outcome(of_another).await, MergeOutcome::NoSuchAttempt);
    let release = Release {
        released_at: now() + minutes(30),
        released_by: file.staff.user,
        waiting: 0,
    };
    let released = fixture
        .store
        .release_results(fixture.exam, release.clone(), None)
        .await;
    released.unwrap();
    assert_eq!(
        outcome(file).await,
        MergeOutcome::Released(release.released_at)
    );
    assert!(fixture.stored(0).await.is_empty());
    // The release.
    assert_eq!(fixture.store.count_rows("audit_log").await, 1);
}

/// See its name.
pub async fn files_and_saves_at_the_same_time_leave_the_highest_sequence(ground: Ground) {
    let fixture = fixture(ground).await;
    // A service that has just started knows no paper, and reads it while all its connections wait for the same attempt.
    let other = Arc::new(fixture.ground.open().await);
    let mut holding = fixture.store.begin_write("hold an exam").await.unwrap();
    let held = holding.all(&HOLD, arguments![fixture.exam]).await;
    assert_eq!(held.unwrap().len(), 1);
    let mut doing = Vec::new();
    for sequence in 1..=20 {
        let save = fixture.save(0, fixture.question(1), 2 * sequence, Response::Value(true));
        let store = Arc::clone(&fixture.store);
        doing.push(tokio::spawn(async move {
            store.save_answers(&[save], now()).await.unwrap();
        }));
        let file = fixture.file(2 * sequence + 1, false).await;
        let store = Arc::clone(&other);
        doing.push(tokio::spawn(async move {
            store.merge_file(&file).await.unwrap();
        }));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    holding.rollback().await.unwrap();
    for each in doing {
        each.await.unwrap();
    }
    let expected = (fixture.question(1), 41, Response::Value(false));
    assert_eq!(fixture.stored(0).await, [expected]);
    let check = fixture.store.check_audit().await.unwrap();
    let lines = fixture.store.count_rows("audit_log").await;
    assert_eq!(check.unwrap().number, lines);
    let from_files = "answer_history WHERE audit_number IS NOT NULL";
    assert_eq!(fixture.store.count_rows(from_files).await, lines);
}
