//! Files that a browser keeps instead of showing them.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A file of that kind, a media type, and of that name, which has no quotes.
pub(in crate::http) fn attachment(kind: &str, name: &str, bytes: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, bytes).into_response()
}
