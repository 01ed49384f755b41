//! What a host's disk holds once something was done to it, for hosts that begin where it ended.

use std::time::Duration;

use crate::host::{Host, LABEL, succeed};
use crate::waiting::wait_for;

/// How long a host may take to shut down.
const SHUTDOWN_LIMIT: Duration = Duration::from_mins(1);

/// An image of a host's disk, without what lies on its volumes. `tests/run` removes those of tests that are gone.
#[derive(Debug)]
pub struct Disk {
    pub(crate) image: String,
}

impl Host {
    /// Shuts the host down and keeps its disk.
    pub fn into_disk(self) -> Disk {
        // It does not answer any more, once it does so.
        self.try_exec("systemctl poweroff");
        wait_for("the host to be off", SHUTDOWN_LIMIT, || {
            self.is_off().then_some(())
        });
        let image = format!("{}-disk", self.container());
        let label = format!("LABEL {LABEL}={}", std::process::id());
        succeed(&["commit", "--change", &label, self.container(), &image]);
        Disk { image }
    }
}
