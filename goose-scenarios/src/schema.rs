//! JSON Schemas: of profiles, for editors, and of `gate.json`, for whoever reads it.

use schemars::schema_for;
use serde_json::Value;

use crate::{profile::Profile, report::Report};

/// Of a load profile.
pub fn profile() -> Value {
    schema_for!(Profile).to_value()
}

/// Of the report in `gate.json`.
pub fn report() -> Value {
    schema_for!(Report).to_value()
}
