//! What would a step run on the host, and how would it be taken back? Pure.
//!
//! Every script here is made by the function that the step itself calls, so that what a dry run
//! prints is what a run does.

use serde::Serialize;

use crate::backup::restore::in_place::{restore_script, undo_restore_script};
use crate::backup::{Scratch, copy_script, scratch_script};
use crate::host::control::{ANSWER, control_script};
use crate::journal::Begin;
use crate::metrics::reading::reading_script;
use crate::runner::runner_of;
use crate::steps::Step;
use crate::steps::load::generator::{TOOLS, is_there_script, place_script as generator_script};
use crate::steps::load::script::{LoadRun, load_script, purge_script};
use crate::steps::perform::{PROMOTE, active_script, binary_script, link_script};
use crate::steps::prove::{SMOKE, ask_script, own_way, public_way, readiness_script};
use crate::steps::undo::CONTROL;
use crate::steps::upload::{
    clean_script, folder_script, manifest_script, place_script, verify_script,
};
use crate::target::Target;
use crate::target::layout::Slot;

/// One step of a plan, for a person who wants to know before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    pub step: Step,
    /// Scripts in their order; a line that begins with `#` says what no script does.
    pub commands: Vec<String>,
    /// The same for taking it back; empty where there is nothing to take back.
    pub undo: Vec<String>,
}

/// All steps of a plan, in order.
pub(crate) fn describe(target: &Target, begin: &Begin) -> Vec<Described> {
    begin
        .steps
        .iter()
        .map(|&step| Described {
            step,
            commands: describe_step(step, target, begin),
            undo: describe_undo(step, target, begin),
        })
        .collect()
}

fn migrate(target: &Target, begin: &Begin) -> Vec<String> {
    vec![
        binary_script(target, &begin.release, "migrate"),
        "# where a migration takes something away and --allow-contract is given: `control maintenance on` before, and `migrate --allow-contract`"
            .to_owned(),
        "# of several hosts with one database the first migrates it; for the others there is nothing left to do"
            .to_owned(),
    ]
}

fn close(target: &Target) -> Vec<String> {
    let of = |&slot: &Slot| {
        let stop = or_own_way(runner_of(target).stop_script(target, slot), "stops", slot);
        [stop, link_script(target, slot, None)]
    };
    target.slots().iter().flat_map(of).collect()
}

fn gate(target: &Target, to: Slot) -> Vec<String> {
    let (probes, seconds) = (target.gate_probes, target.gate.as_secs());
    vec![
        readiness_script(target, to),
        format!("# again and again: {probes} good answers in a row, within {seconds} s"),
    ]
}

fn load(target: &Target, begin: &Begin) -> Vec<String> {
    // Which program makes the load is known to the run alone.
    let generator = format!("{}/{TOOLS}/examctl-SHA256", target.exam_root);
    let run = |profile: &String| {
        load_script(&LoadRun {
            target,
            release: &begin.release,
            to: begin.to,
            profile,
            generator: &generator,
        })
    };
    let put = format!(
        "# where it is not there yet, this examctl is sent to {generator}, after:\n{}",
        generator_script(target)
    );
    let checked = format!(
        "{}\n# with the checksum of this examctl as input",
        is_there_script()
    );
    [checked, put]
        .into_iter()
        .chain(begin.load_profile.iter().map(run))
        .collect()
}

fn promote(target: &Target, to: Slot) -> Vec<String> {
    let own = own_way(target, to).map(|way| ask_script(&way));
    let promote = control_script(target, to, "promote", PROMOTE);
    [promote, status_script(target, to)]
        .into_iter()
        .chain(own)
        .collect()
}

/// What a step runs.
pub(crate) fn describe_step(step: Step, target: &Target, begin: &Begin) -> Vec<String> {
    let to = begin.to;
    match step {
        Step::Upload => upload(target, begin),
        Step::CheckSettings => vec![
            binary_script(target, &begin.release, "check --json"),
            binary_script(target, &begin.release, "migrate --status"),
        ],
        Step::Backup => describe_backup(target, &begin.release),
        Step::Close => close(target),
        Step::Keep => describe_copy(
            target,
            begin
                .restore
                .as_ref()
                .map_or(&begin.release, |plan| &plan.tool),
        ),
        Step::Restore => begin
            .restore
            .iter()
            .map(|plan| restore_script(target, plan))
            .collect(),
        Step::Migrate => migrate(target, begin),
        Step::Stop => vec![or_own_way(
            runner_of(target).stop_script(target, to),
            "stops",
            to,
        )],
        Step::Link => vec![link_script(target, to, Some(&begin.release))],
        Step::Start => vec![or_own_way(
            runner_of(target).start_script(target, to),
            "starts",
            to,
        )],
        Step::Gate => gate(target, to),
        Step::Smoke => vec![
            status_script(target, to),
            control_script(target, to, "smoke", SMOKE),
        ],
        Step::Load => load(target, begin),
        Step::Activate if to == Slot::Single => vec!["# nothing: there is one slot".to_owned()],
        Step::Activate => vec![
            format!(
                "# refused here once more while attempts are open on {to}, unless --during-exam"
            ),
            active_script(Some(to)),
        ],
        Step::Promote => promote(target, to),
        Step::Retire => begin
            .from
            .map(|from| control_script(target, from, "standby", target.drain_limit()))
            .into_iter()
            .collect(),
        Step::Verify => {
            let public = public_way(target).map(|way| ask_script(&way));
            [status_script(target, to)]
                .into_iter()
                .chain(public)
                .collect()
        }
        Step::Bake => vec![
            reading_script(target, to),
            format!(
                "# every second for {} s (unless --bake says otherwise), compared with the limits and with the old release",
                target.bake.length.as_secs()
            ),
        ],
    }
}

/// What takes a step back, in the order in which it is done.
pub(crate) fn describe_undo(step: Step, target: &Target, begin: &Begin) -> Vec<String> {
    let to = begin.to;
    if !step.has_undo() {
        return Vec::new();
    }
    match step {
        Step::Upload => vec![clean_script(&target.layout().partial(&begin.release))],
        Step::Stop if begin.to_before.is_some() || (to == Slot::Single && begin.was_serving) => {
            vec![or_own_way(
                runner_of(target).start_script(target, to),
                "starts",
                to,
            )]
        }
        Step::Link => vec![link_script(target, to, begin.to_before.as_deref())],
        Step::Start => vec![or_own_way(
            runner_of(target).stop_script(target, to),
            "stops",
            to,
        )],
        Step::Load => vec![purge_script(target, &begin.release)],
        Step::Close => begin
            .restore
            .iter()
            .flat_map(|plan| &plan.slots)
            .flat_map(|before| {
                let slot = before.slot;
                let link = link_script(target, slot, before.release.as_deref());
                let start =
                    or_own_way(runner_of(target).start_script(target, slot), "starts", slot);
                std::iter::once(link).chain(before.ran.then_some(start))
            })
            .collect(),
        Step::Restore => begin
            .restore
            .iter()
            .map(|plan| undo_restore_script(plan, false))
            .collect(),
        Step::Activate if to != Slot::Single => vec![active_script(begin.from)],
        Step::Promote => vec![control_script(target, to, "standby", target.drain_limit())],
        Step::Retire => begin
            .from
            .map(|from| {
                let promote = control_script(target, from, "promote", CONTROL);
                format!(
                    "{promote}\n# before all other undoing, so that one of the two always serves"
                )
            })
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn describe_backup(target: &Target, release: &str) -> Vec<String> {
    let mut commands = vec![
        binary_script(target, release, "migrate --status"),
        "# where no migration is pending, that was all; otherwise:".to_owned(),
    ];
    commands.extend(describe_copy(target, release));
    commands
}

/// The database is where the program says that it is; usually here.
fn describe_copy(target: &Target, tool: &str) -> Vec<String> {
    let name = "TIME_RELEASE_DEPLOY";
    let copy = format!("{}/{name}.db.partial", target.backup_directory);
    let scratch = Scratch {
        copy: &copy,
        directory: &target.exam_data,
        tool,
        releases: &[],
        compare: false,
    };
    vec![
        binary_script(target, tool, "backup"),
        copy_script(target, tool, &target.exam_data, name),
        scratch_script(target, &scratch),
        format!(
            "# where every count is right, it becomes {name}.db and gets its manifest {name}.json"
        ),
    ]
}

fn upload(target: &Target, begin: &Begin) -> Vec<String> {
    let layout = target.layout();
    let (place, partial) = (
        layout.release(&begin.release),
        layout.partial(&begin.release),
    );
    let release = Some(&begin.release);
    let in_use = begin.previous.as_ref() == release || begin.to_before.as_ref() == release;
    vec![
        format!(
            "{}\n# with the checksums of the manifest as input; where they are right, nothing is sent",
            verify_script(&place)
        ),
        folder_script(&partial),
        format!("# each file that is not there yet is sent to {partial}/"),
        manifest_script(&partial),
        verify_script(&partial),
        place_script(&place, &partial, in_use),
    ]
}

fn status_script(target: &Target, slot: Slot) -> String {
    control_script(target, slot, "status", ANSWER)
}

/// A runner that is not told by a script says so.
fn or_own_way(script: Option<String>, verb: &str, slot: Slot) -> String {
    script.unwrap_or_else(|| format!("# the runner {verb} {slot} through its own interface"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::journal;
    use crate::steps::{Kind, plan_steps, with_load};
    use crate::target::RunnerKind;

    fn described(vars: &str) -> Vec<Described> {
        let target = Target::from_vars("h", &serde_json::from_str(vars).unwrap()).unwrap();
        let mut begin = *journal(&["a: upload"]).unfinished().unwrap().begin.unwrap();
        begin.to_before = Some("z".to_owned());
        begin.steps = plan_steps(RunnerKind::Supervisor, Kind::Deploy, false, true);
        begin.steps = with_load(begin.steps, Kind::Deploy);
        begin.load_profile = Some("smoke".to_owned());
        begin.steps.push(Step::Bake);
        describe(&target, &begin)
    }

    #[test]
    fn each_step_names_what_it_runs_and_each_that_changes_something_how_it_is_taken_back() {
        for vars in ["{}", r#"{"runner": "systemd"}"#] {
            for described in described(vars) {
                let Described {
                    step,
                    commands,
                    undo,
                } = described;
                assert!(!commands.is_empty(), "{step}");
                assert_eq!(!undo.is_empty(), step.has_undo(), "{step}: {undo:?}");
            }
        }
    }

    #[test]
    fn a_script_that_is_shown_is_one_that_a_shell_can_read() {
        for described in described("{}") {
            for script in described.commands.iter().chain(&described.undo) {
                let output = std::process::Command::new("/bin/sh")
                    .args(["-n", "-c", script])
                    .output()
                    .unwrap();
                assert!(output.status.success(), "{script}: {output:?}");
            }
        }
    }

    #[test]
    fn the_steps_of_supervisor_are_shown_as_they_are_run() {
        let steps = described("{}");
        let of = |step: Step| {
            let found = steps.iter().find(|described| described.step == step);
            found
                .map(|described| described.commands.join("\n"))
                .unwrap_or_default()
        };
        assert!(of(Step::Stop).starts_with("supervisorctl stop exam-service-"));
        assert!(of(Step::CheckSettings).contains("runuser -u exam -- /opt/exam-service/releases/a/exam-service --env-file /etc/exam-service/exam-service.env check --json"));
        assert!(of(Step::Activate).contains("mv -fT active.new active"));
        assert!(of(Step::Promote).contains("control --admin unix:"));
    }
}
