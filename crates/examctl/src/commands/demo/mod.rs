//! `examctl demo`: the whole way, on this machine, without root and without Docker.
//!
//! Pack the checkout, deploy it with the real release engine, seed an exam, run the exam day as
//! load against it, judge, and serve until Ctrl-C.

mod place;
mod seed;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use provision::connections::Local;
use release::artifact::Artifact;
use release::deploy;
use release::runner;
use release::target::Target;

use crate::cli::{Demo, Pack, Signing};
use crate::failure::{Failure, chain};
use crate::interrupt;
use crate::output::{Outcome, Printer};

use super::load;
use super::seeded::Seeded;
use super::{deploy as deploy_command, release as release_command};
use place::Place;

/// Students that the load uses up: their attempts end submitted.
const LOAD_STUDENTS: u32 = 10;
/// Students for people to try.
const PEOPLE: u32 = 10;

pub(super) fn run(arguments: &Demo, printer: &Printer) -> Result<Outcome, Failure> {
    let interrupt = interrupt::flag()?;
    step(
        printer,
        1,
        "pack",
        "build exam-service from this checkout and seal it as an artifact",
    );
    let place = Place::prepare(&arguments.dir, arguments.port)?;
    let artifact = artifact(arguments, &place, printer)?;
    step(
        printer,
        2,
        "deploy",
        &format!("{} into {}", artifact.manifest.id, arguments.dir.display()),
    );
    let examctl = std::env::current_exe()
        .map_err(|error| Failure::failed(format!("this program cannot find itself: {error}")))?;
    let target =
        Target::process(place.root(), &examctl).map_err(|error| Failure::invalid(chain(&error)))?;
    put_into_service(&target, &artifact, printer)?;
    // From here on the service runs, so every way out passes by the stop below.
    let result = judge_and_serve(arguments, &place, &interrupt, printer);
    let stopped = runner::stop_service(&mut Local::default(), &target)
        .map_err(|error| deploy_command::failure(&error));
    let outcome = result?;
    stopped?;
    Ok(outcome)
}

fn step(printer: &Printer, number: u8, name: &str, what: &str) {
    printer.record(
        "demo_step",
        &serde_json::json!({"number": number, "name": name, "what": what}),
    );
    printer.progress(&format!(
        "{} {what}",
        printer.paint().strong(&format!("[{number}/4] {name}:"))
    ));
}

fn artifact(arguments: &Demo, place: &Place, printer: &Printer) -> Result<Artifact, Failure> {
    if let Some(path) = &arguments.artifact {
        return release_command::open(path);
    }
    let pack = Pack {
        output: place.root().join("artifacts"),
        build: arguments.build,
        static_link: false,
        binary: None,
        signing: Signing::default(),
    };
    release_command::pack_checkout(&pack, None, printer)
}

fn put_into_service(
    target: &Target,
    artifact: &Artifact,
    printer: &Printer,
) -> Result<(), Failure> {
    let mut options = deploy_command::options()?;
    // The data of a demo is made anew, so no attempt in it can be hurt.
    options.during_exam = true;
    options.retry_failed = true;
    let deployed = deploy(
        &mut Local::default(),
        target,
        artifact,
        &options,
        &mut |event| {
            deploy_command::show(&event, printer);
        },
    )
    .map_err(|error| deploy_command::failure(&error))?;
    if !deployed.changed {
        runner::start_service(&mut Local::default(), target)
            .map_err(|error| deploy_command::failure(&error))?;
    }
    Ok(())
}

fn judge_and_serve(
    arguments: &Demo,
    place: &Place,
    interrupt: &Arc<AtomicBool>,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    step(
        printer,
        3,
        "seed",
        "two exams: one for people, one for the load",
    );
    let people = seed::for_people(place, PEOPLE)?;
    let seeded = seed::for_load(place, LOAD_STUDENTS)?;
    let what = format!(
        "{LOAD_STUDENTS} students sit the exam \"{}\"",
        seeded.exam_title
    );
    step(printer, 4, "load", &what);
    let demonstration = load::Demonstration {
        target: place.url(),
        seeded,
        service: &place.service(),
        env_file: &place.env_file(),
        results: &place.load_results(),
        interrupt: Arc::clone(interrupt),
    };
    let outcome = load::demonstrate(demonstration, printer)?;
    if arguments.once || interrupt.load(Ordering::Relaxed) {
        return Ok(outcome);
    }
    invite(place, &people, printer);
    while !interrupt.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
    }
    printer.progress("\nstopping");
    Ok(outcome)
}

fn invite(place: &Place, seeded: &Seeded, printer: &Printer) {
    let student = seeded.students.first().map_or("", String::as_str);
    let last = seeded.students.last().map_or("", String::as_str);
    printer.record(
        "demo_ready",
        &serde_json::json!({"url": place.url(), "student": student, "last_student": last, "admin": seeded.admin, "password": seeded.password}),
    );
    let paint = printer.paint();
    printer.data(&format!(
        "\n{}  {}\n  student   {student} to {last}\n  admin     {}\n  password  {} (of them all, for this demo only)\n\nCtrl-C stops it.",
        paint.strong("The exam server is at"),
        paint.good(&place.url()),
        seeded.admin,
        seeded.password,
    ));
}
