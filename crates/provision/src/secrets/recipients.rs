//! The public keys that a file is encrypted for, as people keep them: one a line, with comments.

use std::path::Path;
use std::str::FromStr as _;

use age::x25519::Recipient;

use super::SecretsError;

/// A list of public keys in the form that `age -R` reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    lines: Vec<String>,
}

impl Recipients {
    /// Reads a list; `file` is only for messages.
    pub fn parse(file: &Path, text: &str) -> Result<Self, SecretsError> {
        let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        for (index, line) in lines.iter().enumerate().filter(|(_, line)| is_key(line)) {
            checked(line, &format!("{}:{}", file.display(), index + 1))?;
        }
        Ok(Self { lines })
    }

    /// A list of these keys, without comments.
    pub(super) fn of(keys: &[String]) -> Self {
        Self {
            lines: keys.to_vec(),
        }
    }

    pub fn keys(&self) -> Vec<&str> {
        let lines = self.lines.iter().map(String::as_str);
        lines.filter(|line| is_key(line)).collect()
    }

    /// Adds a key with a comment that says whose it is; a key that is there already is left.
    pub fn add(&mut self, key: &str, comment: &str) -> Result<(), SecretsError> {
        checked(key, "--add")?;
        if self.lines.iter().any(|line| line == key) {
            return Ok(());
        }
        if !comment.is_empty() {
            self.lines.push(format!("# {comment}"));
        }
        self.lines.push(key.to_owned());
        Ok(())
    }

    /// Takes a key out, named by itself or by the comment above it.
    pub fn remove(&mut self, wanted: &str) -> Result<(), SecretsError> {
        let comment = format!("# {wanted}");
        let found = (0..self.lines.len()).find(|&index| {
            let line = &self.lines[index];
            is_key(line) && (line == wanted || index > 0 && self.lines[index - 1] == comment)
        });
        let Some(index) = found else {
            return Err(SecretsError::UnknownRecipient {
                wanted: wanted.to_owned(),
                known: self.described(),
            });
        };
        self.lines.remove(index);
        if index > 0 && self.lines[index - 1].starts_with('#') {
            self.lines.remove(index - 1);
        }
        Ok(())
    }

    /// Every key with the comment above it, in one line.
    pub fn described(&self) -> String {
        let mut described = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            if !is_key(line) {
                continue;
            }
            let above = index.checked_sub(1).map(|above| &self.lines[above]);
            match above.and_then(|above| above.strip_prefix("# ")) {
                Some(comment) => described.push(format!("{line} ({comment})")),
                None => described.push(line.clone()),
            }
        }
        described.join(", ")
    }

    /// What `other` has more (`+`) and less (`-`) than this list; empty where they agree.
    pub fn difference(&self, other: &Self) -> String {
        let (mine, theirs) = (self.keys(), other.keys());
        let more = theirs.iter().filter(|key| !mine.contains(key));
        let less = mine.iter().filter(|key| !theirs.contains(key));
        let parts = more
            .map(|key| format!("+{key}"))
            .chain(less.map(|key| format!("-{key}")));
        parts.collect::<Vec<_>>().join(" ")
    }

    pub(super) fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| format!("{line}\n"));
        lines.collect()
    }

    pub(super) fn ages(&self) -> Vec<Recipient> {
        let keys = self.keys().into_iter();
        keys.filter_map(|key| Recipient::from_str(key).ok())
            .collect()
    }
}

fn is_key(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

/// What is not a key is not quoted: it may be a secret one that got into the wrong place.
fn checked(key: &str, place: &str) -> Result<Recipient, SecretsError> {
    Recipient::from_str(key).map_err(|_| SecretsError::BadRecipient {
        place: place.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        age::x25519::Identity::generate().to_public().to_string()
    }

    #[test]
    fn keys_come_and_go_with_their_comments() {
        let (ann, bob) = (key(), key());
        let text = format!("# Who can read secrets.age.\n\n# ann\n{ann}\n");
        let before = Recipients::parse(Path::new("r"), &text).unwrap();
        let mut list = before.clone();
        list.add(&bob, "bob").unwrap();
        list.add(&bob, "bob again").unwrap();
        assert_eq!(list.keys(), [ann.as_str(), bob.as_str()]);
        assert_eq!(before.difference(&list), format!("+{bob}"));
        assert_eq!(list.described(), format!("{ann} (ann), {bob} (bob)"));
        list.remove("bob").unwrap();
        assert_eq!(list.text(), text);
        list.remove(&ann).unwrap();
        assert_eq!(list.text(), "# Who can read secrets.age.\n\n");
        assert!(list.remove("carol").is_err());
    }

    #[test]
    fn a_secret_key_in_the_list_is_refused_and_not_repeated() {
        let text = "# ann\nAGE-SECRET-KEY-1ABCDEF\n";
        let error = Recipients::parse(Path::new("secrets.recipients"), text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "secrets.recipients:2: not an age public key (age1...)"
        );
    }
}
