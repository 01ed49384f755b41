//! What the fail2ban templates may use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{checks, shipped::TemplateContext};

/// How an address is banned: by whoever else keeps the firewall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Firewall {
    #[default]
    Nftables,
    Ufw,
}

/// `fail2ban/exam.local`: `jail.local`, after the distribution's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamJails {
    #[serde(default)]
    pub firewall: Firewall,
    /// Never banned: many students stand behind one of their addresses.
    #[serde(default)]
    pub campus_networks: Vec<String>,
    /// Never banned: whoever runs the exam.
    #[serde(default)]
    pub operator_networks: Vec<String>,
    /// Never banned: the address a ban would hit is theirs, not the client's.
    #[serde(default)]
    pub load_balancers: Vec<String>,
    #[serde(default)]
    pub monitoring_networks: Vec<String>,
    #[serde(default = "port")]
    pub ssh_port: u16,
    /// Failed logins of one address within ten minutes that ban it from the site. A class behind
    /// one address mistypes too: this many students may share one.
    #[serde(default = "crowd")]
    pub exam_crowd: u32,
}

fn port() -> u16 {
    22
}

fn crowd() -> u32 {
    500
}

impl TemplateContext for ExamJails {
    const TEMPLATE: &'static str = "fail2ban/exam.local";

    fn check(&self) -> Result<(), String> {
        checks::networks("campus_networks", &self.campus_networks)?;
        checks::networks("operator_networks", &self.operator_networks)?;
        checks::networks("load_balancers", &self.load_balancers)?;
        checks::networks("monitoring_networks", &self.monitoring_networks)
    }

    fn worked_out(&self) -> Value {
        let lists = [
            &self.campus_networks,
            &self.operator_networks,
            &self.load_balancers,
            &self.monitoring_networks,
        ];
        let welcome: Vec<&String> = lists.into_iter().flatten().collect();
        json!({
            "welcome": welcome,
            "login_failures": (2 * self.exam_crowd).max(30),
            "ban_action": match self.firewall {
                Firewall::Nftables => "nftables-multiport",
                Firewall::Ufw => "ufw",
            },
        })
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let list = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect();
        let plain = Self {
            firewall: Firewall::Nftables,
            campus_networks: Vec::new(),
            operator_networks: Vec::new(),
            load_balancers: Vec::new(),
            monitoring_networks: Vec::new(),
            ssh_port: port(),
            exam_crowd: crowd(),
        };
        let campus = Self {
            firewall: Firewall::Ufw,
            campus_networks: list(&["198.51.100.0/24", "2001:db8:1::/48"]),
            operator_networks: list(&["192.0.2.10"]),
            load_balancers: list(&["203.0.113.7"]),
            monitoring_networks: list(&["192.0.2.20"]),
            ssh_port: 2222,
            exam_crowd: 1,
        };
        vec![
            ("bookworm", plain.clone()),
            ("bookworm-campus", campus.clone()),
            ("trixie", plain.clone()),
            ("trixie-campus", campus),
            ("sid", plain),
        ]
    }
}

/// `fail2ban/exam-login.conf`: `filter.d/exam-login.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginFilter {}

impl TemplateContext for LoginFilter {
    const TEMPLATE: &'static str = "fail2ban/exam-login.conf";

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        vec![("bookworm", Self {}), ("trixie", Self {}), ("sid", Self {})]
    }
}
