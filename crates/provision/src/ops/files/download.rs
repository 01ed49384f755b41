//! `download`: a file from an address, known by its checksum.

use std::time::Duration;

use super::attributes::{Attributes, FILE_MODE, GROUP, OWNER, parse_attributes};
use crate::connections::{Command, quote};
use crate::facts::{FactKey, Facts, PathKind, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, Sources, effects};

const DEFAULT_MODE: u32 = 0o644;
const DEFAULT_ATTEMPTS: u64 = 4;
const DEFAULT_TIMEOUT_SECONDS: u64 = 600;
/// What is waited between attempts, doubled each time, starting with two seconds.
const MAX_ATTEMPTS: u64 = 8;
const FETCH: &str = include_str!("fetch.sh");

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DownloadArgs {
    pub(crate) path: String,
    /// The address and its mirrors.
    pub(crate) urls: Vec<String>,
    pub(crate) sha256: String,
    pub(crate) proxy: String,
    pub(crate) attributes: Attributes,
    pub(crate) attempts: u64,
    /// How long one attempt at one address may take.
    pub(crate) limit_seconds: u64,
}

impl Operation for DownloadArgs {
    const SPEC: Spec = Spec {
        name: "download",
        summary: "A file from an address, known by its checksum.",
        fields: &[
            Field::required("path", Kind::Path, "The file."),
            Field::required("url", Kind::Text, "Its address: http or https."),
            Field::required("sha256", Kind::Text, "Its SHA-256: nothing else goes live."),
            Field::optional(
                "mirrors",
                Kind::Texts,
                "Further addresses, tried in order where one fails.",
            ),
            Field::optional(
                "proxy",
                Kind::Text,
                "The proxy to use. Default: what the environment of the host names.",
            ),
            Field::optional(
                "attempts",
                Kind::Number(MAX_ATTEMPTS),
                "How often all addresses are tried, with growing pauses. Default: 4.",
            ),
            Field::optional(
                "timeout_seconds",
                Kind::Number(86_400),
                "How long one attempt may take. Default: 600.",
            ),
            OWNER,
            GROUP,
            FILE_MODE,
        ],
        example: "download: {path: /usr/local/bin/tool, mode: 0755, url: \"https://example.org/tool-1.2\", sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let path = fields.path("path");
        let url = fields.text("url");
        let mirrors = fields.texts("mirrors");
        let proxy = fields.optional_text("proxy").unwrap_or_default();
        let with_keys = url.iter().map(|url| ("url", url));
        let with_keys = with_keys.chain(mirrors.iter().map(|url| ("mirrors", url)));
        for (key, url) in with_keys {
            check_url(&mut fields, key, url);
        }
        if !proxy.is_empty() {
            check_url(&mut fields, "proxy", &proxy);
        }
        let sha256 = parse_sha256(&mut fields, "sha256", true);
        let attempts = fields.number("attempts", MAX_ATTEMPTS);
        let limit = fields.number("timeout_seconds", 86_400);
        let attributes = parse_attributes(&mut fields);
        Some(Self {
            path: path?,
            urls: [vec![url?], mirrors].concat(),
            sha256: sha256?,
            proxy,
            attributes,
            attempts: attempts.unwrap_or(DEFAULT_ATTEMPTS),
            limit_seconds: limit.unwrap_or(DEFAULT_TIMEOUT_SECONDS),
        })
    }

    fn requests(&self) -> Vec<Request> {
        vec![Request {
            key: FactKey::Path(self.path.clone()),
            expected_sha256: Some(self.sha256.clone()),
        }]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let state = facts.paths.get(&self.path);
        match state {
            Some(state) if state.kind == PathKind::Directory => Err(PlanError(format!(
                "{} is a directory; a file cannot replace it",
                self.path
            ))),
            Some(state)
                if state.kind == PathKind::File
                    && state.sha256.as_deref() == Some(self.sha256.as_str()) =>
            {
                Ok(self.attributes.plan(&self.path, state))
            }
            _ => Ok(vec![self.fetch(facts)]),
        }
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::on_file(key, &self.path)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.path)
    }
}

impl DownloadArgs {
    fn fetch(&self, facts: &Facts) -> Change {
        let current = facts.paths.get(&self.path);
        let current = current.filter(|state| state.kind == PathKind::File);
        let mode = self.attributes.mode.or(current.map(|state| state.mode));
        let mode = mode.unwrap_or(DEFAULT_MODE);
        let owner = self.attributes.owner_and_group(current);
        let script = format!(
            "path={} sha256={} owner={} mode={mode:04o} attempts={} limit={}\n{FETCH}",
            quote(&self.path),
            quote(&self.sha256),
            quote(&owner.unwrap_or_default()),
            self.attempts,
            self.limit_seconds,
        );
        let stdin = format!("{}\n{}\n", self.proxy, self.urls.join("\n"));
        let verb = if current.is_some() {
            "replace"
        } else {
            "create"
        };
        let tries = self.attempts * self.urls.len() as u64;
        let seconds = tries * self.limit_seconds + (2 << self.attempts) + 30;
        Change {
            summary: format!(
                "{verb} {}{} from {} with sha256 {}...",
                self.path,
                self.attributes.shown(mode),
                self.urls.first().map_or("", String::as_str),
                self.sha256.get(..12).unwrap_or_default()
            ),
            diff: None,
            action: Action::Run(
                Command::new(script)
                    .stdin(stdin)
                    .timeout(Duration::from_secs(seconds)),
            ),
        }
    }
}

/// An address that a download can be asked from.
pub(crate) fn check_url(fields: &mut Fields<'_>, key: &str, url: &str) {
    if fields.findings.unrendered && is_template(url) {
        return;
    }
    let known = url.starts_with("https://") || url.starts_with("http://");
    let plain = !url.contains(|c: char| c.is_whitespace() || c.is_control() || "\"\\*".contains(c));
    if !known || !plain || url.ends_with("//") {
        let message = format!(
            "'{key}' is an address that starts with https:// or http:// and holds no spaces, quotes or stars"
        );
        fields.wrong(key, message);
    }
}

/// A SHA-256 in hexadecimal, in lower case; empty while it is a template.
pub(crate) fn parse_sha256(
    fields: &mut Fields<'_>,
    key: &str,
    is_required: bool,
) -> Option<String> {
    let text = if is_required {
        fields.text(key)?
    } else {
        fields.optional_text(key)?
    };
    if fields.findings.unrendered && is_template(&text) {
        return Some(String::new());
    }
    if text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    let message = format!("'{key}' is 64 hexadecimal digits, as `sha256sum FILE` prints them");
    fields.wrong(key, message);
    None
}
