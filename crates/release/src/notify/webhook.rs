//! Puts one message into a chat: JSON `{"text": ...}`, as Slack and what follows it take it.

use std::sync::Arc;
use std::time::Duration;

use provision::secret::{MASK, Secret};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// Posts `text`; the reason of a failure does not hold the address.
pub(super) fn post(url: &Secret, text: &str, limit: Duration) -> Result<(), String> {
    // The library and the trust that the rest of this program uses: that of the system.
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    let config = Agent::config_builder()
        .timeout_global(Some(limit))
        .max_redirects(0)
        .tls_config(tls)
        .build();
    let message = serde_json::json!({ "text": text });
    match Agent::new_with_config(config)
        .post(url.expose())
        .send_json(message)
    {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => Err(format!("it answered {}", response.status().as_u16())),
        Err(error) => Err(without_address(error, url, limit)),
    }
}

fn without_address(error: ureq::Error, url: &Secret, limit: Duration) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("no answer within {} s", limit.as_secs()),
        ureq::Error::StatusCode(status) => format!("it answered {status}"),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "its address is none".to_owned(),
        error => {
            let path = url.expose().splitn(4, '/').nth(3).unwrap_or_default();
            let text = url.mask_in(&error.to_string());
            if path.len() < 4 {
                return text;
            }
            text.replace(path, MASK)
        }
    }
}
