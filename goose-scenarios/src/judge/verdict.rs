//! The four things a run can say, and which of them wins.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::exit_code;

/// The outcome of a rule or of a whole run, from harmless to grave.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    /// Nothing can be said; never as good as a pass.
    Inconclusive,
    /// A threshold is clearly not met.
    Fail,
    /// An acknowledged answer is missing or wrong: beats everything else.
    Corrupt,
}

impl Verdict {
    /// The exit status of a run with this verdict.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Pass => exit_code::PASSED,
            Self::Inconclusive => exit_code::INCONCLUSIVE,
            Self::Fail => exit_code::GATE_NOT_MET,
            Self::Corrupt => exit_code::CORRECTNESS_FAILED,
        }
    }

    /// The gravest of many. Of none, nothing can be said.
    pub(crate) fn of_all(verdicts: impl Iterator<Item = Self>) -> Self {
        verdicts.max().unwrap_or(Self::Inconclusive)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Corrupt => "corrupt",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gravest_verdict_wins_and_no_rules_are_no_pass() {
        use Verdict::{Corrupt, Fail, Inconclusive, Pass};
        assert_eq!(Verdict::of_all([Pass, Pass].into_iter()), Pass);
        assert_eq!(
            Verdict::of_all([Pass, Inconclusive].into_iter()),
            Inconclusive
        );
        assert_eq!(
            Verdict::of_all([Fail, Inconclusive, Pass].into_iter()),
            Fail
        );
        assert_eq!(
            Verdict::of_all([Fail, Corrupt, Inconclusive].into_iter()),
            Corrupt
        );
        assert_eq!(Verdict::of_all([].into_iter()), Inconclusive);
    }

    #[test]
    fn exit_codes_are_those_of_examctl() {
        let codes = [
            Verdict::Pass,
            Verdict::Fail,
            Verdict::Inconclusive,
            Verdict::Corrupt,
        ]
        .map(Verdict::exit_code);
        assert_eq!(codes, [0, 4, 7, 8]);
    }
}
