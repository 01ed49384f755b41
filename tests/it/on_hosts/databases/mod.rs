//! The exam server on real database servers.

mod commands;
mod conformance;
mod durability;
mod rig;
mod weak_settings;
