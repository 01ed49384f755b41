//! `create-admin`: the first account of a new installation.

use super::CommandError;
use crate::accounts::fields::Field;
use crate::accounts::password_rules;
use crate::clock::Clock;
use crate::passwords::hash_password;
use crate::settings::DatabaseSettings;
use crate::store::{DatabaseStore, NewAccount, Role, Store as _};

/// Creates an administrator.
///
/// # Errors
/// When login or password are not acceptable, the login exists, or the database cannot be written.
pub async fn create_admin(
    settings: &DatabaseSettings,
    login: &str,
    password: &str,
) -> Result<(), CommandError> {
    Field::Login
        .check(login)
        .map_err(|why| CommandError::Usage(format!("--{why}")))?;
    let role = Role::Administrator;
    password_rules::check(password, role, &[login]).map_err(|refusal| {
        CommandError::Usage(format!("of what came on standard input: {refusal}"))
    })?;
    let store = DatabaseStore::open(&settings.database, settings.telemetry.environment).await?;
    let account = NewAccount {
        login: login.to_owned(),
        display_name: login.to_owned(),
        role,
        password_hash: hash_password(password)?,
    };
    let created = store.create_account(account, Clock::System.now()).await;
    store.close().await?;
    created?;
    tracing::info!(login, "an administrator was created");
    Ok(())
}
