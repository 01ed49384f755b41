//! Shells that are processes of this machine: its own, and those that another program leads to.

mod docker;
mod link;
mod local;

pub(super) use docker::open as open_docker;
pub use local::Local;
