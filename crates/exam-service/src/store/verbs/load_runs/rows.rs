//! Which rows belong to a load run, table by table, in an order that leaves no reference behind.

use crate::store::sql::{Sql, select_locked};

/// Rows of a table whose column is in the JSON array `$1`.
macro_rules! remove_those {
    ($table:literal, $column:literal) => {
        Sql::each(
            concat!(
                "DELETE FROM ", $table, " WHERE ", $column, " IN (SELECT value FROM json_each($1))"
            ),
            concat!(
                "DELETE t FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(190) PATH '$')) AS gone STRAIGHT_JOIN ",
                $table, " t ON t.", $column, " = gone.id"
            ),
            concat!(
                "DELETE FROM ", $table, " WHERE ", $column, " IN (SELECT json_array_elements_text($1::json))"
            ),
        )
    };
}

/// Names of runs of which there is anything.
pub(super) static RUNS: Sql = Sql::same(
    "SELECT load_run FROM exams WHERE load_run IS NOT NULL
     UNION SELECT load_run FROM users WHERE load_run IS NOT NULL ORDER BY 1",
);
pub(super) static EXAMS: Sql = Sql::same("SELECT id FROM exams WHERE load_run = $1 ORDER BY id");
/// Nobody starts any more.
pub(super) static CLOSE_EXAMS: Sql =
    Sql::same("UPDATE exams SET state = 'closed' WHERE load_run = $1 AND state <> 'closed'");

/// Attempts of a run's exams, and those of its accounts wherever they are; nothing is saved to them until the transaction
/// ends.
pub(super) static LOCK_ATTEMPTS: [Sql; 2] = [
    select_locked!(
        "SELECT a.id FROM exams e JOIN attempts a ON a.exam_id = e.id
         WHERE e.load_run = $1 ORDER BY a.id LIMIT $2"
    ),
    select_locked!(
        "SELECT a.id FROM users u JOIN attempts a ON a.user_id = u.id
         WHERE u.load_run = $1 ORDER BY a.id LIMIT $2"
    ),
];
pub(super) static REMOVE_ANSWERS: Sql = remove_those!("answers", "attempt_id");
pub(super) static REMOVE_WITH_ATTEMPTS: [Sql; 6] = [
    remove_those!("attempt_events", "attempt_id"),
    remove_those!("practice_checks", "attempt_id"),
    remove_those!("message_attempts", "attempt_id"),
    remove_those!("hand_grades", "attempt_id"),
    // Only which attempts a line of the log is about; the line stays, so that the chain is whole.
    remove_those!("audit_attempts", "attempt_id"),
    remove_those!("incidents", "attempt_id"),
];
pub(super) static REMOVE_ATTEMPTS: Sql = remove_those!("attempts", "id");

pub(super) static LOCK_ACCOUNTS: Sql =
    select_locked!("SELECT id, login FROM users WHERE load_run = $1 ORDER BY id LIMIT $2");
/// What was prepared goes with its candidate, and tokens go with their family.
pub(super) static REMOVE_WITH_ACCOUNTS: [Sql; 11] = [
    remove_those!("candidates", "user_id"),
    remove_those!("exam_codes", "user_id"),
    remove_those!("refresh_families", "user_id"),
    remove_those!("notifications", "user_id"),
    remove_those!("password_resets", "user_id"),
    remove_those!("second_factors", "user_id"),
    remove_those!("recovery_codes", "user_id"),
    remove_those!("idempotent_replies", "actor_id"),
    remove_those!("group_members", "user_id"),
    remove_those!("enrolments", "user_id"),
    remove_those!("incidents", "user_id"),
];
/// Somebody has typed a login of the run as one whose password is forgotten; `$1` are the documents of these jobs.
pub(super) static REMOVE_JOBS: Sql = Sql::each(
    "DELETE FROM jobs WHERE kind = 'password_reset' AND payload IN (SELECT value FROM json_each($1))",
    "DELETE j FROM JSON_TABLE($1, '$[*]' COLUMNS (payload VARCHAR(400) PATH '$')) AS gone
     JOIN jobs j ON j.kind = 'password_reset' AND j.payload = gone.payload",
    "DELETE FROM jobs WHERE kind = 'password_reset' AND payload IN (SELECT json_array_elements_text($1::json))",
);
pub(super) static REMOVE_ACCOUNTS: Sql = remove_those!("users", "id");

/// Notes that correct others let go of them first: InnoDB looks at row after row.
pub(super) static LOOSEN_INCIDENTS: Sql = Sql::same(
    "UPDATE incidents SET corrects_id = NULL
     WHERE corrects_id IS NOT NULL AND exam_id IN (SELECT id FROM exams WHERE load_run = $1)",
);
pub(super) static REMOVE_INCIDENTS: Sql =
    Sql::same("DELETE FROM incidents WHERE exam_id IN (SELECT id FROM exams WHERE load_run = $1)");
pub(super) static REMOVE_WITH_EXAMS: [Sql; 8] = [
    remove_those!("exam_messages", "exam_id"),
    remove_those!("key_corrections", "exam_id"),
    remove_those!("result_releases", "exam_id"),
    remove_those!("notifications", "exam_id"),
    remove_those!("seat_plans", "exam_id"),
    remove_those!("exam_codes", "exam_id"),
    remove_those!("candidates", "exam_id"),
    remove_those!("papers", "exam_id"),
];
pub(super) static REMOVE_EXAMS: Sql = remove_those!("exams", "id");

/// When the first attempt of a run began, and when the last one of it ended; `$2` where one is open.
pub(super) static LASTED: Sql = Sql::same(
    "SELECT min(lasted.started_at), max(lasted.ended_at)
     FROM (SELECT a.started_at, coalesce(a.submitted_at, $2) AS ended_at
           FROM exams e JOIN attempts a ON a.exam_id = e.id WHERE e.load_run = $1
           UNION ALL
           SELECT a.started_at, coalesce(a.submitted_at, $2)
           FROM users u JOIN attempts a ON a.user_id = u.id WHERE u.load_run = $1) AS lasted",
);
/// When the last emergency file of a run was taken: what was in it came into the history then.
pub(super) static LAST_FILE: Sql = Sql::same(
    "SELECT max(l.happened_at)
     FROM exams e
     JOIN attempts a ON a.exam_id = e.id
     JOIN audit_attempts t ON t.attempt_id = a.id
     JOIN audit_log l ON l.number = t.number
     WHERE e.load_run = $1 AND l.action = 'emergency_file'",
);
/// Up to where so many rows of the history reach, from a second on.
pub(super) static REACH: Sql = Sql::same(
    "SELECT saved_second FROM answer_history WHERE saved_second >= $1 ORDER BY saved_second LIMIT 1 OFFSET 5000",
);
/// Which saves of these seconds are of a run. Read without a lock: saves of people are left in peace.
pub(super) static SAVES: Sql = Sql::same(
    "SELECT DISTINCT h.saved_second, h.attempt_id
     FROM answer_history h
     JOIN attempts a ON a.id = h.attempt_id
     JOIN users u ON u.id = a.user_id
     JOIN exams e ON e.id = a.exam_id
     WHERE h.saved_second >= $2 AND h.saved_second < $3 AND (u.load_run = $1 OR e.load_run = $1)",
);
/// From a JSON array of second and attempt.
pub(super) static REMOVE_SAVES: Sql = Sql::each(
    "DELETE FROM answer_history
     WHERE (saved_second, attempt_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each($1))",
    "DELETE h FROM JSON_TABLE($1, '$[*]' COLUMNS (
         saved_second BIGINT PATH '$[0]', attempt_id VARCHAR(36) PATH '$[1]')) AS gone
     STRAIGHT_JOIN answer_history h ON h.saved_second = gone.saved_second AND h.attempt_id = gone.attempt_id",
    "DELETE FROM answer_history h USING json_array_elements($1::json) AS gone (value)
     WHERE h.saved_second = (gone.value ->> 0)::bigint AND h.attempt_id = gone.value ->> 1",
);
/// What was saved since the history was gone through, to the attempts in the JSON array `$1`.
pub(super) static REMOVE_LATER_SAVES: Sql = Sql::each(
    "DELETE FROM answer_history
     WHERE saved_second >= $2 AND attempt_id IN (SELECT value FROM json_each($1))",
    "DELETE FROM answer_history
     WHERE saved_second >= $2 AND attempt_id IN (
         SELECT gone.id FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS gone)",
    "DELETE FROM answer_history
     WHERE saved_second >= $2 AND attempt_id IN (SELECT json_array_elements_text($1::json))",
);
