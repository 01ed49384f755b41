//! `~/.ssh/config`: what OpenSSH would do for a host, as far as a connection of ours can do it.
//!
//! A parser of our own: `ssh2-config` 0.9 leaves known-hosts files, strict checking and tokens to
//! its caller and brings a crate (`option-ext`) under a licence that a release may not contain.

mod found;
mod pattern;
mod read;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub(super) use found::{Found, port};

/// A mistake in the file, as `file:line: what is wrong`.
pub(super) type Mistake = String;

/// A file with everything that it includes.
#[derive(Debug, Default)]
pub(super) struct SshConfig {
    settings: Vec<Setting>,
    /// What was passed over, for whoever wonders why a setting has no effect.
    pub(super) notes: Vec<String>,
}

/// One line and when it counts.
#[derive(Debug)]
struct Setting {
    /// `file:line`.
    place: String,
    /// In lower case.
    keyword: String,
    arguments: Vec<String>,
    /// Every one of them must fit the host.
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
enum Condition {
    Always,
    Never,
    Host(Vec<String>),
}

impl Condition {
    fn fits(&self, host: &str) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Host(patterns) => pattern::any_fits(patterns, host),
        }
    }
}

impl SshConfig {
    /// Reads a file. One that is not there is empty, unless somebody named it.
    pub(super) fn load(path: &Path, home: Option<&Path>, named: bool) -> Result<Self, Mistake> {
        match std::fs::read(path) {
            Ok(bytes) => Self::parse(path, &String::from_utf8_lossy(&bytes), home),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => {
                Ok(Self::default())
            }
            Err(error) => Err(format!("{}: cannot be read: {error}", path.display())),
        }
    }

    fn parse(path: &Path, text: &str, home: Option<&Path>) -> Result<Self, Mistake> {
        let mut config = Self::default();
        read::read(&mut config, path, text, &[], home, 0)?;
        Ok(config)
    }

    /// What counts for `ssh HOST`; of each setting the first one.
    pub(super) fn look_up(&self, host: &str) -> Result<Found, Mistake> {
        let mut found = Found::default();
        for setting in &self.settings {
            if setting
                .conditions
                .iter()
                .all(|condition| condition.fits(host))
            {
                found
                    .take(&setting.keyword, &setting.arguments)
                    .map_err(|message| format!("{}: {message}", setting.place))?;
            }
        }
        Ok(found)
    }
}

/// What `%` stands for in the values of one host.
pub(super) struct Tokens<'a> {
    pub(super) home: Option<&'a Path>,
    /// `%h`: the name or address that is connected to.
    pub(super) host: &'a str,
    /// `%n`: the host as it was asked for.
    pub(super) original: &'a str,
    /// `%r`: who logs in there.
    pub(super) user: &'a str,
    /// `%u`: who runs this program.
    pub(super) local_user: &'a str,
    pub(super) port: u16,
}

impl Tokens<'_> {
    pub(super) fn expand(&self, text: &str) -> Result<String, Mistake> {
        let mut expanded = String::new();
        let mut rest = text.chars();
        while let Some(letter) = rest.next() {
            if letter != '%' {
                expanded.push(letter);
                continue;
            }
            match rest.next() {
                Some('%') => expanded.push('%'),
                Some('h') => expanded.push_str(self.host),
                Some('n') => expanded.push_str(self.original),
                Some('r') => expanded.push_str(self.user),
                Some('u') => expanded.push_str(self.local_user),
                Some('p') => expanded.push_str(&self.port.to_string()),
                Some('d') => match self.home {
                    Some(home) => expanded.push_str(&home.to_string_lossy()),
                    None => return Err(format!("'{text}': %d needs HOME to be set")),
                },
                other => {
                    let other = other.map_or(String::new(), |letter| letter.to_string());
                    return Err(format!(
                        "'{text}': '%{other}' is not supported (known: %% %d %h %n %p %r %u)"
                    ));
                }
            }
        }
        Ok(expanded)
    }

    /// As a path; `~/` is the home folder.
    pub(super) fn path(&self, text: &str) -> Result<PathBuf, Mistake> {
        let expanded = PathBuf::from(self.expand(text)?);
        Ok(expand_home(&expanded, self.home))
    }
}

/// `~/x` below `home`.
pub(super) fn expand_home(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}
