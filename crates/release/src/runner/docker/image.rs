//! How does a release on a host become an image there? A script on the host packs its files, with the
//! C library and loader of that host where it needs them, and hands them to the engine beside it.
//!
//! The image is made where the release lies: after a deploy that has just uploaded it as well as for a
//! rollback to one of which only its folder is left.

use std::time::Duration;

use bollard::query_parameters::RemoveImageOptionsBuilder;
use provision::connections::quote;

use super::container::{self, CHECKSUM, PROGRAM, RELEASE, VERSION};
use super::engine::ask;
use crate::artifact::manifest::{BINARY, MANIFEST_NAME, Manifest};
use crate::host::{Host, StepError, USUAL, said};
use crate::target::layout::{Slot, parse_link_target};

const MAKE_SCRIPT: &str = include_str!("image.sh");
const MAKE: Duration = Duration::from_mins(5);
/// What the script exits with where it is the release that cannot run.
const UNFIT: i32 = 65;

/// What a slot is to run, as it is found on the host.
pub(super) struct Found {
    pub(super) manifest: Manifest,
    /// `UID:GID` of the account that the service runs as.
    pub(super) ids: String,
}

/// Reads what the slot's link names, and who runs it.
pub(super) fn gather_found(host: &mut Host<'_>, slot: Slot) -> Result<Found, StepError> {
    let target = host.target;
    let script = format!(
        "readlink {link} || {{ echo 'no release is linked there' >&2; exit 1; }}\n\
         printf '%s:%s\\n' \"$(id -u {user})\" \"$(id -g {user})\"\n\
         cat {link}/{MANIFEST_NAME}",
        link = quote(&target.layout().link(slot)),
        user = quote(user_of(host)),
    );
    let text = host.must_run(&format!("read the release of {slot}"), &script)?;
    parse_found(&text).map_err(|reason| {
        StepError::Failed(format!("the release of {slot} cannot be run: {reason}"))
    })
}

fn parse_found(text: &str) -> Result<Found, String> {
    let mut parts = text.splitn(3, '\n');
    let mut next = || parts.next().unwrap_or_default();
    let (link, ids, manifest) = (next(), next(), next());
    let release = parse_link_target(link)
        .ok_or_else(|| format!("its link leads to `{link}`, not to a release"))?;
    let manifest = Manifest::parse(manifest.as_bytes()).map_err(|error| error.to_string())?;
    if manifest.id != release {
        return Err(format!(
            "its folder is {release}, its manifest says {}",
            manifest.id
        ));
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match ids.split_once(':') {
        Some((user, group)) if is_number(user) && is_number(group) => Ok(Found {
            manifest,
            ids: ids.to_owned(),
        }),
        _ => Err("the account `exam_user` does not exist on the host".to_owned()),
    }
}

fn user_of<'h>(host: &Host<'h>) -> &'h str {
    host.target.exam_user.as_deref().unwrap_or("root")
}

/// Makes the image of a release unless it is there.
pub(super) fn apply_image(host: &mut Host<'_>, found: &Found) -> Result<(), StepError> {
    let release = &found.manifest.id;
    let image = container::image(release);
    let present = ask(host, "look at an image", USUAL, async |engine| {
        engine.inspect_image(&image).await
    })?;
    let labels = present.and_then(|image| image.config?.labels);
    if labels.is_some_and(|labels| labels.get(RELEASE) == Some(release)) {
        return Ok(());
    }
    let script = make_script(host, found, &image);
    let output = host.run(&script, "", MAKE)?;
    let reason = |what: &str| format!("{what}: {}", said(&output));
    match output.status {
        0 => Ok(()),
        UNFIT => Err(StepError::Gate(reason("no container can run the release"))),
        _ => Err(StepError::Failed(reason(&format!(
            "cannot make the image {image}"
        )))),
    }
}

fn make_script(host: &Host<'_>, found: &Found, image: &str) -> String {
    let manifest = &found.manifest;
    let program = manifest.files.iter().find(|file| file.path == BINARY);
    let labels = [
        (RELEASE, manifest.id.as_str()),
        (VERSION, &manifest.version),
        (CHECKSUM, program.map_or("", |program| &program.sha256)),
    ]
    .map(|(name, value)| format!("{name}=\"{value}\""))
    .join(" ");
    let values = [
        ("release", manifest.id.as_str()),
        ("image", image),
        ("program", PROGRAM),
        ("user", user_of(host)),
        ("ids", &found.ids),
        ("data", &host.target.exam_data),
        ("labels", &labels),
    ];
    let set: String = values
        .iter()
        .map(|(name, value)| format!("{name}={}\n", quote(value)))
        .collect();
    set + MAKE_SCRIPT
}

/// Removes the images of releases. A container that was stopped does not hold its image: it is made
/// anew whenever it is started again.
pub(super) fn remove_images(host: &mut Host<'_>, releases: &[String]) -> Result<(), StepError> {
    for release in releases {
        let image = container::image(release);
        let options = RemoveImageOptionsBuilder::new().force(true).build();
        host.check_held()?;
        ask(
            host,
            &format!("remove the image {image}"),
            USUAL,
            async |engine| {
                let options = Some(options.clone());
                engine.remove_image(&image, options, None).await
            },
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::manifest::tests::sample;

    #[test]
    fn what_a_link_names_must_be_the_release_that_lies_there() {
        let manifest = sample();
        let json = serde_json::to_string_pretty(&manifest).unwrap();
        let text = |link: &str, ids: &str| format!("../releases/{link}\n{ids}\n{json}");
        let found = parse_found(&text(&manifest.id, "990:991")).unwrap();
        assert_eq!(
            (found.manifest, found.ids.as_str()),
            (manifest.clone(), "990:991")
        );
        for (link, ids, expected) in [
            ("other", "990:991", "its folder is other"),
            ("../../etc", "990:991", "not to a release"),
            (&manifest.id, ":", "`exam_user` does not exist"),
        ] {
            let reason = parse_found(&text(link, ids)).err().unwrap();
            assert!(reason.contains(expected), "{reason}");
        }
    }

    #[test]
    fn the_script_is_one_that_a_shell_can_read() {
        let script = format!("set -n\n{MAKE_SCRIPT}");
        let status = std::process::Command::new("/bin/sh")
            .args(["-c", &script])
            .status();
        assert!(status.unwrap().success());
    }
}
