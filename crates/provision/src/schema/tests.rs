use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::keys::{HOST, PLAYBOOK, TASK};
use super::{Key, inventory, operations_page, playbook};
use crate::inventory::HOST_KEYS;
use crate::ops::SPECS;
use crate::playbook::{HANDLER_KEYS, INCLUDE_KEYS, PLAYBOOK_KEYS, TASK_KEYS};
use crate::yaml::Document;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn yaml(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    Document::parse(&path.display().to_string(), &text)
        .unwrap()
        .root
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).unwrap()
}

fn problems(validator: &Validator, value: &Value) -> Vec<String> {
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn one_task(task: &Value) -> Value {
    json!({"name": "x", "hosts": "all", "tasks": [task]})
}

#[test]
fn the_schemas_are_schemas() {
    for schema in [playbook(), inventory()] {
        jsonschema::draft202012::meta::validate(&schema).unwrap();
    }
}

#[test]
fn the_keys_in_the_schema_are_those_that_the_parser_knows() {
    fn missing(known: &[&str], keys: &[Key]) -> Vec<String> {
        let described = |name: &&&str| keys.iter().any(|key| key.name == **name);
        known
            .iter()
            .filter(|name| !described(name))
            .map(|name| (*name).to_owned())
            .collect()
    }
    assert!(missing(&PLAYBOOK_KEYS, PLAYBOOK).is_empty());
    assert!(missing(&TASK_KEYS, TASK).is_empty());
    assert!(missing(&HOST_KEYS, HOST).is_empty());
    assert!(missing(&INCLUDE_KEYS, TASK).is_empty());
    assert!(missing(&HANDLER_KEYS, TASK).is_empty());
    let known = |keys: &[Key], lists: &[&[&str]]| {
        let in_one = |key: &Key| lists.iter().any(|list| list.contains(&key.name));
        keys.iter().all(in_one)
    };
    assert!(known(PLAYBOOK, &[&PLAYBOOK_KEYS]));
    assert!(known(TASK, &[&TASK_KEYS, &INCLUDE_KEYS]));
    assert!(known(HOST, &[&HOST_KEYS]));
    for key in PLAYBOOK.iter().chain(TASK).chain(HOST) {
        assert!(key.doc.ends_with('.'), "{}", key.name);
    }
}

#[test]
fn the_shipped_playbooks_and_inventories_are_valid() {
    let mut seen = 0;
    for entry in std::fs::read_dir(root().join("playbooks")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let schema = if name.starts_with("inventory") {
            inventory()
        } else {
            playbook()
        };
        assert_eq!(
            problems(&validator(&schema), &yaml(&path)),
            [""; 0],
            "{name}"
        );
        seen += 1;
    }
    assert!(seen >= 2);
}

#[test]
fn every_example_is_valid_and_none_with_a_misspelt_or_missing_key() {
    let schema = validator(&playbook());
    for spec in SPECS {
        let mut task = Document::parse(spec.name, spec.example).unwrap().root;
        task["name"] = "example".into();
        assert_eq!(
            problems(&schema, &one_task(&task)),
            [""; 0],
            "{}",
            spec.name
        );
        for field in spec.fields {
            let mut wrong = task.clone();
            let arguments = wrong[spec.name].as_object_mut().unwrap();
            let value = arguments.shift_remove(field.name);
            if field.required {
                assert!(
                    !problems(&schema, &one_task(&wrong)).is_empty(),
                    "{} without {}",
                    spec.name,
                    field.name
                );
            }
            let arguments = wrong[spec.name].as_object_mut().unwrap();
            arguments.insert(format!("{}x", field.name), value.unwrap_or_default());
            let found = problems(&schema, &one_task(&wrong));
            assert!(
                found
                    .iter()
                    .any(|problem| problem.contains(&format!("{}x", field.name))),
                "{found:?}"
            );
        }
    }
}

#[test]
fn tasks_have_one_operation_and_only_known_keys() {
    let schema = validator(&playbook());
    let file = json!({"path": "/etc/a", "content": "a"});
    assert!(problems(&schema, &one_task(&json!({"name": "a", "file": file}))).is_empty());
    for wrong in [
        json!({"name": "a"}),
        json!({"file": file}),
        json!({"name": "a", "file": file, "directory": {"path": "/b"}}),
        json!({"name": "a", "file": file, "wen": "true"}),
        json!({"name": "a", "file": {"path": "relative", "content": "a"}}),
        json!({"name": "a", "file": {"path": "/etc/a", "content": "a", "mode": "644"}}),
    ] {
        assert!(!problems(&schema, &one_task(&wrong)).is_empty(), "{wrong}");
    }
    let mut playbook_with_typo = one_task(&json!({"name": "a", "file": file}));
    playbook_with_typo["handler"] = json!([]);
    assert!(!problems(&schema, &playbook_with_typo).is_empty());
}

#[test]
fn the_language_around_operations_is_known() {
    let schema = validator(&playbook());
    let file = json!({"path": "/etc/a", "content": "a"});
    let good = json!({
        "name": "x", "hosts": "all", "vars_files": ["more.yaml"], "serial": [1, "50%"], "max_fail": "10%",
        "versions": {"nginx": "nginx"}, "become": true,
        "tasks": [
            {"include": "more.yaml", "when": "tls", "vars": {"a": 1}},
            {"role": "base", "tags": ["base"]},
            {"name": "a", "file": file, "loop": "{{ names }}", "register": "made", "delegate": "controller",
             "retries": {"attempts": 3, "delay_seconds": 1}},
        ],
        "handlers": [{"name": "again", "become": true, "service": {"name": "nginx", "state": "reloaded"}}],
    });
    assert_eq!(problems(&schema, &good), [""; 0]);
    for wrong in [
        json!({"include": "more.yaml", "file": file}),
        json!({"include": "more.yaml", "role": "base"}),
        json!({"role": "base", "loop": [1]}),
        json!({"name": "a", "file": file, "retries": {"attempts": 3, "delay": 1}}),
        json!({"name": "a", "file": file, "delegate": "elsewhere"}),
        json!({"name": "a", "file": file, "vars": {"a": 1}}),
    ] {
        assert!(!problems(&schema, &one_task(&wrong)).is_empty(), "{wrong}");
    }
}

/// The cases of all operations hold many ways to write arguments: what the parser takes, the schema takes.
#[test]
fn what_the_parser_accepts_is_valid() {
    let schema = validator(&playbook());
    let mut seen = 0;
    let mut wrong: Vec<String> = Vec::new();
    for spec in SPECS {
        let folder = root().join("crates/provision/tests/cases").join(spec.name);
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let case = yaml(&path);
            if case.get("findings").is_some() {
                continue;
            }
            let mut task = json!({"name": "case"});
            task[spec.name] = case["args"].clone();
            let found = problems(&schema, &one_task(&task));
            wrong.extend(
                found
                    .iter()
                    .map(|problem| format!("{}{problem}", path.display())),
            );
            seen += 1;
        }
    }
    assert!(seen >= SPECS.len(), "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn inventories_with_a_misspelt_key_are_refused() {
    let schema = validator(&inventory());
    assert!(problems(&schema, &json!({"hosts": {"a": null, "b": {"port": 22}}})).is_empty());
    for wrong in [
        json!({"hosts": {"a": {"adress": "x"}}}),
        json!({"hosts": {}}),
        json!({"hosts": {"a": {"connection": "telnet"}}}),
        json!({"hosts": {"a": null}, "group": {}}),
    ] {
        assert!(!problems(&schema, &wrong).is_empty(), "{wrong}");
    }
}

#[test]
fn pages_say_what_the_program_does() {
    let path = root().join("playbooks/OPERATIONS.md");
    let page = operations_page();
    if std::env::var_os("EXAMCTL_UPDATE_PAGES").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "playbooks/OPERATIONS.md is not what the operations say of themselves: EXAMCTL_UPDATE_PAGES=1 cargo test -p provision pages"
    );
}
