//! `create-admin`: the first account of a new installation.

use super::CommandError;
use crate::clock::Clock;
use crate::passwords::{MAX_PASSWORD_BYTES, hash_password};
use crate::settings::DatabaseSettings;
use crate::store::{DatabaseStore, NewAccount, Role, Store as _};

/// The shortest password an administrator may have, in characters.
const MIN_PASSWORD_CHARACTERS: usize = 12;
/// The longest login, in bytes.
const MAX_LOGIN_BYTES: usize = 128;

/// Creates an administrator.
///
/// # Errors
/// When login or password are not acceptable, the login exists, or the database cannot be written.
pub async fn create_admin(
    settings: &DatabaseSettings,
    login: &str,
    password: &str,
) -> Result<(), CommandError> {
    if login.is_empty()
        || login.len() > MAX_LOGIN_BYTES
        || login.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        let message = format!("--login takes 1 to {MAX_LOGIN_BYTES} bytes without spaces");
        return Err(CommandError::Usage(message));
    }
    check_password(password).map_err(CommandError::Usage)?;
    let store = DatabaseStore::open(&settings.database, settings.telemetry.environment).await?;
    let account = NewAccount {
        login: login.to_owned(),
        display_name: login.to_owned(),
        role: Role::Administrator,
        password_hash: hash_password(password)?,
    };
    let created = store.create_account(account, Clock::System.now()).await;
    store.close().await?;
    created?;
    tracing::info!(login, "an administrator was created");
    Ok(())
}

fn check_password(password: &str) -> Result<(), String> {
    if password.chars().count() < MIN_PASSWORD_CHARACTERS {
        return Err(format!(
            "the password on standard input needs {MIN_PASSWORD_CHARACTERS} characters or more"
        ));
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(format!(
            "the password on standard input is longer than {MAX_PASSWORD_BYTES} bytes"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_refused_for_what_is_wrong_with_it() {
        assert_eq!(check_password(&"x".repeat(12)), Ok(()));
        assert_eq!(check_password(&"x".repeat(1024)), Ok(()));
        let refusal = |length| check_password(&"x".repeat(length)).unwrap_err();
        assert!(refusal(11).contains("needs 12 characters or more"));
        assert!(refusal(1025).contains("longer than 1024 bytes"));
    }
}
