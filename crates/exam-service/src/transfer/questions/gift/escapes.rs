//! Characters that mean something in GIFT stand for themselves after a backslash.

const SPECIAL: [char; 7] = ['~', '=', '#', '{', '}', ':', '\\'];

/// Where `wanted` stands without a backslash before it.
pub(super) fn find_plain(text: &str, wanted: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if character == '\\' {
            is_escaped = true;
        } else if character == wanted {
            return Some(at);
        }
    }
    None
}

/// The text that is meant: `\n` is a new line.
pub(super) fn unescape(text: &str) -> String {
    let mut meant = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match (character, next) {
            ('\\', Some('n')) => {
                meant.push('\n');
                characters.next();
            }
            ('\\', Some(special)) if SPECIAL.contains(&special) => {
                meant.push(special);
                characters.next();
            }
            _ => meant.push(character),
        }
    }
    meant
}

/// The text as it is written.
pub(super) fn escape(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => written.push_str("\\n"),
            '\r' => {}
            special if SPECIAL.contains(&special) => written.extend(['\\', special]),
            other => written.push(other),
        }
    }
    written
}
