//! Who sends a request: found out by the guard of the route, for its handler.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};

use crate::exam::{ExamId, SessionId, UserId};
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::store::{Role, Staff};

/// The account whose access token came with the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Which account.
    pub user: UserId,
    /// Its role when the token was issued; a change of it counts from the next token on.
    pub role: Role,
    /// Which sign-in it came from.
    pub id: SessionId,
    /// The exam with whose code it was opened: it is good for that one alone.
    pub exam: Option<ExamId>,
    /// When the request came.
    pub at: DateTime<Utc>,
}

impl From<Session> for Staff {
    fn from(session: Session) -> Self {
        Self {
            user: session.user,
            role: session.role,
            at: session.at,
        }
    }
}

impl Session {
    /// Whether it is good for `exam`: any, unless it was opened with the code of another one.
    pub(in crate::http) fn may_sit(&self, exam: ExamId) -> bool {
        self.exam.is_none_or(|own| own == exam)
    }
}

impl FromRequestParts<AppState> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &AppState) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| {
            tracing::error!(
                path = parts.uri.path(),
                "a route for everybody asks who sends a request"
            );
            ApiError::internal()
        })
    }
}
