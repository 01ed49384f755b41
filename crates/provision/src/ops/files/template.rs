//! `template`: a file whose content is a rendered template.

use super::attributes::{FILE_MODE, GROUP, OWNER, SENSITIVE, VALIDATE, parse_attributes};
use super::file::{FileArgs, parse_validate};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

/// The file that the template becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateArgs(FileArgs);

impl Operation for TemplateArgs {
    const SPEC: Spec = Spec {
        name: "template",
        summary: "A file whose content is a rendered template.",
        fields: &[
            Field::required(
                "path",
                Kind::Path,
                "The file; directories above it are made as needed, 0755.",
            ),
            Field::required(
                "template",
                Kind::Text,
                "The template: beside the playbook, or one of the shipped.",
            ),
            Field::optional(
                "vars",
                Kind::Mapping,
                "Further variables for this template.",
            ),
            OWNER,
            GROUP,
            FILE_MODE,
            VALIDATE,
            SENSITIVE,
        ],
        example: "template: {path: /etc/nginx/conf.d/exam.conf, template: nginx/exam-site.conf}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
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
        Some(Self(FileArgs {
            path: path?,
            hides_old: sensitive || sources.has_secrets(),
            content: Some(content.into_bytes()),
            attributes,
            validate,
        }))
    }

    fn requests(&self) -> Vec<Request> {
        self.0.requests()
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        self.0.plan(facts)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.0.may_change(key)
    }

    fn runs_foreign_code(&self) -> bool {
        self.0.runs_foreign_code()
    }

    fn managed_path(&self) -> Option<&str> {
        self.0.managed_path()
    }
}
