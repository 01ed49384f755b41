//! Units, timers and jobs written on a real host; systemd itself refuses the wrong ones.

use integration_tests::examctl::{Examctl, Run};
use integration_tests::host::Host;
use serde_json::json;

use super::provisioning::site;

const TASKS: &str = r#"
  - name: programs
    package: {names: [cron]}
  - name: unit
    systemd_unit:
      name: exam-web@.service
      sections:
        Unit: {Description: "Exam %i"}
        Service: {ExecStart: /bin/sleep infinity, Restart: always}
    notify: restart web
  - name: dropin
    systemd_unit: {name: cron.service, dropin: limits, sections: {Service: {LimitNOFILE: 65536}}}
  - name: instance
    service: {name: exam-web@blue.service, state: started}
  - name: timer
    systemd_timer: {name: exam-backup, on_calendar: ["02:30", "Mon 04:00"], command: /opt/exam/backup}
  - name: job
    cron: {name: exam-report, schedule: "15 2 * * 1-5", command: "true"}
  - name: mask
    service: {name: apt-daily-upgrade.service, masked: true}
handlers:
  - name: restart web
    service: {name: exam-web@blue.service, state: restarted}
"#;

const ABSENT: &str = r"
  - name: timer
    systemd_timer: {name: exam-backup, state: absent}
  - name: job
    cron: {name: exam-report, state: absent}
  - name: instance
    service: {name: exam-web@blue.service, state: stopped}
  - name: dropin
    systemd_unit: {name: cron.service, dropin: limits, state: absent}
";

fn apply(host: &Host, directory: &std::path::Path, tasks: &str) -> Run {
    let playbook = format!("name: units\nhosts: online\ntasks:{tasks}");
    std::fs::write(directory.join("units.yaml"), playbook).unwrap();
    std::fs::write(
        directory.join("inventory.yaml"),
        host.inventory_yaml(&json!({})),
    )
    .unwrap();
    Examctl::new(["apply", "units.yaml"])
        .in_directory(directory)
        .run()
}

#[test]
fn units_timers_and_jobs_become_what_the_playbook_says() {
    let host = Host::start("units");
    let directory = site("");
    for (right, wrong, said) in [
        ("Restart: always", "Restart: alwys", "alwys"),
        ("LimitNOFILE", "LimitNOFLE", "LimitNOFLE"),
        ("Mon 04:00", "Mond 04:00", "Mond 04:00"),
    ] {
        let refused = apply(&host, directory.path(), &TASKS.replace(right, wrong));
        assert_eq!(refused.code, 1, "{wrong}: {refused}");
        assert!(
            refused.stdout.contains("did not pass"),
            "{wrong}: {refused}"
        );
        assert!(refused.stdout.contains(said), "{wrong}: {refused}");
    }
    let applied = apply(&host, directory.path(), TASKS);
    assert_eq!(applied.code, 0, "{applied}");
    let again = apply(&host, directory.path(), TASKS);
    assert_eq!(again.code, 0, "{again}");
    assert!(again.stdout.contains("0 changed"), "{again}");
    host.exec("systemctl is-active exam-web@blue.service exam-backup.timer && systemctl is-enabled exam-backup.timer");
    assert_eq!(host.exec("systemctl show -P LimitNOFILE cron"), "65536");
    assert_eq!(
        host.exec("systemctl show -P LoadState apt-daily-upgrade.service"),
        "masked"
    );

    let gone = apply(&host, directory.path(), ABSENT);
    assert_eq!(gone.code, 0, "{gone}");
    let settled = apply(&host, directory.path(), ABSENT);
    assert!(settled.stdout.contains("0 changed"), "{settled}");
    host.exec("! systemctl is-active exam-backup.timer && ! ls /etc/cron.d/exam-report /etc/systemd/system/exam-backup.timer");
}
