//! How does the database get what the new release needs, and who is told meanwhile?
//!
//! What only adds is done while the old release serves. What takes something away is done under
//! maintenance, and after whatever waits in standby has been stopped.

use std::time::Duration;

use provision::connections::quote;

use crate::host::session::Session;
use crate::host::{Host, StepError, said};
use crate::journal::Begin;
use crate::runner::runner_of;
use crate::steps::perform::{Work, run_binary};
use crate::steps::settings::gather_schema;
use crate::target::layout::Slot;

/// Less than the lease of the lock.
const MIGRATE: Duration = Duration::from_mins(10);
const CONTROL: Duration = Duration::from_secs(15);
/// What people read meanwhile. By it a later run also knows that a deploy began the maintenance, and
/// that it is not somebody else's.
pub(crate) const MESSAGE: &str =
    "A new version is being put into service. Please come back in a few minutes.";

pub(crate) fn migrate(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let contracts = gather_schema(session, work)?.contracts();
    if contracts && !session.options.allow_contract {
        // It was not so when the settings were checked.
        return Err(StepError::Failed(
            "the release takes something away from the database, which needs --allow-contract"
                .to_owned(),
        ));
    }
    let mut verb = "migrate";
    if contracts {
        prepare_contract(session, work.begin)?;
        verb = "migrate --allow-contract";
    }
    let output = run_binary(session, work, verb, MIGRATE)?;
    if output.success() {
        return Ok(());
    }
    Err(StepError::Failed(format!(
        "`{verb}` of the new release: {}",
        said(&output)
    )))
}

/// People are told, and no older release is left that could need what is taken away.
fn prepare_contract(session: &mut Session<'_>, begin: &Begin) -> Result<(), StepError> {
    if let Some(from) = begin.from.filter(|_| begin.was_serving) {
        let status = session
            .host
            .probe_status(from)?
            .map_err(StepError::Failed)?;
        if status.maintenance.is_none() {
            session.host.apply_control(from, &on_verb(), CONTROL)?;
            session.note("maintenance is on while the database is changed");
        }
    }
    if let Some(waiting) = begin
        .to_before
        .as_ref()
        .filter(|_| begin.to != Slot::Single)
    {
        session.note(format!(
            "release {waiting} on {} is stopped first: it may need what is taken away, so there is no way back to it",
            begin.to
        ));
        runner_of(session.host.target).stop(&mut session.host, begin.to)?;
    }
    Ok(())
}

fn on_verb() -> String {
    format!("maintenance on --message {}", quote(MESSAGE))
}

/// Ends the maintenance that a deploy began, by the slot that serves; somebody else's stays.
pub(crate) fn end_own_maintenance(host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
    let Ok(status) = host.probe_status(slot)? else {
        return Ok(());
    };
    let is_ours = status
        .maintenance
        .is_some_and(|maintenance| maintenance.message.as_deref() == Some(MESSAGE));
    if is_ours {
        host.apply_control(slot, "maintenance off", CONTROL)?;
    }
    Ok(())
}
