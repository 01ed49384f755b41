//! What is known only at the host, or only once something was applied.

use crate::site::{Site, applied, undecided};

#[test]
fn what_the_host_is_decides_in_conditions_arguments_variables_and_templates() {
    let site = Site::new(&[
        (
            "playbook.yaml",
            r#"
name: local
hosts: all
versions: {base: "{{ chosen }}-files", none: no-such-package}
vars: {chosen: base, half: "{{ host.memory_mib // 2 }}"}
tasks:
  - name: as it is
    when: host.cores >= 1 and host.now_unix > 1700000000 and versions.none == ''
    template: {path: "{{ root }}/{{ os.id }}.conf", template: host.conf}
  - name: never
    when: host.memory_mib < 1 or version_at_least(version=versions.none, wanted="1")
    file: {path: "{{ root }}/never", content: "{{ half }}"}
"#,
        ),
        (
            "host.conf",
            "{{ host.name }} {{ host.address }} {{ host.groups | length }} {{ half }} {{ host.container }} {{ upstream(version=versions.base) }}\n",
        ),
    ]);
    let (planned, events) = site.plan();
    assert_eq!(
        (planned.changed(), planned.undecided()),
        (1, 0),
        "{events:#?}"
    );
    site.converges();
    let release = std::fs::read_to_string("/etc/os-release").unwrap();
    let id = release
        .lines()
        .find_map(|line| line.strip_prefix("ID="))
        .unwrap();
    let found = site.read(&format!("{id}.conf"));
    let words: Vec<&str> = found.split_whitespace().collect();
    assert_eq!(words[..3], ["localhost", "localhost", "0"], "{found}");
    assert!(words[3].parse::<u64>().unwrap() > 0, "{found}");
    assert!(
        words[5].starts_with(|c: char| c.is_ascii_digit()),
        "{found}"
    );
    assert!(!site.path("never").exists());
}

#[test]
fn an_answer_that_was_read_decides_and_fills_in_what_follows() {
    let site = Site::of(
        r#"
vars: {shown: "{{ colours.lines | join(sep='+') }}"}
tasks:
  - name: colours
    read: {run: "cat {{ root }}/colours"}
    register: colours
  - name: all of them
    when: colours.status == 0
    file: {path: "{{ root }}/all", content: "{{ shown }}"}
  - name: one
    loop: "{{ colours.lines }}"
    file: {path: "{{ root }}/{{ item }}", content: "{{ colours.changed }}"}
"#,
    );
    assert_eq!(site.plan().0.changed(), 0);
    site.write("colours", "red\nblue\n");
    let (planned, events) = site.plan();
    assert_eq!(
        (planned.changed(), planned.undecided()),
        (3, 0),
        "{events:#?}"
    );
    let (_, events) = site.converges();
    assert_eq!(applied(&events), ["all of them", "one (red)", "one (blue)"]);
    assert_eq!(
        (site.read("all"), site.read("red")),
        ("red+blue".into(), "false".into())
    );
}

#[test]
fn a_plan_says_what_only_applying_can_tell_and_does_not_guess() {
    let site = Site::of(
        r#"
tasks:
  - name: make
    command: {run: "echo made | tee {{ root }}/made", creates: "{{ root }}/made"}
    register: make
  - name: after a change
    when: make.changed
    file: {path: "{{ root }}/changed", content: x}
  - name: from what it printed
    when: make.changed
    file: {path: "{{ root }}/printed", content: "{{ make.stdout }} {{ make.status }}"}
  - name: look
    read: {run: "cat {{ root }}/made"}
    register: look
  - name: from what was read
    file: {path: "{{ root }}/look", content: "{{ look.stdout }}"}
"#,
    );
    let (planned, events) = site.plan();
    assert_eq!(planned.changed(), 2);
    assert_eq!(
        undecided(&events),
        [
            "from what it printed: it uses make.status, which only applying 'make' can tell",
            "look: it depends on 'make', which is not applied yet",
            "from what was read: it uses look.stdout, which only applying 'look' can tell",
        ]
    );
    let (recap, _) = site.apply();
    assert_eq!(recap.changed(), 4);
    assert_eq!(site.read("printed"), "made 0");
    assert_eq!(site.read("look"), "made");
    let (again, _) = site.apply();
    assert_eq!((again.changed(), again.hosts[0].skipped), (0, 2));
    assert_eq!(site.plan().0.undecided(), 0);
}

#[test]
fn a_file_whose_content_is_not_known_yet_leaves_other_files_certain() {
    let site = Site::of(
        r#"
versions: {tool: no-such-package}
tasks:
  - name: package
    package: {names: [no-such-package]}
  - name: by version
    file: {path: "{{ root }}/by-version", content: "{{ versions.tool }}"}
  - name: certain
    file: {path: /opt/no-such-folder-of-a-test, content: x}
"#,
    );
    let (planned, events) = site.plan();
    assert_eq!(
        undecided(&events),
        ["by version: it uses versions.tool, which 'package' may change"]
    );
    assert_eq!(planned.changed(), 2);
}

#[test]
fn a_secret_that_only_the_host_knows_is_masked_too() {
    let site = Site::of(
        r#"
secrets: [token]
vars: {token: "{{ made.stdout }}"}
tasks:
  - name: token
    read: {run: "cat {{ root }}/token"}
    register: made
  - name: settings
    file: {path: "{{ root }}/settings", content: "token={{ token }}\n"}
"#,
    );
    site.write("token", "correct-horse");
    let (_, events) = site.converges();
    assert_eq!(site.read("settings"), "token=correct-horse\n");
    let shown = serde_json::to_string(&events).unwrap();
    assert!(shown.contains("token=********"), "{shown}");
    assert!(!shown.contains("correct-horse"), "{shown}");
}
