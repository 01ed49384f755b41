//! Does the new program take the host's settings, reach its database, and know its schema?

use serde::Deserialize;

use crate::host::session::Session;
use crate::host::{StepError, USUAL, said};
use crate::steps::perform::{Work, run_binary};
use crate::steps::schema::{Schema, check_schema};

/// What `exam-service` exits with when its settings are at fault.
const INVALID_SETTINGS: i32 = 2;
/// The same when its database does not answer.
const UNREACHABLE_DATABASE: i32 = 3;

/// What `check --json` prints.
#[derive(Debug, Deserialize)]
struct Report {
    problems: Vec<String>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    database: Option<Database>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Database {
    kind: String,
    version: Option<String>,
    reachable: bool,
    reason: Option<String>,
}

/// What a check came to.
#[derive(Debug, PartialEq, Eq)]
enum Checked {
    /// What should be said all the same.
    Good(Vec<String>),
    /// The host or its settings are at fault.
    Fault(String),
    /// The program is.
    Blame(String),
    /// The program is older than `--json`.
    AskPlainly,
}

/// The new program looks at the settings of the host, at its database, and at what it would change there.
pub(crate) fn check_settings(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let place = session.host.target.exam_env_file.clone();
    let output = run_binary(session, work, "check --json", USUAL)?;
    let mut checked = judge_check(output.status, &output.text(), &said(&output), &place);
    if checked == Checked::AskPlainly {
        let output = run_binary(session, work, "check", USUAL)?;
        checked = judge_plain_check(output.status, &said(&output), &place);
    }
    // The database that is there now is the one that goes: what is wrong with it is why.
    let restores = work.begin.restore.is_some();
    if restores && output.status == UNREACHABLE_DATABASE {
        session.note(said(&output));
        return Ok(());
    }
    match checked {
        Checked::Good(notes) => notes.into_iter().for_each(|note| session.note(note)),
        Checked::Fault(reason) => return Err(StepError::Failed(reason)),
        Checked::Blame(reason) => return Err(StepError::Gate(reason)),
        // Asked plainly, it has answered.
        Checked::AskPlainly => {}
    }
    if restores {
        // The backup was asked whether the release fits it.
        return Ok(());
    }
    let schema = gather_schema(session, work)?;
    let options = session.options;
    let findings = check_schema(
        &schema,
        work.begin,
        options.allow_contract,
        options.during_exam,
    );
    findings
        .notes
        .into_iter()
        .for_each(|note| session.note(note));
    if findings.reasons.is_empty() {
        Ok(())
    } else {
        Err(StepError::Failed(findings.reasons.join("; ")))
    }
}

/// How far the database is from what the release needs.
pub(crate) fn gather_schema(
    session: &mut Session<'_>,
    work: &Work<'_>,
) -> Result<Schema, StepError> {
    let output = run_binary(session, work, "migrate --status", USUAL)?;
    if !output.success() {
        return Err(StepError::Failed(format!(
            "`migrate --status` of the new release: {}",
            said(&output)
        )));
    }
    Schema::parse(&output.text()).map_err(|error| {
        StepError::Gate(format!(
            "`migrate --status` of the new release printed something else than a status: {error}"
        ))
    })
}

fn judge_check(status: i32, printed: &str, said: &str, place: &str) -> Checked {
    let Ok(report) = serde_json::from_str::<Report>(printed.trim()) else {
        // Programs from before it refuse the argument and print no object.
        return if status == INVALID_SETTINGS && said.contains("--json") {
            Checked::AskPlainly
        } else if status == 0 {
            Checked::Blame(format!(
                "`check --json` of the new release printed something else than a report: {said}"
            ))
        } else {
            judge_plain_check(status, said, place)
        };
    };
    if !report.problems.is_empty() {
        let problems = report.problems.join("\n");
        return Checked::Fault(refused_settings(place, &problems));
    }
    let mut notes = report.warnings;
    if let Some(database) = report.database {
        if !database.reachable {
            return Checked::Fault(format!(
                "the new release does not reach its database ({}): {}",
                database.kind,
                database.reason.as_deref().unwrap_or(said)
            ));
        }
        if let Some(version) = database.version {
            notes.push(format!("database: {} {version}", database.kind));
        }
    }
    match status {
        0 => Checked::Good(notes),
        _ => judge_plain_check(status, said, place),
    }
}

fn judge_plain_check(status: i32, said: &str, place: &str) -> Checked {
    match status {
        0 => Checked::Good(Vec::new()),
        INVALID_SETTINGS => Checked::Fault(refused_settings(place, said)),
        UNREACHABLE_DATABASE => Checked::Fault(format!(
            "the new release does not reach its database: {said}"
        )),
        _ => Checked::Blame(format!("the new release cannot check its settings: {said}")),
    }
}

fn refused_settings(place: &str, problems: &str) -> String {
    format!("the new release does not accept the settings in {place}:\n{problems}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_says_who_is_at_fault() {
        let fault = |text: &str| Checked::Fault(text.to_owned());
        for (status, printed, said, expected) in [
            (
                0,
                r#"{"problems":[],"warnings":["no mail"],"app_env":"demo","database":{"kind":"sqlite","version":"3.46","reachable":true,"reason":null}}"#,
                "",
                Checked::Good(vec![
                    "no mail".to_owned(),
                    "database: sqlite 3.46".to_owned(),
                ]),
            ),
            (
                2,
                r#"{"problems":["APP_URL  is not set","JWT_SECRET  is too short"],"warnings":[]}"#,
                "",
                fault(
                    "the new release does not accept the settings in E:\nAPP_URL  is not set\nJWT_SECRET  is too short",
                ),
            ),
            (
                3,
                r#"{"problems":[],"warnings":[],"database":{"kind":"mysql","version":null,"reachable":false,"reason":"connection refused"}}"#,
                "",
                fault("the new release does not reach its database (mysql): connection refused"),
            ),
            (
                2,
                "",
                "error: unexpected argument '--json' found",
                Checked::AskPlainly,
            ),
            (
                2,
                "",
                "cannot read the file",
                fault("the new release does not accept the settings in E:\ncannot read the file"),
            ),
            (
                0,
                "ok",
                "ok",
                Checked::Blame(
                    "`check --json` of the new release printed something else than a report: ok"
                        .to_owned(),
                ),
            ),
            (
                139,
                "",
                "exit status 139, no message",
                Checked::Blame(
                    "the new release cannot check its settings: exit status 139, no message"
                        .to_owned(),
                ),
            ),
            // Good words and a bad end are no good check.
            (
                139,
                r#"{"problems":[],"warnings":[]}"#,
                "crashed",
                Checked::Blame("the new release cannot check its settings: crashed".to_owned()),
            ),
        ] {
            assert_eq!(
                judge_check(status, printed, said, "E"),
                expected,
                "{printed}"
            );
        }
    }

    #[test]
    fn a_plain_check_is_judged_by_its_exit_code() {
        assert_eq!(judge_plain_check(0, "", "E"), Checked::Good(Vec::new()));
        for (status, expected) in [(2, "does not accept"), (3, "does not reach")] {
            let Checked::Fault(reason) = judge_plain_check(status, "why", "E") else {
                panic!("{status}");
            };
            assert!(reason.contains(expected), "{reason}");
        }
        assert!(matches!(judge_plain_check(1, "", "E"), Checked::Blame(_)));
    }
}
