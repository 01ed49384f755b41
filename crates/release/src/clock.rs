//! What time is it? The one place of this crate that asks the system.

use chrono::{DateTime, Local, SecondsFormat, Utc};

/// Where the time comes from; tests give a fixed one.
#[derive(Clone, Copy, Debug)]
pub struct Clock(fn() -> DateTime<Utc>);

impl Clock {
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the owner of time in this crate")]
        Self(Utc::now)
    }

    /// A clock of the caller's making.
    pub fn from_fn(now: fn() -> DateTime<Utc>) -> Self {
        Self(now)
    }

    pub fn now(self) -> DateTime<Utc> {
        (self.0)()
    }

    /// The same where this machine is.
    pub fn local_now(self) -> DateTime<Local> {
        self.now().with_timezone(&Local)
    }

    /// The time as RFC 3339, to the millisecond.
    pub(crate) fn stamp(self) -> String {
        self.now().to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}
