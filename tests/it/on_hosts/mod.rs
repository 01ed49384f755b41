//! Tests that need Docker and the image of a test host.

mod rig;
