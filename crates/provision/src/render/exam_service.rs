//! What the templates of exam-service itself may use.

use serde::{Deserialize, Serialize};

/// `exam-service/exam-service.env`: the settings both colours share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentFile {
    pub exam_data: String,
    /// `production`, `staging`, `development` or `demo`.
    pub app_env: String,
    /// The address students type, with its scheme.
    pub app_url: String,
    /// How long the service may finish what it holds before it stops.
    pub exam_drain_seconds: u16,
}

impl EnvironmentFile {
    pub const TEMPLATE: &'static str = "exam-service/exam-service.env";

    pub fn samples() -> Vec<Self> {
        vec![Self {
            exam_data: "/var/lib/exam-service".to_owned(),
            app_env: "production".to_owned(),
            app_url: "http://exam.example.org".to_owned(),
            exam_drain_seconds: 30,
        }]
    }
}

/// `exam-service/run-colour.sh`: starts one colour, or does nothing where it holds no release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunColour {
    pub exam_root: String,
    pub exam_data: String,
}

impl RunColour {
    pub const TEMPLATE: &'static str = "exam-service/run-colour.sh";

    pub fn samples() -> Vec<Self> {
        vec![Self {
            exam_root: "/opt/exam-service".to_owned(),
            exam_data: "/var/lib/exam-service".to_owned(),
        }]
    }
}
