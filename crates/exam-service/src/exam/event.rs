//! What a page may report beside answers, and what of it is a violation. Nothing follows from a violation by itself:
//! it is shown to invigilators, who decide.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::EventId;

macro_rules! define_kinds {
    ($($(#[doc = $doc:literal])* $kind:ident = $word:literal, $is_violation:literal;)*) => {
        /// A kind of event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum EventKind {
            $($(#[doc = $doc])* $kind,)*
        }

        impl EventKind {
            /// Each of them.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The word in the database and on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// Whether it is something that students may not do.
            pub fn is_violation(self) -> bool {
                match self { $(Self::$kind => $is_violation,)* }
            }
        }
    };
}

define_kinds! {
    /// The page was hidden: another tab, another program, a locked screen.
    TabHidden = "tab_hidden", true;
    /// It is shown again.
    TabShown = "tab_shown", false;
    /// Another window was used.
    WindowLeft = "window_left", true;
    /// Full screen was left.
    FullScreenLeft = "full_screen_left", true;
    /// It was taken up again.
    FullScreenEntered = "full_screen_entered", false;
    /// Text was pasted into an answer.
    Paste = "paste", true;
    /// Text of the exam was copied.
    Copy = "copy", true;
    /// The attempt was opened on another computer. Noted by the service, which alone knows.
    SecondDevice = "second_device", true;
    /// The student began a break. This and what became of it is noted by the service.
    BreakBegun = "break_begun", false;
    /// The student came back.
    BreakEnded = "break_ended", false;
    /// The breaks that were granted are used up, and the clock runs on.
    BreakUsedUp = "break_used_up", false;
    /// The server could not be reached.
    ConnectionLost = "connection_lost", false;
    /// It could be reached again.
    ConnectionRestored = "connection_restored", false;
}

/// Something that was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Chosen by who reports it: the same again is the same event.
    pub id: EventId,
    /// What it was.
    pub kind: EventKind,
    /// When it happened, by the page's count of the server's clock.
    pub occurred_at: DateTime<Utc>,
}

/// What a page says of itself: that it is there, what it has shown, and what happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Up to which change by staff it has shown everything; `None`: it does not say.
    pub seen_revision: Option<i64>,
    /// What happened.
    pub events: Vec<Event>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_the_same_on_the_wire_and_in_the_database() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::json!(kind), kind.as_str());
        }
    }
}
