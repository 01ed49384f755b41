//! Where, as whom, how often and in which order tasks are done.

use provision::engine::{Event, FailureKind};

use crate::site::Site;

const FOUR_HOSTS: &str = "hosts: {h1: {connection: local}, h2: {connection: local}, h3: {connection: local}, h4: {connection: local}}";

#[test]
fn a_task_is_tried_again_until_it_succeeds_and_every_wait_is_told() {
    let site = Site::of(
        r#"
tasks:
  - name: slow
    retries: {attempts: 3, delay_seconds: 1, backoff: 1}
    command:
      run: "echo try >> {{ root }}/tries; [ $(wc -l < {{ root }}/tries) -ge {{ needed }} ] || { echo not yet >&2; exit 1; }; touch {{ root }}/done"
      creates: "{{ root }}/done"
"#,
    );
    let mut site = site;
    site.options.extra_vars.insert("needed".into(), 2.into());
    let (_, events) = site.converges();
    let retried = |event: &Event| match event {
        Event::TaskRetried {
            attempt,
            attempts,
            wait_ms,
            error,
            ..
        } => Some((*attempt, *attempts, *wait_ms, error.ends_with("not yet"))),
        _ => None,
    };
    let waits: Vec<_> = events.iter().filter_map(retried).collect();
    assert_eq!(waits, [(2, 3, 1000, true)]);
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::TaskFailed { .. }))
    );

    std::fs::remove_file(site.path("done")).unwrap();
    std::fs::remove_file(site.path("tries")).unwrap();
    site.options.extra_vars.insert("needed".into(), 9.into());
    let (recap, events) = site.run(true);
    assert_eq!(recap.failed(), 1);
    assert_eq!(events.iter().filter_map(retried).count(), 2);
    let failed = |event: &&Event| matches!(event, Event::TaskFailed { .. });
    assert_eq!(events.iter().filter(failed).count(), 1);
    assert_eq!(site.read("tries"), "try\ntry\ntry\n");
}

#[test]
fn a_delegated_task_acts_here_and_its_handler_there() {
    let site = Site::of(
        r#"
tasks:
  - name: here
    delegate: controller
    file: {path: "{{ root }}/{{ host.name }}", content: "{{ host.address }}"}
    notify: [tell]
handlers:
  - name: tell
    command: {run: "echo told >> {{ root }}/told"}
"#,
    )
    .hosts("hosts: {far: {connection: local, address: 192.0.2.7}}");
    let (recap, _) = site.converges();
    assert_eq!((recap.hosts[0].changed, recap.hosts[0].handlers), (1, 1));
    assert_eq!(
        (site.read("far"), site.read("told")),
        ("192.0.2.7".into(), "told\n".into())
    );
}

#[test]
fn a_task_may_act_as_another_user_than_the_rest() {
    let site = Site::of(
        r#"
become: false
tasks:
  - name: plain
    file: {path: "{{ root }}/plain", content: x}
  - name: as root
    become: true
    when: root_works
    command: {run: "id -u > {{ root }}/root", creates: "{{ root }}/root"}
    notify: [after]
    register: made
handlers:
  - name: after
    become: true
    command: {run: "echo after >> {{ root }}/after"}
"#,
    );
    let mut site = site;
    let sudo = std::process::Command::new("sh")
        .args(["-c", "[ $(id -u) = 0 ] || sudo -n true"])
        .status()
        .unwrap();
    site.options
        .extra_vars
        .insert("root_works".into(), sudo.success().into());
    let (recap, _) = site.converges();
    assert_eq!(recap.changed(), if sudo.success() { 3 } else { 1 });
    if sudo.success() {
        assert_eq!(
            (site.read("root"), site.read("after")),
            ("0\n".into(), "after\n".into())
        );
    }
}

#[test]
fn batches_go_one_after_the_other() {
    let site = Site::of(
        r#"
serial: [1, "50%"]
tasks:
  # Not one of these hosts is locked for it: they are all this machine.
  - name: mark
    delegate: controller
    command: {run: "sleep 0.2; echo {{ host.name }} >> {{ root }}/order; touch {{ root }}/{{ host.name }}", creates: "{{ root }}/{{ host.name }}"}
"#,
    )
    .hosts(FOUR_HOSTS);
    let (_, events) = site.apply();
    let mut open = 0;
    let mut most = Vec::new();
    for event in &events {
        match event {
            Event::HostStarted { .. } => {
                open += 1;
                most.push(open);
            }
            Event::HostFinished { .. } => open -= 1,
            _ => {}
        }
    }
    assert!(most.iter().all(|open| *open <= 2), "{most:?}");
    let order = site.read("order");
    let order: Vec<&str> = order.lines().collect();
    assert_eq!((order[0], order[3]), ("h1", "h4"));
}

#[test]
fn no_further_host_is_begun_once_too_many_failed() {
    let body = |max_fail: &str| {
        format!(
            "serial: 1\n{max_fail}tasks:\n- name: second fails\n  command: {{run: \"[ {{{{ host.name }}}} != h2 ] && touch {{{{ root }}}}/{{{{ host.name }}}}\", creates: \"{{{{ root }}}}/{{{{ host.name }}}}\"}}\n"
        )
    };
    let site = Site::of(&body("")).hosts(FOUR_HOSTS);
    let (recap, _) = site.run(true);
    assert_eq!((recap.failed(), recap.not_started()), (1, 2));
    let failure = recap.hosts[3].failure.clone().unwrap();
    assert_eq!(failure.kind, FailureKind::NotStarted);
    assert_eq!(
        failure.message,
        "not begun: 1 host failed before it, and 'max_fail' allows 0"
    );
    assert!(site.path("h1").exists() && !site.path("h3").exists());

    let site = Site::of(&body("max_fail: 25%\n")).hosts(FOUR_HOSTS);
    let (recap, _) = site.run(true);
    assert_eq!((recap.failed(), recap.not_started()), (1, 0));
    assert!(site.path("h4").exists());
}
