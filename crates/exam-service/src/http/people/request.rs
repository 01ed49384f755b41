//! What requests about people are made of: pages of a list, two identifiers in a path, changes to nothing.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::http::error::ApiError;

/// How many things a list has at most, unless it is asked for fewer.
const USUAL_LIMIT: u16 = 100;
/// The most that can be asked for.
const MAX_LIMIT: u16 = 500;

/// How many things are listed: what was asked for, within bounds.
///
/// # Errors
/// When it is out of them.
pub(super) fn page_limit(asked: Option<u16>) -> Result<u16, ApiError> {
    match asked {
        None => Ok(USUAL_LIMIT),
        Some(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        Some(_) => Err(ApiError::invalid_request(format!(
            "limit is a number from 1 to {MAX_LIMIT}."
        ))),
    }
}

/// What stands behind the question mark.
pub(super) struct Parameters<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(parameters) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::invalid_request(rejection.body_text()))?;
        Ok(Self(parameters))
    }
}

/// The two identifiers of a path.
pub(super) struct Ids<A, B>(pub(super) A, pub(super) B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Ids<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::invalid_request(rejection.body_text()))?;
        // What is no identifier cannot be the identifier of anything.
        match (first.parse(), second.parse()) {
            (Ok(first), Ok(second)) => Ok(Self(first, second)),
            _ => Err(ApiError::not_found("thing")),
        }
    }
}

/// For a member that may be left out, or be null to take something away.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
