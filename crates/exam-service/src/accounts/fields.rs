//! What the fields of accounts and courses may hold: one set of rules for the command line, single accounts and imports.

use std::fmt;

/// The longest login, in bytes.
const MAX_LOGIN_BYTES: usize = 128;
/// The longest name that is shown, in characters.
const MAX_NAME_CHARACTERS: usize = 190;
/// The longest student number, in bytes.
const MAX_NUMBER_BYTES: usize = 64;
/// The longest code of a course, in bytes.
const MAX_CODE_BYTES: usize = 64;
/// The longest mail address, in bytes (RFC 5321, section 4.5.3.1.3, without the brackets).
const MAX_EMAIL_BYTES: usize = 254;

/// A field that is text: of accounts, and of what they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What is typed to sign in.
    Login,
    /// What is shown.
    DisplayName,
    /// Where mail goes.
    Email,
    /// May be signed in with instead of the login.
    StudentNumber,
    /// What people call a course.
    CourseCode,
    /// What is shown of a course, a department or a group.
    Title,
}

impl Field {
    /// Its name on the wire and in the first row of a file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::DisplayName => "display_name",
            Self::Email => "email",
            Self::StudentNumber => "student_number",
            Self::CourseCode => "code",
            Self::Title => "title",
        }
    }

    /// Whether `text` may be in this field.
    ///
    /// # Errors
    /// What it takes, for whoever wrote it; never what was written.
    pub fn check(self, text: &str) -> Result<(), String> {
        let is_word =
            !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let is_right = match self {
            Self::Login => is_word && text.len() <= MAX_LOGIN_BYTES,
            Self::StudentNumber => is_word && text.len() <= MAX_NUMBER_BYTES,
            Self::Email => {
                let has_parts = text
                    .rsplit_once('@')
                    .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
                is_word && has_parts && text.len() <= MAX_EMAIL_BYTES
            }
            Self::CourseCode => {
                let is_trimmed = !text.is_empty() && text.trim() == text;
                let is_one = !text.contains(';') && !text.chars().any(char::is_control);
                is_trimmed && is_one && text.len() <= MAX_CODE_BYTES
            }
            Self::DisplayName | Self::Title => {
                !text.trim().is_empty()
                    && text.chars().count() <= MAX_NAME_CHARACTERS
                    && !text.chars().any(char::is_control)
            }
        };
        if is_right {
            Ok(())
        } else {
            Err(format!("{self} takes {}", self.takes()))
        }
    }

    fn takes(self) -> String {
        match self {
            Self::Login => format!("1 to {MAX_LOGIN_BYTES} bytes without spaces"),
            Self::StudentNumber => format!("1 to {MAX_NUMBER_BYTES} bytes without spaces"),
            Self::Email => "a mail address such as anna@example.org".to_owned(),
            Self::CourseCode => format!("1 to {MAX_CODE_BYTES} bytes without ';'"),
            Self::DisplayName | Self::Title => {
                format!("1 to {MAX_NAME_CHARACTERS} characters, without line breaks and the like")
            }
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_takes_what_it_is_for_and_says_so_otherwise() {
        for (field, text, is_right) in [
            (Field::Login, "zoë.ω", true),
            (Field::Login, "", false),
            (Field::Login, "a b", false),
            (Field::Login, "a\0b", false),
            (Field::DisplayName, "Zoë \"Ω\" 李 🎓", true),
            (Field::DisplayName, "  ", false),
            (Field::DisplayName, "a\nb", false),
            (Field::Email, "anna@example.org", true),
            (Field::Email, "anna", false),
            (Field::Email, "@example.org", false),
            (Field::StudentNumber, "2026-0001", true),
            (Field::StudentNumber, "2026 0001", false),
            (Field::CourseCode, "MATH 101", true),
            (Field::CourseCode, "A;B", false),
            (Field::CourseCode, " A", false),
            (Field::Title, "Algebra", true),
            (Field::Title, "", false),
        ] {
            assert_eq!(field.check(text).is_ok(), is_right, "{field}: {text:?}");
        }
        let long = "x".repeat(1000);
        for field in [
            Field::Login,
            Field::DisplayName,
            Field::Email,
            Field::StudentNumber,
            Field::CourseCode,
            Field::Title,
        ] {
            let refused = field.check(&long).unwrap_err();
            assert!(refused.starts_with(field.as_str()) && !refused.contains(&long));
        }
    }
}
