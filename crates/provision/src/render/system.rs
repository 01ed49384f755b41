//! What the templates of the kernel's and the accounts' limits may use.

use serde::{Deserialize, Serialize};

use super::{checks, shipped::TemplateContext};

/// `sysctl/exam.conf`: `/etc/sysctl.d/60-examctl.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sysctl {
    /// Whether Redis runs here: it copies itself to save, and must not be refused the memory.
    #[serde(default)]
    pub redis: bool,
}

impl TemplateContext for Sysctl {
    const TEMPLATE: &'static str = "sysctl/exam.conf";

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("bookworm", Self { redis: true }),
            ("bookworm-plain", Self { redis: false }),
            ("trixie", Self { redis: true }),
            ("sid", Self { redis: true }),
        ]
    }
}

/// `limits/exam.conf`: `/etc/security/limits.d/exam.conf`, for logins; services have their units'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub exam_user: String,
}

impl TemplateContext for Limits {
    const TEMPLATE: &'static str = "limits/exam.conf";

    fn check(&self) -> Result<(), String> {
        checks::name("exam_user", &self.exam_user)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            exam_user: "exam".to_owned(),
        };
        vec![("bookworm", sample.clone()), ("trixie", sample)]
    }
}
