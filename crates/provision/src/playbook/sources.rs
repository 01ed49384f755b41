//! Files and templates that tasks name.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::assets::Assets;
use crate::ops::Sources;
use crate::render::{RenderError, Renderer, render_shipped};
use crate::secret::Secret;

/// What the tasks of one host may read.
pub(super) struct HostSources<'a> {
    pub(super) folder: Option<&'a Path>,
    pub(super) assets: &'a Assets,
    /// `None` while only the shape of a playbook is checked: templates are found, not rendered.
    pub(super) vars: Option<&'a Map<String, Value>>,
    pub(super) secrets: &'a [Secret],
    /// Whether any variable is declared to be secret, with or without a value.
    pub(super) has_secrets: bool,
    pub(super) state_directory: &'a str,
}

impl HostSources<'_> {
    /// The first of the places a file of the playbook may be in.
    fn beside(&self, name: &str, suffixes: &[&str]) -> Option<PathBuf> {
        let folder = self.folder?;
        suffixes
            .iter()
            .map(|suffix| folder.join(format!("{name}{suffix}")))
            .find(|path| path.is_file())
    }

    fn render(
        &self,
        file: &str,
        extra: &Map<String, Value>,
        render: impl FnOnce(&Map<String, Value>) -> Result<String, RenderError>,
    ) -> Result<String, String> {
        let Some(vars) = self.vars else {
            return Ok(String::new());
        };
        let mut vars = vars.clone();
        vars.extend(extra.clone());
        render(&vars).map_err(|error| match error.line {
            0 => format!("{file}: {}", error.message),
            line => format!("{file}:{line}: {}", error.message),
        })
    }
}

impl Sources for HostSources<'_> {
    fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        let path = self
            .beside(name, &[""])
            .ok_or_else(|| format!("there is no file '{name}' beside the playbook"))?;
        std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    }

    fn template(&self, name: &str, extra: &Map<String, Value>) -> Result<String, String> {
        let own = self
            .beside(name, &["", ".tera"])
            .or_else(|| self.beside(&format!("templates/{name}"), &["", ".tera"]));
        if let Some(path) = own {
            let file = path.display().to_string();
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("cannot read {file}: {error}"))?;
            return self.render(&file, extra, |vars| Renderer::new(vars).text(&text));
        }
        let name = name.strip_suffix(".tera").unwrap_or(name);
        let Some(text) = self.assets.template(name) else {
            let shipped = self.assets.template_names();
            let hint = crate::problem::suggestion(name, shipped.iter().map(String::as_str));
            return Err(format!("there is no template '{name}'{hint}"));
        };
        let file = format!("templates/{name}.tera");
        self.render(&file, extra, |vars| {
            render_shipped(name, &text, vars).unwrap_or_else(|| Renderer::new(vars).text(&text))
        })
    }

    fn holds_secret(&self, content: &[u8]) -> bool {
        let text = String::from_utf8_lossy(content);
        self.secrets
            .iter()
            .any(|secret| secret.mask_in(&text) != text)
    }

    fn has_secrets(&self) -> bool {
        self.has_secrets
    }

    fn state_directory(&self) -> &str {
        self.state_directory
    }
}
