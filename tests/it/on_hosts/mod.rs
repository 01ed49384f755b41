//! Tests that need Docker and the image of a test host.

mod backing_up;
mod baking;
mod connecting;
mod databases;
mod deploying;
mod docker;
mod faults;
mod fleets;
mod jumping;
mod load_gate;
mod loading;
mod online;
mod operations_databases;
mod operations_files;
mod operations_services;
mod operations_system;
mod programs;
mod provisioning;
mod releases;
mod rig;
mod secrets_and_plans;
mod units;
