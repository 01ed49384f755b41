//! Variables in files of their own beside an inventory: `group_vars/GROUP.yaml` and
//! `host_vars/HOST.yaml`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::problem::{Problem, suggestion};
use crate::vars::Layer;
use crate::yaml::Document;

/// The files of one folder, by the name that each is for.
pub(crate) struct VarsFolder {
    layers: Vec<(String, Layer)>,
}

impl VarsFolder {
    /// Reads every file of `folder`, where there is such a folder. A file for a name that is not
    /// `known` would never be read: that is a mistake, and so is any other ending than `.yaml`.
    pub(crate) fn read(folder: &Path, known: &[&str], problems: &mut Vec<Problem>) -> Self {
        let mut layers = Vec::new();
        for path in files_of(folder) {
            let file = path.display().to_string();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            let Some(name) = name.strip_suffix(".yaml") else {
                let message = "this file is never read: a file of variables is called NAME.yaml";
                problems.push(Problem::with_file(file, message));
                continue;
            };
            if !known.contains(&name) {
                let hint = suggestion(name, known.iter().copied());
                let message =
                    format!("this file is never read: '{name}' is not in the inventory{hint}");
                problems.push(Problem::with_file(file, message));
                continue;
            }
            match read_layer(&path) {
                Ok(layer) => layers.push((name.to_owned(), layer)),
                Err(problem) => problems.push(problem),
            }
        }
        Self { layers }
    }

    /// The variables for `name`, if there are any.
    pub(crate) fn layer(&self, name: &str) -> Option<&Layer> {
        let mut layers = self.layers.iter();
        layers
            .find(|(known, _)| known == name)
            .map(|(_, layer)| layer)
    }
}

/// Its files by name; those that begin with a dot are an editor's.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files
}

fn read_layer(path: &Path) -> Result<Layer, Problem> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::with_file(&file, format!("cannot read it: {error}")))?;
    layer_of(Document::parse(&file, &text)?)
}

/// The mapping that a file of variables holds; an empty file holds none.
pub(crate) fn layer_of(document: Document) -> Result<Layer, Problem> {
    let document = Arc::new(document);
    let values = match &document.root {
        Value::Null => serde_json::Map::new(),
        Value::Object(values) => values.clone(),
        _ => {
            let message = "a file of variables is a mapping of names to values";
            return Err(document.problem(&[], message));
        }
    };
    Ok(Layer {
        source: Some((document, Vec::new())),
        values,
    })
}
