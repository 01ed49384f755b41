//! What one phase of a run is.

use std::{fmt, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::{
    DurationText, ShareText, deserialize_duration, deserialize_optional_duration,
    deserialize_optional_share,
};

/// A part of the run in which every student does the same kind of thing.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Small letters, digits and hyphens; gates and reports name it.
    pub name: String,
    pub run: Scenario,
    /// In which students begin what the phase is about.
    #[serde(deserialize_with = "deserialize_duration")]
    #[schemars(with = "DurationText")]
    pub duration: Duration,
    /// Quiet time after it.
    #[serde(default, deserialize_with = "deserialize_duration")]
    #[schemars(with = "DurationText")]
    pub settle: Duration,
    /// When in the phase students come, where each comes once.
    #[serde(default)]
    pub shape: Shape,
    /// How often each student does it, where they do it again and again.
    #[serde(default, deserialize_with = "deserialize_optional_duration")]
    #[schemars(with = "Option<DurationText>")]
    pub every: Option<Duration>,
    /// How often each student's page says that it is there.
    #[serde(default, deserialize_with = "deserialize_optional_duration")]
    #[schemars(with = "Option<DurationText>")]
    pub heartbeat: Option<Duration>,
    /// Answers in one save. Without it all answers of the paper, 100 at most.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub answers: Option<u32>,
    /// Which share of the students takes part; all without it.
    #[serde(default, deserialize_with = "deserialize_optional_share")]
    #[schemars(with = "Option<ShareText>")]
    pub share: Option<f64>,
    /// What is killed meanwhile, in `chaos_kill`.
    #[serde(default)]
    pub chaos: Option<Kills>,
}

/// What students do in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// What everybody asks for: health, readiness, the page, a login, the lists of exams and attempts, the account, the
    /// notifications. Every student again and again.
    Baseline,
    /// Each student signs in once.
    LoginStorm,
    /// Each student looks at the list of exams and opens one.
    ExamStart,
    /// Each student turns page after page: what the page held is saved, and where they are is told.
    PageThrough,
    /// Each student's page saves what has changed, again and again.
    Autosave,
    /// Students lose their connection and come back: a new connection, the paper and all answers read again.
    Reconnect,
    /// Each student hands in.
    SubmitStorm,
    /// Each student looks at the result.
    ResultsStorm,
    /// All of an exam in order, with a compressed clock: it is taken apart into phases of the others.
    ExamDay,
    /// `autosave` while the server is killed: what was acknowledged must be there.
    ChaosKill,
}

/// When students come, within a phase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// At any time alike.
    #[default]
    Uniform,
    /// 70 % of them in the first quarter.
    FrontLoaded,
    /// All of them in the last two seconds.
    Deadline,
}

/// Kills of the server in a phase. What kills is said on the command line, never in a profile.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kills {
    /// Spread evenly over the phase.
    #[schemars(range(min = 1, max = 100))]
    pub kills: u32,
    /// From the kill until the server says that it is ready.
    #[serde(deserialize_with = "deserialize_duration")]
    #[schemars(with = "DurationText")]
    pub recover_within: Duration,
}

impl Scenario {
    /// The word in profiles and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::LoginStorm => "login_storm",
            Self::ExamStart => "exam_start",
            Self::PageThrough => "page_through",
            Self::Autosave => "autosave",
            Self::Reconnect => "reconnect",
            Self::SubmitStorm => "submit_storm",
            Self::ResultsStorm => "results_storm",
            Self::ExamDay => "exam_day",
            Self::ChaosKill => "chaos_kill",
        }
    }

    /// Whether each student does it again and again.
    pub(crate) fn repeats(self) -> bool {
        matches!(
            self,
            Self::Baseline | Self::PageThrough | Self::Autosave | Self::ExamDay | Self::ChaosKill
        )
    }

    /// Whether answers are saved in it.
    pub(crate) fn saves(self) -> bool {
        self.repeats() && self != Self::Baseline
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Phase {
    /// With its quiet time.
    pub(crate) fn whole(&self) -> Duration {
        self.duration + self.settle
    }
}
