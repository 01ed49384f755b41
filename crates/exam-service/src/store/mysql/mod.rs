//! A database on a MySQL or MariaDB server.

pub(super) mod answers;
mod connect;
mod durability;
pub(super) mod migrating;

pub(super) use connect::{open, open_read_only};
