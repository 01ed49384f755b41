//! The layouts on which saves depend: read once, since none ever changes.

use std::sync::Arc;

use crate::exam::{AttemptId, Layout};
use crate::store::batch::BatchState;
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::{DatabaseStore, StoreError};

/// How many are remembered: 3 kB each for an exam of sixty questions.
const REMEMBERED: usize = 8192;

static LAYOUTS: Sql = Sql::each(
    "SELECT a.id, a.layout FROM json_each($1) AS wanted CROSS JOIN attempts a ON a.id = wanted.value",
    "SELECT a.id, a.layout FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS wanted
     STRAIGHT_JOIN attempts a ON a.id = wanted.id",
    "SELECT id, layout FROM attempts WHERE id IN (SELECT json_array_elements_text($1::json))",
);

impl DatabaseStore {
    /// Adds the layouts of those attempts of a batch whose saves depend on them.
    pub(in crate::store) async fn read_layouts(
        &self,
        transaction: &mut Transaction,
        state: &mut BatchState,
    ) -> Result<(), StoreError> {
        let wanted: Vec<AttemptId> = state.need_layout().collect();
        let mut missing = Vec::new();
        for attempt in wanted {
            let known = self.layouts.read();
            match known.ok().and_then(|known| known.get(&attempt).cloned()) {
                Some(layout) => state.set_layout(attempt, layout),
                None => missing.push(attempt.to_string()),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let missing = serde_json::Value::from(missing).to_string();
        for row in transaction.all(&LAYOUTS, arguments![missing]).await? {
            let attempt: AttemptId = row.id(0)?;
            match row.json::<Layout>(1, "the layout of an attempt") {
                Ok(layout) => {
                    let layout = Arc::new(layout.without_options());
                    self.remember_layout(attempt, &layout);
                    state.set_layout(attempt, layout);
                }
                Err(error) => {
                    tracing::error!(%error, %attempt, "an attempt is damaged: its answers cannot be saved");
                    state.mark_damaged(attempt);
                }
            }
        }
        Ok(())
    }

    fn remember_layout(&self, attempt: AttemptId, layout: &Arc<Layout>) {
        if let Ok(mut known) = self.layouts.write() {
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(attempt, Arc::clone(layout));
        }
    }
}
