//! How did it end on the whole? The worst of what happened decides.

use crate::error::DeployError;
use crate::report::HostReport;

/// What became of a fleet.
#[derive(Debug)]
pub struct FleetEnd {
    /// In the order of the inventory.
    pub hosts: Vec<HostReport>,
    /// `None`: every host serves the release. Otherwise the error that says most.
    pub error: Option<DeployError>,
}

impl FleetEnd {
    pub(super) fn new(hosts: Vec<HostReport>, errors: Vec<DeployError>) -> Self {
        Self {
            hosts,
            error: worst(errors),
        }
    }

    pub fn exit_code(&self) -> u8 {
        self.error.as_ref().map_or(0, DeployError::exit_code)
    }
}

/// Of several errors the one that a person must know of first; of equal ones the first in time.
fn worst(errors: Vec<DeployError>) -> Option<DeployError> {
    let mut worst: Option<DeployError> = None;
    for error in errors {
        if worst
            .as_ref()
            .is_none_or(|worst| weight(&error) > weight(worst))
        {
            worst = Some(error);
        }
    }
    worst
}

fn weight(error: &DeployError) -> u8 {
    match error {
        DeployError::NeedsAttention { .. } => 6,
        DeployError::Lost { .. } | DeployError::LockLost { .. } => 5,
        DeployError::GateFailed { .. } => 4,
        DeployError::StepFailed { .. } => 3,
        DeployError::Unreachable(_)
        | DeployError::Locked { .. }
        | DeployError::Refused { .. }
        | DeployError::Artifact(_) => 2,
        // What else went wrong says more than that somebody had enough of it.
        DeployError::Interrupted { .. } => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_end_decides_and_the_first_of_equal_ones() {
        let host = |name: &str| name.to_owned();
        let interrupted = || DeployError::Interrupted {
            host: host("a"),
            step: "gate",
            after: String::new(),
        };
        let refused = |name: &str| DeployError::Refused {
            host: host(name),
            reason: String::new(),
        };
        let gate = || DeployError::GateFailed {
            host: host("c"),
            release: String::new(),
            step: "gate",
            reason: String::new(),
            after: String::new(),
        };
        let code = |errors| FleetEnd::new(Vec::new(), errors).exit_code();
        assert_eq!(code(Vec::new()), 0);
        assert_eq!(code(vec![interrupted()]), 130);
        assert_eq!(code(vec![interrupted(), refused("a"), gate()]), 4);
        assert_eq!(code(vec![gate(), refused("a")]), 4);
        let first = worst(vec![refused("a"), refused("b")]).unwrap();
        assert!(first.to_string().starts_with("a:"));
    }
}
