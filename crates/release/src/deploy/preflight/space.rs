//! Is there room where the service, its backups and its logs write?

use crate::deploy::preflight::Findings;
use crate::host::facts::Facts;
use crate::target::Target;

/// What a deploy and a day of logs may need; fewer are as bad as a full disk.
const INODES_MIN: u64 = 1000;
/// Of the inodes of a file system, in percent: from here on somebody should look.
const INODES_WARN_PERCENT: u64 = 5;

/// The room for the release itself is looked at with the release.
pub(super) fn check_space(findings: &mut Findings, target: &Target, facts: &Facts) {
    let needed_mib = target.limits.free_mib_min;
    let mut full = Vec::new();
    for disk in &facts.resources.disks {
        let place = format!("{} (the file system {})", disk.holds, disk.mounted_on);
        let free_mib = disk.free_bytes >> 20;
        // Two directories on one file system are one reason.
        if full.contains(&&disk.mounted_on) {
            continue;
        }
        if disk.holds != "releases" && free_mib < needed_mib {
            full.push(&disk.mounted_on);
            findings.refuse(format!(
                "{free_mib} MiB are free for {place}, {needed_mib} MiB are needed (`exam_free_mib_min`): remove what is old there, or give it more room"
            ));
        }
        if disk.inodes == 0 {
            continue;
        }
        if disk.free_inodes < INODES_MIN {
            full.push(&disk.mounted_on);
            findings.refuse(format!(
                "{} files more can be made for {place}, {INODES_MIN} are needed: there are too many small files",
                disk.free_inodes
            ));
        } else if disk.free_inodes < disk.inodes / 100 * INODES_WARN_PERCENT {
            findings.warn(format!(
                "only {} of {} files more can be made for {place}",
                disk.free_inodes, disk.inodes
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::tests::facts_of;

    fn found(disks: &str) -> (Vec<String>, Vec<String>) {
        let target = Target::from_vars("h", &serde_json::Map::new()).unwrap();
        let mut findings = Findings::default();
        check_space(&mut findings, &target, &facts_of(disks));
        (findings.refusals, findings.warnings)
    }

    #[test]
    fn every_file_system_that_is_too_full_is_named_once() {
        let mib = 1024;
        let (refused, warned) = found(&format!(
            "disk releases {} 9000 10000 /\n\
             disk data {} 9000 10000 /data\n\
             disk backups {} 9000 10000 /data\n\
             disk logs {} 10 10000 /var/log\n",
            10 * mib,
            255 * mib,
            255 * mib,
            256 * mib
        ));
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(
            refused[0].starts_with(
                "255 MiB are free for data (the file system /data), 256 MiB are needed"
            )
        );
        assert!(refused[1].starts_with("10 files more can be made for logs"));
        assert!(warned.is_empty(), "{warned:?}");
    }

    #[test]
    fn few_inodes_are_worth_a_word_and_none_counted_are_none_needed() {
        let (refused, warned) = found(
            "disk data 9000000 1200 100000 /\ndisk logs 9000000 0 0 /btrfs\ndisk backups 9000000 - - /x\n",
        );
        assert!(refused.is_empty(), "{refused:?}");
        assert_eq!(
            warned,
            ["only 1200 of 100000 files more can be made for data (the file system /)"]
        );
    }
}
