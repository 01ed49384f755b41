//! `template`: a file whose content is a rendered template.

use serde_json::Value;

use super::Sources;
use super::attributes::parse_attributes;
use super::file::{FileArgs, parse_validate};
use crate::fields::{Fields, Findings, is_template};
use crate::yaml::Step;

pub(super) fn parse(
    value: &Value,
    place: &[Step],
    sources: &dyn Sources,
    findings: &mut Findings,
) -> Option<FileArgs> {
    let known = [
        "path",
        "template",
        "vars",
        "owner",
        "group",
        "mode",
        "validate",
        "sensitive",
    ];
    let mut fields = Fields::open(value, place, "template", &known, findings)?;
    let path = fields.path("path");
    let template = fields.text("template");
    let extra = fields.mapping("vars");
    let attributes = parse_attributes(&mut fields);
    let validate = parse_validate(&mut fields, sources);
    let sensitive = fields.boolean("sensitive").unwrap_or(false);
    let template = template?;
    let content = if fields.findings.unrendered && is_template(&template) {
        String::new()
    } else {
        match sources.template(&template, &extra) {
            Ok(content) => content,
            Err(message) => {
                fields.wrong("template", message);
                return None;
            }
        }
    };
    Some(FileArgs {
        path: path?,
        hides_old: sensitive || sources.has_secrets(),
        content: Some(content.into_bytes()),
        attributes,
        validate,
    })
}
