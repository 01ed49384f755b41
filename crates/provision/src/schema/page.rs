//! The reference page of operations, `playbooks/OPERATIONS.md`.

use crate::ops::SPECS;
use crate::ops::spec::{Field, Kind, Spec};

/// The whole page, as Markdown.
pub fn operations_page() -> String {
    let index: Vec<String> = SPECS
        .iter()
        .map(|spec| format!("[{0}](#{0})", spec.name))
        .collect();
    let sections: Vec<String> = SPECS.iter().map(section).collect();
    format!(
        "# Operations\n\n\
         What a task can ask for, one operation each. Made from the program itself: a test keeps this page true, and\n\
         `EXAMCTL_UPDATE_PAGES=1 cargo test -p provision pages` writes it anew. Arguments in **bold** are needed. Every\n\
         value may hold variables, `{{{{ name }}}}`. An editor completes and checks playbooks with the output of\n\
         `examctl schema`.\n\n{}\n\n{}",
        index.join(" · "),
        sections.join("\n")
    )
}

fn section(spec: &Spec) -> String {
    format!(
        "## {}\n\n{}\n\n| argument | is | meaning |\n|---|---|---|\n{}\n\n```yaml\n{}\n```\n",
        spec.name,
        spec.summary,
        rows("", spec.fields).join("\n"),
        spec.example.trim_end()
    )
}

fn rows(above: &str, fields: &[Field]) -> Vec<String> {
    let mut rows = Vec::new();
    for field in fields {
        let name = format!("`{above}{}`", field.name);
        let name = if field.required {
            format!("**{name}**")
        } else {
            name
        };
        let doc = field.doc.replace('|', "\\|");
        rows.push(format!("| {name} | {} | {doc} |", kind(field.kind)));
        if let Kind::Items(items) = field.kind {
            rows.extend(self::rows(&format!("{above}{}[].", field.name), items));
        }
    }
    rows
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Name => "a name (letters, digits, `-_.@+:`)".to_owned(),
        Kind::Path => "an absolute path on the host".to_owned(),
        Kind::Mode => "octal with a leading zero".to_owned(),
        Kind::Boolean => "true or false".to_owned(),
        Kind::Number(max) => format!("a whole number from 1 to {max}"),
        Kind::Choice(choices) => {
            let choices: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
            choices.join(", ")
        }
        Kind::Texts => "a text or a list of texts".to_owned(),
        Kind::Mapping => "a mapping".to_owned(),
        Kind::Items(_) => "a list of mappings".to_owned(),
    }
}
