//! From a host of the inventory to an open connection.

use std::path::PathBuf;
use std::time::Duration;

use super::login::expand_home;
use super::ssh::{Ssh, SshTarget};
use super::{Connection, ConnectionError, Local};
use crate::inventory::{ConnectionKind, Host};

/// What opening a connection needs besides the inventory.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// For reaching the host, and again for agreeing on keys and logging in.
    pub connect_timeout: Duration,
    /// Where `.ssh/` with keys and `known_hosts` is.
    pub home: Option<PathBuf>,
    /// Who logs in where the inventory does not say.
    pub user: Option<String>,
}

impl Default for OpenOptions {
    /// Ten seconds, and HOME and USER from the environment.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            home: std::env::var_os("HOME").map(PathBuf::from),
            user: std::env::var("USER")
                .or_else(|_| std::env::var("LOGNAME"))
                .ok(),
        }
    }
}

/// Opens the connection that the inventory asks for.
pub fn open(host: &Host, options: &OpenOptions) -> Result<Box<dyn Connection>, ConnectionError> {
    match host.connection {
        ConnectionKind::Local => Ok(Box::new(Local)),
        ConnectionKind::Docker => Err(ConnectionError::Unreachable {
            host: host.name.clone(),
            reason: "connection: docker comes with a later version; use ssh or local".to_owned(),
        }),
        ConnectionKind::Ssh => {
            let home = options.home.as_deref();
            let known_hosts = host
                .known_hosts
                .clone()
                .unwrap_or_else(|| PathBuf::from("~/.ssh/known_hosts"));
            let target = SshTarget {
                address: host.address.clone(),
                port: host.port,
                user: host
                    .user
                    .clone()
                    .or_else(|| options.user.clone())
                    .unwrap_or_else(|| "root".to_owned()),
                identity_file: host
                    .identity_file
                    .as_deref()
                    .map(|file| expand_home(file, home)),
                known_hosts: expand_home(&known_hosts, home),
                home: options.home.clone(),
                connect_timeout: options.connect_timeout,
            };
            Ok(Box::new(Ssh::connect(target)?))
        }
    }
}
