//! The arguments of `examctl maintenance`.

use clap::{Args, Subcommand};

use super::Hosts;

#[derive(Debug, Subcommand)]
pub(crate) enum Maintenance {
    /// Tell people to come back later; answers of running attempts are still taken
    On(MaintenanceOn),
    /// Serve everybody again
    Off(Hosts),
    /// Say how it is on each host; changes nothing
    Status(Hosts),
}

impl Maintenance {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::On(_) => "maintenance on",
            Self::Off(_) => "maintenance off",
            Self::Status(_) => "maintenance status",
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct MaintenanceOn {
    #[command(flatten)]
    pub(crate) hosts: Hosts,
    /// When people may come back: a time of the day here, or a whole date (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// What people read
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
}
