//! Exams changed: all of a draft, the window and the rules of what was published.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::making::question_count;
use super::{lock, written};
use crate::exam::audit::{Deed, differences};
use crate::exam::{ExamId, ExamState};
use crate::store::exam_office::{ExamChange, ExamDetails};
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::verbs::jobs::notifications::{Telling, tell_candidates};
use crate::store::{DatabaseStore, Staff, StaffOutcome, StoreError};

static CHANGE: Sql = Sql::same(
    "UPDATE exams SET title = $2, starts_at = $3, ends_at = $4, duration_seconds = $5, question_count = $6, rules = $7,
            draft = $8, revision = $9
     WHERE id = $1",
);
static ATTEMPTS: Sql = Sql::same(
    "SELECT count(*), max(CASE WHEN submitted_at IS NULL THEN deadline_at END) FROM attempts WHERE exam_id = $1",
);

/// The rules that let somebody in: of these the log says only that they were changed.
const SECRET_RULES: [&str; 2] = ["access_code", "safe_exam_browser_keys"];

/// Who has started an exam.
pub(super) struct Started {
    pub(super) attempts: i64,
    /// When the last of those who still sit it has to be done.
    pub(super) last_deadline: Option<DateTime<Utc>>,
}

pub(super) async fn started(
    transaction: &mut Transaction,
    id: ExamId,
) -> Result<Started, StoreError> {
    let row = transaction.one(&ATTEMPTS, arguments![id]).await?;
    Ok(Started {
        attempts: row.integer(0)?,
        last_deadline: row.optional_time(1)?,
    })
}

impl DatabaseStore {
    pub(in crate::store) async fn write_exam_change(
        &self,
        staff: Staff,
        id: ExamId,
        change: &ExamChange,
        now: DateTime<Utc>,
    ) -> Result<StaffOutcome<ExamDetails>, StoreError> {
        let mut transaction = self.begin_write("change an exam").await?;
        let Some(exam) = lock(&mut transaction, staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let current = exam.revision;
        let mut changed = changed(&exam, change);
        // Said twice, or nothing changed: no further revision.
        if changed == exam && (change.revision == current || change.revision + 1 == current) {
            return Ok(StaffOutcome::Done(exam));
        }
        if change.revision != current {
            return Ok(StaffOutcome::Outdated { current });
        }
        let refusal = match exam.state {
            ExamState::Draft => check_window(&changed),
            ExamState::Review => {
                Some("It is in review. Take it back to draft, then change it.".to_owned())
            }
            ExamState::Published | ExamState::Closed => {
                let started = started(&mut transaction, id).await?;
                check_frozen(&exam, &changed).or_else(|| check_started(&exam, &changed, &started))
            }
        };
        if let Some(why) = refusal {
            return Ok(StaffOutcome::Refused(why));
        }
        changed.revision = current + 1;
        let draft = changed.draft.as_ref().map(written).transpose()?;
        let values = arguments![
            id,
            &changed.title,
            changed.window.starts_at,
            changed.window.ends_at,
            changed.duration.num_seconds(),
            changed.question_count,
            written(&changed.rules)?,
            draft.as_deref(),
            changed.revision
        ];
        transaction.execute(&CHANGE, values).await?;
        if exam.state == ExamState::Published && exam.window != changed.window {
            let telling = Telling {
                kind: "exam_moved",
                exam: id,
                mail: None,
                now,
            };
            tell_candidates(&mut transaction, &telling).await?;
        }
        let entry = staff.did(Deed::ExamChanged).on_exam(id);
        let entry = entry.in_course(exam.course).with(told(&exam, &changed));
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(changed))
    }
}

/// What was changed, for the log; of a draft only that it was.
fn told(exam: &ExamDetails, changed: &ExamDetails) -> Map<String, Value> {
    let seconds = |exam: &ExamDetails| json!(exam.duration.num_seconds());
    let (was, is) = (exam.window, changed.window);
    let mut told = differences([
        ("title", json!(exam.title), json!(changed.title)),
        ("starts_at", json!(was.starts_at), json!(is.starts_at)),
        ("ends_at", json!(was.ends_at), json!(is.ends_at)),
        ("duration_seconds", seconds(exam), seconds(changed)),
        ("revision", json!(exam.revision), json!(changed.revision)),
    ]);
    let (old, new) = (json!(exam.rules), json!(changed.rules));
    let rules = new.as_object().into_iter().flatten();
    for (rule, value) in rules.filter(|(rule, value)| old.get(*rule) != Some(*value)) {
        let change = if SECRET_RULES.contains(&rule.as_str()) {
            json!("changed")
        } else {
            json!({ "from": old[rule], "to": value })
        };
        told.insert(format!("rules.{rule}"), change);
    }
    if exam.draft != changed.draft {
        told.insert("draft".to_owned(), json!("changed"));
    }
    told
}

/// The exam as it would be.
fn changed(exam: &ExamDetails, change: &ExamChange) -> ExamDetails {
    let mut changed = exam.clone();
    let change = change.clone();
    changed.title = change.title.unwrap_or(changed.title);
    changed.window.starts_at = change.starts_at.unwrap_or(changed.window.starts_at);
    changed.window.ends_at = change.ends_at.unwrap_or(changed.window.ends_at);
    changed.duration = change.duration.unwrap_or(changed.duration);
    changed.rules = change.rules.unwrap_or(changed.rules);
    if let Some(draft) = change.draft {
        changed.question_count = question_count(&draft);
        changed.draft = Some(draft);
    }
    changed
}

fn check_window(changed: &ExamDetails) -> Option<String> {
    let is_possible = changed.window.ends_at > changed.window.starts_at;
    (!is_possible).then(|| "It would end before it starts. Set its end after its start.".to_owned())
}

/// What nobody may change any more.
fn check_frozen(exam: &ExamDetails, changed: &ExamDetails) -> Option<String> {
    let is_same = exam.title == changed.title
        && exam.duration == changed.duration
        && exam.draft == changed.draft;
    if !is_same {
        return Some(
            "It was published: its title, duration and questions stay. Only its window and its rules may change; for \
             anything else clone it."
                .to_owned(),
        );
    }
    if changed.window.ends_at - changed.window.starts_at < exam.duration {
        return Some(format!(
            "It would be open for less than the {} minutes that an attempt takes. Set a later end.",
            exam.duration.num_minutes()
        ));
    }
    None
}

/// What would take something from those who have started.
fn check_started(exam: &ExamDetails, changed: &ExamDetails, started: &Started) -> Option<String> {
    if started.attempts == 0 {
        return None;
    }
    if changed.window.starts_at != exam.window.starts_at {
        return Some(
            "Students have started, so its start stays as it was. Its end may be moved.".to_owned(),
        );
    }
    if changed.rules.late_start != exam.rules.late_start
        || changed.rules.is_practice != exam.rules.is_practice
    {
        return Some(
            "Students have started, so what a late start means and whether it is practice stay as they were."
                .to_owned(),
        );
    }
    let last = started.last_deadline?;
    if changed.window.ends_at < exam.window.ends_at && changed.window.ends_at < last {
        return Some(format!(
            "Somebody sits it until {}: a sooner end would cut that short. Set its end to then or later.",
            last.to_rfc3339()
        ));
    }
    None
}
