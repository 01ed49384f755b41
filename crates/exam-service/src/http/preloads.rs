//! What the first page tells the browser to load before it finds out by itself: each module names those that it imports
//! only once it was loaded, and on a slow line every such step costs a round trip.

use std::collections::BTreeSet;
use std::fmt::Write as _;

const DATA: &str = "rel=\"preload\" as=\"fetch\" crossorigin";
const MODULE: &str = "rel=\"modulepreload\"";
const SHEET: &str = "rel=\"preload\" as=\"style\"";

/// The first page with links to every module that is needed to draw it, and, set aside for `early.js`, to what students need
/// and to the words of each language beside English. `read` gives the text of a file below `web/`.
pub(super) fn with_preloads(page: &str, read: impl Fn(&str) -> Option<String>) -> String {
    let mut known = BTreeSet::new();
    let shell = modules("main.js", &mut known, &read);
    let student = modules("student/routes.js", &mut known, &read);
    let mut head = String::new();
    add_links(&mut head, MODULE, &shell);
    let data = ["language/languages.json", "language/shell/en.json"];
    add_links(&mut head, DATA, data);
    set_aside(&mut head, "student", |head| {
        add_links(head, SHEET, ["student/student.css"]);
        add_links(head, MODULE, &student);
        add_links(head, DATA, ["language/student/en.json"]);
    });
    for language in languages(&read).iter().filter(|language| *language != "en") {
        for part in ["shell", "student"] {
            let words = format!("{part}-{language}");
            set_aside(&mut head, &words, |head| {
                add_links(head, DATA, [format!("language/{part}/{language}.json")]);
            });
        }
    }
    head.push_str("</head>");
    page.replacen("</head>", &head, 1)
}

/// Links that count for nothing until `early.js` takes them out of their template.
fn set_aside(head: &mut String, name: &str, add: impl FnOnce(&mut String)) {
    // Writing to a String cannot fail.
    writeln!(head, "<template id=\"{name}-files\">").ok();
    add(head);
    head.push_str("</template>\n");
}

/// The codes of the languages there are.
fn languages(read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Language {
        code: String,
    }
    let text = read("language/languages.json").unwrap_or_default();
    let languages: Vec<Language> = serde_json::from_str(&text).unwrap_or_default();
    languages
        .into_iter()
        .map(|language| language.code)
        .collect()
}

fn add_links(
    head: &mut String,
    kind: &str,
    paths: impl IntoIterator<Item = impl std::fmt::Display>,
) {
    for path in paths {
        // Writing to a String cannot fail.
        writeln!(head, "<link {kind} href=\"/assets/{path}\">").ok();
    }
}

/// A module and all that it imports at its top and that is not `known` yet, the nearest first.
fn modules(
    first: &str,
    known: &mut BTreeSet<String>,
    read: &impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut found = vec![first.to_owned()];
    known.insert(first.to_owned());
    let mut next = 0;
    while let Some(module) = found.get(next).cloned() {
        next += 1;
        let text = read(&module).unwrap_or_default();
        let imported = imports(&text).filter_map(|path| resolved(&module, path));
        for path in imported.collect::<Vec<_>>() {
            if known.insert(path.clone()) {
                found.push(path);
            }
        }
    }
    found
}

/// The addresses in `import ... from "./x.js"`; those of `import("./x.js")` are for later.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.split_once(" from \"")?.1;
        let is_import =
            line.starts_with("import ") || line.starts_with('}') || line.starts_with(' ');
        let path = rest.split_once(".js\";")?.0;
        is_import.then(|| &rest[..path.len() + ".js".len()])
    })
}

/// Where a relative address leads from a file; `None` above the folder of all.
fn resolved(from: &str, path: &str) -> Option<String> {
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                folders.pop()?;
            }
            name => folders.push(name),
        }
    }
    Some(folders.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<String> {
        let text = match path {
            "main.js" => {
                "import { a } from \"./view.js\";\nconst later = () => import(\"./staff/routes.js\");\n"
            }
            "view.js" => {
                "import { b }\n  from \"./vendor/preact.js\";\n// a word from \"nobody\";\n"
            }
            "student/routes.js" => {
                "import { c } from \"../view.js\";\nimport { d } from \"./exam/page.js\";\n"
            }
            "student/exam/page.js" => "import { e } from \"../../main.js\";\n",
            "vendor/preact.js" => "export {};",
            "language/languages.json" => r#"[{ "code": "en" }, { "code": "de" }]"#,
            _ => return None,
        };
        Some(text.to_owned())
    }

    #[test]
    fn every_module_is_named_once_and_those_of_students_are_set_aside() {
        let page = with_preloads("<head></head><body></body>", read);
        let (now, later) = page.split_once("<template").unwrap();
        for (part, paths) in [
            (now, vec!["main.js", "view.js", "vendor/preact.js"]),
            (later, vec!["student/routes.js", "student/exam/page.js"]),
        ] {
            let found: Vec<&str> = part
                .split("modulepreload\" href=\"/assets/")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            assert_eq!(found, paths);
        }
        assert!(!page.contains("staff"), "{page}");
        let words = "<template id=\"student-de-files\">\n<link rel=\"preload\" as=\"fetch\" crossorigin href=\"/assets/language/student/de.json\">";
        assert!(page.contains(words), "{page}");
        assert!(page.ends_with("</head><body></body>"));
    }
}
