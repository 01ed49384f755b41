//! How a playbook is put together: loops, includes, roles, and where a mistake in one is found.

use crate::site::{Site, applied};

#[test]
fn a_loop_does_a_task_for_each_item_and_names_it() {
    let site = Site::of(
        r#"
vars:
  sites: [{name: red, port: 1}, {name: blue, port: 2, off: true}, {name: green, port: 3}]
tasks:
  - name: site
    loop: "{{ sites }}"
    when: item.name != 'blue'
    file: {path: "{{ root }}/{{ item.name }}", content: "{{ item.port }}\n"}
    register: made
  - name: letter
    loop: [a, b]
    file: {path: "{{ root }}/{{ item }}", content: "{{ made.results | length }}"}
"#,
    );
    let (_, events) = site.converges();
    assert_eq!(
        applied(&events),
        ["site (red)", "site (green)", "letter (a)", "letter (b)"]
    );
    assert_eq!(
        (site.read("green"), site.read("a")),
        ("3\n".into(), "3".into())
    );
    assert!(!site.path("blue").exists());
}

#[test]
fn includes_and_roles_bring_their_tasks_variables_files_and_handlers() {
    let site = Site::new(&[
        (
            "playbook.yaml",
            r#"
name: local
hosts: all
vars: {colour: playbook, greeting: playbook}
vars_files: [more.yaml]
tasks:
  - include: parts/more.yaml
    when: wanted
    vars: {colour: include}
  - role: web
    tags: [web]
    vars: {port: 81}
  - role: web
    when: not wanted
handlers:
  - name: count
    command: {run: "echo playbook >> {{ root }}/handled"}
"#,
        ),
        ("more.yaml", "wanted: true\ngreeting: file\n"),
        (
            "parts/more.yaml",
            "- name: included\n  template: {path: '{{ root }}/included', template: here.txt}\n  notify: [count]\n",
        ),
        ("parts/here.txt", "{{ colour }} {{ greeting }}\n"),
        (
            "roles/web/tasks.yaml",
            r#"
- name: page
  template: {path: "{{ root }}/page", template: page.html}
  notify: [reload, count]
- name: raw
  file: {path: "{{ root }}/raw", source: raw.bin}
- include: inner.yaml
"#,
        ),
        (
            "roles/web/inner.yaml",
            "- name: inner\n  file: {path: '{{ root }}/inner', content: '{{ title }}'}\n",
        ),
        (
            "roles/web/defaults.yaml",
            "port: 80\ntitle: Exam {{ port }}\ncolour: default\n",
        ),
        (
            "roles/web/handlers.yaml",
            "- name: reload\n  command: {run: 'echo {{ title }} >> {{ root }}/handled'}\n",
        ),
        (
            "roles/web/templates/page.html.tera",
            "{{ title }} {{ colour }}\n",
        ),
        ("roles/web/files/raw.bin", "raw"),
    ]);
    let (recap, _) = site.converges();
    assert_eq!(recap.hosts[0].skipped, 3, "the second use of the role");
    assert_eq!(site.read("included"), "include file\n");
    assert_eq!(site.read("page"), "Exam 81 playbook\n");
    assert_eq!(
        (site.read("raw"), site.read("inner")),
        ("raw".into(), "Exam 81".into())
    );
    assert_eq!(site.read("handled"), "playbook\nExam 81\n");
}

#[test]
fn only_the_tasks_of_a_role_with_the_wanted_tag_take_part_and_reads_always_do() {
    let mut site = Site::new(&[
        (
            "playbook.yaml",
            "name: local\nhosts: all\ntasks:\n- name: look\n  read: {run: echo seen}\n  register: look\n- role: a\n  tags: [one]\n- role: b\n",
        ),
        (
            "roles/a/tasks.yaml",
            "- name: a\n  file: {path: '{{ root }}/a', content: '{{ look.stdout }}'}\n",
        ),
        (
            "roles/b/tasks.yaml",
            "- name: b\n  file: {path: '{{ root }}/b', content: x}\n",
        ),
    ]);
    site.options.tags = vec!["one".to_owned()];
    let (recap, _) = site.converges();
    assert_eq!((recap.changed(), recap.hosts[0].skipped), (1, 1));
    assert_eq!(site.read("a"), "seen");
}

#[test]
fn a_mistake_in_an_included_file_is_found_there() {
    let site = Site::new(&[
        (
            "playbook.yaml",
            "name: local\nhosts: all\nvars_files: [vars.yaml, none.yaml]\ntasks:\n- include: a.yaml\n- include: none.yaml\n- role: 'no such role'\n- role: web\n",
        ),
        ("vars.yaml", "- x\n"),
        (
            "a.yaml",
            "- include: b.yaml\n- name: a\n  file: {path: '{{ nowhere }}', content: x}\n",
        ),
        (
            "b.yaml",
            "- include: a.yaml\n- name: b\n  file: {paht: /x, content: x}\n  notify: [reload]\n",
        ),
        (
            "roles/web/tasks.yaml",
            "- name: c\n  when: nowhere == 1\n  file: {path: /c, source: c.txt}\n",
        ),
        (
            "roles/web/handlers.yaml",
            "- name: relaod\n  command: {run: x}\n",
        ),
    ]);
    // Which roles are shipped is not what this is about.
    let known = |line: &String| line.split(" (known: ").next().map(str::to_owned);
    let problems: Vec<String> = site.problems().iter().filter_map(known).collect();
    insta::assert_snapshot!(problems.join("\n"), @r"
    a.yaml:3:16: variable 'nowhere' is not defined
    b.yaml:1:12: this file includes itself: playbook.yaml -> a.yaml -> b.yaml -> a.yaml
    b.yaml:3:10: unknown key 'paht' in file, did you mean 'path'?
    b.yaml:4:11: unknown handler 'reload', did you mean 'relaod'?
    playbook.yaml:3:13: there is no file 'none.yaml' beside the playbook
    playbook.yaml:6:12: there is no file 'none.yaml' beside this one
    playbook.yaml:7:9: there is no role 'no such role': no roles/no such role/tasks.yaml beside the playbook, and no such role is shipped
    roles/web/handlers.yaml:1:9: no task notifies the handler 'relaod'
    roles/web/tasks.yaml:2:9: variable 'nowhere' is not defined
    roles/web/tasks.yaml:3:28: there is no file 'c.txt' beside the playbook
    vars.yaml:1:1: a file of variables is a mapping of names to values
    ");
}

#[test]
fn the_examples_of_the_reference_are_true() {
    let reference =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../playbooks/README.md");
    let text = std::fs::read_to_string(reference).unwrap();
    let examples: Vec<&str> = text
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(examples.len() > 1, "{text}");
    for example in examples {
        let site = if example.starts_with("name:") {
            Site::new(&[("playbook.yaml", example)])
        } else {
            Site::of(&format!("tasks:\n{example}"))
        };
        assert_eq!(site.problems(), Vec::<String>::new(), "{example}");
    }
}
