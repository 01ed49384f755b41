//! The board of those who watch an exam: one query over everybody who may sit it.

use crate::exam::{Attempt, ExamId};
use crate::store::sitting::{BoardAttempt, BoardRow};
use crate::store::sql::{Row, Sql, arguments};
use crate::store::{DatabaseStore, StoreError};

static BOARD: Sql = Sql::same(
    "SELECT c.user_id, u.login, u.display_name, c.seat,
            a.id, a.deadline_at, a.submitted_at, a.paused_at, a.number, a.started_at, a.is_blanked,
            (SELECT count(*) FROM answers n WHERE n.attempt_id = a.id AND n.response <> 'null'),
            (SELECT max(n.saved_at) FROM answers n WHERE n.attempt_id = a.id),
            a.last_seen_at,
            (SELECT count(*) FROM attempt_events v WHERE v.attempt_id = a.id AND v.is_violation = 1),
            a.revision, a.seen_revision, a.break_ends_at
     FROM candidates c
     JOIN users u ON u.id = c.user_id
     LEFT JOIN attempts a ON a.exam_id = c.exam_id AND a.user_id = c.user_id
       AND a.number = (SELECT max(b.number) FROM attempts b WHERE b.exam_id = c.exam_id AND b.user_id = c.user_id)
     WHERE c.exam_id = $1
     ORDER BY u.login LIMIT 10000",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_board(
        &self,
        exam: ExamId,
    ) -> Result<Vec<BoardRow>, StoreError> {
        let reading = self.reading("read the board of an exam");
        let rows = reading.all(&BOARD, arguments![exam]).await?;
        rows.iter().map(|row| board_row(row, exam)).collect()
    }
}

fn board_row(row: &Row, exam_id: ExamId) -> Result<BoardRow, StoreError> {
    let user = row.id(0)?;
    let attempt = match row.optional_id(4)? {
        None => None,
        Some(id) => Some(BoardAttempt {
            attempt: Attempt {
                id,
                owner: user,
                exam_id,
                deadline_at: row.time(5)?,
                submitted_at: row.optional_time(6)?,
                paused_at: row.optional_time(7)?,
            },
            number: row.integer(8)?,
            started_at: row.time(9)?,
            is_blanked: row.flag(10)?,
            break_ends_at: row.optional_time(17)?,
            answered: row.integer(11)?,
            saved_at: row.optional_time(12)?,
            last_seen_at: row.optional_time(13)?,
            violations: row.integer(14)?,
            is_confirmed: row.integer(15)? <= row.integer(16)?,
        }),
    };
    Ok(BoardRow {
        user,
        login: row.string(1)?,
        display_name: row.string(2)?,
        seat: row.optional_text(3)?.map(str::to_owned),
        attempt,
    })
}
