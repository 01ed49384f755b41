//! What did the load say of the new release? A pure judgement of what the host printed.

use serde::Deserialize;

use crate::event::{GateFigure, GateVerdict};
use crate::host::StepError;
use crate::steps::load::script::STUDENTS;

/// Exit codes of `examctl load run`.
const PASSED: i32 = 0;
const GATE_NOT_MET: i32 = 4;
const INCONCLUSIVE: i32 = 7;
const CORRECTNESS_FAILED: i32 = 8;
/// Of `timeout`, and of what it had to kill.
const TIMED_OUT: [i32; 2] = [124, 137];
/// In the names of rules that hold how long something may take.
const LATENCY: &str = "latency.";
const AGAIN: &str =
    "deploy again when the machine has less to do, or without this gate (`--load-gate off`)";

/// How far a run got, and what it left to read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Of making the accounts; `Err`: the release cannot make any.
    seed: Option<Result<i32, ()>>,
    run: Option<i32>,
    purge: Option<i32>,
    /// What a program said on its error output.
    words: String,
    rules: Vec<Rule>,
}

/// The report of the generator, as far as it matters here.
#[derive(Default, Deserialize)]
struct Report {
    #[serde(default)]
    rules: Vec<Rule>,
}

/// One rule of the profile, and what became of it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Rule {
    id: String,
    subject: String,
    /// What must hold.
    #[serde(rename = "rule")]
    limit: String,
    #[serde(default)]
    observed: String,
    #[serde(default)]
    samples: u64,
    verdict: RuleVerdict,
    #[serde(default)]
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RuleVerdict {
    Pass,
    Inconclusive,
    Fail,
    Corrupt,
}

impl RuleVerdict {
    fn is_broken(self) -> bool {
        matches!(self, Self::Fail | Self::Corrupt)
    }

    fn of_gate(self) -> GateVerdict {
        match self {
            Self::Pass => GateVerdict::Passed,
            Self::Inconclusive => GateVerdict::NotJudged,
            Self::Fail | Self::Corrupt => GateVerdict::Failed,
        }
    }
}

impl Said {
    /// Reads what the script of the gate printed.
    pub(super) fn parse(text: &str) -> Self {
        let (head, report) = match text.split_once("\nreport\n") {
            Some((head, report)) => (head, serde_json::from_str(report).unwrap_or_default()),
            None => (text, Report::default()),
        };
        let mut said = Self {
            rules: report.rules,
            ..Self::default()
        };
        for line in head.lines() {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            match key {
                "seed" => said.seed = Some(value.parse().map_err(drop)),
                "run" => said.run = value.parse().ok(),
                "purge" => said.purge = value.parse().ok(),
                "said" => {
                    said.words += value;
                    said.words.push('\n');
                }
                _ => {}
            }
        }
        said
    }

    /// How many rules hold, then how fast the answers were and whatever does not hold: the many rules that only say
    /// that nothing went wrong are told of by their number.
    pub(super) fn figures(&self, profile: &str) -> Vec<GateFigure> {
        let held = |rule: &&Rule| rule.verdict == RuleVerdict::Pass;
        let all = GateFigure {
            name: format!("load {profile}"),
            value: match self.rules.len() {
                0 => "no report".to_owned(),
                rules => format!(
                    "{} of {rules} rules hold",
                    self.rules.iter().filter(held).count()
                ),
            },
            limit: "every rule".to_owned(),
            formula: format!("{STUDENTS} students' way through an exam"),
            verdict: self.verdict(),
        };
        let figure = |rule: &Rule| GateFigure {
            name: rule.subject.clone(),
            value: format!("{} ({} samples)", rule.observed, rule.samples),
            limit: rule.limit.clone(),
            formula: format!("rule {} of the load profile `{profile}`", rule.id),
            verdict: rule.verdict.of_gate(),
        };
        let told = self
            .rules
            .iter()
            .filter(|rule| !held(rule) || rule.id.contains(LATENCY));
        std::iter::once(all).chain(told.map(figure)).collect()
    }

    /// What all rules together come to.
    fn verdict(&self) -> GateVerdict {
        let verdicts = || self.rules.iter().map(|rule| rule.verdict);
        if verdicts().any(RuleVerdict::is_broken) {
            GateVerdict::Failed
        } else if !self.rules.is_empty() && verdicts().all(|verdict| verdict == RuleVerdict::Pass) {
            GateVerdict::Passed
        } else {
            GateVerdict::NotJudged
        }
    }

    /// Whether the release may go on. Only what was measured speaks against the release itself; whatever else went
    /// wrong is said of the host or the generator.
    pub(super) fn judge(&self, profile: &str) -> Result<(), StepError> {
        match self.run {
            Some(GATE_NOT_MET | CORRECTNESS_FAILED) => {
                return Err(StepError::Gate(self.broken(profile)));
            }
            Some(PASSED) if !self.rules.is_empty() => {}
            _ => return Err(StepError::Failed(self.not_judged(profile))),
        }
        match self.purge {
            Some(0) => Ok(()),
            _ => Err(StepError::Failed(format!(
                "the release passed the load `{profile}`, but its accounts are still in the database: {}",
                self.words()
            ))),
        }
    }

    fn broken(&self, profile: &str) -> String {
        let broken: Vec<String> = self
            .rules
            .iter()
            .filter(|rule| rule.verdict.is_broken())
            .map(|rule| {
                format!(
                    "{}: {}, observed {}",
                    rule.subject, rule.limit, rule.observed
                )
            })
            .collect();
        let what = if self.run == Some(CORRECTNESS_FAILED) {
            "acknowledged answers are missing or wrong after"
        } else {
            "it does not bear"
        };
        if broken.is_empty() {
            return format!("{what} the load `{profile}`: {}", self.words());
        }
        format!("{what} the load `{profile}`: {}", broken.join("; "))
    }

    fn not_judged(&self, profile: &str) -> String {
        let words = self.words();
        match (self.seed, self.run) {
            (Some(Err(())), _) => format!(
                "this release's program does not know `load`, so the load `{profile}` cannot be run: deploy it without this gate (`--load-gate off`): {words}"
            ),
            (Some(Ok(0)), Some(INCONCLUSIVE)) => format!(
                "the load generator could not judge the release, which is no pass: {}; {AGAIN}",
                self.doubts()
            ),
            (Some(Ok(0)), Some(PASSED)) => format!(
                "the load generator left no report of the load `{profile}` that can be read, which is no pass: {words}"
            ),
            (Some(Ok(0)), Some(code)) if TIMED_OUT.contains(&code) => {
                format!("the load `{profile}` did not come to an end in time; {AGAIN}")
            }
            (Some(Ok(0)), Some(code)) => {
                format!("the load `{profile}` could not be run (exit status {code}): {words}")
            }
            (Some(Ok(code)), _) => {
                format!("the accounts for the load could not be made (exit status {code}): {words}")
            }
            (None, _) if self.purge.is_some() => format!(
                "the load accounts of an earlier run cannot be taken away, so no new ones are made: {words}"
            ),
            (None, _) => format!("the load `{profile}` was ended before it began: {words}"),
        }
    }

    /// Why nothing can be said.
    fn doubts(&self) -> String {
        let doubts: Vec<String> = self
            .rules
            .iter()
            .filter(|rule| rule.verdict == RuleVerdict::Inconclusive)
            .map(|rule| format!("{}: {}: {}", rule.subject, rule.limit, rule.reason))
            .collect();
        if doubts.is_empty() {
            return self.words().to_owned();
        }
        doubts.join("; ")
    }

    fn words(&self) -> &str {
        match self.words.trim() {
            "" => "no message",
            words => words,
        }
    }
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
