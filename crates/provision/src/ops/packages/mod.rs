//! Packages of the distribution.

pub(crate) mod apt_repository;
pub(crate) mod package;
mod state;
pub(crate) mod unattended_upgrades;
