//! Which migrations may run now: the rules by which a release that can still be taken back never finds its tables gone.

use serde::Serialize;

use super::statements::{contract_reason, findings, unrepeatable};

/// A step of the schema, compiled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its file's name without `.sql`.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
}

/// What a step means for the version before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// It only adds: the version before goes on as if nothing had happened.
    Expand,
    /// It says in its header that it takes something away: the version before cannot run after it.
    Contract,
}

/// A step that is not in the database yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingStep {
    /// Its file's name without `.sql`.
    pub name: String,
    /// What its header makes it.
    pub kind: StepKind,
    /// What the version before would feel, one sentence for each statement.
    pub statements: Vec<String>,
}

impl Step {
    /// What its header makes it.
    pub fn kind(&self) -> StepKind {
        match contract_reason(self.sql) {
            Some(_) => StepKind::Contract,
            None => StepKind::Expand,
        }
    }

    /// The step as it is shown while it is pending.
    pub fn pending(&self) -> PendingStep {
        PendingStep {
            name: self.name.to_owned(),
            kind: self.kind(),
            statements: findings(self.sql)
                .into_iter()
                .map(|found| format!("{}: {}", found.statement, found.reason))
                .collect(),
        }
    }
}

/// Whether all of `pending` may run.
///
/// # Errors
/// Why not, with the step, the statement and what to do.
pub fn check_steps(pending: &[Step], allow_contract: bool) -> Result<(), String> {
    for step in pending {
        let (name, found) = (step.name, findings(step.sql));
        if let Some(found) = found.iter().find(|found| found.is_forbidden) {
            return Err(format!(
                "migration {name} has a statement that no migration may have: `{}` {}. Take it out",
                found.statement, found.reason
            ));
        }
        match (contract_reason(step.sql), found.first()) {
            (None, Some(found)) => {
                return Err(format!(
                    "migration {name} does not say that it takes something away: `{}` {}. Take it out, or begin the \
                     file with `-- contract: REASON`",
                    found.statement, found.reason
                ));
            }
            (Some(reason), _) if !allow_contract => {
                return Err(format!(
                    "migration {name} takes something away ({reason}): releases before this one cannot run after it. \
                     When none of them is needed any more, run: migrate --allow-contract"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether all of `pending` may run on a database that cannot undo a change of its tables, and repeats the step instead.
///
/// # Errors
/// Why not, with the step, the statement and what to do.
pub(super) fn check_repeatable(pending: &[Step]) -> Result<(), String> {
    for step in pending {
        if let Some(statement) = unrepeatable(step.sql) {
            return Err(format!(
                "migration {} could not be repeated after a failure half-way: `{statement}` cannot run twice. Put it into \
                 a migration of its own",
                step.name
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPAND: Step = Step {
        name: "0001_more",
        sql: "CREATE TABLE t (a);",
    };
    const CONTRACT: Step = Step {
        name: "0002_less",
        sql: "-- contract: read by nobody\nDROP TABLE t;",
    };
    const SILENT: Step = Step {
        name: "0003_silent",
        sql: "DROP TABLE t;",
    };
    const ESCAPING: Step = Step {
        name: "0004_escaping",
        sql: "-- contract: I know what I do\nCOMMIT; DROP TABLE t;",
    };

    #[test]
    fn a_step_that_takes_away_runs_only_when_it_says_so_and_is_allowed_to() {
        for (steps, allow_contract, refusal) in [
            (&[EXPAND][..], false, None),
            (&[EXPAND, CONTRACT], true, None),
            (&[], false, None),
            (
                &[EXPAND, CONTRACT],
                false,
                Some("0002_less takes something away (read by nobody)"),
            ),
            (
                &[SILENT],
                false,
                Some("0003_silent does not say that it takes something away: `DROP TABLE t`"),
            ),
            (&[SILENT], true, Some("0003_silent does not say")),
            (
                &[ESCAPING],
                true,
                Some("0004_escaping has a statement that no migration may have: `COMMIT`"),
            ),
        ] {
            let checked = check_steps(steps, allow_contract);
            match refusal {
                None => assert_eq!(checked, Ok(())),
                Some(words) => assert!(checked.clone().unwrap_err().contains(words), "{checked:?}"),
            }
        }
    }

    #[test]
    fn a_pending_step_shows_its_kind_and_what_it_takes() {
        let shown = serde_json::to_value(CONTRACT.pending()).unwrap();
        let expected = serde_json::json!({
            "name": "0002_less",
            "kind": "contract",
            "statements": ["DROP TABLE t: drops what the version before may use"],
        });
        assert_eq!(shown, expected);
        assert_eq!(EXPAND.pending().kind, StepKind::Expand);
    }
}
