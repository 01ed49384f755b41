//! Is each outside thing used in the one place that owns it?

use super::{SourceFile, assert_none, has_extension, rust_files};

/// Where something is used although the rule says otherwise, and why.
type Exceptions = &'static [(&'static str, &'static str)];

/// Checks that `needles` occur only in lines that `allowed` accepts or in files that are excepted.
fn assert_only_in(
    rule: &str,
    needles: &[&str],
    allowed: impl Fn(&SourceFile, &str) -> bool,
    exceptions: Exceptions,
) {
    let mut offenders = Vec::new();
    let mut used_exceptions = Vec::new();
    for file in rust_files() {
        if file.path.starts_with("tests/it/tidy/") {
            continue;
        }
        let hits: Vec<usize> = file
            .code()
            .filter(|(_, line)| needles.iter().any(|needle| line.contains(needle)))
            .filter(|(_, line)| !allowed(&file, line))
            .map(|(number, _)| number)
            .collect();
        if exceptions.iter().any(|(path, _)| *path == file.path) {
            if !hits.is_empty() {
                used_exceptions.push(file.path);
            }
            continue;
        }
        offenders.extend(hits.iter().map(|number| format!("{}:{number}", file.path)));
    }
    assert_none(rule, &offenders);
    for (path, _) in exceptions {
        assert!(
            used_exceptions.iter().any(|used| used == path),
            "{path} is no exception any more: take it off the list"
        );
    }
}

#[test]
fn sqlx_is_used_only_in_the_store() {
    assert_only_in(
        "SQL belongs into crates/exam-service/src/store/",
        &["sqlx::", "use sqlx"],
        |file, _| file.path.starts_with("crates/exam-service/src/store/"),
        &[
            (
                "tests/src/bin/faulty-exam-service.rs",
                "a migration that is killed in its transaction needs a transaction of its own",
            ),
            (
                "tests/it/by_tools/injection.rs",
                "a service as it must not be written, to see that sqlmap finds it",
            ),
        ],
    );
}

#[test]
fn arguments_are_parsed_only_at_the_edges() {
    let edges = [
        "crates/exam-service/src/main.rs",
        "crates/exam-service/src/cli.rs",
    ];
    assert_only_in(
        "clap belongs into examctl and into exam-service's main.rs and cli.rs",
        &["clap::", "use clap"],
        |file, _| {
            file.path.starts_with("crates/examctl/src/") || edges.contains(&file.path.as_str())
        },
        &[],
    );
}

#[test]
fn files_are_embedded_only_by_assets_rs() {
    assert_only_in(
        "embedding belongs into the assets.rs of its crate",
        &[
            "include_dir!",
            "include_str!",
            "include_bytes!",
            "RustEmbed",
            "rust_embed",
        ],
        |file, line| file.name() == "assets.rs" || embeds_a_piece_of_its_code(file, line),
        EMBEDDING_EXCEPTIONS,
    );
}

/// Where a file may embed which kind of text, if it lies beside the file or below it, and why.
const PIECES_OF_CODE: &[(&str, &str, &str)] = &[
    (
        "crates/provision/src/ops/",
        "sh",
        "what an operation does on a host is its code, in another language",
    ),
    (
        "goose-scenarios/src/report/",
        "tera",
        "how a report looks is its code, in another language",
    ),
    (
        "crates/release/src/runner/docker/",
        "sh",
        "what makes an image on a host is the runner's code, in another language",
    ),
    (
        "tests/it/on_hosts/",
        "yaml",
        "the playbook that a test runs is a piece of that test",
    ),
];

fn embeds_a_piece_of_its_code(file: &SourceFile, line: &str) -> bool {
    let embedded = line
        .split_once("include_str!(\"")
        .and_then(|(_, rest)| rest.split_once('"'));
    embedded.is_some_and(|(path, _)| {
        PIECES_OF_CODE.iter().any(|(folder, extension, _)| {
            file.path.starts_with(folder)
                && has_extension(path, &[extension])
                && !path.contains("..")
        })
    })
}

const EMBEDDING_EXCEPTIONS: Exceptions = &[
    (
        "goose-scenarios/src/profile/load.rs",
        "the profiles are data of exactly this module",
    ),
    (
        "crates/exam-service/src/store/verbs/migrations.rs",
        "SQL belongs to the store, and a migration is SQL",
    ),
    (
        "crates/exam-service/src/emergency/tests/mod.rs",
        "a file that a browser's cryptography wrote, which no test of ours could make",
    ),
];

#[test]
fn pure_rules_import_nothing_above_them() {
    let above = [
        "axum",
        "sqlx",
        "tokio",
        "crate::store",
        "crate::http",
        "crate::clock",
        "Utc::now",
    ];
    let mut offenders = Vec::new();
    for file in rust_files() {
        if !file.path.starts_with("crates/exam-service/src/exam/") {
            continue;
        }
        let hits = file
            .code()
            .filter(|(_, line)| above.iter().any(|name| line.contains(name)));
        offenders.extend(hits.map(|(number, _)| format!("{}:{number}", file.path)));
    }
    assert_none(
        "exam/ is pure: no database, no server, no clock",
        &offenders,
    );
}
