//! What the language of playbooks promises, each on a real run on this machine.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod composing;
mod knowing;
mod running;
mod site;
