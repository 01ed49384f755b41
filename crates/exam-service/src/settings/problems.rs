//! How settings that cannot be used are reported: all of them, each with what to do.

use std::fmt;

/// One setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong and what to do, without the value when it is a secret.
    pub message: String,
}

/// All settings that cannot be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes one more.
    pub fn note(&mut self, variable: &'static str, message: impl Into<String>) {
        self.0.push(Problem {
            variable,
            message: message.into(),
        });
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, noun) = (
            self.0.len(),
            if self.0.len() == 1 {
                "setting is"
            } else {
                "settings are"
            },
        );
        write!(f, "{count} {noun} missing or unsafe")?;
        let width = self
            .0
            .iter()
            .map(|problem| problem.variable.len())
            .max()
            .unwrap_or(0);
        for problem in &self.0 {
            write!(f, "\n  {:width$}  {}", problem.variable, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
