//! When two short texts are the same: folding away what does not matter, and wildcards.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// What does not matter when texts are compared.
///
/// Unicode's ways to write the same character never matter (NFC), nor does space at either end; runs of white space
/// count as one space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folding {
    /// `Paris` is `paris`, and `STRASSE` is `straße`.
    pub ignores_case: bool,
    /// `São Paulo` is `Sao Paulo`.
    #[serde(default)]
    pub ignores_diacritics: bool,
    /// `de facto` is `defacto`.
    #[serde(default)]
    pub ignores_spaces: bool,
}

impl Default for Folding {
    fn default() -> Self {
        Self {
            ignores_case: true,
            ignores_diacritics: false,
            ignores_spaces: false,
        }
    }
}

impl Folding {
    /// `text` without what does not matter.
    pub fn fold(self, text: &str) -> String {
        let cased: String = if self.ignores_case {
            // Through capitals, character by character, so that ß and ss meet and a final sigma is no exception.
            let capitals = text.chars().flat_map(char::to_uppercase);
            capitals.flat_map(char::to_lowercase).collect()
        } else {
            text.to_owned()
        };
        let marked: String = if self.ignores_diacritics {
            cased
                .nfd()
                .filter(|c| !is_combining_mark(*c))
                .nfc()
                .collect()
        } else {
            cased.nfc().collect()
        };
        let between = if self.ignores_spaces { "" } else { " " };
        marked.split_whitespace().collect::<Vec<_>>().join(between)
    }

    /// Whether `given` is `pattern`, in which `*` stands for any text, also none, and `\*` for an asterisk.
    pub(super) fn matches(self, pattern: &str, given: &str) -> bool {
        let pieces: Vec<String> = pieces(pattern)
            .iter()
            .map(|piece| self.fold_piece(piece))
            .collect();
        let given = self.fold(given);
        let [first, middle @ .., last] = pieces.as_slice() else {
            return pieces.first().is_some_and(|only| *only == given);
        };
        let Some(mut rest) = given.strip_prefix(first.as_str()) else {
            return false;
        };
        for piece in middle {
            let Some(at) = rest.find(piece.as_str()) else {
                return false;
            };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last.as_str())
    }

    /// As [`Folding::fold`], with a space at either end kept where it stands beside a wildcard.
    fn fold_piece(self, piece: &Piece) -> String {
        let mut folded = self.fold(&piece.text);
        if self.ignores_spaces {
            return folded;
        }
        if piece.after_wildcard && piece.text.starts_with(char::is_whitespace) {
            folded.insert(0, ' ');
        }
        if piece.before_wildcard && piece.text.ends_with(char::is_whitespace) && folded != " " {
            folded.push(' ');
        }
        folded
    }
}

struct Piece {
    text: String,
    after_wildcard: bool,
    before_wildcard: bool,
}

/// A pattern cut at its wildcards.
fn pieces(pattern: &str) -> Vec<Piece> {
    let mut texts = vec![String::new()];
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '*' {
            texts.push(String::new());
            continue;
        }
        let literal = match characters.peek() {
            Some('*' | '\\') if character == '\\' => characters.next().unwrap_or(character),
            _ => character,
        };
        if let Some(last) = texts.last_mut() {
            last.push(literal);
        }
    }
    let count = texts.len();
    let piece = |(index, text)| Piece {
        text,
        after_wildcard: index > 0,
        before_wildcard: index + 1 < count,
    };
    texts.into_iter().enumerate().map(piece).collect()
}

/// `text` as a pattern that matches only itself.
pub fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STRICT: Folding = Folding {
        ignores_case: false,
        ignores_diacritics: false,
        ignores_spaces: false,
    };
    const LAX: Folding = Folding {
        ignores_case: true,
        ignores_diacritics: true,
        ignores_spaces: true,
    };

    #[test]
    fn texts_are_the_same_as_the_folding_says() {
        let usual = Folding::default();
        for (folding, pattern, given, same) in [
            (STRICT, "Paris", "Paris", true),
            (STRICT, "Paris", "  Paris\t", true),
            (STRICT, "Paris", "paris", false),
            (STRICT, "caf\u{e9}", "cafe\u{301}", true),
            (STRICT, "New York", "New   York", true),
            (usual, "Paris", "PARIS", true),
            (usual, "straße", "STRASSE", true),
            (usual, "ΟΔΟΣ", "οδος", true),
            (usual, "São Paulo", "sao paulo", false),
            (usual, "de facto", "defacto", false),
            (LAX, "São Paulo", "SAOPAULO", true),
            (LAX, "Việt Nam", "viet nam", true),
            (LAX, "Paris", "London", false),
        ] {
            assert_eq!(folding.matches(pattern, given), same, "{pattern} / {given}");
        }
    }

    #[test]
    fn an_asterisk_stands_for_any_text() {
        for (pattern, given, same) in [
            ("*", "", true),
            ("*", "anything", true),
            ("photo*", "photosynthesis", true),
            ("photo*", "a photo", false),
            ("*synthesis", "photosynthesis", true),
            ("*synthesis*", "the synthesis of it", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("red * blue", "red and blue", true),
            ("red * blue", "redblue", false),
            ("2\\*3", "2*3", true),
            ("2\\*3", "2x3", false),
            ("c:\\\\*", "C:\\temp", true),
        ] {
            assert_eq!(
                Folding::default().matches(pattern, given),
                same,
                "{pattern} / {given}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_text_matches_itself_escaped(text in any::<String>()) {
            for folding in [STRICT, Folding::default(), LAX] {
                prop_assert!(folding.matches(&escape(&text), &text));
            }
        }
    }
}
