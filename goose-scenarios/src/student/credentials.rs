//! Who the students are: logins, and a password that cannot be printed by accident.

use std::fmt;

/// A password. `Debug` and `Display` show only a mask.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    /// The password itself, for the body of a login request and nothing else.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("********")
    }
}

impl fmt::Display for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("********")
    }
}

/// The accounts a run uses: one login per user, one password for all.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// At least as many as the profile has users; each is used by one user only.
    pub logins: Vec<String>,
    pub password: Password,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_never_prints_itself() {
        let credentials = Credentials {
            logins: vec!["a".into()],
            password: Password::new("hunter2"),
        };
        let text = format!(
            "{credentials:?} {} {:?}",
            credentials.password, credentials.password
        );
        assert!(!text.contains("hunter2"), "{text}");
    }
}
