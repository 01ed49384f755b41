//! Do the settings suit a server that real students use? What can be seen before the new program is there.

use std::collections::BTreeMap;

use crate::deploy::preflight::Findings;
use crate::target::Target;

pub(super) fn check_debug(
    findings: &mut Findings,
    target: &Target,
    settings: &BTreeMap<String, String>,
) {
    let value = |name: &str| {
        settings
            .get(name)
            .map_or("", |value| value.trim_matches('"'))
    };
    // The service takes itself to be in production where nobody says otherwise.
    if !matches!(value("APP_ENV"), "" | "production") || settings.is_empty() {
        return;
    }
    let filter = value("RUST_LOG").to_ascii_lowercase();
    let is_detailed = filter
        .split(',')
        .filter_map(|part| part.rsplit('=').next())
        .any(|level| matches!(level.trim(), "debug" | "trace"));
    let is_debug = matches!(
        value("APP_DEBUG").to_ascii_lowercase().as_str(),
        "1" | "true" | "yes" | "on"
    );
    for (is_on, name) in [(is_detailed, "RUST_LOG"), (is_debug, "APP_DEBUG")] {
        if is_on {
            findings.refuse(format!(
                "{} has APP_ENV=production and debugging on ({name}={}): it fills the disk and may write down what nobody should read; take {name} out",
                target.exam_env_file,
                value(name)
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debugging_is_for_servers_without_students() {
        let target = Target::from_vars("h", &serde_json::Map::new()).unwrap();
        for (settings, refused) in [
            ("", false),
            ("APP_ENV=production", false),
            ("APP_ENV=production RUST_LOG=info,exam_service=warn", false),
            ("APP_ENV=production RUST_LOG=debug", true),
            ("RUST_LOG=info,sqlx=TRACE", true),
            ("APP_ENV=production APP_DEBUG=true", true),
            ("APP_ENV=production APP_DEBUG=false", false),
            ("APP_ENV=\"production\" APP_DEBUG=1", true),
            ("APP_ENV=demo RUST_LOG=debug APP_DEBUG=1", false),
            // The name of a module is no level.
            ("APP_ENV=production RUST_LOG=debugger=info", false),
        ] {
            let pairs = settings
                .split_whitespace()
                .filter_map(|pair| pair.split_once('='));
            let map = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let mut findings = Findings::default();
            check_debug(&mut findings, &target, &map.collect());
            assert_eq!(!findings.refusals.is_empty(), refused, "{settings}");
        }
    }
}
