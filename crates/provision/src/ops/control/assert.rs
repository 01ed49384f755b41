//! `assert`: conditions without which a playbook must not, or should not, go on.

use serde_json::Value;

use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Refuse,
    Warn,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AssertArgs {
    /// Whether each condition holds.
    that: Vec<bool>,
    message: Option<String>,
    severity: Severity,
}

impl Operation for AssertArgs {
    const SPEC: Spec = Spec {
        name: "assert",
        summary: "Conditions without which a playbook must not, or should not, go on.",
        fields: &[
            Field::required("that", Kind::Texts, "Conditions; all of them must hold."),
            Field::optional(
                "message",
                Kind::Text,
                "What is wrong and what to do about it. Default: which condition does not hold.",
            ),
            Field::optional(
                "severity",
                Kind::Choice(&["refuse", "warn"]),
                "Whether the host is refused or the person is warned. Default: refuse.",
            ),
        ],
        example: "assert: {that: [\"{{ host.cores >= 2 }}\"], message: The exam service needs two cores}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let that = parse_that(&mut fields);
        let message = fields.optional_text("message");
        let choices = [("refuse", Severity::Refuse), ("warn", Severity::Warn)];
        let severity = fields.choice("severity", &choices);
        Some(Self {
            that,
            message,
            severity: severity.unwrap_or(Severity::Refuse),
        })
    }

    fn requests(&self) -> Vec<Request> {
        Vec::new()
    }

    fn plan(&self, _: &Facts) -> Result<Vec<Change>, PlanError> {
        match (self.severity, self.failing()) {
            (Severity::Refuse, Some(message)) => Err(PlanError(message)),
            _ => Ok(Vec::new()),
        }
    }

    fn may_change(&self, _: &FactKey) -> bool {
        false
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn warning(&self, _: &Facts) -> Option<String> {
        let failing = self.failing();
        failing.filter(|_| self.severity == Severity::Warn)
    }
}

impl AssertArgs {
    /// What to say where a condition does not hold.
    fn failing(&self) -> Option<String> {
        let index = self.that.iter().position(|holds| !holds)?;
        Some(match &self.message {
            Some(message) => message.clone(),
            None if self.that.len() == 1 => "the condition does not hold".to_owned(),
            None => format!("condition {} of 'that' does not hold", index + 1),
        })
    }
}

fn parse_that(fields: &mut Fields<'_>) -> Vec<bool> {
    let values = match fields.get("that") {
        None => {
            fields.missing("that");
            return Vec::new();
        }
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
    };
    let mut that = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        match value {
            Value::Bool(holds) => that.push(*holds),
            Value::String(text) if matches!(text.trim(), "true" | "false") => {
                that.push(text.trim() == "true");
            }
            // What it comes to is not known yet.
            Value::String(text) if fields.findings.unrendered && is_template(text) => {
                that.push(true);
            }
            _ => {
                let message = format!(
                    "condition {} of 'that' is neither true nor false",
                    index + 1
                );
                fields.wrong("that", message);
            }
        }
    }
    that
}
