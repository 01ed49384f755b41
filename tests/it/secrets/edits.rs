//! `examctl secrets edit`, with scripts for editors.

use std::path::Path;

use super::{SECRET, Site};

#[test]
fn an_edit_is_saved_and_leaves_nothing_behind() {
    let site = Site::new();
    let edited = site.edit(
        "echo \"$1\" > where; stat -c %a \"$1\" \"${1%/*}\" > modes; cp \"$1\" \"$1~\"\n\
         printf 'smtp:\\n  password: from-the-editor\\n' >> \"$1\"",
    );
    assert_eq!(edited.code, 0, "{edited}");
    assert!(edited.stdout.contains("changed: smtp"), "{edited}");
    assert_eq!(site.get("smtp"), "password: from-the-editor");
    assert_eq!(site.get("db_password"), SECRET);
    assert_eq!(
        std::fs::read_to_string(site.path().join("modes")).unwrap(),
        "600\n700\n"
    );
    let place = std::fs::read_to_string(site.path().join("where")).unwrap();
    let folder = Path::new(place.trim_end()).parent().unwrap();
    assert!(!folder.exists(), "{}", folder.display());
    let unchanged = site.edit(":");
    assert!(
        unchanged.stdout.contains("nothing was changed"),
        "{unchanged}"
    );
}

#[test]
fn an_edit_that_cannot_be_saved_is_kept_and_gone_on_from() {
    let site = Site::new();
    let broken = site.edit("printf 'half: [written-so-far\\n' >> \"$1\"");
    assert_eq!(broken.code, 2, "{broken}");
    assert!(broken.stderr.contains("secrets.age:"), "{broken}");
    assert!(
        broken
            .stderr
            .contains("secrets edit goes on from what you wrote"),
        "{broken}"
    );
    assert!(!broken.to_string().contains("written-so-far"), "{broken}");
    assert_eq!(site.ok(&["secrets", "get"]).stdout, "db_password\n");
    let crashed = site.edit("printf '# one more\\n' >> \"$1\"; exit 1");
    assert_eq!(crashed.code, 1, "{crashed}");
    let mended = site
        .edit("grep -q '^# one more' \"$1\" && sed -i 's/^half.*/half: [written-so-far]/' \"$1\"");
    assert_eq!(mended.code, 0, "{mended}");
    assert_eq!(site.get("half"), "- written-so-far");
    assert!(!site.path().join("secrets.age.draft").exists());
}

#[test]
fn an_edit_does_not_overwrite_what_was_saved_meanwhile() {
    let site = Site::new();
    let program = integration_tests::binaries::binary("examctl");
    let late = site.edit(&format!(
        "printf 'mine: mine-mine\\n' >> \"$1\"; echo theirs-theirs | {} secrets set theirs >/dev/null",
        program.display()
    ));
    assert_eq!(late.code, 1, "{late}");
    assert!(late.stderr.contains("changed by somebody else"), "{late}");
    assert_eq!(site.ok(&["secrets", "get"]).stdout, "db_password\ntheirs\n");
    let again = site.edit("exit 0");
    assert_eq!(again.code, 2, "{again}");
    assert!(again.stderr.contains("mine, theirs"), "{again}");
    let discarded = site
        .examctl(&["secrets", "edit", "--discard-draft"])
        .env("EDITOR", "true")
        .run();
    assert_eq!(discarded.code, 0, "{discarded}");
    assert!(!site.path().join("secrets.age.draft").exists());
}
