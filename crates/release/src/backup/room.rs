//! Is there room for a backup, and for the service beside it? Pure.

/// What has to stay free: the service's own log of changes (32 MiB) twice, so that saving goes on.
const RESERVE_BYTES: u64 = 64 << 20;

/// What is known of the disks before a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Of the database and of what is not yet in it.
    pub(crate) database_bytes: u64,
    pub(crate) data_free_bytes: u64,
    pub(crate) backup_free_bytes: u64,
    /// Whether both directories are on one disk.
    pub(crate) same_disk: bool,
}

impl Room {
    /// Reads `database BYTES`, `data DEVICE FREE_KIB` and `backup DEVICE FREE_KIB`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let line = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        };
        let disk = |name: &str| {
            let (device, free) = line(name)?.split_once(' ')?;
            Some((
                device,
                free.trim().parse::<u64>().ok()?.saturating_mul(1024),
            ))
        };
        let (data, backup) = (disk("data")?, disk("backup")?);
        Some(Self {
            database_bytes: line("database")?.trim().parse().ok()?,
            data_free_bytes: data.1,
            backup_free_bytes: backup.1,
            same_disk: data.0 == backup.0,
        })
    }
}

/// Why no backup may be begun. Beside the database lies one copy at a time, and one where backups are.
pub(crate) fn check_room(room: &Room, data: &str, backups: &str) -> Option<String> {
    let copy = room.database_bytes;
    let beside = if room.same_disk {
        copy.saturating_mul(2)
    } else {
        copy
    };
    let tight = |directory: &str, free: u64, needed: u64| {
        (free < needed).then(|| {
            format!(
                "{} MiB are free on the disk of {directory}, a backup needs {} MiB there: make room, or set `backup_directory` to another disk",
                free >> 20,
                (needed >> 20) + 1
            )
        })
    };
    tight(
        data,
        room.data_free_bytes,
        beside.saturating_add(RESERVE_BYTES),
    )
    .or_else(|| {
        let needed = if room.same_disk { 0 } else { copy };
        tight(backups, room.backup_free_bytes, needed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(database: u64, data: &str, backup: &str) -> String {
        let text = format!(
            "database {}\ndata {data}\nbackup {backup}\n",
            database << 20
        );
        let room = Room::parse(&text).unwrap();
        check_room(&room, "/data", "/backups").unwrap_or_else(|| "room".to_owned())
    }

    #[test]
    fn a_backup_leaves_the_service_room_to_go_on() {
        let mib = |count: u64| count * 1024;
        for (data, backup, expected) in [
            (("1", mib(164)), ("2", mib(100)), "room"),
            (("1", mib(163)), ("2", mib(100)), "disk of /data"),
            (("1", mib(164)), ("2", mib(99)), "disk of /backups"),
            // On one disk both copies have to fit.
            (("1", mib(264)), ("1", mib(264)), "room"),
            (("1", mib(263)), ("1", mib(263)), "needs 265 MiB"),
        ] {
            let said = check(
                100,
                &format!("{} {}", data.0, data.1),
                &format!("{} {}", backup.0, backup.1),
            );
            assert!(said.contains(expected), "{data:?} {backup:?}: {said}");
        }
    }

    #[test]
    fn what_is_no_answer_is_no_room() {
        assert_eq!(Room::parse(""), None);
        assert_eq!(Room::parse("database 1\ndata 1 x\nbackup 1 2"), None);
    }
}
