//! What requests about people are made of: pages of a list, two identifiers in a path, lists of names.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::users::check;
use crate::accounts::fields::Field;
use crate::http::error::ApiError;
use crate::http::page::PageLength;
use crate::store::Page;

/// How long a list is.
pub(super) const PAGES: PageLength = PageLength {
    usual: 100,
    most: 500,
};

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
        PAGES.page(self.limit, self.after)
    }
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
