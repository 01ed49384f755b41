//! What every request and reply has in common: how one arrives and is read, from where, and how a list, a file
//! and a refusal look.

pub(super) mod arrival;
pub(super) mod attachment;
pub(super) mod client_address;
pub(super) mod envelope;
pub(super) mod error;
pub(super) mod extract;
mod object;
pub(super) mod page;
pub(super) mod problems;
