//! Who may be on a host.

pub(crate) mod authorized_key;
pub(crate) mod group;
mod password;
mod public_key;
pub(crate) mod sudoers;
pub(crate) mod user;
