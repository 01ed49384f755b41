//! Scripts that make keys and certificates with openssl, on the host: keys never leave it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::connections::quote;

/// How long an authority that examctl makes is valid: ten years.
const AUTHORITY_DAYS: u32 = 3650;

/// Where a certificate and its key go, and to whom.
pub(super) struct Target<'a> {
    pub(super) certificate: &'a str,
    pub(super) key: &'a str,
    pub(super) group: &'a str,
}

impl Target<'_> {
    /// Both are complete before the first is replaced.
    fn install(&self) -> String {
        let (certificate, key) = (quote(self.certificate), quote(self.key));
        let folder = |path: &str| quote(path.rsplit_once('/').map_or("/", |(folder, _)| folder));
        format!(
            "mkdir -p -m 0755 {folders}\n\
             install -m 0640 -o root -g {group} \"$d/key\" {key}.new\n\
             install -m 0644 -o root -g root \"$d/certificate\" {certificate}.new\n\
             sync {key}.new {certificate}.new\n\
             mv -fT {key}.new {key}\n\
             mv -fT {certificate}.new {certificate}\n",
            folders = [folder(self.certificate), folder(self.key)].join(" "),
            group = quote(self.group),
        )
    }
}

const START: &str = "set -e\numask 022\nd=$(mktemp -d)\ntrap 'rm -rf \"$d\"' EXIT\n";
const MAKE_KEY: &str = "( umask 077; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out \"$d/key\" )\n";

pub(super) fn self_signed(target: &Target<'_>, names: &BTreeSet<String>, days: u64) -> String {
    format!(
        "{START}{config}{MAKE_KEY}\
         openssl req -x509 -new -sha256 -key \"$d/key\" -config \"$d/config\" -extensions leaf -days {days} -out \"$d/certificate\"\n\
         {install}",
        config = leaf_config(names, ""),
        install = target.install(),
    )
}

pub(super) fn issued(
    target: &Target<'_>,
    names: &BTreeSet<String>,
    days: u64,
    authority: &str,
    authority_key: &str,
) -> String {
    let (authority, authority_key) = (quote(authority), quote(authority_key));
    format!(
        "{START}{config}{MAKE_KEY}\
         openssl req -new -sha256 -key \"$d/key\" -config \"$d/config\" -out \"$d/request\"\n\
         e=$(openssl x509 -req -sha256 -in \"$d/request\" -CA {authority} -CAkey {authority_key} -set_serial \"0x$(openssl rand -hex 16)\" -days {days} -extfile \"$d/config\" -extensions leaf -out \"$d/certificate\" 2>&1) || {{ printf '%s\\n' \"$e\" >&2; exit 1; }}\n\
         openssl verify -CAfile {authority} \"$d/certificate\" >/dev/null\n\
         {install}",
        config = leaf_config(names, "authorityKeyIdentifier=keyid\n"),
        install = target.install(),
    )
}

/// An authority for leaf certificates only.
pub(super) fn authority(certificate: &str, key: &str, name: &str) -> String {
    let (certificate, key) = (quote(certificate), quote(key));
    let config = format!(
        "[req]\ndistinguished_name=dn\nprompt=no\nstring_mask=utf8only\nutf8=yes\n[dn]\nCN={name}\n[authority]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
    );
    format!(
        "{START}mkdir -p -m 0755 \"$(dirname {certificate})\" \"$(dirname {key})\"\n\
         printf '%s' {config} > \"$d/config\"\n\
         {MAKE_KEY}\
         openssl req -x509 -new -sha256 -key \"$d/key\" -config \"$d/config\" -extensions authority -days {AUTHORITY_DAYS} -out \"$d/certificate\"\n\
         install -m 0600 -o root -g root \"$d/key\" {key}\n\
         install -m 0644 -o root -g root \"$d/certificate\" {certificate}\n",
        config = quote(&config),
    )
}

/// `further` extensions stand in it too.
fn leaf_config(names: &BTreeSet<String>, further: &str) -> String {
    let alternative: Vec<String> = names
        .iter()
        .map(|name| match name.parse::<IpAddr>() {
            Ok(address) => format!("IP:{address}"),
            Err(_) => format!("DNS:{name}"),
        })
        .collect();
    // A common name has at most 64 bytes; clients read the alternative names only.
    let common = names
        .iter()
        .find(|name| name.len() <= 64 && name.parse::<IpAddr>().is_err());
    let common = common.map_or("exam server", String::as_str);
    let config = format!(
        "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN={common}\n[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\n{further}subjectAltName={}\n",
        alternative.join(",")
    );
    format!("printf '%s' {} > \"$d/config\"\n", quote(&config))
}
