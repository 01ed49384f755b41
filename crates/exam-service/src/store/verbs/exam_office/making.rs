//! Exams made, from nothing or from others.

use serde_json::json;

use super::{lock, written};
use crate::exam::audit::Deed;
use crate::exam::{Draft, ExamId};
use crate::store::exam_office::{CloneRequest, ExamDetails, ExamPlan};
use crate::store::sql::{InsertNew, Sql, Transaction, arguments, insert_new};
use crate::store::verbs::bank::teaches;
use crate::store::{DatabaseStore, Staff, StaffOutcome, StoreError};

static ADD: InsertNew = insert_new!(
    "INSERT INTO exams (id, code, course_id, title, state, starts_at, ends_at, duration_seconds, question_count, rules,
                        draft, author_id)
     VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11)"
);
static COPY_CANDIDATES: Sql = Sql::same(
    "INSERT INTO candidates (exam_id, user_id, accommodation)
     SELECT $2, c.user_id, c.accommodation FROM candidates c WHERE c.exam_id = $1",
);

impl DatabaseStore {
    pub(in crate::store) async fn write_exam(
        &self,
        staff: Staff,
        plan: &ExamPlan,
    ) -> Result<StaffOutcome<ExamDetails>, StoreError> {
        let mut transaction = self.begin_write("make an exam").await?;
        if !teaches(&mut transaction, staff, plan.course).await? {
            return Ok(StaffOutcome::NotFound);
        }
        if !insert(&mut transaction, staff, plan).await? {
            return Ok(StaffOutcome::refused(code_taken(&plan.code)));
        }
        let entry = staff.did(Deed::ExamMade).on_exam(plan.id);
        let detail = json!({ "code": plan.code, "title": plan.title });
        let entry = entry.in_course(plan.course).with(detail);
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        self.made(staff, plan.id).await
    }

    pub(in crate::store) async fn write_clone(
        &self,
        staff: Staff,
        original: ExamId,
        request: &CloneRequest,
    ) -> Result<StaffOutcome<ExamDetails>, StoreError> {
        let mut transaction = self.begin_write("clone an exam").await?;
        let Some(exam) = lock(&mut transaction, staff, original).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let (Some(course), Some(draft)) = (exam.course, exam.draft) else {
            return Ok(StaffOutcome::refused(
                "This exam was not made from a question bank, so there is nothing to clone. Make a new one.",
            ));
        };
        let plan = ExamPlan {
            id: request.id,
            code: request.code.clone(),
            course,
            title: request.title.clone().unwrap_or(exam.title),
            window: request.window,
            duration: exam.duration,
            rules: exam.rules,
            draft,
        };
        if !insert(&mut transaction, staff, &plan).await? {
            return Ok(StaffOutcome::refused(code_taken(&plan.code)));
        }
        if request.with_candidates {
            let values = arguments![original, plan.id];
            transaction.execute(&COPY_CANDIDATES, values).await?;
        }
        let entry = staff.did(Deed::ExamCloned).on_exam(plan.id);
        let detail = json!({ "code": plan.code, "title": plan.title, "original": original,
            "with_candidates": request.with_candidates });
        let entry = entry.in_course(plan.course).with(detail);
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        self.made(staff, plan.id).await
    }

    /// What was just made.
    async fn made(
        &self,
        staff: Staff,
        id: ExamId,
    ) -> Result<StaffOutcome<ExamDetails>, StoreError> {
        self.read_exam(staff, id).await.map(StaffOutcome::found)
    }
}

fn code_taken(code: &str) -> String {
    format!("There is an exam with the code '{code}'. Choose another.")
}

/// `false` when the code is taken.
async fn insert(
    transaction: &mut Transaction,
    staff: Staff,
    plan: &ExamPlan,
) -> Result<bool, StoreError> {
    let values = arguments![
        plan.id,
        &plan.code,
        plan.course,
        &plan.title,
        plan.window.starts_at,
        plan.window.ends_at,
        plan.duration.num_seconds(),
        question_count(&plan.draft),
        written(&plan.rules)?,
        written(&plan.draft)?,
        staff.user
    ];
    transaction.insert_new(&ADD, values).await
}

/// How many questions one attempt is asked.
pub(super) fn question_count(draft: &Draft) -> i64 {
    i64::try_from(draft.question_count()).unwrap_or(i64::MAX)
}
