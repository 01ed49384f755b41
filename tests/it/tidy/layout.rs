//! Does everything lie where a reader looks for it, in pieces that can be read?

use std::collections::{BTreeMap, BTreeSet};

use integration_tests::binaries::workspace_root;

use super::{assert_none, files, has_extension, paths};

const TOP_LEVEL: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "crates",
    "goose-scenarios",
    "packaging",
    "playbooks",
    "templates",
    "tests",
];

/// Longer than [`MAXIMUM_LINES`], and why that is better than two files.
const LONG_FILES: &[(&str, &str)] = &[];
const MAXIMUM_LINES: usize = 400;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "common", "core", "helpers", "misc", "shared", "types", "util", "utils",
];

#[test]
fn the_visible_top_level_is_the_fixed_list() {
    let found: BTreeSet<String> = paths()
        .iter()
        .filter_map(|path| path.split('/').next())
        .filter(|name| !name.starts_with('.'))
        .map(str::to_owned)
        .collect();
    let expected: BTreeSet<String> = TOP_LEVEL.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(found, expected);
}

#[test]
fn no_file_is_too_long_without_a_listed_reason() {
    let extensions = [
        "css", "html", "js", "rs", "sh", "sql", "tera", "yaml", "yml",
    ];
    let programs = |path: &str| {
        let is_ours = !path.contains("/web/vendor/");
        is_ours && has_extension(path, &extensions)
            || path.starts_with("tests/") && !path.contains('.')
    };
    let long: BTreeMap<String, usize> = files(programs)
        .into_iter()
        .map(|file| (file.path, file.text.lines().count()))
        .filter(|(_, lines)| *lines > MAXIMUM_LINES)
        .collect();
    let listed = |path: &str| LONG_FILES.iter().any(|(listed, _)| *listed == path);
    let offenders: Vec<String> = long
        .iter()
        .filter(|(path, _)| !listed(path))
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert_none(
        "split these, or list them in LONG_FILES with a reason",
        &offenders,
    );
    for (path, _) in LONG_FILES {
        assert!(
            long.contains_key(*path),
            "{path} is short: take it off LONG_FILES"
        );
    }
}

#[test]
fn no_module_has_a_name_that_says_nothing() {
    let is_empty = |part: &str| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or(part));
    let offenders: Vec<String> = paths()
        .into_iter()
        .filter(|path| has_extension(path, &["rs"]) && path.split('/').any(is_empty))
        .collect();
    assert_none("name these after what they do", &offenders);
}

#[test]
fn migrations_have_the_same_names_for_every_database() {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in paths() {
        if let Some(path) = path.strip_prefix("crates/exam-service/migrations/") {
            let (database, name) = path.split_once('/').expect("migrations/<database>/<name>");
            names
                .entry(database.to_owned())
                .or_default()
                .insert(name.to_owned());
        }
    }
    let (first, expected) = names.first_key_value().expect("there are migrations");
    for (database, names) in &names {
        assert_eq!(names, expected, "{database} and {first} differ");
    }
    for (index, name) in expected.iter().enumerate() {
        assert!(
            name.starts_with(&format!("{:04}_", index + 1)),
            "{name} is out of order"
        );
    }
}

#[test]
fn nothing_names_a_path_of_the_machine_it_was_written_on() {
    let mut paths = vec![workspace_root().to_str().expect("a UTF-8 path").to_owned()];
    // Root's home folder is a fair thing to say about a host; everybody else's belongs to somebody.
    paths.extend(
        std::env::var("HOME")
            .ok()
            .filter(|home| home != "/root" && home.len() > 1),
    );
    let mut offenders = Vec::new();
    for file in files(|_| true) {
        for (index, line) in file.text.lines().enumerate() {
            if paths.iter().any(|path| line.contains(path)) {
                offenders.push(format!("{}:{}", file.path, index + 1));
            }
        }
    }
    assert_none("these work on one machine only", &offenders);
}
