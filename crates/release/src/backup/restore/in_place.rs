//! How does a copy take the place of the database, and how is that taken back? Nobody may have the file open: both
//! slots stop first, and until the right release is linked no slot names one, so that not even a reboot starts any.

use provision::connections::quote;
use serde::{Deserialize, Serialize};

use crate::backup::manifest::{Why, file_of};
use crate::backup::service::COPYING;
use crate::backup::take::{Purpose, take_backup};
use crate::host::session::Session;
use crate::host::{StepError, USUAL};
use crate::journal::Begin;
use crate::runner::runner_of;
use crate::steps::perform::{Work, apply_link};
use crate::target::Target;
use crate::target::layout::Slot;

/// Everything that putting a backup into place, or taking that back, needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RestorePlan {
    /// The run that began it: what goes aside is called after it.
    pub(crate) deploy: String,
    /// The backup's name.
    pub(crate) backup: String,
    pub(crate) sha256: String,
    /// The file whose place it takes.
    pub(crate) database: String,
    /// Whether there is one.
    pub(crate) had_database: bool,
    /// Whether it can be read, and so be backed up first.
    pub(crate) was_readable: bool,
    /// The release whose program copies and checks.
    pub(crate) tool: String,
    pub(crate) slots: Vec<SlotBefore>,
}

/// A slot as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SlotBefore {
    pub(crate) slot: Slot,
    pub(crate) release: Option<String>,
    pub(crate) ran: bool,
}

impl RestorePlan {
    /// Where the database lies while the backup is in its place.
    fn aside(&self) -> String {
        format!("{}.before-{}", self.database, self.deploy)
    }

    /// Where what students wrote into the backup's database lies once it was taken back.
    fn discarded(&self) -> String {
        format!("{}.undone-{}", self.database, self.deploy)
    }
}

fn plan_of(begin: &Begin) -> Result<&RestorePlan, StepError> {
    begin.restore.as_deref().ok_or_else(|| {
        StepError::Failed("the journal does not say which backup is restored".to_owned())
    })
}

/// Every slot stops and names no release.
pub(crate) fn apply_close(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let runner = runner_of(session.host.target);
    for &slot in session.host.target.slots() {
        runner.stop(&mut session.host, slot)?;
        apply_link(session, slot, None)?;
    }
    plan_of(work.begin).map(drop)
}

/// Every slot names what it named, and what ran runs; first of all what served.
pub(crate) fn undo_close(session: &mut Session<'_>, begin: &Begin) -> Result<(), StepError> {
    let runner = runner_of(session.host.target);
    let mut slots: Vec<&SlotBefore> = plan_of(begin)?.slots.iter().collect();
    slots.sort_by_key(|before| Some(before.slot) != begin.from);
    for before in slots {
        apply_link(session, before.slot, before.release.as_deref())?;
        if !before.ran || before.release.is_none() {
            continue;
        }
        match runner.start(&mut session.host, before.slot) {
            Ok(()) => {}
            Err(StepError::Failed(reason)) if Some(before.slot) != begin.from => {
                // It serves nobody: only the warm way back is missing.
                session.note(format!(
                    "the release in {} does not start again: {reason}",
                    before.slot
                ));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What is about to be taken away is backed up itself: a restore can be taken back.
pub(crate) fn apply_keep(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let plan = plan_of(work.begin)?;
    if !plan.had_database {
        return Ok(());
    }
    if !plan.was_readable {
        session.note(format!(
            "the present database cannot be read, so its files stay as they are: {}",
            plan.aside()
        ));
        return Ok(());
    }
    let purpose = Purpose {
        why: Why::Restore,
        tool: &plan.tool,
        deploy: &plan.deploy,
        serving: work.begin.previous.as_deref(),
        before: None,
    };
    match take_backup(session, &purpose)? {
        None => Ok(()),
        Some(taken) => session.record_note(
            "backup",
            &format!("{} of what {} takes the place of", taken.name, plan.backup),
        ),
    }
}

/// The copy takes the place of the database by one rename; what was there lies beside it.
pub(crate) fn apply_restore(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let plan = plan_of(work.begin)?;
    let script = restore_script(session.host.target, plan);
    session.renew(COPYING)?;
    let output = session.host.run(&script, "", COPYING)?;
    if output.success() {
        return session.record_note("restore", &format!("{} is in place", plan.backup));
    }
    Err(StepError::Failed(format!(
        "cannot put the backup into place: {}",
        crate::host::said(&output)
    )))
}

/// The database itself goes aside last: where it is aside, everything of it is.
pub(crate) fn restore_script(target: &Target, plan: &RestorePlan) -> String {
    let owner = target.exam_user.as_ref().map_or(String::new(), |user| {
        format!("chown {}: \"$new\" || exit 1\n", quote(user))
    });
    format!(
        "umask 077\n\
         copy={copy}; db={db}; before={before}; new=$db.new\n\
         cp \"$copy\" \"$new\" || exit 1\n{owner}\
         chmod 600 \"$new\" && sync \"$new\" || exit 1\n\
         sum=$(sha256sum < \"$new\"); [ \"${{sum%% *}}\" = {sum} ] || {{ echo 'the copy has changed since it was checked' >&2; rm -f \"$new\"; exit 1; }}\n\
         if [ -e \"$db\" ] && [ ! -e \"$before\" ]; then\n\
         if [ -e \"$db-wal\" ]; then mv -fT \"$db-wal\" \"$before-wal\" || exit 1; fi\n\
         rm -f \"$db-shm\" \"$db-journal\" && mv -fT \"$db\" \"$before\" || exit 1\n\
         fi\n\
         rm -f \"$db-wal\" \"$db-shm\" \"$db-journal\"\n\
         mv -fT \"$new\" \"$db\" && sync \"$(dirname \"$db\")\"",
        copy = quote(&format!(
            "{}/{}",
            target.backup_directory,
            file_of(&plan.backup)
        )),
        db = quote(&plan.database),
        before = quote(&plan.aside()),
        sum = quote(&plan.sha256),
    )
}

/// What was there comes back. `was_public`: students may have written into what was restored, so it is kept.
pub(crate) fn undo_restore(
    session: &mut Session<'_>,
    begin: &Begin,
    was_public: bool,
) -> Result<(), StepError> {
    let plan = plan_of(begin)?;
    let script = undo_restore_script(plan, was_public);
    session
        .host
        .must_run("put the database back into place", &script)?;
    if was_public {
        session.note(format!(
            "what was written since the restore is kept in {}",
            plan.discarded()
        ));
    }
    Ok(())
}

pub(crate) fn undo_restore_script(plan: &RestorePlan, was_public: bool) -> String {
    let discard = if was_public {
        "for end in '' -wal; do [ ! -e \"$db$end\" ] || mv -fT \"$db$end\" \"$undone$end\" || exit 1; done\nrm -f \"$db-shm\""
    } else {
        "rm -f \"$db\" \"$db-wal\" \"$db-shm\""
    };
    let nothing_before = if plan.had_database { "false" } else { "true" };
    // The database comes back before its log: where it is not aside any more, only the log may be.
    format!(
        "db={db}; before={before}; undone={undone}\n\
         rm -f \"$db.new\"\n\
         if [ -e \"$before\" ] || {nothing_before}; then\n{discard}\nfi\n\
         if [ -e \"$before\" ]; then mv -fT \"$before\" \"$db\" || exit 1; fi\n\
         if [ -e \"$before-wal\" ]; then mv -fT \"$before-wal\" \"$db-wal\" || exit 1; fi\n\
         sync \"$(dirname \"$db\")\"",
        db = quote(&plan.database),
        before = quote(&plan.aside()),
        undone = quote(&plan.discarded()),
    )
}

/// What was taken away is in a backup that counts: its files are not needed any more.
pub(super) fn clear_aside(session: &mut Session<'_>, plan: &RestorePlan) {
    if !plan.had_database || !plan.was_readable {
        return;
    }
    let aside = plan.aside();
    let script = format!("rm -f {0} {0}-wal", quote(&aside));
    match session.host.run(&script, "", USUAL) {
        Ok(output) if output.success() => {}
        Ok(output) => {
            let said = crate::host::said(&output);
            session.note(format!("{aside} stays beside the database: {said}"));
        }
        Err(error) => session.note(format!(
            "{aside} stays beside the database: {}",
            error.reason()
        )),
    }
}
