//! Which load must a new release bear before students reach it?

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::{TargetError, Variables};

/// The variable that names it.
const VARIABLE: &str = "exam_load_gate";
const OFF: &str = "off";
const NAME_MAX: usize = 64;

/// The load profile that a deploy waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LoadGate {
    /// None: it takes half a minute and room for the generator on the host, so somebody has to want it.
    #[default]
    Off,
    /// One that is built into `examctl`, by its name.
    Profile(String),
}

impl LoadGate {
    /// The profile's name, where there is one to wait for.
    pub fn profile(&self) -> Option<&str> {
        match self {
            Self::Off => None,
            Self::Profile(name) => Some(name),
        }
    }

    pub(super) fn from_vars(vars: &Variables<'_>) -> Result<Self, TargetError> {
        // To some readers of YAML an `off` without quotes is no text.
        if let Some(Value::Bool(false)) = vars.vars.get(VARIABLE) {
            return Ok(Self::Off);
        }
        let text = vars.text(VARIABLE)?;
        text.map_or(Ok(Self::Off), |text| text.parse())
            .map_err(|problem: NotALoadGate| vars.error(VARIABLE, &problem.to_string()))
    }
}

impl fmt::Display for LoadGate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.profile().unwrap_or(OFF))
    }
}

/// What is neither `off` nor a name that a profile could have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be `off` or the name of a load profile such as `smoke`, not `{0}`")]
pub struct NotALoadGate(String);

impl FromStr for LoadGate {
    type Err = NotALoadGate;

    /// A name and no path: it is looked for on the host, where the files of this machine are not.
    fn from_str(text: &str) -> Result<Self, NotALoadGate> {
        let is_plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if text == OFF {
            return Ok(Self::Off);
        }
        if text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.len() <= NAME_MAX
            && text.chars().all(is_plain)
        {
            return Ok(Self::Profile(text.to_owned()));
        }
        Err(NotALoadGate(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn gate(vars: &str) -> Result<LoadGate, String> {
        let target = Target::from_vars("h", &serde_json::from_str(vars).unwrap());
        target
            .map(|target| target.load_gate)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_host_waits_for_a_load_only_where_it_names_one() {
        for (vars, expected) in [
            ("{}", "off"),
            (r#"{"exam_load_gate": "off"}"#, "off"),
            (r#"{"exam_load_gate": false}"#, "off"),
            (r#"{"exam_load_gate": "smoke"}"#, "smoke"),
        ] {
            assert_eq!(gate(vars).unwrap().to_string(), expected, "{vars}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_the_names_it_could_have_been() {
        for wrong in [
            r#""../smoke.yaml""#,
            r#""smoke; reboot""#,
            r#""-x""#,
            "true",
            "10",
        ] {
            let error = gate(&format!(r#"{{"exam_load_gate": {wrong}}}"#)).unwrap_err();
            assert!(
                error.starts_with("host h: variable `exam_load_gate` must be "),
                "{error}"
            );
        }
    }
}
