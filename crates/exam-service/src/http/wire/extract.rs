//! Bodies, files and parameters, with refusals that are problem documents.

use std::str::FromStr;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::ApiError;
use super::object::Object;
use super::problems::ProblemType;
use crate::http::guard::BodyLimit;

/// How long a body may take to arrive; shorter than a request may take as a whole.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// A JSON body.
pub(in crate::http) struct Body<T>(pub(in crate::http) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Object(body) = read(request, state, BODY_TIMEOUT).await?;
        Ok(Self(body))
    }
}

/// A JSON body that may be left out.
pub(in crate::http) struct OptionalBody<T>(pub(in crate::http) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !request.headers().contains_key(CONTENT_TYPE) {
            return Ok(Self(T::default()));
        }
        let body: Option<Object<T>> = read(request, state, BODY_TIMEOUT).await?;
        Ok(Self(body.map(|Object(body)| body).unwrap_or_default()))
    }
}

/// The body, if it is there within `limit` and says what is asked for.
async fn read<S: Send + Sync, T: DeserializeOwned>(
    request: Request,
    state: &S,
    limit: Duration,
) -> Result<T, ApiError> {
    let body_limit = request.extensions().get::<BodyLimit>().copied();
    let read = Json::<T>::from_request(request, state);
    match tokio::time::timeout(limit, read).await {
        Ok(Ok(Json(body))) => Ok(body),
        Ok(Err(rejection)) => Err(refuse(&rejection, body_limit)),
        Err(_) => Err(too_slow()),
    }
}

fn too_slow() -> ApiError {
    ApiError::new(
        ProblemType::TooSlow,
        "The body of the request did not arrive in time. Send it again.",
    )
}

fn refuse(rejection: &JsonRejection, limit: Option<BodyLimit>) -> ApiError {
    refuse_status(rejection.status(), rejection.body_text(), limit)
}

fn refuse_status(status: StatusCode, why: String, limit: Option<BodyLimit>) -> ApiError {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            ProblemType::TooLarge,
            match limit {
                Some(BodyLimit(bytes)) => format!("A body has at most {bytes} bytes here."),
                None => "The body is longer than it may be here.".to_owned(),
            },
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::new(
            ProblemType::NotJson,
            "Send the header Content-Type: application/json.",
        ),
        _ => ApiError::invalid_request(why),
    }
}

/// The `{id}` of a path.
pub(in crate::http) struct Id<T>(pub(in crate::http) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::invalid_request(rejection.body_text()))?;
        // What is no identifier cannot be the identifier of anything.
        text.parse()
            .map(Self)
            .map_err(|_| ApiError::not_found("thing"))
    }
}

/// The two identifiers of a path, in its order.
pub(in crate::http) struct Ids<A, B>(pub(in crate::http) A, pub(in crate::http) B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Ids<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::invalid_request(rejection.body_text()))?;
        match (first.parse(), second.parse()) {
            (Ok(first), Ok(second)) => Ok(Self(first, second)),
            _ => Err(ApiError::not_found("thing")),
        }
    }
}

/// What stands behind the question mark of the address.
pub(in crate::http) struct Parameters<T>(pub(in crate::http) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(parameters) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::invalid_request(rejection.body_text()))?;
        Ok(Self(parameters))
    }
}

/// So many files are taken at a time: each is held in memory as a whole.
static UPLOADS: Semaphore = Semaphore::const_new(4);

/// A file, as it is.
pub(in crate::http) struct Upload {
    pub(in crate::http) bytes: Bytes,
    /// Given back once the file has been dealt with.
    _place: SemaphorePermit<'static>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let place = UPLOADS.try_acquire().map_err(|_| {
            ApiError::busy("Too many files are being read at this moment. Send yours again.")
        })?;
        let limit = request.extensions().get::<BodyLimit>().copied();
        let read = Bytes::from_request(request, state);
        match tokio::time::timeout(BODY_TIMEOUT, read).await {
            Ok(Ok(bytes)) => Ok(Self {
                bytes,
                _place: place,
            }),
            Ok(Err(rejection)) => Err(refuse_status(
                rejection.status(),
                rejection.body_text(),
                limit,
            )),
            Err(_) => Err(too_slow()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::{Body as AnyBody, Bytes};
    use axum::response::IntoResponse as _;
    use hyper::body::{Body as HttpBody, Frame};

    use super::*;

    /// A body that was announced and does not come.
    struct Awaited;

    impl HttpBody for Awaited {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_arrive_is_a_408() {
        let request = Request::post("/")
            .header("content-type", "application/json")
            .body(AnyBody::new(Awaited))
            .unwrap();
        let refused = read::<_, serde_json::Value>(request, &(), Duration::from_millis(20)).await;
        let response = refused.unwrap_err().into_response();
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(response.headers()["connection"], "close");
    }
}
