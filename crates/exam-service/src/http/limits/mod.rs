//! Who may use a route, and how often.

pub(super) mod guard;
pub(super) mod rates;
