//! The demo's exam and people, made by the deployed program itself.

use crate::failure::Failure;

use super::place::Place;
use crate::commands::seeded::Seeded;

pub(super) fn seed(place: &Place, students: u32) -> Result<Seeded, Failure> {
    let failed =
        |reason: String| Failure::failed(format!("the demo exam could not be made: {reason}"));
    let output = std::process::Command::new(place.service())
        .arg("--env-file")
        .arg(place.env_file())
        .args(["seed-demo", "--students", &students.to_string()])
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
