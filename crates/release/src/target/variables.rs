//! One host's variables as an inventory has them: is each what its reader needs?

use serde_json::{Map, Value};

use super::{RunnerKind, TargetError};
use crate::artifact::signature::{NotAPublicKey, PublicKey};

/// The variables of one host.
pub(super) struct Variables<'a> {
    pub(super) host: &'a str,
    pub(super) vars: &'a Map<String, Value>,
}

impl<'a> Variables<'a> {
    pub(super) fn new(host: &'a str, vars: &'a Map<String, Value>) -> Self {
        Self { host, vars }
    }

    pub(super) fn error(&self, variable: &str, problem: &str) -> TargetError {
        TargetError {
            host: self.host.to_owned(),
            variable: variable.to_owned(),
            problem: problem.to_owned(),
        }
    }

    pub(super) fn runner(&self) -> Result<RunnerKind, TargetError> {
        let Some(name) = self.text("runner")? else {
            return Ok(RunnerKind::Supervisor);
        };
        RunnerKind::parse(&name).ok_or_else(|| {
            let problem = format!(
                "is `{name}`; this examctl knows `supervisor`, `systemd`, `docker` and `process`"
            );
            self.error("runner", &problem)
        })
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, TargetError> {
        match self.vars.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.contains("{{") => {
                let problem = format!(
                    "is `{text}`: write the value itself, releases do not render templates"
                );
                Err(self.error(name, &problem))
            }
            Some(Value::String(text))
                if !text.trim().is_empty() && !text.contains(['\n', '\0']) =>
            {
                Ok(Some(text.trim().to_owned()))
            }
            Some(other) => Err(self.error(name, &format!("must be a line of text, not {other}"))),
        }
    }

    /// An absolute path without `..`, and not the root of everything.
    pub(super) fn path(&self, name: &str) -> Result<Option<String>, TargetError> {
        let Some(path) = self.text(name)? else {
            return Ok(None);
        };
        let path = path.trim_end_matches('/').to_owned();
        if path.starts_with('/') && !path.split('/').any(|part| part == "..") {
            return Ok(Some(path));
        }
        Err(self.error(
            name,
            &format!("must be an absolute path without `..`, not `{path}`"),
        ))
    }

    pub(super) fn url(&self, name: &str) -> Result<Option<String>, TargetError> {
        match self.text(name)? {
            Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => Err(self
                .error(
                    name,
                    &format!("must start with http:// or https://, not `{url}`"),
                )),
            url => Ok(url.map(|url| url.trim_end_matches('/').to_owned())),
        }
    }

    /// Public keys: one, or a list with at least one.
    pub(super) fn keys(&self, name: &str) -> Result<Vec<PublicKey>, TargetError> {
        let entries = match self.vars.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(entries)) => entries.as_slice(),
            Some(single) => std::slice::from_ref(single),
        };
        // Whoever lists nobody does not mean everybody.
        if entries.is_empty() {
            let problem = "is empty: list at least one key, or leave the variable out to accept unsigned releases";
            return Err(self.error(name, problem));
        }
        let parse = |(number, entry): (usize, &Value)| {
            let key = entry.as_str().ok_or(NotAPublicKey).and_then(str::parse);
            // The entry itself is not repeated: it may be a secret key by mistake.
            key.map_err(|error| self.error(name, &format!("entry {}: {error}", number + 1)))
        };
        entries.iter().enumerate().map(parse).collect()
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, TargetError> {
        match self.vars.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.error(name, "must be true or false")),
        }
    }

    pub(super) fn number<N: TryFrom<u64>>(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<Option<N>, TargetError> {
        let value = match self.vars.get(name) {
            // Inventories are written by hand: "8081" is as good as 8081.
            Some(Value::String(_)) => self.text(name)?.and_then(|text| text.parse().ok()),
            None | Some(Value::Null) => return Ok(None),
            Some(other) => other.as_u64(),
        };
        value
            .filter(|value| range.contains(value))
            .and_then(|value| N::try_from(value).ok())
            .map(Some)
            .ok_or_else(|| {
                let (from, to) = (range.start(), range.end());
                self.error(name, &format!("must be a whole number from {from} to {to}"))
            })
    }
}
