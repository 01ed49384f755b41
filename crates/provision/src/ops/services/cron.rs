//! `cron`: a file below /etc/cron.d with one job, or no such file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::files::attributes::Attributes;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::root_file;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

/// Field, least, greatest, names that stand for numbers from the least on.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    (
        "month",
        1,
        12,
        &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    ),
    (
        "day of the week",
        0,
        7,
        &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    ),
];
const NICKNAMES: &[&str] = &[
    "@reboot",
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

/// The file of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CronArgs(FileArgs);

impl Operation for CronArgs {
    const SPEC: Spec = Spec {
        name: "cron",
        summary: "A job of cron in a file of its own below /etc/cron.d.",
        fields: &[
            Field::required(
                "name",
                Kind::Name,
                "The file; without dots, which cron does not read.",
            ),
            Field::optional(
                "schedule",
                Kind::Text,
                "Five fields such as '*/10 * * * *', or @daily and the like.",
            ),
            Field::optional("user", Kind::Name, "Who runs it. Default: root."),
            Field::optional(
                "command",
                Kind::Text,
                "One line for /bin/sh; write \\% for %, which ends the line for cron.",
            ),
            Field::optional(
                "environment",
                Kind::Mapping,
                "Variables for it, for instance MAILTO or PATH.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
        ],
        example: "cron: {name: exam-report, schedule: \"15 2 * * *\", user: exam, command: /opt/exam/bin/report}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        if let Some(name) = name.as_ref().filter(|name| !is_template(name))
            && name.contains(['.', '@', '+', ':'])
        {
            let message =
                format!("cron reads no file called '{name}': use letters, digits, - and _");
            fields.wrong("name", message);
        }
        let present = fields.choice("state", &[("present", true), ("absent", false)]);
        let present = present.unwrap_or(true);
        let content = parse_job(&mut fields, sources, present);
        Some(Self(FileArgs {
            path: format!("/etc/cron.d/{}", name?),
            content: if present { Some(content?) } else { None },
            attributes: if present {
                root_file()
            } else {
                Attributes::default()
            },
            validate: None,
            hides_old: sources.has_secrets(),
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
        false
    }

    fn managed_path(&self) -> Option<&str> {
        self.0.managed_path()
    }
}

fn parse_job(fields: &mut Fields<'_>, sources: &dyn Sources, present: bool) -> Option<Vec<u8>> {
    let keys = ["schedule", "user", "command", "environment"];
    if !present {
        for key in keys {
            if fields.get(key).is_some() {
                let message = format!("'{key}' means nothing for a job with 'state: absent'");
                fields.wrong(key, message);
            }
        }
        return None;
    }
    let schedule = fields.text("schedule");
    let user = fields.optional_name("user").unwrap_or("root".to_owned());
    let command = fields.text("command");
    let environment = fields.texts_by_name("environment");
    if let Some(schedule) = &schedule
        && !(fields.findings.unrendered && is_template(schedule))
        && let Err(message) = check_schedule(schedule)
    {
        fields.wrong("schedule", message);
    }
    check_environment(fields, &environment);
    let command = command?;
    if command.contains('\n') || command.trim().is_empty() {
        fields.wrong(
            "command",
            "'command' is one line: put more into a script of its own",
        );
    }
    let unrendered = fields.findings.unrendered && is_template(&command);
    if !unrendered && command.replace("\\%", "").contains('%') {
        fields.wrong("command", "cron ends the command at '%': write '\\%'");
    }
    if sources.holds_secret(command.as_bytes()) {
        let message =
            "a secret in 'command' would show in process arguments and in a file that all may read";
        fields.wrong("command", message);
    }
    let mut content = "# Written by examctl.\n".to_owned();
    for (name, value) in &environment {
        writeln!(content, "{name}={value}").ok();
    }
    writeln!(content, "{} {user} {command}", schedule?.trim()).ok();
    Some(content.into_bytes())
}

fn check_environment(fields: &mut Fields<'_>, environment: &BTreeMap<String, String>) {
    for (name, value) in environment {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(plain) || value.contains('\n') {
            let message = format!("'{name}' is not a variable with a value of one line");
            fields.wrong("environment", message);
        }
    }
}

fn check_schedule(schedule: &str) -> Result<(), String> {
    let schedule = schedule.trim();
    if schedule.starts_with('@') {
        return if NICKNAMES.contains(&schedule) {
            Ok(())
        } else {
            let known = NICKNAMES.join(", ");
            Err(format!("'{schedule}' is not a schedule (known: {known})"))
        };
    }
    let parts: Vec<&str> = schedule.split_whitespace().collect();
    if parts.len() != FIELDS.len() || schedule.contains('\n') {
        let found = parts.len();
        return Err(format!(
            "a schedule has five fields (minute, hour, day of the month, month, day of the week), not {found}"
        ));
    }
    for (part, (what, least, greatest, names)) in parts.iter().zip(FIELDS) {
        let fits = |item: &str| is_range(item, least, greatest, names);
        if !part.split(',').all(fits) {
            return Err(format!(
                "'{part}' is not a {what} from {least} to {greatest}, a range, a list or */STEP"
            ));
        }
    }
    Ok(())
}

/// `*`, `5`, `1-5`, each with a step such as `/2` (for a single number it means nothing).
fn is_range(item: &str, least: u32, greatest: u32, names: &[&str]) -> bool {
    let number = |text: &str| -> Option<u32> {
        let by_name = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        let value = match by_name {
            Some(index) => least + u32::try_from(index).ok()?,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (least..=greatest).contains(&value).then_some(value)
    };
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (item, None),
    };
    let step_fits = step.is_none_or(|step| {
        step.bytes().all(|byte| byte.is_ascii_digit())
            && step
                .parse()
                .is_ok_and(|step: u32| (1..=greatest).contains(&step))
    });
    let range_fits = match range.split_once('-') {
        Some((from, to)) => number(from)
            .zip(number(to))
            .is_some_and(|(from, to)| from <= to),
        None if range == "*" => true,
        None => step.is_none() && number(range).is_some(),
    };
    step_fits && range_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_told_from_mistakes() {
        for good in [
            "*/10 * * * *",
            "0 2 1,15 jan-mar mon",
            "5 0-23/2 * * 7",
            "@daily",
        ] {
            assert_eq!(check_schedule(good), Ok(()), "{good}");
        }
        for bad in [
            "* * * *",
            "60 * * * *",
            "* * 0 * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "+5 * * * *",
            "5/2 * * * *",
            "* * * * feb",
            "@fortnightly",
            "*\n* * * *",
            "- * * * *",
        ] {
            assert!(check_schedule(bad).is_err(), "{bad}");
        }
    }
}
