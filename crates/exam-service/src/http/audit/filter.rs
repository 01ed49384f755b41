//! Which lines of the log are asked for.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::exam::audit::Deed;
use crate::http::error::ApiError;
use crate::store::audit::AuditFilter;

/// All of them have to hold; what is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct FilterQuery {
    /// Of this exam.
    exam: Option<Uuid>,
    /// Of what this account did.
    actor: Option<Uuid>,
    /// Of this deed, in the word of the log, for instance `account_changed`.
    action: Option<String>,
    /// Of what happened then or later.
    from: Option<DateTime<Utc>>,
    /// Of what happened before.
    until: Option<DateTime<Utc>>,
}

impl FilterQuery {
    /// The same, with a deed that there is.
    ///
    /// # Errors
    /// When there is none with this word.
    pub(super) fn parse(self) -> Result<AuditFilter, ApiError> {
        let deed = self.action.as_deref().map(|word| {
            Deed::parse(word).ok_or_else(|| {
                let words: Vec<&str> = Deed::ALL.iter().map(|deed| deed.as_str()).collect();
                let words = words.join(", ");
                ApiError::invalid_request(format!("'action' is one of {words}."))
            })
        });
        Ok(AuditFilter {
            exam: self.exam.map(Into::into),
            actor: self.actor.map(Into::into),
            deed: deed.transpose()?,
            from: self.from,
            until: self.until,
        })
    }
}
