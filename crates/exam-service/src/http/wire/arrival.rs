//! How a request came: what the rules of an exam ask about the place and the browser.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::request::Parts;

use super::client_address::ClientAddress;
use crate::exam::admission::Arrival;

/// What Safe Exam Browser sends, and what a page that asked it through its script interface sends on.
const BROWSER_HASH: &str = "x-safeexambrowser-configkeyhash";

/// The [`Arrival`] of a request, without an access code.
pub(in crate::http) struct Arrived(pub(in crate::http) Arrival);

impl<S: Send + Sync> FromRequestParts<S> for Arrived {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let path = parts
            .extensions
            .get::<OriginalUri>()
            .map_or(&parts.uri, |original| &original.0)
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let address = parts.extensions.get::<ClientAddress>();
        Ok(Self(Arrival {
            address: address.and_then(|address| address.0),
            access_code: None,
            browser_hash: text(&parts.headers, BROWSER_HASH),
            urls: urls(&parts.headers, path),
        }))
    }
}

/// The addresses that the browser may have said it for: of this request, and of the page that made it. Whoever names a
/// host of their own choice still needs the key.
fn urls(headers: &HeaderMap, path: &str) -> Vec<String> {
    let Some(host) = text(headers, HOST.as_str()) else {
        return Vec::new();
    };
    let paths = [path, "/"];
    let schemes = ["https", "http"].iter();
    schemes
        .flat_map(|scheme| paths.map(|path| format!("{scheme}://{host}{path}")))
        .collect()
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}
