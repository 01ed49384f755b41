//! What certificate a host has: its names, its end, whose it is, and whether its key is there.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::connections::quote;
use crate::facts::{FactKey, Facts};

/// Whose signature a certificate has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Issuer<'a> {
    Itself,
    /// The authority whose certificate is in this file.
    Authority(&'a str),
    Anybody,
}

/// What to look for.
pub(super) struct Question<'a> {
    pub(super) certificate: &'a str,
    pub(super) key: &'a str,
    pub(super) issuer: Issuer<'a>,
    /// It shall not end sooner.
    pub(super) days_left: u64,
}

impl Question<'_> {
    fn name(&self) -> String {
        let Self {
            certificate,
            days_left,
            ..
        } = self;
        format!("certificate {certificate} {:?} {days_left}", self.issuer)
    }

    pub(super) fn fact(&self) -> FactKey {
        let (certificate, key) = (quote(self.certificate), quote(self.key));
        let mut reads = vec![self.certificate.to_owned(), self.key.to_owned()];
        let verify = match self.issuer {
            Issuer::Authority(authority) => {
                reads.push(authority.to_owned());
                format!(
                    "\nopenssl verify -CAfile {} {certificate}",
                    quote(authority)
                )
            }
            Issuer::Itself | Issuer::Anybody => String::new(),
        };
        FactKey::Probe {
            name: self.name(),
            script: format!(
                "[ -e {certificate} ] || exit 3\n\
                 openssl x509 -in {certificate} -noout -subject -issuer -ext subjectAltName -pubkey -checkend {seconds}\n\
                 echo KEY\n\
                 openssl pkey -in {key} -pubout{verify}\n\
                 exit 0",
                seconds = self.days_left * 86_400,
            ),
            reads,
        }
    }

    /// Why the certificate on the host will not do; `None` where it will.
    pub(super) fn fault(&self, facts: &Facts, names: &BTreeSet<String>) -> Option<String> {
        let answer = facts
            .probes
            .get(&self.name())
            .filter(|probed| probed.status == 0);
        let Some(answer) = answer else {
            return Some("there is none".to_owned());
        };
        let (certificate, key) = answer
            .stdout
            .split_once("\nKEY")
            .unwrap_or((&answer.stdout, ""));
        let found = names_in(certificate);
        let shown = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        let field = |name: &str| certificate.lines().find_map(|line| line.strip_prefix(name));
        if found != *names {
            return Some(format!("it names {}, not {}", shown(&found), shown(names)));
        }
        if !certificate.contains("Certificate will not expire") {
            return Some(format!("it ends within {} days", self.days_left));
        }
        if public_key(certificate).is_none() || public_key(certificate) != public_key(key) {
            return Some("its key is not there".to_owned());
        }
        let signed = match self.issuer {
            Issuer::Itself => field("subject=") == field("issuer="),
            Issuer::Authority(_) => key
                .lines()
                .any(|line| line == format!("{}: OK", self.certificate)),
            Issuer::Anybody => true,
        };
        (!signed).then(|| "another has issued it".to_owned())
    }
}

/// The names of a certificate as openssl prints them; addresses in their usual form.
fn names_in(text: &str) -> BTreeSet<String> {
    let mut lines = text
        .lines()
        .skip_while(|line| !line.starts_with("X509v3 Subject Alternative Name"));
    let names = lines.nth(1).unwrap_or_default();
    names
        .split(',')
        .filter_map(|name| {
            let name = name.trim();
            if let Some(name) = name.strip_prefix("DNS:") {
                return Some(name.to_owned());
            }
            let address: IpAddr = name.strip_prefix("IP Address:")?.parse().ok()?;
            Some(address.to_string())
        })
        .collect()
}

fn public_key(text: &str) -> Option<&str> {
    let start = text.find("-----BEGIN PUBLIC KEY")?;
    let end = text[start..].find("-----END PUBLIC KEY")?;
    Some(&text[start..start + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_read() {
        let text = "subject=CN = a\nX509v3 Subject Alternative Name: \n    DNS:exam.test, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1\nCertificate will not expire";
        let names: Vec<String> = names_in(text).into_iter().collect();
        assert_eq!(names, ["10.0.0.1", "2001:db8::1", "exam.test"]);
    }
}
