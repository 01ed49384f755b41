//! The arguments of `tls_certificate`, by who issues the certificate.

use std::collections::BTreeSet;

use crate::connections::quote;
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{is_final, owned_file};
use crate::ops::spec::{Field, Kind};

/// The longest a certificate may be valid.
pub(super) const MAX_DAYS: u64 = 3650;

pub(super) const FIELDS: &[Field] = &[
    Field::required("name", Kind::Name, "What it is called on the host."),
    Field::required(
        "provider",
        Kind::Choice(&["self_signed", "internal_ca", "files", "certbot"]),
        "Who issues it: itself, an authority kept on the host, you, or an ACME authority such as Let's Encrypt.",
    ),
    Field::optional(
        "names",
        Kind::Texts,
        "Host names and addresses it is for. Needed but for files.",
    ),
    Field::optional(
        "certificate",
        Kind::Path,
        "Where it is kept. Default: /etc/examctl/tls/NAME.crt; with certbot always /etc/letsencrypt/live/NAME/fullchain.pem.",
    ),
    Field::optional(
        "key",
        Kind::Path,
        "Where its key is kept, 0640 root:GROUP. Default: /etc/examctl/tls/NAME.key; with certbot always privkey.pem there.",
    ),
    Field::optional(
        "group",
        Kind::Name,
        "Who may read the key besides root. Default: root.",
    ),
    Field::optional(
        "days",
        Kind::Number(MAX_DAYS),
        "How long it is valid. Default: 365.",
    ),
    Field::optional(
        "renew_before_days",
        Kind::Number(MAX_DAYS),
        "It is renewed by an apply this long before its end. Default: 30; with certbot, whose timer renews at 30, 20.",
    ),
    Field::optional(
        "ca_certificate",
        Kind::Path,
        "internal_ca: the authority's certificate. Default: /etc/examctl/ca/ca.crt.",
    ),
    Field::optional(
        "ca_key",
        Kind::Path,
        "internal_ca: its key, 0600 root. Default: /etc/examctl/ca/ca.key.",
    ),
    Field::optional(
        "ca_name",
        Kind::Text,
        "internal_ca: the name of an authority that is made. Default: Exam CA.",
    ),
    Field::optional(
        "ca_certificate_content",
        Kind::Text,
        "internal_ca: the certificate of your own authority, PEM.",
    ),
    Field::optional(
        "ca_key_content",
        Kind::Text,
        "internal_ca: its key, PEM, a secret.",
    ),
    Field::optional(
        "certificate_content",
        Kind::Text,
        "files: the certificate, PEM, with what leads to its authority.",
    ),
    Field::optional("key_content", Kind::Text, "files: its key, PEM, a secret."),
    Field::optional(
        "webroot",
        Kind::Path,
        "certbot: the folder that port 80 serves below /.well-known/acme-challenge.",
    ),
    Field::optional(
        "email",
        Kind::Text,
        "certbot: for the account. Default: an account without one.",
    ),
    Field::optional(
        "server",
        Kind::Text,
        "certbot: the authority's directory URL. Default: Let's Encrypt.",
    ),
    Field::optional(
        "reload",
        Kind::Name,
        "certbot: the service that is reloaded after each renewal. Default: nginx.",
    ),
];

/// Who issues a certificate, and what that takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    SelfSigned,
    InternalCa {
        certificate: String,
        key: String,
        name: String,
        /// The authority's certificate and key, where they are given.
        given: Vec<FileArgs>,
    },
    /// The certificate and its key.
    Files([FileArgs; 2]),
    Certbot(Certbot),
}

/// What certbot is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certbot {
    /// The folder that answers challenges.
    pub(super) webroot: String,
    pub(super) email: Option<String>,
    pub(super) server: Option<String>,
    /// Reloads a service after each renewal.
    pub(super) hook: FileArgs,
}

#[derive(Clone, Copy)]
pub(super) enum Kinds {
    SelfSigned,
    InternalCa,
    Files,
    Certbot,
}

pub(super) fn parse_names(fields: &mut Fields<'_>, optional: bool) -> BTreeSet<String> {
    if !optional && fields.get("names").is_none() {
        fields.missing("names");
    }
    let mut names = BTreeSet::new();
    for name in fields.texts("names") {
        if let Ok(address) = name.parse::<std::net::IpAddr>() {
            names.insert(address.to_string());
            continue;
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.*".contains(c);
        if is_final(fields, &name)
            && (name.is_empty() || name.len() > 253 || !name.chars().all(plain))
        {
            fields.wrong(
                "names",
                format!("'{name}' is not a host name or an address"),
            );
        }
        names.insert(name.to_lowercase());
    }
    names
}

/// A file with a key in it: what it replaces is not shown.
fn secret_file(path: &str, content: String, group: &str, mode: u32) -> FileArgs {
    let mut file = owned_file(path, Some(content));
    file.attributes.group = Some(group.to_owned());
    file.attributes.mode = Some(mode);
    file.hides_old = true;
    file
}

pub(super) fn parse_authority(fields: &mut Fields<'_>) -> Option<Provider> {
    let certificate = fields.optional_path("ca_certificate");
    let key = fields.optional_path("ca_key");
    let name = fields
        .optional_text("ca_name")
        .unwrap_or_else(|| "Exam CA".to_owned());
    if name.is_empty() || name.len() > 64 || name.contains(['\n', '$', '\\', '#']) {
        fields.wrong(
            "ca_name",
            "'ca_name' has 1 to 64 bytes, none of them $, \\ or #",
        );
    }
    let certificate = certificate.unwrap_or_else(|| "/etc/examctl/ca/ca.crt".to_owned());
    let key = key.unwrap_or_else(|| "/etc/examctl/ca/ca.key".to_owned());
    let contents =
        ["ca_certificate_content", "ca_key_content"].map(|key| fields.optional_text(key));
    let given = match contents {
        [None, None] => Vec::new(),
        [Some(first), Some(second)] => vec![
            owned_file(&certificate, Some(first)),
            secret_file(&key, second, "root", 0o600),
        ],
        _ => {
            let message = "'ca_certificate_content' and 'ca_key_content' come together";
            fields.wrong("ca_certificate_content", message);
            return None;
        }
    };
    Some(Provider::InternalCa {
        certificate,
        key,
        name,
        given,
    })
}

pub(super) fn parse_files(
    fields: &mut Fields<'_>,
    certificate: &str,
    key: &str,
    group: &str,
) -> Option<Provider> {
    let first = fields.text("certificate_content");
    let second = fields.text("key_content");
    Some(Provider::Files([
        owned_file(certificate, Some(first?)),
        secret_file(key, second?, group, 0o640),
    ]))
}

pub(super) fn parse_certbot(fields: &mut Fields<'_>, name: &str) -> Option<Provider> {
    let webroot = fields.path("webroot");
    let email = fields.optional_text("email");
    let server = fields.optional_text("server");
    let reload = fields
        .optional_name("reload")
        .unwrap_or_else(|| "nginx".to_owned());
    let text = format!(
        "#!/bin/sh\n# Written by examctl: what is changed here is lost.\n[ \"${{RENEWED_LINEAGE##*/}}\" = {} ] || exit 0\nsystemctl is-active --quiet {reload} && systemctl reload {reload}\nexit 0\n",
        quote(name),
        reload = quote(&reload),
    );
    let mut hook = owned_file(
        format!("/etc/letsencrypt/renewal-hooks/deploy/examctl-{name}"),
        Some(text),
    );
    hook.attributes.mode = Some(0o755);
    Some(Provider::Certbot(Certbot {
        webroot: webroot?,
        email,
        server,
        hook,
    }))
}
