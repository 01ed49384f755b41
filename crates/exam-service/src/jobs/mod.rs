//! Work in the background of a service that serves.

pub mod sweeper;
