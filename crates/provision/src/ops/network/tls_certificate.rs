//! `tls_certificate`: a certificate and its key, renewed before it ends.

use std::collections::BTreeSet;

use super::certbot::{CERTBOT, TIMER, plan_certbot};
use super::certificate_fields::{
    Certbot, FIELDS, Kinds, MAX_DAYS, Provider, parse_authority, parse_certbot, parse_files,
    parse_names,
};
use super::certificate_scripts::{self as scripts, Target};
use super::certificate_state::{Issuer, Question};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{needs_program, program_fact};
use crate::ops::spec::Spec;
use crate::ops::staged::{differences, put_all};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

const OPENSSL: &str = "/usr/bin/openssl";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsCertificateArgs {
    name: String,
    names: BTreeSet<String>,
    certificate: String,
    key: String,
    group: String,
    days: u64,
    days_left: u64,
    provider: Provider,
}

impl Operation for TlsCertificateArgs {
    const SPEC: Spec = Spec {
        name: "tls_certificate",
        summary: "A certificate and its key (ECDSA P-256), renewed before it ends.",
        fields: FIELDS,
        example: "tls_certificate: {name: exam, provider: internal_ca, names: [exam.university.example, 10.0.0.10]}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        let kinds = [
            ("self_signed", Kinds::SelfSigned),
            ("internal_ca", Kinds::InternalCa),
            ("files", Kinds::Files),
            ("certbot", Kinds::Certbot),
        ];
        if fields.get("provider").is_none() {
            fields.missing("provider");
        }
        let kind = fields.choice("provider", &kinds);
        let names = parse_names(&mut fields, matches!(kind, Some(Kinds::Files)));
        let paths = ["certificate", "key"].map(|key| fields.optional_path(key));
        let group = fields
            .optional_name("group")
            .unwrap_or_else(|| "root".to_owned());
        let days = fields.number("days", MAX_DAYS).unwrap_or(365);
        let renewal = fields.number("renew_before_days", MAX_DAYS);
        let name = name?;
        let defaults = match kind {
            Some(Kinds::Certbot) => ["fullchain", "privkey"]
                .map(|file| format!("/etc/letsencrypt/live/{name}/{file}.pem")),
            _ => ["crt", "key"].map(|ending| format!("/etc/examctl/tls/{name}.{ending}")),
        };
        if matches!(kind, Some(Kinds::Certbot)) {
            for key in ["certificate", "key", "group", "days"] {
                if fields.get(key).is_some() {
                    fields.wrong(key, format!("'{key}' is certbot's own business"));
                }
            }
        }
        let [certificate, key] =
            [0, 1].map(|at| paths[at].clone().unwrap_or_else(|| defaults[at].clone()));
        let days_left = renewal.unwrap_or(if matches!(kind, Some(Kinds::Certbot)) {
            20
        } else {
            30
        });
        if days_left >= days && !matches!(kind, Some(Kinds::Certbot | Kinds::Files)) {
            fields.wrong(
                "renew_before_days",
                "it would be renewed on every run: 'days' is not more than 'renew_before_days'",
            );
        }
        let provider = match kind {
            Some(Kinds::SelfSigned) => Some(Provider::SelfSigned),
            Some(Kinds::InternalCa) => parse_authority(&mut fields),
            Some(Kinds::Files) => parse_files(&mut fields, &certificate, &key, &group),
            Some(Kinds::Certbot) => parse_certbot(&mut fields, &name),
            None => None,
        };
        Some(Self {
            name,
            names,
            certificate,
            key,
            group,
            days,
            days_left,
            provider: provider?,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = vec![program_fact(OPENSSL)];
        match &self.provider {
            Provider::SelfSigned => requests.push(self.question().fact().into()),
            Provider::InternalCa {
                certificate,
                key,
                given,
                ..
            } => {
                requests.push(self.question().fact().into());
                requests.push(FactKey::Path(certificate.clone()).into());
                requests.push(FactKey::Path(key.clone()).into());
                requests.extend(given.iter().flat_map(Operation::requests));
            }
            Provider::Files(files) => requests.extend(files.iter().flat_map(Operation::requests)),
            Provider::Certbot(Certbot { hook, webroot, .. }) => {
                requests.push(self.question().fact().into());
                requests.extend(hook.requests());
                requests.push(program_fact(CERTBOT));
                requests.push(FactKey::Path(webroot.clone()).into());
                requests.push(FactKey::Service(TIMER.to_owned()).into());
            }
        }
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        needs_program(facts, OPENSSL, "openssl")?;
        match &self.provider {
            Provider::SelfSigned => {
                let fault = self.question().fault(facts, &self.names);
                let script = || scripts::self_signed(&self.target(), &self.names, self.days);
                Ok(fault
                    .map(|fault| self.issue(&fault, script()))
                    .into_iter()
                    .collect())
            }
            Provider::InternalCa { .. } => self.plan_internal(facts),
            Provider::Files(files) => self.plan_files(files, facts),
            Provider::Certbot(certbot) => {
                let fault = self.question().fault(facts, &self.names);
                plan_certbot(certbot, &self.name, &self.names, fault, facts)
            }
        }
    }

    fn may_change(&self, key: &FactKey) -> bool {
        let file = |path: &str| effects::on_file(key, path) || effects::on_directory(key, path);
        file(&self.certificate)
            || file(&self.key)
            || match &self.provider {
                Provider::SelfSigned | Provider::Files(_) => false,
                Provider::InternalCa {
                    certificate, key, ..
                } => file(certificate) || file(key),
                Provider::Certbot(Certbot { hook, .. }) => {
                    effects::below(key, "/etc/letsencrypt")
                        || hook.may_change(key)
                        || matches!(key, FactKey::Service(name) if name == TIMER)
                }
            }
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.certificate)
    }
}

impl TlsCertificateArgs {
    fn question(&self) -> Question<'_> {
        Question {
            certificate: &self.certificate,
            key: &self.key,
            issuer: match &self.provider {
                Provider::SelfSigned => Issuer::Itself,
                Provider::InternalCa { certificate, .. } => Issuer::Authority(certificate),
                Provider::Files(_) | Provider::Certbot(_) => Issuer::Anybody,
            },
            days_left: self.days_left,
        }
    }

    fn target(&self) -> Target<'_> {
        Target {
            certificate: &self.certificate,
            key: &self.key,
            group: &self.group,
        }
    }

    fn issue(&self, fault: &str, script: String) -> Change {
        Change::run(format!("issue certificate {}: {fault}", self.name), script)
    }

    fn plan_internal(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let Provider::InternalCa {
            certificate,
            key,
            name,
            given,
        } = &self.provider
        else {
            return Ok(Vec::new());
        };
        let found = differences(given, facts)?;
        let mut changes = Vec::new();
        if found.any {
            changes.push(put_all(
                format!("put the authority's certificate and key in place ({certificate})"),
                // Nobody needs to see either.
                None,
                given,
                MATCH.to_owned(),
                String::new(),
            ));
        }
        let there = [certificate, key].map(|path| facts.paths.contains_key(path));
        match there {
            _ if !given.is_empty() => {}
            [true, true] => {}
            [false, false] => changes.push(Change::run(
                format!("create certificate authority {name} ({certificate})"),
                scripts::authority(certificate, key, name),
            )),
            _ => {
                return Err(PlanError(format!(
                    "of the authority's certificate {certificate} and key {key} only one is there: restore the other from a backup, or remove both for a new authority"
                )));
            }
        }
        let fault = if changes.is_empty() {
            self.question().fault(facts, &self.names)
        } else {
            Some("its authority is new".to_owned())
        };
        let script = || scripts::issued(&self.target(), &self.names, self.days, certificate, key);
        changes.extend(fault.map(|fault| self.issue(&fault, script())));
        Ok(changes)
    }

    fn plan_files(&self, files: &[FileArgs; 2], facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let found = differences(files, facts)?;
        Ok(found
            .any
            .then(|| {
                // The certificate is public; its key is shown to nobody.
                let shown = differences(&files[..1], facts)
                    .ok()
                    .and_then(|found| found.diff);
                let summary = format!("put certificate {} and its key in place", self.name);
                put_all(summary, shown, files, MATCH.to_owned(), String::new())
            })
            .into_iter()
            .collect())
    }
}

/// A certificate, the first file, belongs to its key, the second, and is valid now.
const MATCH: &str = "c=$(openssl x509 -in \"$d/0\" -noout -pubkey) || { echo 'the certificate is not one in PEM'; exit 1; }
k=$(openssl pkey -in \"$d/1\" -pubout) || { echo 'the key is not one in PEM'; exit 1; }
[ \"$c\" = \"$k\" ] || { echo 'the certificate belongs to another key'; exit 1; }
openssl x509 -in \"$d/0\" -noout -checkend 0 >/dev/null || { echo 'the certificate has ended'; exit 1; }";
