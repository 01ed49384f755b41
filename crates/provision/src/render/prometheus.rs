//! What the settings of the exporters may use. Each listens where `exporter_address` says, this
//! machine alone unless told otherwise; the firewall lets `monitoring_networks` through.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{checks, shipped::TemplateContext};

fn loopback() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}

/// As a listener is told: an IPv6 address stands in brackets.
fn listen(address: IpAddr) -> Value {
    json!({"listen": if address.is_ipv6() { format!("[{address}]") } else { address.to_string() }})
}

macro_rules! exporter {
    ($(#[$doc:meta])* $name:ident, $template:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            #[serde(default = "loopback")]
            pub exporter_address: IpAddr,
        }

        impl TemplateContext for $name {
            const TEMPLATE: &'static str = $template;

            fn worked_out(&self) -> Value {
                listen(self.exporter_address)
            }

            #[cfg(test)]
            fn samples() -> Vec<(&'static str, Self)> {
                let on = |exporter_address| Self { exporter_address };
                vec![
                    ("bookworm", on(loopback())),
                    ("noble", on(std::net::Ipv6Addr::LOCALHOST.into())),
                    ("trixie", on(loopback())),
                    ("sid", on(loopback())),
                ]
            }
        }
    };
}

exporter!(
    /// `prometheus/prometheus-node-exporter`: its file in `/etc/default`.
    NodeExporter,
    "prometheus/prometheus-node-exporter"
);
exporter!(
    /// `prometheus/prometheus-nginx-exporter`: its file in `/etc/default`.
    NginxExporter,
    "prometheus/prometheus-nginx-exporter"
);
exporter!(
    /// `prometheus/prometheus-mysqld-exporter`: its file in `/etc/default`.
    MysqldExporter,
    "prometheus/prometheus-mysqld-exporter"
);
exporter!(
    /// `prometheus/prometheus-postgres-exporter`: its file in `/etc/default`.
    PostgresExporter,
    "prometheus/prometheus-postgres-exporter"
);

/// `prometheus/mysqld-exporter.cnf`: how the exporter signs in; for the account `prometheus` alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MysqldClient {
    /// Secret. Of the database account `exporter`.
    pub database_exporter_password: String,
}

impl TemplateContext for MysqldClient {
    const TEMPLATE: &'static str = "prometheus/mysqld-exporter.cnf";

    fn check(&self) -> Result<(), String> {
        checks::secret(
            "database_exporter_password",
            &self.database_exporter_password,
        )
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            database_exporter_password: "only-for-samples".to_owned(),
        };
        vec![
            ("bookworm", sample.clone()),
            ("trixie", sample.clone()),
            ("sid", sample),
        ]
    }
}

/// `prometheus/prometheus-redis-exporter`: its file in `/etc/default`, for root alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedisExporter {
    #[serde(default = "loopback")]
    pub exporter_address: IpAddr,
    /// Secret. Of the Redis account `exporter`.
    pub redis_exporter_password: String,
}

impl TemplateContext for RedisExporter {
    const TEMPLATE: &'static str = "prometheus/prometheus-redis-exporter";

    fn check(&self) -> Result<(), String> {
        checks::secret("redis_exporter_password", &self.redis_exporter_password)
    }

    fn worked_out(&self) -> Value {
        listen(self.exporter_address)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            exporter_address: loopback(),
            redis_exporter_password: "only-for-samples-too".to_owned(),
        };
        vec![
            ("bookworm", sample.clone()),
            ("trixie", sample.clone()),
            ("sid", sample),
        ]
    }
}
