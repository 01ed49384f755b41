//! Where does everything of a release lie on a host? Path rules only: nothing here touches a host.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place that a release can run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    Blue,
    Green,
    /// The only one there is, where no proxy can hold two.
    Single,
}

impl Slot {
    pub fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Single => "single",
        }
    }

    /// The slot that a release goes to while `self` serves.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green => Self::Blue,
            Self::Single => Self::Single,
        }
    }

    /// The slot that the text in `active` names.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "blue" => Some(Self::Blue),
            "green" => Some(Self::Green),
            "single" => Some(Self::Single),
            _ => None,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The paths below one `exam_root`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    root: String,
}

impl Layout {
    pub fn new(root: impl Into<String>) -> Self {
        Self { root: root.into() }
    }

    pub fn release(&self, id: &str) -> String {
        format!("{}/releases/{id}", self.root)
    }

    /// Where a release is received; renamed to its place when it is complete.
    pub fn partial(&self, id: &str) -> String {
        format!("{}/releases/{id}.partial", self.root)
    }

    pub fn binary(&self, id: &str) -> String {
        format!("{}/exam-service", self.release(id))
    }

    /// The symbolic link that says which release a slot runs.
    pub fn link(&self, slot: Slot) -> String {
        match slot {
            Slot::Blue | Slot::Green => format!("{}/colours/{slot}", self.root),
            Slot::Single => format!("{}/current", self.root),
        }
    }

    /// What that link holds: relative, so that the whole root can be moved.
    pub fn link_target(&self, slot: Slot, id: &str) -> String {
        match slot {
            Slot::Blue | Slot::Green => format!("../releases/{id}"),
            Slot::Single => format!("releases/{id}"),
        }
    }
}

/// The release that a link's content names.
pub(crate) fn parse_link_target(target: &str) -> Option<&str> {
    let (_, id) = target.trim().rsplit_once("releases/")?;
    crate::artifact::manifest::is_word(id).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_the_release_it_was_made_for() {
        let layout = Layout::new("/opt/exam-service");
        for slot in [Slot::Blue, Slot::Single] {
            let target = layout.link_target(slot, "0.1.0-abc-12345678");
            assert_eq!(parse_link_target(&target), Some("0.1.0-abc-12345678"));
        }
        assert_eq!(parse_link_target("../releases/../../etc"), None);
        assert_eq!(parse_link_target("/usr/bin"), None);
    }

    #[test]
    fn paths_follow_the_documented_layout() {
        let layout = Layout::new("/opt/exam-service");
        assert_eq!(
            layout.binary("x"),
            "/opt/exam-service/releases/x/exam-service"
        );
        assert_eq!(layout.link(Slot::Blue), "/opt/exam-service/colours/blue");
        assert_eq!(layout.link(Slot::Single), "/opt/exam-service/current");
    }
}
