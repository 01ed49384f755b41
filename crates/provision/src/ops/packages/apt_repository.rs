//! `apt_repository`: one more place that apt takes packages from, with the key that signs it.

use crate::connections::quote;
use crate::facts::{FactKey, Facts, PathKind, Request};
use crate::fields::{Fields, is_template};
use crate::ops::files::attributes::Attributes;
use crate::ops::files::download::{DownloadArgs, check_url, parse_sha256};
use crate::ops::files::file::FileArgs;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

const KEYRINGS: &str = "/etc/apt/keyrings";
const TRY: &str = include_str!("try_repository.sh");

/// The key that signs a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Given(FileArgs),
    Fetched(DownloadArgs),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AptRepositoryArgs {
    name: String,
    /// `None`: there shall be no such repository.
    sources: Option<FileArgs>,
    key: Option<Key>,
}

impl Operation for AptRepositoryArgs {
    const SPEC: Spec = Spec {
        name: "apt_repository",
        summary: "One more place that apt takes packages from, with the key that signs it.",
        fields: &[
            Field::required(
                "name",
                Kind::Name,
                "Names its files below /etc/apt: no dots.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
            Field::optional("uris", Kind::Texts, "Its addresses: https, http or file."),
            Field::optional(
                "suites",
                Kind::Texts,
                "For instance bookworm; one that ends in / has no components.",
            ),
            Field::optional("components", Kind::Texts, "For instance main."),
            Field::optional("types", Kind::Texts, "deb, deb-src or both. Default: deb."),
            Field::optional(
                "architectures",
                Kind::Texts,
                "For instance amd64. Default: those of the host.",
            ),
            Field::optional(
                "key",
                Kind::Text,
                "The signing key itself, in ASCII armour.",
            ),
            Field::optional(
                "key_source",
                Kind::Text,
                "A file beside the playbook with the signing key.",
            ),
            Field::optional(
                "key_url",
                Kind::Text,
                "Where the host fetches the signing key; binary if it ends in .gpg, else in ASCII armour.",
            ),
            Field::optional(
                "key_sha256",
                Kind::Text,
                "The checksum of what 'key_url' gives.",
            ),
            Field::optional(
                "trusted",
                Kind::Boolean,
                "Take packages without any signature; only for file: addresses. Default: false.",
            ),
        ],
        example: "apt_repository: {name: nginx, uris: https://nginx.org/packages/debian, suites: bookworm, components: nginx, key_source: nginx_signing.asc}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        if name
            .as_ref()
            .is_some_and(|name| !is_template(name) && name.contains(['.', ':', '@', '+']))
        {
            fields.wrong(
                "name",
                "apt ignores files of such a name: use letters, digits, - and _",
            );
        }
        let choices = [("present", true), ("absent", false)];
        let present = fields.choice("state", &choices).unwrap_or(true);
        let name = name?;
        if !present {
            return Some(Self {
                name,
                sources: None,
                key: None,
            });
        }
        let key = parse_key(&mut fields, sources, &name);
        let content = parse_sources(&mut fields, key.as_ref());
        Some(Self {
            sources: Some(plain_file(
                sources_path(&name),
                content.into_bytes(),
                Some(TRY),
            )),
            name,
            key,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let Some(sources) = &self.sources else {
            let paths = [
                sources_path(&self.name),
                key_path(&self.name, true),
                key_path(&self.name, false),
            ];
            return paths
                .into_iter()
                .map(|path| FactKey::Path(path).into())
                .collect();
        };
        let mut requests = sources.requests();
        match &self.key {
            None => {}
            Some(Key::Given(file)) => requests.extend(file.requests()),
            Some(Key::Fetched(download)) => requests.extend(download.requests()),
        }
        requests.push(FactKey::Path(KEYRINGS.to_owned()).into());
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let Some(sources) = &self.sources else {
            return self.plan_absent(facts);
        };
        let mut changes = match &self.key {
            None => Vec::new(),
            Some(Key::Given(file)) => file.plan(facts)?,
            Some(Key::Fetched(download)) => download.plan(facts)?,
        };
        if !changes.is_empty() && !facts.paths.contains_key(KEYRINGS) {
            let script = format!("mkdir -p {KEYRINGS} && chmod 0755 {KEYRINGS}");
            let summary = format!("create directory {KEYRINGS} (0755)");
            changes.insert(0, Change::run(summary, script));
        }
        changes.extend(sources.plan(facts)?);
        Ok(changes)
    }

    // What apt would install is another matter now.
    fn may_change(&self, key: &FactKey) -> bool {
        let paths = [
            sources_path(&self.name),
            key_path(&self.name, true),
            key_path(&self.name, false),
        ];
        paths.iter().any(|path| effects::on_file(key, path)) || effects::on_directory(key, KEYRINGS)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

impl AptRepositoryArgs {
    fn plan_absent(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let paths = [
            sources_path(&self.name),
            key_path(&self.name, true),
            key_path(&self.name, false),
        ];
        let mut changes = Vec::new();
        for path in paths {
            match facts.paths.get(&path).map(|state| state.kind) {
                None => {}
                Some(PathKind::Directory) => {
                    let message =
                        format!("{path} is a directory; only files and links are removed");
                    return Err(PlanError(message));
                }
                Some(_) => changes.push(Change::run(
                    format!("remove {path}"),
                    format!("rm -f -- {}", quote(&path)),
                )),
            }
        }
        Ok(changes)
    }
}

fn sources_path(name: &str) -> String {
    format!("/etc/apt/sources.list.d/{name}.sources")
}

/// apt tells the two kinds of keys apart by the ending of the name.
fn key_path(name: &str, is_armoured: bool) -> String {
    let ending = if is_armoured { "asc" } else { "gpg" };
    format!("{KEYRINGS}/{name}.{ending}")
}

fn plain_attributes() -> Attributes {
    Attributes {
        owner: Some("root".to_owned()),
        group: Some("root".to_owned()),
        mode: Some(0o644),
    }
}

fn plain_file(path: String, content: Vec<u8>, validate: Option<&str>) -> FileArgs {
    FileArgs {
        path,
        content: Some(content),
        attributes: plain_attributes(),
        validate: validate.map(str::to_owned),
        hides_old: false,
    }
}

fn parse_key(fields: &mut Fields<'_>, sources: &dyn Sources, name: &str) -> Option<Key> {
    let given: Vec<&str> = ["key", "key_source", "key_url"]
        .into_iter()
        .filter(|key| fields.get(key).is_some())
        .collect();
    match given.as_slice() {
        [] if fields.boolean("trusted").unwrap_or(false) => None,
        [] => {
            fields.missing_one_of(&["key", "key_source", "key_url"]);
            None
        }
        ["key_url"] => {
            let url = fields.text("key_url")?;
            check_url(fields, "key_url", &url);
            let sha256 = parse_sha256(fields, "key_sha256", true)?;
            Some(Key::Fetched(DownloadArgs {
                path: key_path(name, url.rsplit('.').next() != Some("gpg")),
                urls: vec![url],
                sha256,
                proxy: String::new(),
                attributes: plain_attributes(),
                attempts: 4,
                limit_seconds: 60,
            }))
        }
        [key] => {
            let text = fields.text(key)?;
            let content = match *key {
                _ if fields.findings.unrendered && is_template(&text) => return None,
                "key" => text.into_bytes(),
                _ => match sources.file(&text) {
                    Ok(content) => content,
                    Err(message) => {
                        fields.wrong(key, message);
                        return None;
                    }
                },
            };
            let is_armoured = content.trim_ascii_start().starts_with(b"-----BEGIN PGP");
            if *key == "key" && !is_armoured {
                fields.wrong(
                    key,
                    "'key' starts with '-----BEGIN PGP PUBLIC KEY BLOCK-----'",
                );
            }
            if String::from_utf8_lossy(&content).contains("PRIVATE KEY BLOCK") {
                fields.wrong(key, "that is a private key: give the public one");
                return None;
            }
            Some(Key::Given(plain_file(
                key_path(name, is_armoured),
                content,
                None,
            )))
        }
        [_, second, ..] => {
            let message = "one of 'key', 'key_source' and 'key_url' is enough";
            fields.wrong(second, message);
            None
        }
    }
}

/// The words of a list; whatever could start another field of the file is a mistake.
fn words(fields: &mut Fields<'_>, key: &str) -> Vec<String> {
    let words = fields.texts(key);
    for word in &words {
        if word.is_empty() || word.contains(|c: char| c.is_whitespace() || c.is_control()) {
            let is_open = fields.findings.unrendered && is_template(word);
            if !is_open {
                fields.wrong(key, format!("'{word}' is not one word"));
            }
        }
    }
    words
}

fn parse_sources(fields: &mut Fields<'_>, key: Option<&Key>) -> String {
    for key in ["uris", "suites"] {
        if fields.get(key).is_none() {
            fields.missing(key);
        }
    }
    let uris = words(fields, "uris");
    let suites = words(fields, "suites");
    let components = words(fields, "components");
    let architectures = words(fields, "architectures");
    let mut types = words(fields, "types");
    if types.is_empty() {
        types.push("deb".to_owned());
    }
    if types
        .iter()
        .any(|kind| kind != "deb" && kind != "deb-src" && !is_template(kind))
    {
        fields.wrong("types", "'types' are deb and deb-src");
    }
    let flat = suites.iter().any(|suite| suite.ends_with('/'));
    if flat && !components.is_empty() {
        fields.wrong("components", "a suite that ends in / has no components");
    } else if !flat && components.is_empty() && !suites.is_empty() {
        fields.missing("components");
    }
    let trusted = fields.boolean("trusted").unwrap_or(false);
    if trusted && !uris.iter().all(|uri| uri.starts_with("file:")) {
        let message = "packages from elsewhere are not taken without a signature: give a key";
        fields.wrong("trusted", message);
    }
    let signed_by = key.map(|key| match key {
        Key::Given(file) => file.path.clone(),
        Key::Fetched(download) => download.path.clone(),
    });
    let lines = [
        ("Types", types),
        ("URIs", uris),
        ("Suites", suites),
        ("Components", components),
        ("Architectures", architectures),
        ("Signed-By", signed_by.into_iter().collect()),
        (
            "Trusted",
            if trusted {
                vec!["yes".to_owned()]
            } else {
                Vec::new()
            },
        ),
    ];
    let mut text = String::new();
    for (key, words) in lines.iter().filter(|(_, words)| !words.is_empty()) {
        text.extend([key, ": ", &words.join(" "), "\n"]);
    }
    text
}
