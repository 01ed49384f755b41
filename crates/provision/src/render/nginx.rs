//! What the nginx templates may use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::facts::HostContext;
use super::version::PackageVersion;
use super::{checks, shipped::TemplateContext, sizing};

/// `versions.nginx` and `versions.openssl`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    #[serde(default)]
    pub nginx: PackageVersion,
    /// Unknown is taken for one without post-quantum key exchange.
    #[serde(default)]
    pub openssl: PackageVersion,
}

/// Where the certificate comes from; only whether there is one, and whether browsers may be told
/// to insist on it, matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// Plain HTTP: a laboratory, never an exam.
    #[default]
    None,
    SelfSigned,
    InternalCa,
    Files,
    Certbot,
}

/// `nginx/nginx.conf`: what all sites share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Main {
    pub host: HostContext,
    pub versions: Versions,
}

impl TemplateContext for Main {
    const TEMPLATE: &'static str = "nginx/nginx.conf";

    fn check(&self) -> Result<(), String> {
        checks::known("nginx", &self.versions.nginx)
    }

    fn worked_out(&self) -> Value {
        json!({
            "sizes": sizing::nginx(&self.host),
            // Keeps connections that are in use open while a reload replaces the workers.
            "keepalive_min_timeout": self.versions.nginx.at_least(&[1, 27, 4]),
        })
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let on = |cores, version| Self {
            host: super::facts::samples::host(cores, 4096),
            versions: nginx(version),
        };
        vec![
            ("bookworm", on(2, "1.22.1-9+deb12u3")),
            ("trixie", on(8, "1.26.3-3+deb13u1")),
            ("sid", on(8, "1.30.6-1")),
            ("jammy", on(8, "1.18.0-6ubuntu14.6")),
        ]
    }
}

/// `nginx/exam-site.conf`: the site in front of the two colours of exam-service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamSite {
    /// Host names of the site, separated by spaces; `_` answers to any.
    pub server_name: String,
    /// Ports of the two colours on loopback.
    pub exam_blue_port: u16,
    pub exam_green_port: u16,
    #[serde(default)]
    pub tls: Tls,
    /// The certificate with its chain, and its key: paths on the host.
    #[serde(default)]
    pub tls_certificate: String,
    #[serde(default)]
    pub tls_key: String,
    /// What certbot's webroot is given as.
    #[serde(default = "acme_webroot")]
    pub acme_webroot: String,
    /// Networks of a hall or campus: many students behind one address, so only access tokens
    /// are counted there.
    #[serde(default)]
    pub campus_networks: Vec<String>,
    /// Proxies before this host whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub load_balancers: Vec<String>,
    /// How many students may share one address that is not named in `campus_networks`.
    #[serde(default = "crowd")]
    pub exam_crowd: u32,
    #[serde(default)]
    pub versions: Versions,
}

fn acme_webroot() -> String {
    "/var/www/acme".to_owned()
}

fn crowd() -> u32 {
    500
}

impl ExamSite {
    fn names(&self) -> Vec<String> {
        self.server_name
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    }
}

impl TemplateContext for ExamSite {
    const TEMPLATE: &'static str = "nginx/exam-site.conf";

    fn check(&self) -> Result<(), String> {
        checks::networks("campus_networks", &self.campus_networks)?;
        checks::networks("load_balancers", &self.load_balancers)?;
        if self.names().is_empty() {
            return Err(
                "variable 'server_name' is empty: name the site, or '_' for any".to_owned(),
            );
        }
        let names = self.names();
        let plain: Vec<String> = names
            .iter()
            .map(|name| name.strip_prefix("*.").unwrap_or(name).to_owned())
            .collect();
        checks::names("server_name", &plain)?;
        if !(1..=100_000).contains(&self.exam_crowd) {
            return Err("variable 'exam_crowd' must be between 1 and 100000".to_owned());
        }
        if self.tls != Tls::None {
            checks::path("tls_certificate", &self.tls_certificate)?;
            checks::path("tls_key", &self.tls_key)?;
            checks::path("acme_webroot", &self.acme_webroot)?;
            checks::known("nginx", &self.versions.nginx)?;
        }
        Ok(())
    }

    fn worked_out(&self) -> Value {
        let any = self.names().iter().any(|name| name == "_");
        let names = self.names();
        let first = names.first().filter(|name| !name.starts_with('*'));
        json!({
            "has_tls": self.tls != Tls::None,
            "answers_any_name": any,
            // A redirect never repeats what the client claims to have asked for.
            "redirect_to": first.filter(|_| !any).map_or("$host", |name| name.as_str()),
            "http2_on": self.versions.nginx.at_least(&[1, 25, 1]),
            "post_quantum": self.versions.openssl.at_least(&[3, 5]),
            "rejects_handshakes": self.versions.nginx.at_least(&[1, 19, 4]),
            "address_rate": self.exam_crowd,
            "address_burst": 20 * self.exam_crowd,
            "login_rate_per_minute": self.exam_crowd.max(10),
            "login_burst": 2 * self.exam_crowd,
        })
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let list = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect();
        let plain = Self {
            server_name: "exam.example.org".to_owned(),
            exam_blue_port: 8081,
            exam_green_port: 8082,
            tls: Tls::None,
            tls_certificate: String::new(),
            tls_key: String::new(),
            acme_webroot: acme_webroot(),
            campus_networks: Vec::new(),
            load_balancers: Vec::new(),
            exam_crowd: crowd(),
            versions: nginx(""),
        };
        let tls = |version| Self {
            tls: Tls::Files,
            tls_certificate: "/etc/exam-service/tls/exam.crt".to_owned(),
            tls_key: "/etc/exam-service/tls/exam.key".to_owned(),
            versions: nginx(version),
            ..plain.clone()
        };
        let campus = |version| Self {
            server_name: "exam.example.org www.exam.example.org".to_owned(),
            tls: Tls::Certbot,
            campus_networks: list(&["198.51.100.0/24", "2001:db8:1::/48"]),
            load_balancers: list(&["203.0.113.7"]),
            ..tls(version)
        };
        let any = |version| Self {
            server_name: "_".to_owned(),
            tls: Tls::SelfSigned,
            ..tls(version)
        };
        vec![
            ("bookworm-plain", plain.clone()),
            (
                "bookworm-plain-any",
                Self {
                    server_name: "_".to_owned(),
                    ..plain.clone()
                },
            ),
            ("bookworm", tls("1.22.1-9+deb12u3")),
            ("bookworm-campus", campus("1.22.1-9+deb12u3")),
            ("bookworm-any", any("1.22.1-9+deb12u3")),
            ("trixie", tls("1.26.3-3+deb13u1")),
            ("trixie-campus", campus("1.26.3-3+deb13u1")),
            ("sid", campus("1.30.6-1")),
            ("jammy", tls("1.18.0-6ubuntu14.6")),
        ]
    }
}

/// `nginx/headers.inc`: what every answer carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers {
    #[serde(default)]
    pub tls: Tls,
    /// Whether the page may ask for camera and microphone.
    #[serde(default)]
    pub exam_proctored: bool,
}

impl TemplateContext for Headers {
    const TEMPLATE: &'static str = "nginx/headers.inc";

    fn worked_out(&self) -> Value {
        json!({
            // A browser that was told to insist on TLS lets nobody past a certificate it does not
            // know, so this is not said with one that it cannot know.
            "insist_on_tls": !matches!(self.tls, Tls::None | Tls::SelfSigned),
        })
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let with = |tls, exam_proctored| Self {
            tls,
            exam_proctored,
        };
        vec![
            ("bookworm-plain", with(Tls::None, false)),
            ("bookworm-any", with(Tls::SelfSigned, false)),
            ("bookworm", with(Tls::Files, false)),
            ("bookworm-campus", with(Tls::Certbot, true)),
            ("trixie", with(Tls::Files, false)),
            ("trixie-campus", with(Tls::Files, true)),
            ("sid", with(Tls::InternalCa, false)),
        ]
    }
}

/// `nginx/proxy.inc`: how every location asks exam-service. The same everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {}

impl TemplateContext for Proxy {
    const TEMPLATE: &'static str = "nginx/proxy.inc";

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        vec![("bookworm", Self {}), ("trixie", Self {}), ("sid", Self {})]
    }
}

#[cfg(test)]
fn nginx(version: &str) -> Versions {
    let openssl = match version.get(..4) {
        Some("1.26") => "3.5.1-1",
        Some("1.30") => "3.6.0-2",
        _ => "3.0.17-1~deb12u2",
    };
    Versions {
        nginx: PackageVersion::new(version),
        openssl: PackageVersion::new(openssl),
    }
}
