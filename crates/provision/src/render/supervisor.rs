//! What the supervisor templates may use.

use serde::{Deserialize, Serialize};

use super::{checks, shipped::TemplateContext};

/// `supervisor/exam-service.conf`: one colour of exam-service as a supervised program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamService {
    /// `blue` or `green`.
    pub colour: String,
    /// The colour's port on loopback.
    pub port: u16,
    pub exam_root: String,
    pub exam_user: String,
    /// How long the service may finish what it holds; supervisor waits 10 seconds more.
    pub exam_drain_seconds: u16,
}

impl TemplateContext for ExamService {
    const TEMPLATE: &'static str = "supervisor/exam-service.conf";

    fn check(&self) -> Result<(), String> {
        checks::name("colour", &self.colour)?;
        checks::path("exam_root", &self.exam_root)?;
        checks::name("exam_user", &self.exam_user)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            colour: "blue".to_owned(),
            port: 8081,
            exam_root: "/opt/exam-service".to_owned(),
            exam_user: "exam".to_owned(),
            exam_drain_seconds: 45,
        };
        vec![
            ("bookworm", sample.clone()),
            ("trixie", sample.clone()),
            ("sid", sample),
        ]
    }
}
