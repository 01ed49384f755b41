//! Lists, a page at a time: how many things a page has, and where the next one begins.

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::error::ApiError;
use crate::store::Page;

/// Which part of a list is wanted: `USUAL` things of it when nobody says, at most `MOST`.
#[derive(Deserialize)]
pub(in crate::http) struct ListPart<const USUAL: usize, const MOST: usize> {
    limit: Option<usize>,
    after: Option<String>,
}

impl<const USUAL: usize, const MOST: usize> ListPart<USUAL, MOST> {
    /// The page that is meant.
    ///
    /// # Errors
    /// When more is asked for than one reply has.
    pub(in crate::http) fn page(self) -> Result<Page, ApiError> {
        let length = PageLength {
            usual: USUAL,
            most: MOST,
        };
        length.page(self.limit, self.after)
    }
}

/// By hand, because a derived one cannot say what the limits are.
impl<const USUAL: usize, const MOST: usize> IntoParams for ListPart<USUAL, MOST> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, description: String, schema: ObjectBuilder| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(description))
                .schema(Some(schema))
                .build()
        };
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1_usize))
            .maximum(Some(MOST));
        let limits = format!("How many at most; {USUAL} if nothing is said.");
        let after = ObjectBuilder::new().schema_type(Type::String);
        let mark = "The `next` of the part of the list before.".to_owned();
        vec![
            parameter("limit", limits, limit),
            parameter("after", mark, after),
        ]
    }
}

/// How many things a page of a list has.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct PageLength {
    /// When nobody says.
    pub(in crate::http) usual: usize,
    /// At most.
    pub(in crate::http) most: usize,
}

impl PageLength {
    /// What was asked for, within bounds.
    ///
    /// # Errors
    /// When it is out of them.
    pub(in crate::http) fn limit(self, asked: Option<usize>) -> Result<usize, ApiError> {
        let (limit, most) = (asked.unwrap_or(self.usual), self.most);
        if (1..=most).contains(&limit) {
            return Ok(limit);
        }
        Err(ApiError::invalid_request(format!(
            "limit is {limit}: ask for 1 to {most}."
        )))
    }

    /// The page after the thing with this mark, or the first one.
    ///
    /// # Errors
    /// When more is asked for than one reply has.
    pub(in crate::http) fn page(
        self,
        asked: Option<usize>,
        after: Option<impl ToString>,
    ) -> Result<Page, ApiError> {
        Ok(Page {
            after: after.map(|mark| mark.to_string()).unwrap_or_default(),
            limit: self.limit(asked)?,
        })
    }
}

/// The mark after which the next page begins: only a full one has a next.
pub(in crate::http) fn next<T, M>(listed: &[T], limit: usize, mark: impl Fn(&T) -> M) -> Option<M> {
    let is_full = listed.len() == limit;
    listed.last().filter(|_| is_full).map(mark)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As each list would say it for itself.
    #[derive(IntoParams)]
    #[into_params(parameter_in = Query)]
    #[expect(dead_code, reason = "it is only described")]
    struct Said {
        /// How many at most; 20 if nothing is said.
        #[param(minimum = 1, maximum = 50)]
        limit: Option<usize>,
        /// The `next` of the part of the list before.
        after: Option<String>,
    }

    #[test]
    fn a_part_of_a_list_is_described_with_its_own_limits_and_kept_within_them() {
        let described = ListPart::<20, 50>::into_params(|| None);
        assert_eq!(json!(described), json!(Said::into_params(|| None)));
        let part = |limit| ListPart::<20, 50> { limit, after: None };
        assert_eq!(part(None).page().ok().map(|page| page.limit), Some(20));
        assert_eq!(part(Some(50)).page().ok().map(|page| page.limit), Some(50));
        assert!(part(Some(51)).page().is_err() && part(Some(0)).page().is_err());
    }
}
