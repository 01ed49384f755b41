//! Files, directories and links.

mod absent;
pub(crate) mod archive;
pub(crate) mod attributes;
pub(crate) mod block;
pub(crate) mod directory;
pub(crate) mod download;
mod edit;
pub(crate) mod file;
pub(crate) mod line;
pub(crate) mod symlink;
pub(crate) mod template;
