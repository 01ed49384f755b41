//! Load runs taken away: the history of saves first, while it is known whose it is, then attempts, accounts and exams, a
//! bounded number of rows in each transaction. Whatever breaks off is finished by the next time.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{load_run, rest, rows};
use crate::exam::LoadRun;
use crate::store::jobs::Work;
use crate::store::sql::{Sql, Transaction, arguments, retrying};
use crate::store::{DatabaseStore, LoadPurge, StoreError};

/// How many attempts one transaction takes away; each has some dozens of rows.
const ATTEMPTS_AT_ONCE: usize = 100;
/// How many accounts one transaction takes away.
const ACCOUNTS_AT_ONCE: usize = 500;
/// How much the clock of a process that saves may be behind that of this one.
const CLOCKS_APART: TimeDelta = TimeDelta::seconds(10);

impl DatabaseStore {
    /// Takes one load run away, or all of them, with whatever is theirs and nothing else. The log of staff keeps its
    /// lines. What is not there is no error.
    ///
    /// # Errors
    /// When the database cannot be written; the rest can be taken away later.
    pub async fn purge_load_runs(
        &self,
        only: Option<&LoadRun>,
        now: DateTime<Utc>,
    ) -> Result<LoadPurge, StoreError> {
        let mut gone = LoadPurge::default();
        for run in self.load_run_names().await? {
            if only.is_some_and(|only| *only != run) {
                continue;
            }
            self.purge_load_run(&run, now, &mut gone).await?;
            gone.runs.push(run);
        }
        Ok(gone)
    }

    /// The names of the runs of which there is anything.
    pub(super) async fn load_run_names(&self) -> Result<Vec<LoadRun>, StoreError> {
        let reading = self.reading("list the load runs");
        let found = reading.all(&rows::RUNS, arguments![]).await?;
        found.iter().map(|row| load_run(row, 0)).collect()
    }

    async fn purge_load_run(
        &self,
        run: &LoadRun,
        now: DateTime<Utc>,
        gone: &mut LoadPurge,
    ) -> Result<(), StoreError> {
        retrying(|| self.write_load_closing(run)).await?;
        self.purge_load_history(run, now).await?;
        for lock in &rows::LOCK_ATTEMPTS {
            loop {
                let removal = || self.write_load_attempts_removal(lock, run, now);
                let (attempts, answers) = retrying(removal).await?;
                gone.answers += answers;
                gone.attempts += attempts;
                rest().await;
                if attempts == 0 {
                    break;
                }
            }
        }
        loop {
            let accounts = retrying(|| self.write_load_accounts_removal(run)).await?;
            gone.accounts += accounts;
            rest().await;
            if accounts == 0 {
                break;
            }
        }
        gone.exams += retrying(|| self.write_load_exams_removal(run)).await?;
        Ok(())
    }

    /// Nobody starts at the run's exam any more, and no note is about one of its attempts.
    async fn write_load_closing(&self, run: &LoadRun) -> Result<(), StoreError> {
        let mut transaction = self.begin_write("close the exam of a load run").await?;
        for closing in [
            &rows::CLOSE_EXAMS,
            &rows::LOOSEN_INCIDENTS,
            &rows::REMOVE_INCIDENTS,
        ] {
            transaction
                .execute(closing, arguments![run.as_str()])
                .await?;
        }
        transaction.commit().await
    }

    /// Some attempts; how many, and how many answers they had.
    async fn write_load_attempts_removal(
        &self,
        lock: &'static Sql,
        run: &LoadRun,
        now: DateTime<Utc>,
    ) -> Result<(u64, u64), StoreError> {
        let mut transaction = self
            .begin_write("take the attempts of a load run away")
            .await?;
        let values = arguments![run.as_str(), ATTEMPTS_AT_ONCE];
        let Some(attempts) = locked(&mut transaction, lock, values).await? else {
            transaction.rollback().await?;
            return Ok((0, 0));
        };
        let values = arguments![&attempts, (now - CLOCKS_APART).timestamp()];
        transaction
            .execute(&rows::REMOVE_LATER_SAVES, values)
            .await?;
        let answers = transaction
            .execute(&rows::REMOVE_ANSWERS, arguments![&attempts])
            .await?;
        remove_each(&mut transaction, &rows::REMOVE_WITH_ATTEMPTS, &attempts).await?;
        let removed = transaction
            .execute(&rows::REMOVE_ATTEMPTS, arguments![&attempts])
            .await?;
        transaction.commit().await?;
        Ok((removed, answers))
    }

    /// Some accounts; how many.
    async fn write_load_accounts_removal(&self, run: &LoadRun) -> Result<u64, StoreError> {
        let mut transaction = self
            .begin_write("take the accounts of a load run away")
            .await?;
        let values = arguments![run.as_str(), ACCOUNTS_AT_ONCE];
        let found = transaction.all(&rows::LOCK_ACCOUNTS, values).await?;
        if found.is_empty() {
            transaction.rollback().await?;
            return Ok(0);
        }
        let (mut accounts, mut jobs) = (Vec::new(), Vec::new());
        for row in &found {
            accounts.push(row.string(0)?);
            let login = row.string(1)?;
            jobs.push(json!(Work::PasswordReset { login })["payload"].to_string());
        }
        let (accounts, jobs) = (json!(accounts).to_string(), json!(jobs).to_string());
        transaction
            .execute(&rows::REMOVE_JOBS, arguments![jobs])
            .await?;
        remove_each(&mut transaction, &rows::REMOVE_WITH_ACCOUNTS, &accounts).await?;
        let removed = transaction
            .execute(&rows::REMOVE_ACCOUNTS, arguments![accounts])
            .await?;
        transaction.commit().await?;
        Ok(removed)
    }

    /// The exams of the run, without candidates by now; how many.
    async fn write_load_exams_removal(&self, run: &LoadRun) -> Result<u64, StoreError> {
        let mut transaction = self.begin_write("take the exam of a load run away").await?;
        let values = arguments![run.as_str()];
        let Some(exams) = locked(&mut transaction, &rows::EXAMS, values).await? else {
            transaction.rollback().await?;
            return Ok(0);
        };
        remove_each(&mut transaction, &rows::REMOVE_WITH_EXAMS, &exams).await?;
        let removed = transaction
            .execute(&rows::REMOVE_EXAMS, arguments![exams])
            .await?;
        transaction.commit().await?;
        Ok(removed)
    }
}

/// The ids that a statement finds, as a JSON array; `None` where there are none.
async fn locked(
    transaction: &mut Transaction,
    sql: &'static Sql,
    values: &[crate::store::sql::Argument<'_>],
) -> Result<Option<String>, StoreError> {
    let found = transaction.all(sql, values).await?;
    let ids = found.iter().map(|row| row.string(0));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    Ok((!ids.is_empty()).then(|| json!(ids).to_string()))
}

/// Whatever names one of these in one of some tables.
async fn remove_each(
    transaction: &mut Transaction,
    removals: &'static [Sql],
    ids: &str,
) -> Result<(), StoreError> {
    for removal in removals {
        transaction.execute(removal, arguments![ids]).await?;
    }
    Ok(())
}
