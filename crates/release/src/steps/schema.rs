//! What will the new release change in the database, and may it? Pure.

use serde::Deserialize;

use crate::journal::Begin;
use crate::steps::Kind;
use crate::target::layout::Slot;

/// What `migrate --status` prints.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Printed")]
pub(crate) struct Schema {
    pub(crate) pending: Vec<Pending>,
    /// In the database and not in this program: a newer release has been here.
    pub(crate) unknown: Vec<String>,
}

/// One migration that is not in the database yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) name: String,
    /// Whether it takes something away that older releases may need.
    pub(crate) contract: bool,
    /// What it takes away.
    pub(crate) reasons: Vec<String>,
}

#[derive(Deserialize)]
struct Printed {
    pending: Vec<PrintedStep>,
    #[serde(default)]
    unknown: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PrintedStep {
    /// As programs from before there were two kinds print it.
    Name(String),
    Step {
        name: String,
        kind: String,
        #[serde(default)]
        statements: Vec<String>,
    },
}

impl From<PrintedStep> for Pending {
    fn from(printed: PrintedStep) -> Self {
        match printed {
            PrintedStep::Name(name) => Self {
                name,
                ..Self::default()
            },
            PrintedStep::Step {
                name,
                kind,
                statements,
            } => Self {
                name,
                contract: kind != "expand",
                reasons: statements,
            },
        }
    }
}

impl From<Printed> for Schema {
    fn from(printed: Printed) -> Self {
        Self {
            pending: printed.pending.into_iter().map(Pending::from).collect(),
            unknown: printed.unknown,
        }
    }
}

impl Schema {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text.trim()).map_err(|error| error.to_string())
    }

    /// Whether something would be taken away.
    pub(crate) fn contracts(&self) -> bool {
        self.pending.iter().any(|pending| pending.contract)
    }
}

/// What is to be said of a schema, and what speaks against going on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SchemaFindings {
    pub(crate) reasons: Vec<String>,
    pub(crate) notes: Vec<String>,
}

/// Judges the distance between the database and the release.
pub(crate) fn check_schema(
    schema: &Schema,
    begin: &Begin,
    allow_contract: bool,
    during_exam: bool,
) -> SchemaFindings {
    let mut findings = SchemaFindings::default();
    if !schema.unknown.is_empty() {
        findings.notes.push(format!(
            "the database is ahead of this release (it has {}): releases can live with what newer ones add",
            schema.unknown.join(", ")
        ));
    }
    if begin.kind == Kind::Rollback {
        if !schema.pending.is_empty() {
            findings.reasons.push(format!(
                "the database lacks what release {} needs ({}), and a rollback does not migrate: deploy its artifact instead",
                begin.release,
                names(&schema.pending)
            ));
        }
        return findings;
    }
    if schema.pending.is_empty() {
        return findings;
    }
    findings
        .notes
        .push(format!("migrations to come: {}", names(&schema.pending)));
    let contracts: Vec<&Pending> = schema
        .pending
        .iter()
        .filter(|pending| pending.contract)
        .collect();
    if contracts.is_empty() {
        return findings;
    }
    let listed: Vec<String> = contracts.iter().map(|pending| describe(pending)).collect();
    let listed = listed.join("; ");
    if !allow_contract {
        findings.reasons.push(format!(
            "the release takes something away from the database, which releases before it may need: {listed}. Deploy a release without that first, let it serve, then add --allow-contract: students then see a page of maintenance meanwhile"
        ));
    } else if during_exam {
        findings.reasons.push(format!(
            "--allow-contract and --during-exam do not go together: nothing is taken away from a database while students write ({listed})"
        ));
    } else if begin.to == Slot::Single && begin.was_serving {
        findings.reasons.push(format!(
            "the release that serves would still run while something is taken away from its database ({listed}), and there is no second slot to go on in: stop it first"
        ));
    }
    findings
}

fn names(pending: &[Pending]) -> String {
    let names: Vec<&str> = pending.iter().map(|pending| &*pending.name).collect();
    names.join(", ")
}

fn describe(pending: &Pending) -> String {
    if pending.reasons.is_empty() {
        return pending.name.clone();
    }
    format!("{} ({})", pending.name, pending.reasons.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::journal;

    const EXPAND: &str = r#"{"applied":["0001_a"],"pending":[{"name":"0002_b","kind":"expand","statements":[]}],"unknown":[]}"#;
    const CONTRACT: &str = r#"{"pending":[{"name":"0002_b","kind":"expand"},{"name":"0003_c","kind":"contract","statements":["DROP TABLE old"]}]}"#;

    fn judged(text: &str, kind: Kind, allow: bool, during: bool) -> SchemaFindings {
        let mut begin = *journal(&["a: upload"]).unfinished().unwrap().begin.unwrap();
        begin.kind = kind;
        check_schema(&Schema::parse(text).unwrap(), &begin, allow, during)
    }

    #[test]
    fn what_only_adds_is_migrated_and_what_takes_away_must_be_allowed() {
        use Kind::{Deploy, Rollback};
        for (text, kind, allow, during, refused) in [
            (r#"{"applied":[],"pending":[]}"#, Deploy, false, false, ""),
            (
                r#"{"applied":[],"pending":["0002_b"]}"#,
                Deploy,
                false,
                true,
                "",
            ),
            (EXPAND, Deploy, false, false, ""),
            (
                CONTRACT,
                Deploy,
                false,
                false,
                "may need: 0003_c (DROP TABLE old). Deploy",
            ),
            (CONTRACT, Deploy, true, false, ""),
            (CONTRACT, Deploy, true, true, "do not go together"),
            (
                EXPAND,
                Rollback,
                false,
                false,
                "lacks what release a needs (0002_b)",
            ),
            (
                r#"{"pending":[],"unknown":["0009_z"]}"#,
                Rollback,
                false,
                false,
                "",
            ),
        ] {
            let reasons = judged(text, kind, allow, during).reasons.join("; ");
            assert_eq!(reasons.is_empty(), refused.is_empty(), "{text}: {reasons}");
            assert!(reasons.contains(refused), "{text}: {reasons}");
        }
    }

    #[test]
    fn a_newer_database_is_worth_a_word() {
        let unknown = r#"{"pending":[],"unknown":["0009_z"]}"#;
        let notes = judged(unknown, Kind::Rollback, false, false).notes;
        assert!(notes[0].starts_with("the database is ahead of this release (it has 0009_z)"));
    }

    #[test]
    fn anything_else_is_no_status() {
        for text in ["", "ok", "[]", "{}", r#"{"pending":3}"#] {
            assert!(Schema::parse(text).is_err(), "{text}");
        }
    }
}
