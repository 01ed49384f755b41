//! `systemd_unit`: a unit file, or a drop-in beside one, judged by systemd before it goes live.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::unit_file::{self, is_one_line, unit_name};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::files::attributes::Attributes;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::root_file;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

const FOLDER: &str = "/etc/systemd/system";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SystemdUnitArgs {
    unit: String,
    file: FileArgs,
}

impl Operation for SystemdUnitArgs {
    const SPEC: Spec = Spec {
        name: "systemd_unit",
        summary: "A unit file of systemd, or a drop-in beside one; its service is another task, and a restart a handler.",
        fields: &[
            Field::required(
                "name",
                Kind::Name,
                "The unit with its kind, for instance exam.service.",
            ),
            Field::optional(
                "sections",
                Kind::Mapping,
                "Its sections with their settings; a list stands for a setting that is repeated.",
            ),
            Field::optional(
                "content",
                Kind::Text,
                "The whole file, instead of sections.",
            ),
            Field::optional(
                "template",
                Kind::Text,
                "A template of the whole file, instead of sections.",
            ),
            Field::optional(
                "dropin",
                Kind::Name,
                "Write NAME.conf below the unit's own folder and leave the unit alone.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
        ],
        example: "systemd_unit:\n  name: exam-report.service\n  sections:\n    Unit: {Description: Exam report}\n    Service: {Type: oneshot, User: exam, ExecStart: /opt/exam/bin/report}\n",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let unit = unit_name(&mut fields, "name");
        let dropin = fields.optional_name("dropin");
        let present = fields.choice("state", &[("present", true), ("absent", false)]);
        let present = present.unwrap_or(true);
        let content = parse_content(&mut fields, sources, present);
        let unit = unit?;
        let path = match &dropin {
            None => format!("{FOLDER}/{unit}"),
            Some(name) => format!("{FOLDER}/{unit}.d/{name}.conf"),
        };
        let validate = unit_file::validation(&unit, dropin.as_deref());
        Some(Self {
            file: FileArgs {
                path,
                content: if present { Some(content?) } else { None },
                attributes: if present {
                    root_file()
                } else {
                    Attributes::default()
                },
                validate: present.then_some(validate),
                hides_old: sources.has_secrets(),
            },
            unit,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = unit_file::requests(&self.file, &self.unit);
        requests.extend(self.folder().map(|path| FactKey::Path(path).into()));
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let mut changes = unit_file::plan(&self.file, &self.unit, facts)?;
        let folder = self.folder().filter(|path| !facts.paths.contains_key(path));
        if let Some(folder) = folder.filter(|_| self.file.content.is_some()) {
            let script = format!("mkdir -p {}", crate::connections::quote(&folder));
            changes.insert(0, Change::run(format!("create {folder}/"), script));
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        let folder = self.folder();
        unit_file::may_change(&self.file, &self.unit, key)
            || matches!((key, folder), (FactKey::Path(path), Some(folder)) if *path == folder)
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.file.path)
    }
}

impl SystemdUnitArgs {
    /// The folder of a drop-in.
    fn folder(&self) -> Option<String> {
        let (folder, _) = self.file.path.rsplit_once('/')?;
        (folder != FOLDER).then(|| folder.to_owned())
    }
}

fn parse_content(fields: &mut Fields<'_>, sources: &dyn Sources, present: bool) -> Option<Vec<u8>> {
    let keys = ["sections", "content", "template"];
    let given: Vec<&str> = keys
        .into_iter()
        .filter(|key| fields.get(key).is_some())
        .collect();
    if !present {
        if let Some(key) = given.first() {
            let message = format!("'{key}' means nothing for a unit with 'state: absent'");
            fields.wrong(key, message);
        }
        return None;
    }
    let text = match given.as_slice() {
        ["sections"] => sections(fields),
        ["content"] => fields.optional_text("content")?,
        [_] => {
            let name = fields.optional_text("template")?;
            if fields.findings.unrendered && is_template(&name) {
                return Some(Vec::new());
            }
            match sources.template(&name, &Map::new()) {
                Ok(text) => text,
                Err(message) => {
                    fields.wrong("template", message);
                    return None;
                }
            }
        }
        [] => {
            fields.missing_one_of(&keys);
            return None;
        }
        [_, second, ..] => {
            let second = *second;
            fields.wrong(second, "a unit has one of sections, content and template");
            return None;
        }
    };
    if sources.holds_secret(text.as_bytes()) {
        let place = given.first().copied().unwrap_or("content");
        let message = "everybody on the host may read a unit: put a secret into a file that only its service may read";
        fields.wrong(place, message);
    }
    Some(text.into_bytes())
}

fn sections(fields: &mut Fields<'_>) -> String {
    let mut text = "# Written by examctl.\n".to_owned();
    for (section, settings) in fields.mapping("sections") {
        let Value::Object(settings) = settings else {
            let message = format!("'{section}' is a mapping of settings");
            fields.wrong("sections", message);
            continue;
        };
        writeln!(text, "\n[{section}]").ok();
        for (name, value) in &settings {
            let values = match value {
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            for value in values {
                if let Some(value) = setting(value) {
                    writeln!(text, "{name}={value}").ok();
                } else {
                    let message = format!("'{name}' is a text of one line, or a list of them");
                    fields.wrong("sections", message);
                }
            }
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let names = settings.keys().chain([&section]);
        for name in names.filter(|name| name.is_empty() || !name.chars().all(plain)) {
            let message = format!("'{name}' is not the name of a section or setting");
            fields.wrong("sections", message);
        }
    }
    text
}

fn setting(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        // Nothing takes back what is set before, above all in a drop-in.
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => return None,
    };
    is_one_line(&text).then_some(text)
}
