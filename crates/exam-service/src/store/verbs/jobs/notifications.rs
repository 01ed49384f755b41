//! What people are told when they look, and by mail.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::outbox::{ROWS_PER_STATEMENT, enqueue};
use crate::exam::{ExamId, UserId};
use crate::store::jobs::{Mail, Notification, Work};
use crate::store::sql::{Row, Sql, Transaction, arguments};
use crate::store::{DatabaseStore, StoreError};

/// From a JSON array of id and account.
static ADD: Sql = Sql::each(
    "INSERT INTO notifications (id, user_id, kind, exam_id, title, created_at)
     SELECT value ->> 0, value ->> 1, $2, $3, $4, $5 FROM json_each($1)",
    "INSERT INTO notifications (id, user_id, kind, exam_id, title, created_at)
     SELECT made.id, made.user_id, $2, $3, $4, $5
     FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$[0]', user_id VARCHAR(36) PATH '$[1]')) AS made",
    "INSERT INTO notifications (id, user_id, kind, exam_id, title, created_at)
     SELECT value ->> 0, value ->> 1, $2, $3, $4, $5 FROM json_array_elements($1::json)",
);
static CANDIDATES: Sql = Sql::same(
    "SELECT c.user_id, u.email, e.title
     FROM candidates c JOIN users u ON u.id = c.user_id JOIN exams e ON e.id = c.exam_id
     WHERE c.exam_id = $1 AND u.disabled_at IS NULL",
);
static OF_USER: Sql = Sql::same(
    "SELECT id, kind, exam_id, title, created_at, read_at FROM notifications
     WHERE user_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3",
);
static MARK_READ: Sql = Sql::same(
    "UPDATE notifications SET read_at = $3 WHERE user_id = $1 AND id <= $2 AND read_at IS NULL",
);

/// What is told to the candidates of an exam.
pub(in crate::store::verbs) struct Telling<'a> {
    /// The word for it.
    pub(in crate::store::verbs) kind: &'static str,
    /// In which exam.
    pub(in crate::store::verbs) exam: ExamId,
    /// What a mail says; without one none is sent. In both texts `{title}` stands for the exam's title.
    pub(in crate::store::verbs) mail: Option<&'a (String, String)>,
    /// Now.
    pub(in crate::store::verbs) now: DateTime<Utc>,
}

/// Tells every candidate of an exam, as part of the transaction that it tells of.
pub(in crate::store::verbs) async fn tell_candidates(
    transaction: &mut Transaction,
    telling: &Telling<'_>,
) -> Result<(), StoreError> {
    let rows = transaction
        .all(&CANDIDATES, arguments![telling.exam])
        .await?;
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let title = first.string(2)?;
    let (mut told, mut mails): (Vec<Value>, Vec<Work>) = (Vec::new(), Vec::new());
    for row in &rows {
        told.push(json!([Uuid::now_v7(), row.text(0)?]));
        let address = row.optional_text(1)?.filter(|address| !address.is_empty());
        if let (Some((subject, text)), Some(to)) = (telling.mail, address) {
            mails.push(Work::Mail(Mail {
                to: to.to_owned(),
                subject: subject.replace("{title}", &title),
                text: text.replace("{title}", &title),
            }));
        }
    }
    for rows in told.chunks(ROWS_PER_STATEMENT) {
        let rows = Value::Array(rows.to_vec()).to_string();
        let values = arguments![rows, telling.kind, telling.exam, &title, telling.now];
        transaction.execute(&ADD, values).await?;
    }
    enqueue(transaction, &mails, telling.now).await
}

impl DatabaseStore {
    pub(in crate::store) async fn read_notifications_of(
        &self,
        user: UserId,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Notification>, StoreError> {
        let after = after.map_or_else(String::new, |id| id.to_string());
        let reading = self.reading("read what somebody was told");
        let rows = reading
            .all(&OF_USER, arguments![user, after, limit])
            .await?;
        let notification = |row: &Row| {
            Ok(Notification {
                id: row.id(0)?,
                kind: row.string(1)?,
                exam_id: row.id(2)?,
                title: row.string(3)?,
                created_at: row.time(4)?,
                read_at: row.optional_time(5)?,
            })
        };
        rows.iter().map(notification).collect()
    }

    pub(in crate::store) async fn write_reading(
        &self,
        user: UserId,
        up_to: Uuid,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_write("mark what somebody was told").await?;
        let values = arguments![user, up_to.to_string(), now];
        let rows = transaction.execute(&MARK_READ, values).await?;
        transaction.commit().await?;
        Ok(rows)
    }
}
