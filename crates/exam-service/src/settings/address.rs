//! Where the admin interface listens: a private socket file or a loopback port.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The address of the admin interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminAddress {
    /// A Unix socket with mode 0600.
    Unix(PathBuf),
    /// A port on a loopback address.
    Tcp(SocketAddr),
}

impl fmt::Display for AdminAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

/// Reads `unix:/path/to.sock` or `127.0.0.1:PORT`.
///
/// # Errors
/// A sentence saying what is wrong. Addresses that other machines can reach are refused: the admin interface has no
/// password.
pub fn parse_admin_address(text: &str) -> Result<AdminAddress, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        if cfg!(not(unix)) {
            return Err("Unix sockets do not exist on this system: use 127.0.0.1:PORT".to_owned());
        }
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(format!(
                "'{text}' needs an absolute path: unix:/path/to.sock"
            ));
        }
        return Ok(AdminAddress::Unix(path));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(AdminAddress::Tcp(address)),
        Ok(address) => Err(format!(
            "'{address}' can be reached from other machines: use unix:/path/to.sock or 127.0.0.1:PORT"
        )),
        Err(_) => Err(format!(
            "'{text}' is neither unix:/path/to.sock nor 127.0.0.1:PORT"
        )),
    }
}
