//! The HTTP client of one student: its own connection, one TLS configuration for all.
//!
//! A client shared by all users would put thousands of them on a few dozen connections and hide
//! every connection limit of the server. A client with its own TLS configuration each costs four
//! times the memory. HTTP/1.1 is pinned, whatever other crates switch on in the HTTP library.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Makes clients for one target.
#[derive(Debug, Clone)]
pub(crate) struct ClientFactory {
    tls: ClientConfig,
    timeout: Duration,
}

impl ClientFactory {
    /// # Errors
    /// A sentence, when the system's certificate store is needed and cannot be used.
    pub(crate) fn new(target_url: &str, timeout: Duration) -> Result<Self, String> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("cannot set up TLS: {error}"))?;
        // Plain HTTP needs no certificate store, and an air-gapped machine may have none.
        let mut tls = if target_url.starts_with("https:") {
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
        Ok(Self { tls, timeout })
    }

    /// # Errors
    /// A sentence saying why there is no client.
    pub(crate) fn build(&self) -> Result<Client, String> {
        Client::builder()
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
            .user_agent(concat!("goose-scenarios/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("cannot build an HTTP client: {error}"))
    }
}
