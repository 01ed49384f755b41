//! Runs `tests/cases/<operation>/<case>.yaml`: arguments and facts in, changes out.
//!
//! A case holds `args`, `facts`, and either `changes` (of each, only the keys that are given are
//! compared; their number always is), `error` (no plan can be made) or `findings` (the arguments
//! are wrong). `secrets: true` stands for a playbook that declares some.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Action, Change, Op, PutFile, Sources};
use crate::facts::Facts;
use crate::fields::Findings;
use crate::yaml::Document;

struct CaseSources {
    has_secrets: bool,
}

impl Sources for CaseSources {
    fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        Ok(format!("file {name}\n").into_bytes())
    }

    fn template(&self, name: &str, _: &Map<String, Value>) -> Result<String, String> {
        Ok(format!("template {name}\n"))
    }

    fn holds_secret(&self, content: &[u8]) -> bool {
        String::from_utf8_lossy(content).contains("hunter22")
    }

    fn has_secrets(&self) -> bool {
        self.has_secrets
    }

    fn state_directory(&self) -> &'static str {
        "/var/lib/examctl"
    }
}

fn described_file(file: &PutFile) -> Value {
    json!({
        "path": file.path,
        "content": String::from_utf8_lossy(&file.content),
        "mode": format!("{:04o}", file.mode),
        "owner": file.owner,
        "validate": file.validate,
    })
}

fn described(change: &Change) -> Value {
    let mut value = json!({"summary": change.summary, "diff": change.diff});
    match &change.action {
        Action::Run(command) => {
            value["run"] = command.script.clone().into();
            value["stdin"] = String::from_utf8_lossy(&command.stdin).into();
        }
        Action::Remove(path) => value["remove"] = path.clone().into(),
        Action::Reboot(limit) => value["reboot_seconds"] = limit.as_secs().into(),
        Action::Put(file) => value["put"] = described_file(file),
        Action::PutAll(all) => {
            let files: Vec<Value> = all.files.iter().map(described_file).collect();
            value["put_all"] = json!({"files": files, "judge": all.judge, "finish": all.finish});
        }
    }
    value
}

fn outcome(operation: &str, case: &Value) -> Value {
    let mut findings = Findings::default();
    let sources = CaseSources {
        has_secrets: case["secrets"] == true,
    };
    let op = Op::parse(operation, &case["args"], &[], &sources, &mut findings);
    if !findings.list.is_empty() {
        let messages: Vec<String> = findings.list.into_iter().map(|f| f.message).collect();
        return json!({ "findings": messages });
    }
    let facts: Facts = match case.get("facts") {
        Some(facts) => serde_json::from_value(facts.clone()).unwrap(),
        None => Facts::default(),
    };
    match op.unwrap().plan(&facts) {
        Ok(changes) => json!({"changes": changes.iter().map(described).collect::<Vec<_>>()}),
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn matches(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len()
                && expected.iter().zip(actual).all(|(e, a)| matches(e, a))
        }
        (Value::Object(expected), Value::Object(_)) => expected
            .iter()
            .all(|(key, value)| matches(value, &actual[key])),
        _ => expected == actual,
    }
}

#[test]
fn every_case_plans_what_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut wrong = Vec::new();
    for operation in super::OPERATIONS {
        let cases: Vec<_> = std::fs::read_dir(folder.join(operation))
            .unwrap_or_else(|_| panic!("{operation} has no cases"))
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(cases.len() > 1, "{operation} has hardly any cases");
        for path in cases {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = format!(
                "{operation}/{}",
                path.file_name().unwrap().to_string_lossy()
            );
            let case = Document::parse(&name, &text).unwrap().root;
            let actual = outcome(operation, &case);
            let expected: Map<String, Value> = ["changes", "error", "findings"]
                .into_iter()
                .filter_map(|key| Some((key.to_owned(), case.get(key)?.clone())))
                .collect();
            assert_eq!(expected.len(), 1, "{name} expects exactly one thing");
            if !matches(&Value::Object(expected), &actual) {
                wrong.push(format!(
                    "{name}:\n{}",
                    serde_json::to_string_pretty(&actual).unwrap()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
