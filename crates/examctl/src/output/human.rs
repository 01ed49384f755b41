//! Text for a person at a terminal, readable without colour too.

use console::Style;

use crate::failure::Failure;

/// The few colours in use, all plain when colour is off.
pub(crate) struct Paint {
    colour: bool,
}

impl Paint {
    pub(crate) fn new(colour: bool) -> Self {
        Self { colour }
    }

    fn apply(&self, style: &Style, text: &str) -> String {
        style
            .clone()
            .force_styling(self.colour)
            .apply_to(text)
            .to_string()
    }

    pub(crate) fn good(&self, text: &str) -> String {
        self.apply(&Style::new().green(), text)
    }

    pub(crate) fn changed(&self, text: &str) -> String {
        self.apply(&Style::new().yellow(), text)
    }

    pub(crate) fn bad(&self, text: &str) -> String {
        self.apply(&Style::new().red(), text)
    }

    pub(crate) fn faint(&self, text: &str) -> String {
        self.apply(&Style::new().dim(), text)
    }

    pub(crate) fn strong(&self, text: &str) -> String {
        self.apply(&Style::new().bold(), text)
    }

    /// A unified diff with its added and removed lines coloured.
    pub(crate) fn diff(&self, diff: &str) -> String {
        let lines = diff.lines().map(|line| match line.as_bytes().first() {
            Some(b'+') => self.good(line),
            Some(b'-') => self.bad(line),
            Some(b'@') => self.faint(line),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

pub(super) fn failure(failure: &Failure, paint: &Paint) -> String {
    let mut text = format!("{} {}", paint.bad("error:"), failure.message);
    if let Some(hint) = &failure.hint {
        text = format!("{text}\n{} {hint}", paint.strong("next:"));
    }
    text
}
