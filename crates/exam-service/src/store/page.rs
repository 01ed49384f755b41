//! Lists are read a part at a time.

/// A part of a list, in the list's order.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// After the one with this mark; empty: from the first.
    pub after: String,
    /// At most so many.
    pub limit: usize,
}
