//! What the template of the clock may use.

use serde::{Deserialize, Serialize};

use super::{checks, shipped::TemplateContext};

/// `chrony/exam.conf`: `conf.d/exam.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamTime {
    /// Instead of the distribution's pool, which stays where this is empty.
    #[serde(default)]
    pub time_servers: Vec<String>,
    /// Whom this host tells the time: a hall without a network. It then goes on by its own clock.
    #[serde(default)]
    pub time_networks: Vec<String>,
}

impl TemplateContext for ExamTime {
    const TEMPLATE: &'static str = "chrony/exam.conf";

    fn check(&self) -> Result<(), String> {
        let name = |server: &String| {
            let known = checks::is_network(server) && !server.contains('/');
            if known {
                Ok(())
            } else {
                checks::name("time_servers", server)
            }
        };
        self.time_servers.iter().try_for_each(name)?;
        checks::networks("time_networks", &self.time_networks)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let list = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect();
        let plain = Self {
            time_servers: Vec::new(),
            time_networks: Vec::new(),
        };
        let hall = Self {
            time_servers: list(&["ntp.example.org", "192.0.2.123", "2001:db8::123"]),
            time_networks: list(&["10.20.0.0/22"]),
        };
        vec![
            ("bookworm", plain.clone()),
            ("bookworm-hall", hall.clone()),
            ("trixie", plain.clone()),
            ("trixie-hall", hall),
            ("sid", plain),
        ]
    }
}
