//! The log, read and checked.

use chrono::{DateTime, Utc};

use crate::exam::audit::{AuditLine, ChainEnd, ChainedLine};
use crate::store::audit::{AuditFilter, AuditPage};
use crate::store::sql::{Row, Sql, arguments};
use crate::store::{DatabaseStore, StoreError};

/// How many lines are checked at a time.
const PAGE: i64 = 1000;

static HEAD: Sql = Sql::same("SELECT number, hash FROM audit_head WHERE id = 1");
static HASH_OF: Sql = Sql::same("SELECT hash FROM audit_log WHERE number = $1");

macro_rules! lines {
    ($which:literal) => {
        Sql::same(concat!(
            "SELECT number, happened_at, actor_id, action, subject_kind, subject_id, exam_id, course_id, detail,
                    previous_hash, hash
             FROM audit_log WHERE number > $1 ",
            $which,
            " ORDER BY number LIMIT $2"
        ))
    };
}
static ALL: Sql = lines!("");
static SOME: Sql = lines!(
    "AND ($3 = '' OR exam_id = $3) AND ($4 = '' OR actor_id = $4) AND ($5 = '' OR action = $5)
     AND happened_at >= $6 AND happened_at < $7"
);

impl DatabaseStore {
    pub(in crate::store) async fn read_audit(
        &self,
        filter: &AuditFilter,
        after: i64,
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        if *filter != AuditFilter::default() {
            return self.read_some(filter, after, limit).await;
        }
        let reading = self.reading("read the log of staff actions");
        let before = reading.optional(&HASH_OF, arguments![after]).await?;
        let end = ChainEnd {
            number: after,
            hash: before.map_or(Ok(String::new()), |row| row.string(0))?,
        };
        let rows = reading.all(&ALL, arguments![after, limit]).await?;
        let lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        let chain = end.follow(&lines);
        Ok(AuditPage { lines, chain })
    }

    async fn read_some(
        &self,
        filter: &AuditFilter,
        after: i64,
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        let text = |id: Option<String>| id.unwrap_or_default();
        let bound = |at: Option<DateTime<Utc>>, none| at.map_or(none, |at| at.timestamp_millis());
        let values = arguments![
            after,
            limit,
            text(filter.exam.map(|id| id.to_string())),
            text(filter.actor.map(|id| id.to_string())),
            filter.deed.map_or("", |deed| deed.as_str()),
            bound(filter.from, i64::MIN),
            bound(filter.until, i64::MAX)
        ];
        let reading = self.reading("read the log of staff actions");
        let rows = reading.all(&SOME, values).await?;
        let lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        let broken = lines.iter().find(|line| !line.holds());
        let chain = match broken {
            Some(line) => Err(line.line.number),
            None => Ok(lines
                .last()
                .map_or_else(ChainEnd::default, |last| ChainEnd {
                    number: last.line.number,
                    hash: last.hash.clone(),
                })),
        };
        Ok(AuditPage { lines, chain })
    }

    pub(in crate::store) async fn read_audit_chain(
        &self,
    ) -> Result<Result<ChainEnd, i64>, StoreError> {
        let reading = self.reading("check the log of staff actions");
        // First: lines that are added meanwhile are no fault.
        let head = reading.one(&HEAD, arguments![]).await?;
        let (last, hash) = (head.integer(0)?, head.string(1)?);
        let mut end = ChainEnd::default();
        while end.number < last {
            let limit = PAGE.min(last - end.number);
            let rows = reading.all(&ALL, arguments![end.number, limit]).await?;
            let lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
            if lines.is_empty() {
                // Its end was cut off.
                return Ok(Err(end.number + 1));
            }
            match end.follow(&lines) {
                Ok(next) => end = next,
                Err(number) => return Ok(Err(number)),
            }
        }
        Ok(if end.hash == hash { Ok(end) } else { Err(last) })
    }
}

fn line(row: &Row) -> Result<ChainedLine, StoreError> {
    let text = |index| row.optional_text(index).map(|text| text.map(str::to_owned));
    Ok(ChainedLine {
        line: AuditLine {
            number: row.integer(0)?,
            happened_at_ms: row.integer(1)?,
            actor: text(2)?,
            action: row.string(3)?,
            subject_kind: row.string(4)?,
            subject: text(5)?,
            exam: text(6)?,
            course: text(7)?,
            detail: row.string(8)?,
        },
        previous_hash: row.string(9)?,
        hash: row.string(10)?,
    })
}
