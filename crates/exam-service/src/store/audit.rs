//! The log of what staff did, as it is read. Lines are added by the verbs that do it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::sql::retrying;
use super::{DatabaseStore, Pending, Staff};
use crate::exam::audit::{ChainEnd, ChainedLine, Deed};
use crate::exam::{ExamId, UserId};

/// Which lines of the log are read; nothing: all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this exam.
    pub exam: Option<ExamId>,
    /// Of what this account did.
    pub actor: Option<UserId>,
    /// Of this deed.
    pub deed: Option<Deed>,
    /// Of what happened then or later.
    pub from: Option<DateTime<Utc>>,
    /// Of what happened before.
    pub until: Option<DateTime<Utc>>,
}

/// A piece of the log of what staff did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// Its lines.
    pub lines: Vec<ChainedLine>,
    /// Whether they follow each other and what is before them, or, where a filter leaves some out, whether each says what
    /// its hash covers; else the number of the first that does not.
    pub chain: Result<ChainEnd, i64>,
}

/// What the service asks of its database about the log of what staff did.
pub trait AuditStore {
    /// At most `limit` lines of the log after the line `after`, checked. With a filter the log is looked through until there
    /// are as many.
    fn audit<'a>(
        &'a self,
        filter: &'a AuditFilter,
        after: i64,
        limit: usize,
    ) -> Pending<'a, AuditPage>;

    /// Checks the whole chain, its recorded end included; the number of the first line at which it does not hold.
    fn check_audit(&self) -> Pending<'_, Result<ChainEnd, i64>>;

    /// Adds a line for something that staff do outside of the database; its number.
    fn note_deed<'a>(&'a self, staff: Staff, deed: Deed, detail: &'a Value) -> Pending<'a, i64>;

    /// What people and things are called, by id: accounts, exams, courses, departments, groups, categories, and of an attempt
    /// whose it is. What has no name, or is not there, is left out.
    fn names<'a>(&'a self, ids: &'a [String]) -> Pending<'a, BTreeMap<String, String>>;
}

impl AuditStore for DatabaseStore {
    fn audit<'a>(
        &'a self,
        filter: &'a AuditFilter,
        after: i64,
        limit: usize,
    ) -> Pending<'a, AuditPage> {
        Box::pin(self.read_audit(filter, after, limit))
    }

    fn check_audit(&self) -> Pending<'_, Result<ChainEnd, i64>> {
        Box::pin(self.read_audit_chain())
    }

    fn note_deed<'a>(&'a self, staff: Staff, deed: Deed, detail: &'a Value) -> Pending<'a, i64> {
        Box::pin(retrying(move || self.write_deed(staff, deed, detail)))
    }

    fn names<'a>(&'a self, ids: &'a [String]) -> Pending<'a, BTreeMap<String, String>> {
        Box::pin(self.read_names(ids))
    }
}
