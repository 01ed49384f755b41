//! Files and templates that tasks name.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Folder;
use super::folder::Found;
use crate::assets::Assets;
use crate::ops::Sources;
use crate::render::names::{Used, used_in_template, used_in_value};
use crate::render::{RenderError, Renderer, context_names, render_shipped};
use crate::secret::Secret;

/// What the tasks of one host may read.
pub(super) struct HostSources<'a> {
    /// Looked through in this order.
    pub(super) folders: &'a [Folder],
    pub(super) assets: &'a Assets,
    /// `None` while only the shape of a playbook is checked: templates are found, not rendered.
    pub(super) vars: Option<&'a Map<String, Value>>,
    pub(super) secrets: &'a [Secret],
    /// Whether any variable is declared to be secret, with or without a value.
    pub(super) has_secrets: bool,
    pub(super) state_directory: &'a str,
    /// What the templates read that were asked for.
    pub(super) used: RefCell<BTreeSet<Used>>,
}

impl<'a> HostSources<'a> {
    pub(super) fn unrendered(folders: &'a [Folder], assets: &'a Assets) -> Self {
        Self {
            folders,
            assets,
            vars: None,
            secrets: &[],
            has_secrets: false,
            state_directory: "/var/lib/examctl",
            used: RefCell::default(),
        }
    }

    /// The same with other variables.
    pub(super) fn with_vars<'b>(&'b self, vars: &'b Map<String, Value>) -> HostSources<'b> {
        HostSources {
            vars: Some(vars),
            used: RefCell::default(),
            ..*self
        }
    }

    pub(super) fn add_used(&self, other: &HostSources<'_>) {
        self.used.borrow_mut().extend(other.used.take());
    }

    /// The first of the files `patterns` with `name` for their `*`, in the first folder with one.
    fn find(&self, name: &str, patterns: &[&str]) -> Option<Found> {
        self.folders.iter().find_map(|folder| {
            patterns
                .iter()
                .find_map(|pattern| folder.find(&pattern.replace('*', name), self.assets))
        })
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

    fn note_used(&self, text: &str, extra: &Map<String, Value>) {
        let mut used = self.used.borrow_mut();
        used.extend(used_in_template(text));
        used.extend(extra.values().flat_map(used_in_value));
    }
}

impl Sources for HostSources<'_> {
    fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        let found = self
            .find(name, &["*", "files/*"])
            .ok_or_else(|| format!("there is no file '{name}' beside the playbook"))?;
        found.bytes()
    }

    fn template(&self, name: &str, extra: &Map<String, Value>) -> Result<String, String> {
        let patterns = ["*", "*.tera", "templates/*", "templates/*.tera"];
        if let Some(found) = self.find(name, &patterns) {
            let file = found.shown.clone();
            let text = found.text()?;
            self.note_used(&text, extra);
            return self.render(&file, extra, |vars| Renderer::new(vars).text(&text));
        }
        let name = name.strip_suffix(".tera").unwrap_or(name);
        let Some(text) = self.assets.template(name) else {
            let shipped = self.assets.template_names();
            let hint = crate::problem::suggestion(name, shipped.iter().map(String::as_str));
            return Err(format!("there is no template '{name}'{hint}"));
        };
        self.note_used(&text, extra);
        let file = format!("templates/{name}.tera");
        let rendered = self.render(&file, extra, |vars| {
            render_shipped(name, &text, vars).unwrap_or_else(|| Renderer::new(vars).text(&text))
        });
        let whole = |name| Used { name, field: None };
        let names = context_names(name).into_iter();
        self.used.borrow_mut().extend(names.map(whole));
        rendered
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
