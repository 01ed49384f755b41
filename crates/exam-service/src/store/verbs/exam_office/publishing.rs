//! The way from draft to published and closed.

use chrono::{DateTime, Utc};

use super::changing::started;
use super::lock;
use crate::exam::draft::Frozen;
use crate::exam::paper::PaperHeader;
use crate::exam::question::Question;
use crate::exam::review::can_be_published;
use crate::exam::timing::GRACE;
use crate::exam::{ExamId, ExamState};
use crate::store::bank::MAX_QUESTIONS;
use crate::store::exam_office::{ExamDetails, StepOutcome};
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::verbs::bank::reading::question;
use crate::store::verbs::jobs::notifications::{Telling, tell_candidates};
use crate::store::verbs::sitting::preparing::discard;
use crate::store::{DatabaseStore, Staff, StaffOutcome, StoreError};

static BANK: Sql = Sql::same(
    "SELECT v.document FROM questions q JOIN question_versions v ON v.question_id = q.id AND v.version = q.version
     WHERE q.course_id = $1 AND q.archived_at IS NULL ORDER BY q.id LIMIT $2",
);
static SET_STATE: Sql = Sql::same(
    "UPDATE exams SET state = $2, revision = $3, question_count = $4, reviewer_id = $5, reviewed_at = $6,
            publisher_id = $7, published_at = $8
     WHERE id = $1",
);
static ADD_PAPER: Sql =
    Sql::same("INSERT INTO papers (exam_id, version, document) VALUES ($1, 1, $2)");

impl DatabaseStore {
    pub(in crate::store) async fn read_frozen(
        &self,
        staff: Staff,
        id: ExamId,
    ) -> Result<StaffOutcome<Frozen>, StoreError> {
        let Some(exam) = self.read_exam(staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        if exam.state.is_frozen() {
            let paper = self.read_paper(id).await?;
            let paper =
                paper.ok_or_else(|| StoreError::Corrupt(format!("exam {id} has no paper")))?;
            return Ok(StaffOutcome::Done(Frozen {
                paper: (*paper).clone(),
                findings: Vec::new(),
            }));
        }
        self.freeze(&exam).await.map(StaffOutcome::Done)
    }

    /// The paper that the bank makes of an exam now.
    async fn freeze(&self, exam: &ExamDetails) -> Result<Frozen, StoreError> {
        let rows = match exam.course {
            None => Vec::new(),
            Some(course) => {
                let reading = self.reading("read a question bank");
                let limit = i64::try_from(MAX_QUESTIONS).unwrap_or(i64::MAX);
                reading.all(&BANK, arguments![course, limit]).await?
            }
        };
        let header = PaperHeader {
            exam_id: exam.id,
            title: exam.title.clone(),
            duration: exam.duration,
        };
        let (draft, window) = (exam.draft.clone().unwrap_or_default(), exam.window);
        // A large bank takes its time, in which the saves of those who sit an exam go on.
        let freezing = tokio::task::spawn_blocking(move || {
            let bank: Vec<Question> = rows.iter().map(question).collect::<Result<_, _>>()?;
            Ok(draft.freeze(header, window, &bank))
        });
        freezing.await.map_err(|error| {
            StoreError::Corrupt(format!("a paper could not be made of a bank: {error}"))
        })?
    }

    pub(in crate::store) async fn write_exam_state(
        &self,
        staff: Staff,
        id: ExamId,
        next: ExamState,
        now: DateTime<Utc>,
    ) -> Result<StaffOutcome<StepOutcome>, StoreError> {
        let Some(before) = self.read_exam(staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        // Outside of the transaction: nobody waits while the bank is read.
        let is_publication = before.state == ExamState::Review && next == ExamState::Published;
        let frozen = if is_publication {
            let frozen = self.freeze(&before).await?;
            if !can_be_published(&frozen.findings) {
                return Ok(StaffOutcome::Done(StepOutcome::HasErrors(frozen.findings)));
            }
            Some(frozen)
        } else {
            None
        };
        let mut transaction = self.begin_write("take an exam to another state").await?;
        let Some(mut exam) = lock(&mut transaction, staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        if exam.state == next {
            return Ok(StaffOutcome::Done(StepOutcome::Taken(Box::new(exam))));
        }
        if exam.revision != before.revision {
            return Ok(StaffOutcome::Outdated {
                current: exam.revision,
            });
        }
        if let Err(why) = exam.state.check_step(next) {
            return Ok(StaffOutcome::refused(why));
        }
        if next == ExamState::Closed
            && let Some(last) = started(&mut transaction, id).await?.last_deadline
            && last + GRACE >= now
        {
            return Ok(StaffOutcome::refused(format!(
                "Somebody sits it until {}. Close it after that, or hand their attempts in first.",
                last.to_rfc3339()
            )));
        }
        if next == ExamState::Draft {
            exam.review = None;
        }
        if let Some(frozen) = frozen {
            exam.publication = Some((staff.user, now));
            if exam.author != Some(staff.user) {
                exam.review = exam.review.or(exam.publication);
            }
            exam.question_count = i64::try_from(frozen.paper.question_count()).unwrap_or(i64::MAX);
            let values = arguments![id, frozen.paper.to_document()];
            transaction.execute(&ADD_PAPER, values).await?;
            let telling = Telling {
                kind: "exam_published",
                exam: id,
                mail: None,
                now,
            };
            tell_candidates(&mut transaction, &telling).await?;
        }
        if next == ExamState::Closed {
            discard(&mut transaction, id).await?;
        }
        exam.state = next;
        store_state(&mut transaction, &mut exam).await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(StepOutcome::Taken(Box::new(exam))))
    }

    pub(in crate::store) async fn write_approval(
        &self,
        staff: Staff,
        id: ExamId,
        revision: i64,
        now: DateTime<Utc>,
    ) -> Result<StaffOutcome<ExamDetails>, StoreError> {
        let mut transaction = self.begin_write("approve an exam").await?;
        let Some(mut exam) = lock(&mut transaction, staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let current = exam.revision;
        let is_approved = exam.review.is_some_and(|(who, _)| who == staff.user);
        if is_approved && (revision == current || revision + 1 == current) {
            return Ok(StaffOutcome::Done(exam));
        }
        if revision != current {
            return Ok(StaffOutcome::Outdated { current });
        }
        if exam.state != ExamState::Review {
            return Ok(StaffOutcome::refused(
                "It is not in review. Only what nobody can change meanwhile is approved.",
            ));
        }
        if exam.author == Some(staff.user) {
            return Ok(StaffOutcome::refused(
                "You have made it yourself. Somebody else has to look at it.",
            ));
        }
        exam.review = Some((staff.user, now));
        store_state(&mut transaction, &mut exam).await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(exam))
    }
}

/// Writes what the workflow says of an exam, as its next revision.
async fn store_state(
    transaction: &mut Transaction,
    exam: &mut ExamDetails,
) -> Result<(), StoreError> {
    exam.revision += 1;
    let values = arguments![
        exam.id,
        exam.state.as_str(),
        exam.revision,
        exam.question_count,
        exam.review.map(|(who, _)| who),
        exam.review.map(|(_, at)| at.timestamp_millis()),
        exam.publication.map(|(who, _)| who),
        exam.publication.map(|(_, at)| at.timestamp_millis())
    ];
    transaction.execute(&SET_STATE, values).await?;
    Ok(())
}
