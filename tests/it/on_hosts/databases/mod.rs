//! The exam server on real database servers.

mod rig;
