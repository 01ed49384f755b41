//! The exam server on real database servers.

mod durability;
mod rig;
