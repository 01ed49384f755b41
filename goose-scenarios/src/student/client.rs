//! The HTTP client of one student: its own connection, one TLS configuration for all.
//!
//! A client shared by all users would put thousands of them on a few dozen connections and hide
//! every connection limit of the server. A client with its own TLS configuration each costs four
//! times the memory. HTTP/1.1 is pinned, whatever other crates switch on in the HTTP library.

use std::{path::PathBuf, sync::Arc, time::Duration};

use reqwest::{Client, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Where a load goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Without a slash at the end.
    pub(crate) url: String,
    /// Instead of a port: the admin socket of a release that serves nobody yet.
    socket: Option<PathBuf>,
}

/// What was given as a target is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "the target '{target}' is neither a URL that begins with http:// or https:// nor unix:/path/of/a/socket: {reason}"
)]
pub struct TargetError {
    target: String,
    reason: String,
}

impl Target {
    /// From what a person writes.
    ///
    /// # Errors
    /// [`TargetError`] for another scheme, for a URL with a user or a query, and for none.
    pub(crate) fn parse(target: &str) -> Result<Self, TargetError> {
        let wrong = |reason: String| TargetError {
            target: target.to_owned(),
            reason,
        };
        if let Some(path) = target.strip_prefix("unix:") {
            if !cfg!(unix) || !path.starts_with('/') {
                return Err(wrong(
                    "a socket has an absolute path, and is not on Windows".to_owned(),
                ));
            }
            return Ok(Self {
                url: "http://localhost".to_owned(),
                socket: Some(path.into()),
            });
        }
        let url = reqwest::Url::parse(target).map_err(|error| wrong(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("another scheme, or no host".to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(wrong("it must hold neither a user nor a query".to_owned()));
        }
        Ok(Self {
            url: target.trim_end_matches('/').to_owned(),
            socket: None,
        })
    }

    /// The name of its host, nothing for a socket.
    pub(crate) fn host(&self) -> Option<String> {
        let url = reqwest::Url::parse(&self.url)
            .ok()
            .filter(|_| self.socket.is_none())?;
        url.host_str()
            .map(|host| host.trim_matches(['[', ']']).to_owned())
    }

    /// Whether it is this machine itself, by its name.
    pub(crate) fn is_here(&self) -> bool {
        self.host().is_none_or(|host| {
            host == "localhost"
                || host
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|ip| ip.is_loopback())
        })
    }
}

/// Makes clients for one target.
#[derive(Debug, Clone)]
pub(crate) struct ClientFactory {
    tls: ClientConfig,
    timeout: Duration,
    socket: Option<PathBuf>,
}

impl ClientFactory {
    /// # Errors
    /// A sentence, when the system's certificate store is needed and cannot be used.
    pub(crate) fn new(target: &Target, timeout: Duration) -> Result<Self, String> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("cannot set up TLS: {error}"))?;
        // Plain HTTP needs no certificate store, and an air-gapped machine may have none.
        let mut tls = if target.url.starts_with("https:") {
            builder
                .with_platform_verifier()
                .map_err(|error| format!("cannot use the system's certificates: {error}"))?
                .with_no_client_auth()
        } else {
            builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth()
        };
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            tls,
            timeout,
            socket: target.socket.clone(),
        })
    }

    /// # Errors
    /// A sentence saying why there is no client.
    pub(crate) fn build(&self) -> Result<Client, String> {
        let builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .http1_only()
            .tcp_nodelay(true)
            .no_proxy()
            .redirect(redirect::Policy::none())
            // Repeating a request is the student's decision: a repetition unseen would not be counted.
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(1)
            .connect_timeout(self.timeout)
            .timeout(self.timeout)
            .user_agent(concat!("goose-scenarios/", env!("CARGO_PKG_VERSION")));
        #[cfg(unix)]
        let builder = match &self.socket {
            Some(path) => builder.unix_socket(path.clone()),
            None => builder,
        };
        builder
            .build()
            .map_err(|error| format!("cannot build an HTTP client: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_is_an_address_and_nothing_more() {
        let target = Target::parse("http://127.0.0.1:8080/").unwrap();
        assert_eq!(target.url, "http://127.0.0.1:8080");
        for wrong in [
            "localhost",
            "ftp://host",
            "http://user:pass@host",
            "http://host/?a=b",
            "unix:relative",
            "",
        ] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        let is_here = |target| Target::parse(target).unwrap().is_here();
        for here in [
            "http://localhost:1",
            "http://127.0.0.1",
            "https://[::1]:8",
            "unix:/run/admin.sock",
        ] {
            assert!(is_here(here), "{here}");
        }
        assert!(!is_here("https://exam.example") && !is_here("http://10.0.0.1"));
    }
}
