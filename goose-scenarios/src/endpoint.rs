//! The operations a run measures, by the names that profiles and reports use.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One kind of operation against the exam service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Endpoint {
    #[serde(rename = "POST login")]
    Login,
    #[serde(rename = "GET exams")]
    ListExams,
    #[serde(rename = "POST attempts")]
    StartAttempt,
    #[serde(rename = "PUT answers")]
    SaveAnswers,
    #[serde(rename = "POST submit")]
    Submit,
    #[serde(rename = "GET result")]
    ReadResult,
}

impl Endpoint {
    /// In the order in which a student meets them.
    pub const ALL: [Self; 6] = [
        Self::Login,
        Self::ListExams,
        Self::StartAttempt,
        Self::SaveAnswers,
        Self::Submit,
        Self::ReadResult,
    ];

    /// The name in profiles and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "POST login",
            Self::ListExams => "GET exams",
            Self::StartAttempt => "POST attempts",
            Self::SaveAnswers => "PUT answers",
            Self::Submit => "POST submit",
            Self::ReadResult => "GET result",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_and_reports_use_the_same_names() {
        for endpoint in Endpoint::ALL {
            assert_eq!(serde_json::to_value(endpoint).unwrap(), endpoint.name());
        }
    }
}
