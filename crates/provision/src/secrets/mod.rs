//! Variables that only some people may read: an age file beside the inventory.
//!
//! `secrets.age` holds a YAML mapping, encrypted for every key of `secrets.recipients`. Each name
//! in it is a variable of every host, and a secret wherever text is shown. The first line of what
//! is encrypted names the keys it was encrypted for, so that a key that somebody slipped into the
//! plain list is noticed before anything is encrypted for it.

mod content;
mod error;
mod file;
mod generate;
mod identity;
mod layer;
mod recipients;
mod write;

pub use content::Content;
pub use error::SecretsError;
pub use file::{Draft, SecretsFile};
pub use generate::{Generated, generate};
pub use identity::{IdentitySource, Keys};
pub use recipients::Recipients;

/// The encrypted file, beside the inventory.
pub const FILE_NAME: &str = "secrets.age";

/// Whom it is encrypted for, beside it: public keys, one a line.
pub const RECIPIENTS_NAME: &str = "secrets.recipients";

/// What an edit left that could not be saved, encrypted like the file itself.
pub const DRAFT_NAME: &str = "secrets.age.draft";

/// The environment variable that may hold the private key itself.
pub const KEY_VARIABLE: &str = "EXAMCTL_AGE_IDENTITY";

/// The most that is read of any of these files, in bytes.
const SIZE_LIMIT: u64 = 4 << 20;
