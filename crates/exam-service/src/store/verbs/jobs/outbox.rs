//! Work put into the queue, alone or by the transaction that it belongs to.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::store::jobs::Work;
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::{DatabaseStore, StoreError};

/// How many rows one statement makes.
pub(super) const ROWS_PER_STATEMENT: usize = 500;

/// From a JSON array of id, kind and payload.
static ADD: Sql = Sql::each(
    "INSERT INTO jobs (id, kind, payload, due_at, created_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, $2, $2 FROM json_each($1)",
    "INSERT INTO jobs (id, kind, payload, due_at, created_at)
     SELECT made.id, made.kind, made.payload, $2, $2
     FROM JSON_TABLE($1, '$[*]' COLUMNS (
         id VARCHAR(36) PATH '$[0]', kind VARCHAR(40) PATH '$[1]', payload MEDIUMTEXT PATH '$[2]')) AS made",
    "INSERT INTO jobs (id, kind, payload, due_at, created_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, $2, $2 FROM json_array_elements($1::json)",
);

impl DatabaseStore {
    pub(in crate::store) async fn write_job(
        &self,
        id: Uuid,
        work: Work,
        now: DateTime<Utc>,
    ) -> Result<Uuid, StoreError> {
        let mut transaction = self.begin_write("put work into the queue").await?;
        add(&mut transaction, &[row(id, &work)], now).await?;
        transaction.commit().await?;
        Ok(id)
    }
}

/// Adds work to a transaction: it is done once, if and only if the transaction commits.
pub(super) async fn enqueue(
    transaction: &mut Transaction,
    works: &[Work],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rows: Vec<Value> = works.iter().map(|work| row(Uuid::now_v7(), work)).collect();
    add(transaction, &rows, now).await
}

async fn add(
    transaction: &mut Transaction,
    rows: &[Value],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        let rows = Value::Array(rows.to_vec()).to_string();
        transaction.execute(&ADD, arguments![rows, now]).await?;
    }
    Ok(())
}

fn row(id: Uuid, work: &Work) -> Value {
    let document = json!(work);
    json!([id, document["kind"], document["payload"].to_string()])
}
