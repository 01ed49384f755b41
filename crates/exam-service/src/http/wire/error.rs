//! How a request fails: one problem document (RFC 9457) per kind of failure.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::problems::ProblemType;
use crate::passwords::PasswordError;
use crate::store::writer::SaveError;
use crate::store::{PeopleRefusal, StaffOutcome, StoreError};

/// A failed request, as the client sees it.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    document: Map<String, Value>,
    retry_after_seconds: Option<u64>,
}

impl ApiError {
    /// A problem of this kind; `detail` is for the person who sees it.
    pub fn new(problem: ProblemType, detail: impl Into<String>) -> Self {
        let mut document = Map::new();
        document.insert("type".to_owned(), problem.uri().into());
        document.insert("title".to_owned(), problem.title().into());
        document.insert("status".to_owned(), problem.status().as_u16().into());
        document.insert("detail".to_owned(), detail.into().into());
        Self {
            status: problem.status(),
            document,
            retry_after_seconds: None,
        }
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.document.insert(name.to_owned(), value);
        self
    }

    /// With the time after which it may be tried again, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self {
            retry_after_seconds: Some(seconds),
            ..self
        }
    }

    /// The request could not be read.
    pub fn invalid_request(detail: impl Into<String>) -> Self {
        Self::new(ProblemType::InvalidRequest, detail)
    }

    /// The request has the right form, but a value in it cannot be taken.
    pub fn invalid_input(detail: impl Into<String>) -> Self {
        Self::new(ProblemType::InvalidInput, detail)
    }

    /// No valid access token.
    pub fn unauthorized(detail: &str) -> Self {
        Self::new(ProblemType::Unauthorized, detail)
    }

    /// Not there, or not theirs: which of the two is not said.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            ProblemType::NotFound,
            format!("There is no such {what} for you."),
        )
    }

    /// A fault of ours.
    pub fn internal() -> Self {
        Self::new(
            ProblemType::Internal,
            "Something is wrong on the server. It was logged; tell the invigilator.",
        )
    }

    /// At a limit for the moment.
    pub fn busy(detail: &str) -> Self {
        Self::new(ProblemType::Busy, detail).retry_after(1)
    }

    /// One client at its own limit for the moment.
    pub fn too_many(detail: &str) -> Self {
        Self::new(ProblemType::RateLimited, detail).retry_after(1)
    }

    /// The database cannot do it now.
    pub fn unavailable(detail: &str) -> Self {
        Self::new(ProblemType::Unavailable, detail).retry_after(1)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status, self.retry_after_seconds);
        let mut response = (status, Json(self.document)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::REQUEST_TIMEOUT {
            // The rest of the body may still come, and is no next request.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Busy { .. }) {
            tracing::warn!(%error, "a request was refused");
        } else {
            tracing::error!(%error, "the database failed a request");
        }
        match error {
            StoreError::Busy { .. } => {
                Self::busy("Too many want to write at this moment. Send the request again.")
            }
            StoreError::Corrupt(_) => Self::internal(),
            _ => Self::unavailable(
                "The database did not answer. Nothing is lost: send the request again.",
            ),
        }
    }
}

impl From<PeopleRefusal> for ApiError {
    fn from(refusal: PeopleRefusal) -> Self {
        match refusal {
            PeopleRefusal::NotFound(what) => Self::not_found(what),
            PeopleRefusal::Taken(field) => Self::new(
                ProblemType::Taken,
                format!("Another one has this {field}. Choose another, or change that one."),
            ),
            PeopleRefusal::LastAdministrator => Self::new(
                ProblemType::LastAdministrator,
                "This is the only administrator who can sign in. Make another one first.",
            ),
            PeopleRefusal::UnknownPeople(unknown) => Self::new(
                ProblemType::UnknownPeople,
                "Nothing was changed: the member 'unknown' lists what is no login and no student number of anybody.",
            )
            .with("unknown", unknown.into()),
        }
    }
}

impl From<SaveError> for ApiError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::QueueFull => {
                Self::busy("Too many answers are waiting to be saved. Send yours again.")
            }
            SaveError::AccountBusy => Self::too_many(
                "Too many saves of yours are waiting. Wait for their replies, then send this one again.",
            ),
            SaveError::NotStored | SaveError::TimedOut => Self::unavailable(
                "It is not certain that your answers were saved. Send them again: that is harmless.",
            ),
            SaveError::Stopped => {
                Self::unavailable("The server is restarting. Send your answers again.")
            }
        }
    }
}

impl From<PasswordError> for ApiError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::QueueFull => {
                Self::busy("Too many people sign in at this moment. Try again.")
            }
            PasswordError::Hash(_) | PasswordError::Threads(_) => {
                tracing::error!(%error, "a password could not be checked");
                Self::unavailable("The password could not be checked. Try again.")
            }
        }
    }
}

impl<T> StaffOutcome<T> {
    /// What was wanted, or why not; `what` is not there then, or not theirs.
    pub(in crate::http) fn or_refuse(self, what: &str) -> Result<T, ApiError> {
        match self {
            Self::Done(thing) => Ok(thing),
            Self::NotFound => Err(ApiError::not_found(what)),
            Self::Outdated { current } => Err(ApiError::new(
                ProblemType::VersionConflict,
                format!("Somebody else has changed it: it is at {current} now. Read it again, then change it."),
            )
            .with("current", current.into())),
            Self::Refused(why) => Err(ApiError::new(ProblemType::NotPossible, why)),
        }
    }
}

/// For paths that do not exist.
pub(in crate::http) async fn no_such_page() -> ApiError {
    ApiError::new(ProblemType::NotFound, "There is nothing at this address.")
}

/// For paths that exist with another method.
pub(in crate::http) async fn no_such_method() -> ApiError {
    ApiError::new(
        ProblemType::MethodNotAllowed,
        "This address does not take this method.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_a_503_that_says_when_to_come_back() {
        let errors = [
            ApiError::from(SaveError::QueueFull),
            ApiError::from(SaveError::NotStored),
            ApiError::from(SaveError::TimedOut),
            ApiError::from(SaveError::Stopped),
            ApiError::from(PasswordError::QueueFull),
            ApiError::from(StoreError::Busy { doing: "test" }),
        ];
        for error in errors {
            assert_says_when_to_come_back(error, StatusCode::SERVICE_UNAVAILABLE);
        }
    }

    #[test]
    fn the_limit_of_one_client_is_a_429_that_says_when_to_come_back() {
        let error = ApiError::from(SaveError::AccountBusy);
        assert_says_when_to_come_back(error, StatusCode::TOO_MANY_REQUESTS);
    }

    fn assert_says_when_to_come_back(error: ApiError, status: StatusCode) {
        let response = error.into_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
}
