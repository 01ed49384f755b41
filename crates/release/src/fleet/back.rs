//! How do hosts that had switched go back, when another one failed?

use std::sync::Arc;
use std::time::Duration;

use super::run::{Run, watched};
use super::threads::each;
use super::{FleetEvent, Wave};
use crate::deploy::Deployed;
use crate::deploy::rollback::rollback;
use crate::error::DeployError;
use crate::event::Events;
use crate::options::DeployOptions;
use crate::report::trail::Trail;
use crate::report::{HostOutcome, WayBack};

impl Run<'_, '_> {
    /// The hosts of a wave that had switched go back to what they had.
    pub(super) fn go_back(&mut self, wave: &Wave, watch: &mut dyn FnMut(FleetEvent)) {
        let switched = wave.hosts.iter().copied();
        let (back, first): (Vec<usize>, Vec<usize>) = switched
            .filter(|host| self.hosts[*host].outcome == HostOutcome::Serves)
            .partition(|host| self.hosts[*host].before.is_some());
        for host in first {
            self.hosts[host].reason = Some("it stays: no release served there before".to_owned());
        }
        if back.is_empty() {
            return;
        }
        watch(FleetEvent::GoingBack {
            hosts: self.names(&back),
        });
        let options = way_back_options(self.options);
        let work = |host: usize, emit: Events<'_>| {
            let mut trail = Trail::default();
            let before = self.hosts[host].before.as_deref();
            let result = self.with_connection(host, |connection| {
                let mut events = watched(&mut trail, emit);
                let target = self.members[host].target;
                rollback(connection, target, before, &options, &mut events)
            });
            (result, trail)
        };
        let ended = each(
            &back,
            self.fleet.parallel,
            &|| true,
            &work,
            &mut |host, event| {
                let host = self.hosts[host].host.clone();
                watch(FleetEvent::Host { host, event });
            },
        );
        for (host, (result, trail)) in ended {
            self.went_back(host, result, trail);
            self.finished(host, watch);
        }
    }

    fn went_back(&mut self, host: usize, result: Result<Deployed, DeployError>, trail: Trail) {
        let report = &mut self.hosts[host];
        match result {
            Ok(deployed) => {
                report.outcome = HostOutcome::WentBack;
                report.way_back = Some(WayBack {
                    warm: deployed.warm,
                    took_ms: deployed.took_ms,
                    cutover_ms: deployed.cutover_ms,
                    trail,
                });
            }
            Err(error) => {
                let reason = format!("it should have gone back, and did not: {error}");
                report.outcome = HostOutcome::NeedsAttention;
                report.reason = Some(reason.clone());
                self.errors.push(DeployError::NeedsAttention {
                    host: report.host.clone(),
                    reason,
                    failures: vec![format!(
                        "the switch to {}",
                        report.release.as_deref().unwrap_or("the release")
                    )],
                    advice: "look at `examctl status`, mend what is named above, then `examctl rollback --limit` this host".to_owned(),
                });
            }
        }
    }
}

/// Going back is what is done when something is wrong: nothing holds it up, and it loses no request.
fn way_back_options(options: &DeployOptions) -> DeployOptions {
    DeployOptions {
        during_exam: true,
        // What served before needs no watching again.
        bake: Some(Duration::ZERO),
        interrupt: Arc::default(),
        pause_before_step: None,
        ..options.clone()
    }
}
