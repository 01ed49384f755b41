//! A file as the body of a request.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};

use crate::http::error::ApiError;
use crate::http::guard::BodyLimit;
use crate::http::problems::ProblemType;
use crate::transfer::people::PeopleFormat;

/// How long a file may take to arrive; shorter than a request may take as a whole.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(20);
pub(super) const CSV: &str = "text/csv";
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A spreadsheet or its like.
pub(super) struct Upload {
    pub(super) format: PeopleFormat,
    pub(super) bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let format = format(&request)?;
        let limit = request.extensions().get::<BodyLimit>().map(|limit| limit.0);
        let arriving = Bytes::from_request(request, state);
        match tokio::time::timeout(ARRIVAL_TIMEOUT, arriving).await {
            Ok(Ok(bytes)) => Ok(Self { format, bytes }),
            Ok(Err(rejection)) if is_too_large(&rejection) => {
                let most = limit.map_or(String::new(), |bytes| format!(" {bytes} bytes at most:"));
                let detail = format!("The file is too large,{most} split it.");
                Err(ApiError::new(ProblemType::TooLarge, detail))
            }
            Ok(Err(rejection)) => Err(ApiError::invalid_request(rejection.body_text())),
            Err(_) => Err(ApiError::new(
                ProblemType::TooSlow,
                "The file did not arrive in time. Send it again.",
            )),
        }
    }
}

fn is_too_large(rejection: &axum::extract::rejection::BytesRejection) -> bool {
    rejection.status() == StatusCode::PAYLOAD_TOO_LARGE
}

/// What the header says of the body.
fn format(request: &Request) -> Result<PeopleFormat, ApiError> {
    let said = request.headers().get(header::CONTENT_TYPE);
    let said = said.and_then(|value| value.to_str().ok()).unwrap_or("");
    match said.split(';').next().unwrap_or_default().trim() {
        CSV => Ok(PeopleFormat::Csv),
        XLSX => Ok(PeopleFormat::Xlsx),
        _ => Err(ApiError::new(
            ProblemType::UnsupportedFormat,
            format!("Send the header Content-Type: {CSV}, or {XLSX}."),
        )),
    }
}
