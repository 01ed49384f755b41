//! The secrets file: who can read it, what happens to it when something goes wrong, and what a
//! run makes of it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

use std::path::{Path, PathBuf};

use provision::assets::Assets;
use provision::engine::{self, RunOptions};
use provision::inventory::Inventory;
use provision::secret::Secret;
use provision::secrets::{Content, IdentitySource, Keys, Recipients, SecretsError, SecretsFile};
use tempfile::TempDir;

const SECRET: &str = "correct-horse-battery";

/// A folder with a secrets file of Ann's, and Ann's and Bob's keys.
struct Site {
    folder: TempDir,
    ann: Keys,
    bob: Keys,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ann = Keys::generate(&folder.path().join("ann.txt")).unwrap();
        let bob = Keys::generate(&folder.path().join("bob.txt")).unwrap();
        let mut recipients = Recipients::default();
        recipients.add(&ann.public()[0], "ann").unwrap();
        SecretsFile::create(&folder.path().join("secrets.age"), &recipients).unwrap();
        let site = Self { folder, ann, bob };
        site.set("db_password", SECRET).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, keys: &Keys) -> Result<SecretsFile, SecretsError> {
        SecretsFile::open(&self.path("secrets.age"), keys)
    }

    fn set(&self, name: &str, value: &str) -> Result<(), SecretsError> {
        let file = self.open(&self.ann)?;
        let content = file.content()?.with(name, &Secret::new(value))?;
        file.save(&content)
    }

    /// Adds Bob to the readers, or takes him out.
    fn rekey(&self, with_bob: bool) {
        let file = self.open(&self.ann).unwrap();
        let mut recipients = file.recipients().clone();
        if with_bob {
            recipients.add(&self.bob.public()[0], "bob").unwrap();
        } else {
            recipients.remove("bob").unwrap();
        }
        file.rekey(&recipients, &self.ann).unwrap();
    }

    fn source(&self, who: &str) -> IdentitySource {
        IdentitySource::File(self.path(&format!("{who}.txt")))
    }
}

#[test]
fn every_recipient_reads_it_and_a_removed_one_does_not() {
    let site = Site::new();
    let refused = site.open(&site.bob).err().unwrap();
    assert!(
        matches!(&refused, SecretsError::NotForYou { readers, .. } if readers.ends_with("(ann)")),
        "{refused}"
    );
    site.rekey(true);
    let content = site.open(&site.bob).unwrap().content().unwrap();
    assert_eq!(content.get("db_password"), Some(Secret::new(SECRET)));
    site.rekey(false);
    assert!(matches!(
        site.open(&site.bob),
        Err(SecretsError::NotForYou { .. })
    ));
    assert!(site.open(&site.ann).is_ok());
}

#[test]
fn nobody_removes_the_key_that_they_read_it_with() {
    let site = Site::new();
    site.rekey(true);
    let file = site.open(&site.ann).unwrap();
    let mut recipients = file.recipients().clone();
    recipients.remove("ann").unwrap();
    assert!(matches!(
        file.rekey(&recipients, &site.ann),
        Err(SecretsError::LocksYouOut)
    ));
    assert!(site.open(&site.ann).is_ok());
}

#[test]
fn any_changed_byte_is_noticed() {
    let site = Site::new();
    let path = site.path("secrets.age");
    let whole = std::fs::read(&path).unwrap();
    for index in (40..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        std::fs::write(&path, &bytes).unwrap();
        assert!(site.open(&site.ann).is_err(), "byte {index}");
    }
    for length in [0, 10, whole.len() / 2, whole.len() - 40] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = site.open(&site.ann).err().unwrap();
        assert!(
            matches!(error, SecretsError::Damaged { .. }),
            "{length}: {error}"
        );
    }
}

#[test]
fn a_change_of_somebody_else_is_not_overwritten() {
    let site = Site::new();
    let mine = site.open(&site.ann).unwrap();
    let content = mine.content().unwrap();
    let content = content.with("mine", &Secret::new("mine-mine")).unwrap();
    site.set("theirs", "theirs-theirs").unwrap();
    assert!(matches!(
        mine.save(&content),
        Err(SecretsError::Changed { .. })
    ));
    assert!(matches!(
        mine.rekey(mine.recipients(), &site.ann),
        Err(SecretsError::Changed { .. })
    ));
    let kept = site.open(&site.ann).unwrap().content().unwrap();
    assert_eq!(kept.names(), ["db_password", "theirs"]);
}

#[test]
fn nothing_is_encrypted_for_a_key_that_was_slipped_into_the_list() {
    let site = Site::new();
    let list = site.path("secrets.recipients");
    let mut text = std::fs::read_to_string(&list).unwrap();
    text = format!("{text}{}\n", site.bob.public()[0]);
    std::fs::write(&list, text).unwrap();
    let error = site.set("api_token", "token-token").unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&format!("+{}", site.bob.public()[0])),
        "{error}"
    );
    // Meant or not is for a person to say.
    let file = site.open(&site.ann).unwrap();
    file.rekey(file.recipients(), &site.ann).unwrap();
    site.set("api_token", "token-token").unwrap();
    assert!(site.open(&site.bob).is_ok());
}

#[test]
fn a_draft_is_kept_encrypted_and_knows_that_it_is_outdated() {
    let site = Site::new();
    let file = site.open(&site.ann).unwrap();
    assert!(file.draft(&site.ann).unwrap().is_none());
    let path = file.keep_draft("broken: [half-written").unwrap();
    let bytes = std::fs::read_to_string(&path).unwrap();
    assert!(
        bytes.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"),
        "{bytes}"
    );
    let draft = file.draft(&site.ann).unwrap().unwrap();
    assert_eq!(draft.text.as_str(), "broken: [half-written");
    assert!(!draft.is_outdated);
    site.set("other", "other-other").unwrap();
    let later = site.open(&site.ann).unwrap();
    assert!(later.draft(&site.ann).unwrap().unwrap().is_outdated);
}

#[test]
fn a_file_of_the_age_program_is_read_too() {
    let site = Site::new();
    let key = site.ann.public()[0]
        .parse::<age::x25519::Recipient>()
        .unwrap();
    let bytes = age::encrypt(&key, b"db_password: from-elsewhere\n").unwrap();
    std::fs::write(site.path("secrets.age"), bytes).unwrap();
    site.set("more", "more-more").unwrap();
    let content = site.open(&site.ann).unwrap().content().unwrap();
    assert_eq!(
        content.get("db_password"),
        Some(Secret::new("from-elsewhere"))
    );
}

fn check(inventory: &Inventory, playbook: &Path) -> Result<engine::Checked, String> {
    let options = RunOptions::default();
    engine::check(playbook, Some(inventory), &Assets::embedded(), &options).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

#[test]
fn secrets_are_variables_of_every_host_and_a_run_without_them_is_refused() {
    let site = Site::new();
    let inventory = site.path("inventory.yaml");
    std::fs::write(
        &inventory,
        "hosts: {one: {connection: local, vars: {db_password: weaker}}, two: {connection: local}}\n",
    )
    .unwrap();
    let playbook = site.path("play.yaml");
    std::fs::write(
        &playbook,
        "name: p\nhosts: all\ntasks:\n- name: a\n  file: {path: /tmp/x, content: \"{{ db_password }}\"}\n",
    )
    .unwrap();
    let loaded = Inventory::load_with_secrets(&inventory, &site.source("ann")).unwrap();
    for host in &loaded.hosts {
        assert_eq!(host.vars["db_password"], SECRET);
    }
    assert_eq!(loaded.secrets, ["db_password"]);
    check(&loaded, &playbook).unwrap();
    let hosts = loaded.hosts_for(Some("one")).unwrap();
    let template = site.path("t.conf");
    std::fs::write(&template, "password={{ db_password }}\n").unwrap();
    let options = RunOptions::default();
    let assets = Assets::embedded();
    let shown =
        engine::render_template("t.conf", &playbook, (&loaded, hosts[0]), &assets, &options);
    assert_eq!(shown.unwrap(), "password=********\n");

    for source in [
        site.source("bob"),
        IdentitySource::Usual(site.path("none")),
        IdentitySource::Nowhere,
    ] {
        let locked = Inventory::load_with_secrets(&inventory, &source).unwrap();
        assert_eq!(locked.hosts.len(), 2);
        let refused = check(&locked, &playbook).unwrap_err();
        let readers = format!("{} (ann)", site.ann.public()[0]);
        assert!(refused.contains(&readers), "{refused}");
    }
}

#[test]
fn mistakes_inside_are_located_without_their_values() {
    let site = Site::new();
    let error = Content::parse("secrets.age", "a: ok-ok\nb: [x1y]\n").unwrap_err();
    assert_eq!(error[0].line, 2);
    let key = site.ann.public()[0]
        .parse::<age::x25519::Recipient>()
        .unwrap();
    let bytes = age::encrypt(&key, b"db_password: hunter2\nos: hunter2\n").unwrap();
    std::fs::write(site.path("secrets.age"), bytes).unwrap();
    let inventory = site.path("inventory.yaml");
    std::fs::write(&inventory, "hosts: {one: {connection: local}}\n").unwrap();
    let loaded = Inventory::load_with_secrets(&inventory, &site.source("ann")).unwrap();
    let problems: Vec<String> = loaded
        .unread_secrets
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].ends_with("secrets.age:2:1: 'os' is a host fact, not a variable"),
        "{problems:?}"
    );
}
