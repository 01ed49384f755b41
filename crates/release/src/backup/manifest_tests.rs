use super::*;

/// A backup called `name`, taken in the deploy `deploy`.
pub(crate) fn backup(name: &str, why: Why, deploy: &str) -> Backup {
    let manifest = BackupManifest {
        name: name.to_owned(),
        host: "web".to_owned(),
        database: "sqlite".to_owned(),
        sha256: "ab".repeat(32),
        bytes: 4096,
        contents: Contents {
            schema: vec!["0001_accounts".to_owned(), "0002_exams".to_owned()],
            tables: [("users".to_owned(), 3), ("answers".to_owned(), 7)].into(),
            last_answer_at: Some("2026-01-02T03:04:05.678Z".to_owned()),
        },
        taken_at: "2026-01-02T03:04:06.000Z".to_owned(),
        by: "me@here".to_owned(),
        why,
        deploy: deploy.to_owned(),
        serving: Some("a".to_owned()),
        before: Some("b".to_owned()),
    };
    Backup {
        manifest,
        problem: None,
    }
}

fn check(spoil: impl Fn(&mut Restored)) -> String {
    let manifest = backup("one", Why::ByHand, "d").manifest;
    let mut restored = Restored {
        sha256: manifest.sha256.clone(),
        bytes: manifest.bytes,
        counted: Counted {
            problems: Vec::new(),
            contents: manifest.contents.clone(),
        },
    };
    spoil(&mut restored);
    differences(&manifest, &restored).join("; ")
}

#[test]
fn a_backup_counts_when_everything_in_it_is_what_its_manifest_says() {
    assert_eq!(check(|_| ()), "");
    let with_table = |name: &str, rows: u64| {
        check(|restored| {
            let tables = &mut restored.counted.contents.tables;
            tables.insert(name.to_owned(), rows);
        })
    };
    assert_eq!(with_table("answers", 6), "answers has 6 rows, not 7");
    assert_eq!(with_table("answers", 8), "answers has 8 rows, not 7");
    assert_eq!(with_table("x", 0), "there is a table x too many");
    let without_users = |restored: &mut Restored| {
        restored
            .counted
            .contents
            .tables
            .retain(|name, _| name != "users");
    };
    assert_eq!(check(without_users), "the table users is missing");
    assert_eq!(
        check(|r| r.counted.contents.schema.truncate(1)),
        "its schema is 0001_accounts, not 0002_exams"
    );
    assert_eq!(
        check(|r| r.counted.contents.last_answer_at = None),
        "its newest answer is another one"
    );
    assert_eq!(
        check(|r| r.sha256 = "cd".repeat(32)),
        "the copy has another checksum"
    );
    assert_eq!(check(|r| r.bytes = 1), "the copy has 1 bytes, not 4096");
    assert_eq!(
        check(|r| r.counted.problems.push("Tree 2 page 3".to_owned())),
        "Tree 2 page 3"
    );
}

#[test]
fn a_manifest_comes_back_as_it_was_written_and_its_copy_is_looked_for() {
    let listed = |size: &str, name: &str| {
        let manifest = backup(name, Why::Deploy, "d").manifest;
        format!("{size} {}\n", serde_json::to_string(&manifest).unwrap())
    };
    let text = listed("4096", "b") + &listed("-", "a") + &listed("1", "c") + "4096 {}\nrubbish\n";
    let backups = parse_list(&text);
    let shown: Vec<_> = backups
        .iter()
        .map(|backup| (backup.manifest.name.as_str(), backup.problem.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [
            ("a", Some("the copy is gone")),
            ("b", None),
            ("c", Some("the copy has 1 bytes, not 4096"))
        ]
    );
    assert_eq!(backups[1], backup("b", Why::Deploy, "d"));
    // A name is part of a path.
    assert_eq!(parse_list(&listed("4096", "../../etc/x")), []);
}

#[test]
fn a_backup_is_named_by_a_unique_beginning_or_as_the_latest() {
    let backups = ["20260101T1", "20260101T2", "20260202"].map(|n| backup(n, Why::ByHand, "d"));
    for (wanted, expected) in [
        ("latest", "20260202"),
        ("20260202", "20260202"),
        ("20260202.db", "20260202"),
        ("20260101T1", "20260101T1"),
        (
            "20260101",
            "`20260101` is the beginning of 2 backups: give more of the name",
        ),
        (
            "x",
            "no backup is called x: examctl backup list shows those of this host",
        ),
    ] {
        let found = find(&backups, wanted).map(|backup| backup.manifest.name.clone());
        assert_eq!(found.unwrap_or_else(|reason| reason), expected, "{wanted}");
    }
    assert_eq!(
        find(&[], "latest").unwrap_err(),
        "there is none on this host: examctl backup create"
    );
}

#[test]
fn only_backups_of_deploys_go_by_themselves_the_oldest_first() {
    let backups = [
        backup("1", Why::Deploy, "d1"),
        backup("2", Why::ByHand, "d2"),
        backup("3", Why::Deploy, "d3"),
        backup("4", Why::Restore, "d4"),
        backup("5", Why::Deploy, "d5"),
    ];
    assert_eq!(plan_thinning(&backups, 2), ["1"]);
    assert_eq!(plan_thinning(&backups, 1), ["3", "1"]);
    assert_eq!(plan_thinning(&backups, 9), [""; 0]);
}
