//! The kernel and the base system.

mod fstab;
pub(crate) mod hostname;
pub(crate) mod kernel_module;
pub(crate) mod limits;
mod live;
pub(crate) mod logrotate;
pub(crate) mod mount;
pub(crate) mod reboot;
pub(crate) mod sshd;
mod sshd_access;
pub(crate) mod swap;
pub(crate) mod sysctl;
pub(crate) mod timezone;
