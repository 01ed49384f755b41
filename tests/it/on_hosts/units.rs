//! The real service under systemd, shut in as its unit says: the alternative to supervisor.

use std::time::Duration;

use integration_tests::binaries::binary;
use integration_tests::host::Host;
use integration_tests::programs::samples;
use integration_tests::waiting::wait_for;

/// A host with one colour of the service as its unit wants it, not started yet.
fn host_with_a_release() -> Host {
    let host = Host::start("units");
    let files = &samples("bookworm")["bookworm"];
    host.exec(
        "useradd --system --home-dir /var/lib/exam-service --shell /usr/sbin/nologin exam\n\
         mkdir -p /opt/exam-service/bin /opt/exam-service/colours/blue /etc/exam-service\n\
         install -d -o exam -g exam -m 0750 /var/lib/exam-service /var/lib/exam-service/run\n\
         head -c 48 /dev/urandom | base64 -w0 > /etc/exam-service/jwt_secret\n\
         chown root:exam /etc/exam-service/jwt_secret; chmod 0640 /etc/exam-service/jwt_secret\n\
         echo blue > /opt/exam-service/active",
    );
    let settings = files["exam-service/exam-service.env"].replace("production", "staging");
    host.write("/etc/exam-service/exam-service.env", &settings);
    host.write(
        "/opt/exam-service/bin/run-colour",
        &files["exam-service/run-colour.sh"],
    );
    host.write(
        "/etc/systemd/system/exam-service@.service",
        &files["systemd/exam-service@.service"],
    );
    host.copy(
        &binary("exam-service"),
        "/opt/exam-service/colours/blue/exam-service",
    );
    host.exec(
        "chmod 0755 /opt/exam-service/bin/run-colour /opt/exam-service/colours/blue/exam-service\n\
         runuser -u exam -- /opt/exam-service/colours/blue/exam-service \
         --env-file /etc/exam-service/exam-service.env migrate\n\
         systemctl daemon-reload",
    );
    host
}

#[test]
fn a_colour_serves_under_its_unit_comes_back_after_a_crash_and_drains_when_it_is_stopped() {
    let host = host_with_a_release();
    let answers = || {
        let asked = host.try_exec(
            "bash -c 'exec 3<>/dev/tcp/127.0.0.1/8081; \
             printf \"GET /health/readiness HTTP/1.0\\r\\n\\r\\n\" >&3; head -n 1 <&3'",
        );
        String::from_utf8_lossy(&asked.stdout)
            .contains(" 200 ")
            .then_some(())
    };
    let said = || host.exec("journalctl --no-pager -n 30 -u exam-service@blue");
    host.exec("systemctl enable --now exam-service@blue exam-service@green");
    wait_for("an answer of blue", Duration::from_secs(20), answers);
    // Green holds no release: nothing to start, and no failure.
    assert_eq!(
        host.exec("systemctl show --property=ConditionResult --value exam-service@green"),
        "no"
    );

    let pid = "systemctl show --property=MainPID --value exam-service@blue";
    let first = host.exec(pid);
    host.exec(&format!("kill -KILL {first}"));
    wait_for("an answer after a crash", Duration::from_secs(20), answers);
    assert_ne!(host.exec(pid), first);

    host.exec("systemctl stop exam-service@blue");
    let result = "systemctl show --property=Result --value exam-service@blue";
    assert_eq!(host.exec(result), "success", "{}", said());
}

#[test]
fn the_unit_lets_the_service_write_its_data_and_nothing_else() {
    let host = host_with_a_release();
    host.exec("systemctl start exam-service@blue");
    let inside = |command: &str| {
        host.try_exec(&format!(
            "nsenter --target $(systemctl show --property=MainPID --value exam-service@blue) --mount {command}"
        ))
        .status
        .success()
    };
    assert!(inside("touch /var/lib/exam-service/probe"));
    for folder in ["/etc", "/opt/exam-service", "/usr/bin", "/home"] {
        assert!(!inside(&format!("touch {folder}/probe")), "{folder}");
    }
}
