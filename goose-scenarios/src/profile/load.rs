//! Where profiles come from: built in, or a file.

use std::path::PathBuf;

use super::{Profile, check::check, expand::expand};

macro_rules! embedded {
    ($($name:literal),+) => { [$(($name, include_str!(concat!("../../profiles/", $name, ".yaml")))),+] };
}

const EMBEDDED: [(&str, &str); 7] = embedded![
    "smoke",
    "baseline",
    "online-5000",
    "offline-500",
    "deadline-rush",
    "soak",
    "chaos-kill"
];

/// The text of a profile, as it travels to other generators, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileSource {
    pub text: String,
    /// For errors.
    pub origin: String,
}

/// What the command line may change in a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Overrides {
    pub users: Option<u32>,
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
        field: String,
        reason: String,
    },
}

impl ProfileSource {
    /// The built-in profile of this name, or the file at this path.
    ///
    /// What ends in `.yaml` or `.yml` or contains a path separator is a path.
    ///
    /// # Errors
    /// [`ProfileError`], naming the file.
    pub fn find(name_or_path: &str) -> Result<Self, ProfileError> {
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
            return Ok(Self {
                text,
                origin: name_or_path.to_owned(),
            });
        }
        let found = EMBEDDED.iter().find(|(name, _)| *name == name_or_path);
        let Some((name, text)) = found else {
            return Err(ProfileError::Unknown {
                name: name_or_path.to_owned(),
                known: Self::embedded_names().join(", "),
            });
        };
        Ok(Self {
            text: (*text).to_owned(),
            origin: format!("built-in profile {name}"),
        })
    }

    /// The names that need no file.
    pub fn embedded_names() -> Vec<&'static str> {
        EMBEDDED.iter().map(|(name, _)| *name).collect()
    }

    /// The profile that the text says, changed as the command line wants it.
    ///
    /// # Errors
    /// [`ProfileError::Malformed`] with line and column, or [`ProfileError::Invalid`].
    pub fn parse(&self, overrides: &Overrides) -> Result<Profile, ProfileError> {
        let mut profile: Profile =
            serde_yaml::from_str(&self.text).map_err(|error| ProfileError::Malformed {
                origin: self.origin.clone(),
                reason: error.to_string(),
            })?;
        if let Some(count) = overrides.users {
            profile.users.count = count;
        }
        if let Some(seed) = overrides.seed {
            profile.seed = seed;
        }
        profile.phases = expand(profile.phases);
        check(&profile, &self.origin)?;
        Ok(profile)
    }
}
