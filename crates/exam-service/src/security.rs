//! The security log: who signed in, who could not, and what was refused. Apart from the application's log.
//!
//! A line names accounts by their id and never holds a login, a password or a token: people type passwords into the
//! field of the login.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::access::Action;
use crate::exam::{ExamId, UserId};
use crate::http::{ClientAddress, Rate};
use crate::store::Role;

/// The `tracing` target of its lines.
pub const TARGET: &str = "security";

/// Somebody signed in.
pub(crate) fn login_succeeded(account: UserId, role: Role, address: ClientAddress) {
    tracing::info!(target: TARGET, event = "login", %account, role = role.as_str(), %address);
}

/// A password was wrong; without an account when there is none with that login.
pub(crate) fn login_failed(account: Option<UserId>, address: ClientAddress) {
    let account = account.map(tracing::field::display);
    tracing::warn!(target: TARGET, event = "login-failed", account, %address);
}

/// A login has to wait, from now on or still.
pub(crate) fn login_locked(account: Option<UserId>, until: DateTime<Utc>, address: ClientAddress) {
    let account = account.map(tracing::field::display);
    let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
    tracing::warn!(target: TARGET, event = "login-locked", account, until, %address);
}

/// A refresh token came back that somebody else has used: its session was revoked.
pub(crate) fn token_reused(address: ClientAddress) {
    tracing::warn!(target: TARGET, event = "token-reused", %address);
}

/// Something about an account was changed, by its owner or by an administrator.
pub(crate) fn account_changed(
    event: &'static str,
    by: UserId,
    account: UserId,
    address: ClientAddress,
) {
    tracing::info!(target: TARGET, event, %by, %account, %address);
}

/// Many accounts were made from a file.
pub(crate) fn people_imported(by: UserId, count: usize, address: ClientAddress) {
    tracing::info!(target: TARGET, event = "accounts-imported", %by, count, %address);
}

/// A forgotten password was set anew, by the link of a mail.
pub(crate) fn password_reset(account: UserId, address: ClientAddress) {
    tracing::info!(target: TARGET, event = "password-reset", %account, %address);
}

/// Codes for the candidates of an exam were made, and those from before are worthless.
pub(crate) fn codes_made(by: UserId, exam: ExamId, count: usize, address: ClientAddress) {
    tracing::info!(target: TARGET, event = "codes-made", %by, %exam, count, %address);
}

/// Too many requests.
pub(crate) fn rate_limited(rate: Rate, account: Option<UserId>, address: ClientAddress) {
    let account = account.map(tracing::field::display);
    tracing::warn!(target: TARGET, event = "rate-limited", rate = rate.as_str(), account, %address);
}

/// A role that does not allow what was asked for.
pub(crate) fn refused_by_role(account: UserId, role: Role, action: Action, address: ClientAddress) {
    let role = role.as_str();
    tracing::warn!(target: TARGET, event = "refused-by-role", %account, role, ?action, %address);
}
