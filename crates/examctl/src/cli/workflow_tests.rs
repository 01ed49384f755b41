//! Is every `examctl` command of the shipped workflows one that this program takes?

use std::path::PathBuf;

use clap::Parser as _;
use serde_yaml::Value;

use super::Arguments;

fn workflows() -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packaging/github");
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().path())
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// Every script of a workflow.
fn scripts(workflow: &Value) -> Vec<String> {
    let jobs = workflow["jobs"].as_mapping().unwrap();
    jobs.values()
        .flat_map(|job| job["steps"].as_sequence().unwrap())
        .filter_map(|step| step["run"].as_str().map(str::to_owned))
        .collect()
}

/// The words of each `examctl` command, as a shell would split them; what is in quotes is one word.
fn commands(script: &str) -> Vec<Vec<String>> {
    let script = script.replace("\\\n", " ");
    script
        .lines()
        .map(|line| line.trim().trim_start_matches("{ "))
        .filter(|line| line.starts_with("examctl "))
        .map(|line| {
            let end = line.find(['|', '>', ';', '&']).unwrap_or(line.len());
            let mut words = vec![String::new()];
            let mut quoted = false;
            for letter in line[..end].chars() {
                match letter {
                    '"' => quoted = !quoted,
                    ' ' if !quoted => words.push(String::new()),
                    letter => words.last_mut().unwrap().push(letter),
                }
            }
            words.retain(|word| !word.is_empty());
            words
        })
        .collect()
}

#[test]
fn every_command_of_a_workflow_is_one_that_this_program_takes() {
    let mut parsed = Vec::new();
    for (path, text) in workflows() {
        let workflow: Value = serde_yaml::from_str(&text).unwrap();
        for command in scripts(&workflow)
            .iter()
            .flat_map(|script| commands(script))
        {
            match Arguments::try_parse_from(&command) {
                Ok(arguments) => parsed.push(arguments.command.name()),
                Err(error) => panic!("{}: {command:?}: {error}", path.display()),
            }
        }
    }
    for expected in ["release pack", "deploy", "status"] {
        assert!(
            parsed.contains(&expected),
            "{expected} is not in {parsed:?}"
        );
    }
}

#[test]
fn secrets_reach_a_command_by_its_environment_only() {
    for (path, text) in workflows() {
        let workflow: Value = serde_yaml::from_str(&text).unwrap();
        for script in scripts(&workflow) {
            assert!(!script.contains("secrets."), "{}: {script}", path.display());
        }
    }
}
