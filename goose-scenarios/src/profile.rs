//! What a load profile says: who, how long, how often, and which limits must hold.
//!
//! A profile is YAML. Unknown keys are refused, because a misspelt gate that is silently
//! ignored is a gate that always passes.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::Deserialize;

use crate::{
    endpoint::Endpoint,
    quantity::{deserialize_duration, deserialize_optional_duration, deserialize_share},
};

const EMBEDDED: [(&str, &str); 1] = [("smoke", include_str!("../profiles/smoke.yaml"))];

/// Most users one generator takes on: beyond it, one machine proves nothing any more.
const USERS_LIMIT: u32 = 20_000;
/// Longest run.
const DURATION_LIMIT: Duration = Duration::from_hours(12);

/// A whole load profile, valid.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub name: String,
    pub users: Users,
    /// Same seed, same timetable, same answers.
    pub seed: u64,
    pub client: Client,
    pub exam: Exam,
    #[serde(default)]
    pub generator: GeneratorLimits,
    pub gates: Gates,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    pub count: u32,
}

/// How the students' browsers behave.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The longest wait for one response, body included.
    #[serde(deserialize_with = "deserialize_duration")]
    pub timeout: Duration,
    /// How often one save is sent, the first time included.
    pub save_attempts: u32,
}

/// What each student does after logging in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exam {
    /// From the first login to the last submit, as planned.
    #[serde(deserialize_with = "deserialize_duration")]
    pub duration: Duration,
    pub saves_per_question: u32,
    #[serde(deserialize_with = "deserialize_duration")]
    pub save_every: Duration,
}

/// When the generator itself counts as too slow to judge a server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneratorLimits {
    /// Lateness of a task that only sleeps, 99th percentile.
    #[serde(deserialize_with = "deserialize_duration")]
    pub canary_p99: Duration,
    /// Lateness of a step whose student waited for nothing but the clock, 99th percentile.
    #[serde(deserialize_with = "deserialize_duration")]
    pub idle_lag_p99: Duration,
}

impl Default for GeneratorLimits {
    fn default() -> Self {
        Self {
            canary_p99: Duration::from_millis(10),
            idle_lag_p99: Duration::from_millis(20),
        }
    }
}

/// The limits that decide the verdict.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    pub defaults: GateDefaults,
    /// Latency limits by endpoint name, such as `PUT answers`.
    #[serde(default)]
    pub endpoints: BTreeMap<Endpoint, LatencyLimits>,
}

/// Limits that hold for every endpoint.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateDefaults {
    /// Largest share of requests that may fail.
    #[serde(deserialize_with = "deserialize_share")]
    pub error_rate: f64,
    /// Fewest successes on which a latency may be judged.
    pub min_samples: u64,
    /// Smallest share of the planned operations that must have been sent.
    #[serde(deserialize_with = "deserialize_share")]
    pub achieved_of_offered: f64,
}

/// Limits on the latency of successful operations, from the intended moment to the last byte.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LatencyLimits {
    #[serde(deserialize_with = "deserialize_optional_duration")]
    pub p50: Option<Duration>,
    #[serde(deserialize_with = "deserialize_optional_duration")]
    pub p95: Option<Duration>,
    #[serde(deserialize_with = "deserialize_optional_duration")]
    pub p99: Option<Duration>,
    /// Instead of the default.
    pub min_samples: Option<u64>,
}

/// What the command line may change in a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overrides {
    pub users: Option<u32>,
    /// Fewer saves fit into a shorter exam, more into a longer one: the interval stays.
    pub duration: Option<Duration>,
    pub seed: Option<u64>,
}

/// Why there is no profile to run. Each is a mistake in what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error(
        "no load profile is called '{name}': the built-in ones are {known}; a file is named by its path, such as ./{name}.yaml"
    )]
    Unknown { name: String, known: String },
    #[error("cannot read the load profile {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{origin}: {reason}")]
    Malformed { origin: String, reason: String },
    #[error("{origin}: {field}: {reason}")]
    Invalid {
        origin: String,
        field: &'static str,
        reason: String,
    },
}

impl Profile {
    /// The built-in profile of this name, or the file at this path.
    ///
    /// What ends in `.yaml` or `.yml` or contains a path separator is a path.
    ///
    /// # Errors
    /// [`ProfileError`], naming the file and the key.
    pub fn load(name_or_path: &str) -> Result<Self, ProfileError> {
        let is_path = name_or_path.contains(['/', '\\'])
            || [".yaml", ".yml"]
                .iter()
                .any(|ending| name_or_path.ends_with(ending));
        if is_path {
            let text = std::fs::read_to_string(name_or_path).map_err(|error| {
                ProfileError::Unreadable {
                    path: name_or_path.into(),
                    reason: error.to_string(),
                }
            })?;
            return Self::parse_profile(&text, name_or_path);
        }
        let Some((name, text)) = EMBEDDED.iter().find(|(name, _)| *name == name_or_path) else {
            return Err(ProfileError::Unknown {
                name: name_or_path.to_owned(),
                known: Self::embedded_names().join(", "),
            });
        };
        Self::parse_profile(text, &format!("built-in profile {name}"))
    }

    /// The names [`Profile::load`] knows without a file.
    pub fn embedded_names() -> Vec<&'static str> {
        EMBEDDED.iter().map(|(name, _)| *name).collect()
    }

    /// `text` as a valid profile; `origin` says in errors where it came from.
    ///
    /// # Errors
    /// [`ProfileError::Malformed`] or [`ProfileError::Invalid`].
    pub fn parse_profile(text: &str, origin: &str) -> Result<Self, ProfileError> {
        let profile: Self =
            serde_yaml::from_str(text).map_err(|error| ProfileError::Malformed {
                origin: origin.to_owned(),
                reason: error.to_string(),
            })?;
        profile.check(origin)?;
        Ok(profile)
    }

    /// This profile with what the command line changed.
    ///
    /// # Errors
    /// [`ProfileError::Invalid`] where the changed profile makes no sense.
    pub fn with_overrides(mut self, overrides: &Overrides) -> Result<Self, ProfileError> {
        if let Some(count) = overrides.users {
            self.users.count = count;
        }
        if let Some(seed) = overrides.seed {
            self.seed = seed;
        }
        if let Some(duration) = overrides.duration {
            let seconds_between = self.exam.save_every.as_secs_f64();
            self.exam.duration = duration;
            let room = self.saving_window().as_secs_f64();
            // The cast saturates and the result is checked below.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a float cast saturates; check() refuses what is too small"
            )]
            let saves = (room / seconds_between).floor() as u32;
            self.exam.saves_per_question = saves;
        }
        self.check("with the options given")?;
        Ok(self)
    }

    /// The part of the exam in which answers are saved: what logging in and submitting leave.
    pub(crate) fn saving_window(&self) -> Duration {
        self.exam
            .duration
            .saturating_sub(self.entry_window())
            .saturating_sub(self.exit_window())
    }

    /// All students log in within this time.
    pub(crate) fn entry_window(&self) -> Duration {
        self.exam.duration.mul_f64(0.2)
    }

    /// All students submit within this time at the end.
    pub(crate) fn exit_window(&self) -> Duration {
        self.exam.duration.mul_f64(0.1)
    }

    fn check(&self, origin: &str) -> Result<(), ProfileError> {
        let wrong = |field, reason: String| {
            Err(ProfileError::Invalid {
                origin: origin.to_owned(),
                field,
                reason,
            })
        };
        if self.users.count == 0 || self.users.count > USERS_LIMIT {
            return wrong("users.count", format!("must be from 1 to {USERS_LIMIT}"));
        }
        if self.exam.duration.is_zero() || self.exam.duration > DURATION_LIMIT {
            return wrong(
                "exam.duration",
                "must be more than 0 and at most 12h".into(),
            );
        }
        if self.exam.save_every < Duration::from_millis(10) {
            return wrong("exam.save_every", "must be at least 10ms".into());
        }
        if self.client.timeout.is_zero() || self.client.timeout > Duration::from_mins(5) {
            return wrong(
                "client.timeout",
                "must be more than 0 and at most 5m".into(),
            );
        }
        if !(1..=20).contains(&self.client.save_attempts) {
            return wrong("client.save_attempts", "must be from 1 to 20".into());
        }
        if self.exam.saves_per_question == 0 {
            return wrong(
                "exam.saves_per_question",
                "no save fits: make the exam longer".into(),
            );
        }
        let needed = self
            .exam
            .save_every
            .checked_mul(self.exam.saves_per_question);
        let room = self.saving_window();
        if needed.is_none_or(|needed| needed > room) {
            return wrong(
                "exam.saves_per_question",
                format!(
                    "{} saves every {:?} do not fit: {room:?} of the exam remain for saving (the first fifth is for logging in, the last tenth for submitting)",
                    self.exam.saves_per_question, self.exam.save_every
                ),
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_valid_and_carries_its_name() {
        for name in Profile::embedded_names() {
            assert_eq!(Profile::load(name).unwrap().name, name);
        }
    }

    #[test]
    fn unknown_key_is_refused_by_name() {
        let text = EMBEDDED[0].1.replace("p95:", "p59:");
        let error = Profile::parse_profile(&text, "x.yaml").unwrap_err();
        assert!(error.to_string().contains("p59"), "{error}");
        let text = EMBEDDED[0].1.replace("PUT answers", "PUT answer");
        let error = Profile::parse_profile(&text, "x.yaml").unwrap_err();
        assert!(error.to_string().contains("PUT answer"), "{error}");
    }

    #[test]
    fn unknown_profile_lists_the_built_in_ones() {
        let error = Profile::load("smok").unwrap_err().to_string();
        assert!(
            error.contains("'smok'") && error.contains("smoke"),
            "{error}"
        );
    }

    #[test]
    fn shorter_exam_keeps_the_interval_and_saves_less_often() {
        let overrides = Overrides {
            users: Some(3),
            duration: Some(Duration::from_secs(10)),
            seed: None,
        };
        let profile = Profile::load("smoke")
            .unwrap()
            .with_overrides(&overrides)
            .unwrap();
        assert_eq!(profile.users.count, 3);
        assert_eq!(profile.exam.save_every, Duration::from_secs(1));
        assert_eq!(profile.exam.saves_per_question, 7);
    }

    #[test]
    fn impossible_override_is_refused() {
        for overrides in [
            Overrides {
                users: Some(0),
                ..Overrides::default()
            },
            Overrides {
                duration: Some(Duration::from_millis(300)),
                ..Overrides::default()
            },
            Overrides {
                duration: Some(Duration::from_hours(100)),
                ..Overrides::default()
            },
        ] {
            let outcome = Profile::load("smoke").unwrap().with_overrides(&overrides);
            assert!(outcome.is_err(), "{overrides:?}");
        }
    }
}
