//! What the nginx templates may use.

use serde::{Deserialize, Serialize};

/// `nginx/exam-site.conf`: the site in front of the two colours of exam-service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamSite {
    /// Host names of the site; `_` answers to any.
    pub server_name: String,
    /// Ports of the two colours on loopback.
    pub exam_blue_port: u16,
    pub exam_green_port: u16,
}

impl ExamSite {
    pub const TEMPLATE: &'static str = "nginx/exam-site.conf";

    pub fn samples() -> Vec<Self> {
        vec![Self {
            server_name: "exam.example.org".to_owned(),
            exam_blue_port: 8081,
            exam_green_port: 8082,
        }]
    }
}
