//! What a playbook does besides describing a host: commands, conditions, waits.

pub(crate) mod assert;
pub(crate) mod command;
pub(crate) mod read;
pub(crate) mod script;
pub(crate) mod wait_for;
