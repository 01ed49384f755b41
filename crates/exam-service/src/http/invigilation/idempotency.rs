//! Requests with a name of their own: each is done once, however often it comes.

use axum::http::HeaderMap;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::exam::receipt::hexadecimal;
use crate::http::error::ApiError;
use crate::http::problems::ProblemType;

/// The longest key, in characters.
const KEY_LIMIT: usize = 100;

/// The name of a request.
pub(super) fn key(headers: &HeaderMap) -> Result<String, ApiError> {
    let key = headers.get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
    if (1..=KEY_LIMIT).contains(&key.len()) {
        return Ok(key.to_owned());
    }
    Err(ApiError::invalid_request(format!(
        "Send a header 'Idempotency-Key' with a new name for each action, of 1 to {KEY_LIMIT} printable characters."
    )))
}

/// The SHA-256 of what was asked for, whatever the order of its members was.
pub(super) fn request_hash(asked: &impl Serialize) -> String {
    hexadecimal(&Sha256::digest(serde_json::json!(asked).to_string()))
}

/// The key came with something else before.
pub(super) fn key_used_before() -> ApiError {
    ApiError::new(
        ProblemType::KeyUsedBefore,
        "This Idempotency-Key came before with another request. Send a new key.",
    )
}
