//! The operations of an exam day that are counted apart.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! endpoints {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What a request is for. Serialises as its name in profiles and reports.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        pub enum Endpoint {
            $($(#[$doc])* #[serde(rename = $name)] $variant),+
        }

        impl Endpoint {
            /// In the order in which a student meets them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in profiles and reports.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }
    };
}

endpoints! {
    /// `GET /health/liveness`
    Liveness = "GET liveness",
    /// `GET /health/readiness`
    Readiness = "GET readiness",
    /// `GET /`
    Page = "GET page",
    /// `POST /api/v1/auth/login`
    Login = "POST login",
    /// `POST /api/v1/auth/refresh`
    Refresh = "POST refresh",
    /// `GET /api/v1/me`
    Profile = "GET profile",
    /// `GET /api/v1/me/notifications`
    Notifications = "GET notifications",
    /// `GET /api/v1/my/exams`
    ListExams = "GET exams",
    /// `GET /api/v1/my/attempts`
    ListAttempts = "GET attempts",
    /// `POST /api/v1/exams/{id}/attempts`
    StartAttempt = "POST attempts",
    /// `PUT /api/v1/attempts/{id}/answers`
    SaveAnswers = "PUT answers",
    /// `POST /api/v1/attempts/{id}/events`
    ReportEvents = "POST events",
    /// `GET /api/v1/attempts/{id}`, after a lost connection.
    ResumeAttempt = "GET attempt",
    /// `POST /api/v1/attempts/{id}/submit`
    Submit = "POST submit",
    /// `GET /api/v1/attempts/{id}/result`
    ReadResult = "GET result",
}

impl Endpoint {
    /// What the scenario `baseline` asks for, in its order.
    pub const BASELINE: [Self; 8] = [
        Self::Liveness,
        Self::Readiness,
        Self::Page,
        Self::Login,
        Self::Profile,
        Self::Notifications,
        Self::ListExams,
        Self::ListAttempts,
    ];
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
