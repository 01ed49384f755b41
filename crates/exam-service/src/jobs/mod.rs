//! Work that nobody waits for: mail, so far. Kept in the database, done by workers in `serve` or beside it.

pub mod mail;
pub mod worker;
