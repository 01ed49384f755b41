//! Tests that need Docker and the image of a test host.

mod deploying;
mod provisioning;
mod rig;
