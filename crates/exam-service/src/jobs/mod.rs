//! Work that nobody waits for, done by workers in `serve` or beside it: mail and notifications from a queue in the database,
//! and attempts that are over.

pub mod mail;
pub mod sweeper;
pub mod worker;
