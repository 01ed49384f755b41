//! The demo's exams and people, made by the deployed program itself.

use crate::failure::Failure;

use super::place::Place;
use crate::commands::seeded::Seeded;

/// What the students of the load were made for.
pub(super) const LOAD_RUN: &str = "demo";

/// An exam for people to try.
pub(super) fn for_people(place: &Place, students: u32) -> Result<Seeded, Failure> {
    seed(place, &["seed-demo", "--students", &students.to_string()])
}

/// An exam for the load, whose students end with a submitted attempt each; in no list that people see.
pub(super) fn for_load(place: &Place, students: u32) -> Result<Seeded, Failure> {
    let students = students.to_string();
    seed(
        place,
        &["load", "seed", "--run", LOAD_RUN, "--students", &students],
    )
}

fn seed(place: &Place, arguments: &[&str]) -> Result<Seeded, Failure> {
    let failed =
        |reason: String| Failure::failed(format!("the demo exam could not be made: {reason}"));
    let output = std::process::Command::new(place.service())
        .arg("--env-file")
        .arg(place.env_file())
        .args(arguments)
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| failed(format!("its answer is unreadable: {error}")))
}
