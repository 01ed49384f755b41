//! Lists, a page at a time: how many things a page has, and where the next one begins.

use super::error::ApiError;
use crate::store::Page;

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
