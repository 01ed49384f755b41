//! The embedded `SQLite` file: a pool of readers and exactly one connection that writes.
//!
//! One writing connection per process, handed out first come first served, keeps transactions from fighting over
//! `SQLite`'s single write lock; another process (the other colour) is met with `busy_timeout`. Everything but the
//! saving of answers first waits in a queue of its own: however many sessions are opened and attempts started, a
//! batch of answers waits for no more than the transaction under way and the one after it.

pub(super) mod answers;
mod backup;
mod checkpoints;
mod connect;
#[cfg(test)]
mod tests;
mod turns;

pub use backup::{Contents, DatabaseFile, Loss, LostRows};
pub(super) use checkpoints::Checkpoints;
pub(super) use connect::{open, open_read_only};
pub(super) use turns::Turns;
