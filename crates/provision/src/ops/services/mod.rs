//! What runs on a host, and when.

pub(crate) mod cron;
pub(crate) mod service;
pub(crate) mod supervisor;
pub(crate) mod systemd_timer;
pub(crate) mod systemd_unit;
mod unit_file;
