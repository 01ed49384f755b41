//! The queue, safe for several workers; mail and notifications, written with what they tell of; forgotten passwords.

mod claims;
mod dead;
pub(super) mod notifications;
mod outbox;
mod resets;
