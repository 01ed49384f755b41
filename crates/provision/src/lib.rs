//! Makes hosts match a playbook.

pub mod connections;
pub mod secret;
