//! Ordered, undoable work on hosts.
pub mod artifact;
mod checksum;
pub mod elf;
pub mod manifest;
pub mod pack;
