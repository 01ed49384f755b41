//! From a host of the inventory to an open connection.

use std::path::PathBuf;
use std::time::Duration;

use super::process::{Local, open_docker};
use super::shell::Root;
use super::{Connection, ConnectionError, ssh};
use crate::inventory::{ConnectionKind, Host};
use crate::secret::Secret;
use crate::vars::value_of;

/// What opening a connection needs besides the inventory.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// For reaching the host, and again for agreeing on keys and logging in.
    pub connect_timeout: Duration,
    /// Where `.ssh/` with keys, `config` and `known_hosts` is.
    pub home: Option<PathBuf>,
    /// Who logs in where neither the inventory nor the SSH configuration says.
    pub user: Option<String>,
    /// Instead of `~/.ssh/config`; a host of the inventory may name another one.
    pub ssh_config: Option<PathBuf>,
    /// Trust a host that is not in `known_hosts` and note its key there. A host whose key has
    /// changed is refused all the same.
    pub accept_new: bool,
}

impl Default for OpenOptions {
    /// Ten seconds, strict about keys, and HOME and USER from the environment.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            home: std::env::var_os("HOME").map(PathBuf::from),
            user: std::env::var("USER")
                .or_else(|_| std::env::var("LOGNAME"))
                .ok(),
            ssh_config: None,
            accept_new: false,
        }
    }
}

/// Opens the connection that the inventory asks for.
pub fn open(host: &Host, options: &OpenOptions) -> Result<Box<dyn Connection>, ConnectionError> {
    match host.connection {
        ConnectionKind::Local => Ok(Box::new(Local::with_root(root(host)?))),
        ConnectionKind::Docker => open_docker(
            host.container.as_deref().unwrap_or(&host.address),
            host.user.clone(),
            host.become_root,
            options.connect_timeout,
        ),
        ConnectionKind::Ssh => ssh::open(host, options, root(host)?),
    }
}

/// How to become root: with the password, where there is one.
fn root(host: &Host) -> Result<Root, ConnectionError> {
    let user = host.user.clone().unwrap_or_default();
    let Some(variable) = host.become_password_var.clone() else {
        return Ok(Root::Sudo { user });
    };
    let wrong = |reason: String| ConnectionError::Settings {
        host: host.name.clone(),
        reason: format!("become_password_var: {reason}"),
    };
    let password = match &host.become_password {
        Some(password) => password.clone(),
        None => password_of(host, &variable).map_err(wrong)?,
    };
    if password.expose().is_empty() || password.expose().contains(['\n', '\r', '\0']) {
        return Err(wrong(format!(
            "the variable '{variable}' must hold one line, and not an empty one"
        )));
    }
    Ok(Root::Password {
        user,
        variable,
        password,
    })
}

/// The password where nobody has resolved the host's variables with more than the inventory.
fn password_of(host: &Host, variable: &str) -> Result<Secret, String> {
    let value = value_of(&host.layers, variable).map_err(|_| {
        format!("the variable '{variable}' refers to others that are not in the inventory")
    })?;
    match value {
        Some(serde_json::Value::String(password)) => Ok(Secret::new(password)),
        Some(serde_json::Value::Number(number)) => Ok(Secret::new(number.to_string())),
        Some(_) => Err(format!("the variable '{variable}' must be a text")),
        None => Err(format!("the host has no variable '{variable}'")),
    }
}
