//! Playbooks that are wrong: `tests/problems/*.yaml` end with what `check` must say about them,
//! as comments `# expect: line:column: message`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

use std::path::Path;

use provision::assets::Assets;
use provision::engine::{RunOptions, check};
use provision::inventory::Inventory;

const INVENTORY: &str =
    "hosts: {h1: {connection: local, vars: {port: 80}}, h2: {connection: local, vars: {port: 81}}}";

fn problems(path: &Path) -> Vec<String> {
    let inventory = Inventory::parse("inventory.yaml", INVENTORY).unwrap();
    let options = RunOptions::default();
    match check(path, Some(&inventory), &Assets::embedded(), &options) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn every_mistake_is_found_before_a_host_is_contacted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems");
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let expected: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# expect: "))
            .map(|line| format!("{}:{line}", path.display()))
            .collect();
        assert!(!expected.is_empty(), "{} expects nothing", path.display());
        let found: Vec<String> = problems(&path)
            .iter()
            .map(|line| line.replace(&format!("{}/", folder.join("templates").display()), ""))
            .collect();
        if found != expected {
            wrong.push(format!("{}\n  {}", path.display(), found.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_shipped_playbooks_are_right_for_their_example_inventories() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../playbooks");
    let assets = Assets::embedded();
    for name in assets.playbook_names() {
        let example = match name.as_str() {
            "docker" => "inventory-docker.example.yaml",
            _ => "inventory.example.yaml",
        };
        let inventory = Inventory::load(&folder.join(example)).unwrap();
        let options = RunOptions::default();
        let checked = check(Path::new(&name), Some(&inventory), &assets, &options).unwrap();
        assert_eq!(checked.name(), name);
        assert!(check(Path::new(&name), None, &assets, &options).is_ok());
    }
}
