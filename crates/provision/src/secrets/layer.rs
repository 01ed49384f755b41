//! Secrets as variables of every host of an inventory.

use std::path::Path;
use std::sync::Arc;

use super::file::list_beside;
use super::{FILE_NAME, IdentitySource, Keys, SecretsError, SecretsFile};
use crate::inventory::Inventory;
use crate::problem::Problem;
use crate::vars::Layer;

impl Inventory {
    /// As [`Inventory::load`], with the variables of the secrets file beside the inventory, if
    /// there is one. They win over all others of the inventory, and their names are secrets.
    ///
    /// Where the file cannot be read the inventory is loaded without it, because whoever only
    /// looks at hosts needs no secret: the reason is in [`Inventory::unread_secrets`], and
    /// [`crate::engine::check`] refuses with it.
    pub fn load_with_secrets(path: &Path, source: &IdentitySource) -> Result<Self, Vec<Problem>> {
        let mut inventory = Self::load(path)?;
        let file = path.with_file_name(FILE_NAME);
        if let Err(error) = add_secrets(&mut inventory, &file, source) {
            let shown = file.display().to_string();
            inventory.unread_secrets = match error {
                SecretsError::Content(problems) => problems,
                error @ SecretsError::NoKey { .. } => {
                    let readers = list_beside(&file).map(|list| list.described());
                    let readers = readers.unwrap_or_else(|error| error.to_string());
                    let message = format!("{error}. It is encrypted for: {readers}");
                    vec![Problem::with_file(shown, message)]
                }
                other => vec![Problem::with_file(shown, other.to_string())],
            };
        }
        Ok(inventory)
    }
}

fn add_secrets(
    inventory: &mut Inventory,
    file: &Path,
    source: &IdentitySource,
) -> Result<(), SecretsError> {
    if !file.exists() {
        return Ok(());
    }
    let content = SecretsFile::open(file, &Keys::load(source)?)?.content()?;
    let names = content.values.keys().cloned();
    inventory.secrets.extend(names);
    for host in &mut inventory.hosts {
        host.layers.push(Layer {
            source: Some((Arc::clone(&content.document), Vec::new())),
            values: content.values.clone(),
        });
        host.vars.extend(content.values.clone());
    }
    Ok(())
}
