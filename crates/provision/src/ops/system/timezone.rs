//! `timezone`: the time zone of the host.

use crate::connections::quote;
use crate::facts::{FactKey, Facts, PathKind, Request};
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{is_final, owned_file};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

const ZONES: &str = "/usr/share/zoneinfo";
const LINK: &str = "/etc/localtime";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimezoneArgs {
    name: String,
    /// /etc/timezone, which older programs of Debian read; written only where there is one.
    file: FileArgs,
}

impl Operation for TimezoneArgs {
    const SPEC: Spec = Spec {
        name: "timezone",
        summary: "The time zone of the host.",
        fields: &[Field::required(
            "name",
            Kind::Text,
            "As below /usr/share/zoneinfo, for instance Europe/Berlin or Etc/UTC.",
        )],
        example: "timezone: {name: Etc/UTC}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = fields.text("name")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_+".contains(c);
        let is_zone = name
            .split('/')
            .all(|part| !part.is_empty() && part.chars().all(plain));
        if !is_zone && is_final(&fields, &name) {
            fields.wrong("name", format!("'{name}' is not the name of a time zone"));
        }
        let file = owned_file("/etc/timezone", Some(format!("{name}\n")));
        Some(Self { name, file })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = self.file.requests();
        let paths = [LINK.to_owned(), ZONES.to_owned(), self.zone()];
        requests.extend(paths.map(|path| FactKey::Path(path).into()));
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        if !facts.paths.contains_key(ZONES) {
            return Err(PlanError(format!(
                "there is no {ZONES} on this host: install the package tzdata in an earlier task"
            )));
        }
        let zone = self.zone();
        if !facts
            .paths
            .get(&zone)
            .is_some_and(|state| state.kind != PathKind::Directory)
        {
            return Err(PlanError(format!(
                "there is no time zone '{}' on this host: `timedatectl list-timezones` lists them",
                self.name
            )));
        }
        let link = facts.paths.get(LINK);
        let current = link
            .and_then(|state| state.target.as_deref())
            .unwrap_or("none");
        let shown = current
            .rsplit_once("zoneinfo/")
            .map_or(current, |(_, name)| name);
        let mut changes = Vec::new();
        if shown != self.name {
            changes.push(Change::run(
                format!("time zone: {shown} -> {}", self.name),
                format!(
                    "ln -sfn {} {LINK}.new && mv -fT {LINK}.new {LINK}",
                    quote(&zone)
                ),
            ));
        }
        if facts.paths.contains_key(&self.file.path) {
            changes.extend(self.file.plan(facts)?);
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.file.may_change(key) || effects::on_file(key, LINK)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        Some(LINK)
    }
}

impl TimezoneArgs {
    fn zone(&self) -> String {
        format!("{ZONES}/{}", self.name)
    }
}
