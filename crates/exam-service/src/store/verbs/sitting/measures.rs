//! Something done to attempts: decided by the rules, written as one statement, said to those concerned, and logged.

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{messages, targets};
use crate::exam::audit::Deed;
use crate::exam::invigilation::{Case, ExamTime, Measure};
use crate::exam::receipt::hexadecimal;
use crate::exam::{AttemptId, ExamId, UserId};
use crate::store::StoreError;
use crate::store::sitting::{ActionReceipt, Target};
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::verbs::audit::{Entry, add_attempts};

/// `$2` is what there is to confirm for every student concerned: 1, or 0 for what they did themselves.
static CHANGE: Sql = Sql::each(
    "UPDATE attempts SET deadline_at = next.value ->> 1, submitted_at = next.value ->> 2, paused_at = next.value ->> 3,
            is_blanked = next.value ->> 4, grants = next.value ->> 5, break_ends_at = next.value ->> 6,
            revision = revision + $2
     FROM json_each($1) AS next WHERE attempts.id = next.value ->> 0",
    "UPDATE attempts
     JOIN JSON_TABLE($1, '$[*]' COLUMNS (
         id VARCHAR(36) PATH '$[0]', deadline_at BIGINT PATH '$[1]', submitted_at BIGINT PATH '$[2]',
         paused_at BIGINT PATH '$[3]', is_blanked BIGINT PATH '$[4]', grants MEDIUMTEXT PATH '$[5]',
         break_ends_at BIGINT PATH '$[6]')) AS next
       ON attempts.id = next.id
     SET attempts.deadline_at = next.deadline_at, attempts.submitted_at = next.submitted_at,
         attempts.paused_at = next.paused_at, attempts.is_blanked = next.is_blanked, attempts.grants = next.grants,
         attempts.break_ends_at = next.break_ends_at, attempts.revision = attempts.revision + $2",
    "UPDATE attempts
     SET deadline_at = (next.value ->> 1)::bigint, submitted_at = (next.value ->> 2)::bigint,
         paused_at = (next.value ->> 3)::bigint, is_blanked = (next.value ->> 4)::bigint,
         grants = next.value ->> 5, break_ends_at = (next.value ->> 6)::bigint, revision = revision + $2
     FROM json_array_elements($1::json) AS next WHERE attempts.id = next.value ->> 0",
);

/// What is done, to whom, by whom and why.
pub(super) struct Order<'a> {
    pub(super) actor: Option<UserId>,
    pub(super) exam: ExamId,
    pub(super) time: ExamTime,
    pub(super) target: &'a Target,
    pub(super) measure: Option<Measure>,
    pub(super) message: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
    pub(super) now: DateTime<Utc>,
}

/// Carries it out on `attempts`.
pub(super) async fn carry_out(
    transaction: &mut Transaction,
    order: &Order<'_>,
    attempts: &[AttemptId],
) -> Result<ActionReceipt, StoreError> {
    let cases = targets::lock(transaction, attempts).await?;
    let decided = cases.iter().map(|case| {
        let next = order
            .measure
            .and_then(|measure| case.after(measure, &order.time, order.now));
        (next.is_some(), next.unwrap_or_else(|| case.clone()))
    });
    // Who only hears something has something to confirm as well.
    let concerned: Vec<(bool, Case)> = decided
        .filter(|(changes, _)| *changes || order.message.is_some())
        .collect();
    let ids: Vec<AttemptId> = concerned.iter().map(|(_, case)| case.attempt.id).collect();
    let changed = match order.measure {
        Some(_) => concerned.iter().filter(|(changes, _)| *changes).count(),
        None => concerned.len(),
    };
    if !concerned.is_empty() {
        write(transaction, concerned.iter().map(|(_, case)| case), 1).await?;
    }
    if let Some(message) = order.message {
        let told = (order.target, ids.as_slice());
        messages::say(transaction, order.exam, told, message, order.now).await?;
    }
    let number = log(transaction, order, &ids, changed).await?;
    Ok(ActionReceipt {
        number,
        at: order.now,
        targeted: attempts.len(),
        changed,
    })
}

/// Writes what became of attempts that are locked, with `confirmations` more that their pages have to make.
pub(super) async fn write<'a>(
    transaction: &mut Transaction,
    cases: impl Iterator<Item = &'a Case>,
    confirmations: i64,
) -> Result<(), StoreError> {
    let rows = serde_json::Value::Array(cases.map(row).collect()).to_string();
    let values = arguments![rows, confirmations];
    transaction.execute(&CHANGE, values).await?;
    Ok(())
}

fn row(case: &Case) -> serde_json::Value {
    let milliseconds = |at: DateTime<Utc>| at.timestamp_millis();
    json!([
        case.attempt.id,
        milliseconds(case.attempt.deadline_at),
        case.attempt.submitted_at.map(milliseconds),
        case.attempt.paused_at.map(milliseconds),
        i64::from(case.is_blanked),
        json!(case.grants).to_string(),
        case.break_ends_at.map(milliseconds),
    ])
}

async fn log(
    transaction: &mut Transaction,
    order: &Order<'_>,
    concerned: &[AttemptId],
    changed: usize,
) -> Result<i64, StoreError> {
    let seconds = match order.measure {
        Some(Measure::CreditTime(seconds) | Measure::Reopen(seconds)) => Some(i64::from(seconds)),
        Some(Measure::TakeBackTime { credit, .. }) => Some(i64::from(credit.seconds)),
        Some(Measure::GiveBackOutage(from)) => Some((order.now - from).num_seconds()),
        _ => None,
    };
    let target = match order.target {
        Target::All => json!("all"),
        Target::Attempts(attempts) => json!({ "attempts": attempts.len() }),
        Target::Room(room) => json!({ "room": room }),
        Target::Group(group) => json!({ "group": group }),
    };
    let takes_back = match order.measure {
        Some(Measure::TakeBackTime { line, .. }) => Some(line),
        _ => None,
    };
    let ids = serde_json::json!(concerned).to_string();
    let mut detail = json!({
        "target": target,
        "changed": changed,
        "seconds": seconds,
        "message": order.message,
        "reason": order.reason,
        // Which attempts, in the order of their ids: the chain covers them by this.
        "attempts_sha256": hexadecimal(&Sha256::digest(ids)),
    });
    if let Some(line) = takes_back {
        detail["takes_back"] = json!(line);
    }
    let entry = Entry::new(Deed::of_measure(order.measure), order.actor, order.now)
        .on_exam(order.exam)
        .with(detail);
    let number = entry.append(transaction).await?;
    add_attempts(transaction, number, concerned).await?;
    Ok(number)
}
