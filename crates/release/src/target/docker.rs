//! What does a host say of its containers? Variables `exam_docker_*`, with defaults.

use super::{TargetError, Variables};

/// How the containers of a host are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerSettings {
    /// `host`, or `container:NAME`: whose network the containers use.
    ///
    /// Not a published port: the engine accepts its connections also while the colour behind it is in
    /// standby, and nginx, which tries the other colour only where it is refused, would fail requests.
    pub network: String,
    /// Memory of one colour in MiB, swap included; past it the kernel ends the colour.
    pub memory_mib: u32,
    /// Processes and threads of one colour.
    pub pids: u32,
    /// Files and connections that one colour may have open.
    pub open_files: u32,
}

impl DockerSettings {
    pub(super) fn from_vars(vars: &Variables<'_>) -> Result<Self, TargetError> {
        const NETWORK: &str = "exam_docker_network";
        let network = vars.text(NETWORK)?.unwrap_or_else(|| "host".to_owned());
        let of_container = network
            .strip_prefix("container:")
            .is_some_and(crate::artifact::manifest::is_word);
        if network != "host" && !of_container {
            let problem = format!(
                "must be `host` or `container:NAME`, not `{network}`: a published port accepts connections for a colour in standby"
            );
            return Err(vars.error(NETWORK, &problem));
        }
        Ok(Self {
            network,
            // A limit for a release that leaks, not a size to plan with. Both colours run at once.
            memory_mib: vars
                .number("exam_docker_memory_mib", 64..=1 << 20)?
                .unwrap_or(1024),
            pids: vars
                .number("exam_docker_pids", 32..=1 << 20)?
                .unwrap_or(512),
            open_files: vars
                .number("exam_docker_open_files", 1024..=1 << 20)?
                .unwrap_or(65_535),
        })
    }
}
