//! Is every answer there that the server said it had saved?
//!
//! ```text
//! ledger -> account    what was sent and what was acknowledged, noted before and after each save
//! stored               what the server really has, read after the run
//! reconcile            the one against the other
//! ```

mod account;
mod ledger;
mod ranges;
mod reconcile;
mod stored;

pub(crate) use account::{Account, Place};
pub(crate) use ledger::{Ledger, OutgoingAnswer};
pub use reconcile::Correctness;
pub(crate) use reconcile::reconcile;
pub use stored::StoredSource;
pub(crate) use stored::{Asked, gather_stored};
