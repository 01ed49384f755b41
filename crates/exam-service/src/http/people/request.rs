//! What requests about people are made of: pages of a list, two identifiers in a path, lists of names.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::users::check;
use crate::accounts::fields::Field;
use crate::http::error::ApiError;
use crate::store::Page;

/// How many things a list has at most, unless it is asked for fewer.
const USUAL_LIMIT: usize = 100;
/// The most that can be asked for.
const MAX_LIMIT: usize = 500;

/// How many things are listed: what was asked for, within bounds.
///
/// # Errors
/// When it is out of them.
pub(super) fn page_limit(asked: Option<usize>) -> Result<usize, ApiError> {
    match asked {
        None => Ok(USUAL_LIMIT),
        Some(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        Some(_) => Err(ApiError::invalid_request(format!(
            "limit is a number from 1 to {MAX_LIMIT}."
        ))),
    }
}

/// Which part of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParameters {
    /// From 1 to 500; 100 if it is left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// What `next` said.
    after: Option<Uuid>,
}

impl PageParameters {
    pub(super) fn of(limit: Option<usize>, after: Option<Uuid>) -> Self {
        Self { limit, after }
    }

    /// The page, if it is within bounds.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn page(self) -> Result<Page, ApiError> {
        Ok(Page {
            after: self.after.map(|id| id.to_string()).unwrap_or_default(),
            limit: page_limit(self.limit)?,
        })
    }
}

/// The id after which the next page begins, where there may be one.
pub(super) fn next<T, I: Copy>(listed: &[T], page: &Page, id: impl Fn(&T) -> I) -> Option<I> {
    let is_full = listed.len() == page.limit;
    listed.last().filter(|_| is_full).map(id)
}

/// People in the body of a request.
#[derive(Deserialize, ToSchema)]
pub(super) struct PeopleNames {
    /// Logins or student numbers, 2000 at most.
    #[schema(max_items = 2000)]
    people: Vec<String>,
}

/// The most people that one request names.
const MAX_NAMES: usize = 2_000;

impl PeopleNames {
    /// The names, if they can be names.
    ///
    /// # Errors
    /// When there are too many, or one of them is none.
    pub(super) fn checked(self) -> Result<Vec<String>, ApiError> {
        if self.people.len() > MAX_NAMES {
            return Err(ApiError::invalid_request(format!(
                "people has at most {MAX_NAMES} names: send several requests."
            )));
        }
        for name in &self.people {
            check(Field::Login, Some(name))?;
        }
        Ok(self.people)
    }
}
