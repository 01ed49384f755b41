//! An emergency file merged: exam and attempt locked, decided by the rule of sequences, written with its line of the log.

use serde_json::json;

use super::actions::read_exam_time;
use crate::exam::audit::Deed;
use crate::exam::emergency::{MergeVerdict, MergedAnswer, merge};
use crate::exam::rules::ExamRules;
use crate::exam::{AnswerSheet, AttemptId, QuestionId, StoredAnswer};
use crate::exam::{Asked, Phase};
use crate::store::batch::Kept;
use crate::store::emergency_files::{MergeOutcome, MergeReport, MergeRequest};
use crate::store::sql::{Sql, Transaction, arguments, select_locked};
use crate::store::verbs::answers::write_kept;
use crate::store::verbs::attempts::{ANSWERS, FIND_LOCKED, attempt_row, stored_answers};
use crate::store::verbs::audit::{Entry, add_attempts};
use crate::store::{DatabaseStore, StoreError};

/// Who releases the results meanwhile waits: a release refers to the exam.
static LOCK_EXAM: Sql = select_locked!("SELECT rules FROM exams WHERE id = $1");
static RELEASED: Sql = Sql::same("SELECT released_at FROM result_releases WHERE exam_id = $1");
static GRADED: Sql =
    Sql::same("SELECT DISTINCT question_id FROM hand_grades WHERE attempt_id = $1");

impl DatabaseStore {
    pub(in crate::store) async fn write_file(
        &self,
        request: &MergeRequest,
    ) -> Result<MergeOutcome, StoreError> {
        let exam = request.exam;
        let mut transaction = self.begin_write("merge an emergency file").await?;
        let Some(locked) = transaction.optional(&LOCK_EXAM, arguments![exam]).await? else {
            return Ok(MergeOutcome::NotFound);
        };
        let rules: ExamRules = locked.json(0, "the rules of an exam")?;
        let theirs = read_exam_time(&mut transaction, request.staff, exam).await?;
        if theirs.is_none() {
            return Ok(MergeOutcome::NotFound);
        }
        let found = arguments![request.attempt, request.user];
        let found = transaction.optional(&FIND_LOCKED, found).await?;
        let found = found.as_ref().map(attempt_row).transpose()?;
        let Some(row) = found.filter(|row| row.attempt.exam_id == exam) else {
            return Ok(MergeOutcome::NoSuchAttempt);
        };
        if let Some(row) = transaction.optional(&RELEASED, arguments![exam]).await? {
            return Ok(MergeOutcome::Released(row.time(0)?));
        }
        let stored = transaction
            .all(&ANSWERS, arguments![request.attempt])
            .await?;
        let graded = transaction
            .all(&GRADED, arguments![request.attempt])
            .await?;
        let graded = graded.iter().map(|row| row.id(0));
        let graded = graded.collect::<Result<Vec<QuestionId>, _>>()?;

        let paper = self.paper_within(&mut transaction, &row.attempt).await?;
        let asked = Asked {
            paper: &paper,
            layout: Some(&row.layout),
        };
        let attempt = row.attempt.clone();
        let mut sheet = AnswerSheet::new(row.attempt, row.standing, stored_answers(&stored)?);
        let furthest = sheet.standing().furthest;
        let answers = merge(&mut sheet, asked, request.answers.clone(), request.now);
        let is_closed = attempt.phase(request.now) != Phase::Open;
        let mut report = MergeReport {
            audit_number: None,
            submitted_at: attempt.submitted_at,
            deadline_at: attempt.deadline_at,
            is_result_visible: is_closed && rules.shows_results_at_once(),
            to_grade_again: graded
                .into_iter()
                .filter(|question| stores(&answers, *question))
                .collect(),
            answers,
        };
        let is_changed = count(&report.answers, MergeVerdict::Stored) > 0;
        if request.is_dry_run || !is_changed {
            transaction.rollback().await?;
            return Ok(MergeOutcome::Merged(report));
        }
        let number = log(&mut transaction, request, &report).await?;
        let moved = sheet
            .standing()
            .furthest
            .filter(|_| sheet.standing().furthest != furthest);
        let moved = moved.map(|place| json!([[request.attempt, place]]).to_string());
        let kept = written(&sheet, request, &report.answers, number);
        if !write_kept(&mut transaction, &kept, moved).await? {
            let changed = "an answer changed while its attempt was locked";
            return Err(StoreError::Corrupt(changed.to_owned()));
        }
        transaction.commit().await?;
        report.audit_number = Some(number);
        Ok(MergeOutcome::Merged(report))
    }
}

fn stores(answers: &[MergedAnswer], question: QuestionId) -> bool {
    let is_stored = |each: &MergedAnswer| each.verdict == MergeVerdict::Stored;
    answers
        .iter()
        .any(|each| each.question_id == question && is_stored(each))
}

fn count(answers: &[MergedAnswer], verdict: MergeVerdict) -> usize {
    let counted = answers.iter().filter(|each| each.verdict == verdict);
    counted.count()
}

/// Every answer of the file that counted, if only until the next one.
fn written(
    sheet: &AnswerSheet,
    request: &MergeRequest,
    merged: &[MergedAnswer],
    number: i64,
) -> Vec<Kept> {
    let stored = |each: &&MergedAnswer| each.verdict == MergeVerdict::Stored;
    let kept = merged.iter().filter(stored).filter_map(|each| {
        let newest = sheet.answer(each.question_id)?;
        let in_file = request
            .answers
            .iter()
            .find(|file| file.question_id == each.question_id && file.sequence == each.sequence)?;
        let answer = StoredAnswer {
            response: in_file.response.as_ref().ok()?.clone(),
            sequence: each.sequence,
            ..newest.clone()
        };
        let is_newest = newest.sequence == each.sequence;
        Some(Kept::from_file(request.attempt, answer, is_newest, number))
    });
    kept.collect()
}

/// Who, when, which file and how much of it; nothing of the answers.
async fn log(
    transaction: &mut Transaction,
    request: &MergeRequest,
    report: &MergeReport,
) -> Result<i64, StoreError> {
    let answers = &report.answers;
    let stored = count(answers, MergeVerdict::Stored);
    let (same, older) = (
        count(answers, MergeVerdict::Same),
        count(answers, MergeVerdict::Older),
    );
    let late = answers.iter().filter(|each| {
        each.verdict == MergeVerdict::Stored && each.answered_at > report.deadline_at
    });
    let detail = json!({
        "file_sha256": request.file_sha256,
        "written_at": request.written_at,
        "stored": stored,
        "same": same,
        "older": older,
        "refused": answers.len() - stored - same - older,
        "after_deadline": late.count(),
        "was_handed_in": report.submitted_at.is_some(),
        "result_was_visible": report.is_result_visible,
        "reason": request.reason,
    });
    let number = Entry::new(Deed::EmergencyFile, Some(request.staff.user), request.now)
        .on(&request.attempt)
        .in_exam(request.exam)
        .with(detail)
        .append(transaction)
        .await?;
    let concerned: [AttemptId; 1] = [request.attempt];
    add_attempts(transaction, number, &concerned).await?;
    Ok(number)
}
