//! Whether services run and start with the host.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::gather::{Wanted, words};

/// A unit of systemd as `systemctl show` describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ServiceState {
    /// `loaded`, `not-found`, `masked`, ...
    pub(crate) load: String,
    /// `active`, `inactive`, `failed`, `activating`, ...
    pub(crate) active: String,
    /// `enabled`, `disabled`, `static`, ...; empty where there is no unit file.
    pub(crate) unit_file: String,
    pub(crate) needs_daemon_reload: bool,
}

pub(super) fn snippet(wanted: &Wanted<'_>) -> String {
    if wanted.services.is_empty() {
        return String::new();
    }
    let names = words(&wanted.services);
    format!(
        "systemctl show --property=LoadState,ActiveState,UnitFileState,NeedDaemonReload -- {names}"
    )
}

/// Units are told apart by their order: an alias is shown under its real name.
pub(super) fn parse(
    text: &str,
    wanted: &Wanted<'_>,
) -> Result<BTreeMap<String, ServiceState>, String> {
    if wanted.services.is_empty() || text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    let blocks: Vec<&str> = text.trim().split("\n\n").collect();
    if blocks.len() != wanted.services.len() {
        return Err(format!(
            "systemctl described {} of {} services",
            blocks.len(),
            wanted.services.len()
        ));
    }
    let state = |block: &str| {
        let value = |name: &str| {
            block
                .lines()
                .filter_map(|line| line.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
                .unwrap_or_default()
        };
        ServiceState {
            load: value("LoadState"),
            active: value("ActiveState"),
            unit_file: value("UnitFileState"),
            needs_daemon_reload: value("NeedDaemonReload") == "yes",
        }
    };
    Ok(wanted
        .services
        .iter()
        .zip(blocks)
        .map(|(name, block)| ((*name).to_owned(), state(block)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_matched_by_order_and_a_short_answer_is_refused() {
        let mut wanted = Wanted::default();
        wanted.services.extend(["mysql", "nginx"]);
        let text = "LoadState=not-found\nActiveState=inactive\nUnitFileState=\nNeedDaemonReload=no\n\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=yes\n";
        let services = parse(text, &wanted).unwrap();
        assert_eq!(services["mysql"].load, "not-found");
        assert_eq!(services["nginx"].active, "active");
        assert!(services["nginx"].needs_daemon_reload);
        wanted.services.insert("ssh");
        assert!(parse(text, &wanted).is_err());
    }
}
