//! Are the test hosts what the other tests take them for?

use std::time::Duration;

use integration_tests::host::Host;
use integration_tests::waiting::wait_for;
use serde_json::json;

fn ssh(host: &Host, user: &str, command: &str) -> String {
    let output = host.openssh(user, command);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{user}: {command}: {error}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn a_host_takes_ssh_logins_and_installs_packages_without_a_network() {
    let host = Host::start("rig");
    assert_eq!(ssh(&host, "root", "hostname; id -un"), "rig\nroot");
    assert_eq!(
        ssh(&host, "deploy", "id -un; sudo -n id -un"),
        "deploy\nroot"
    );

    host.disconnect_network();
    host.exec("apt-get update && apt-get install -y --no-install-recommends nginx supervisor");
    assert_eq!(
        host.exec("systemctl is-active nginx supervisor"),
        "active\nactive"
    );
    host.connect_network();
    let page = wait_for("an answer of nginx", Duration::from_secs(10), || {
        host.client().get("/").ok()
    });
    assert!(page.text.contains("Welcome to nginx"), "{}", page.text);
}

#[test]
fn a_host_that_lost_its_power_comes_back_as_it_was() {
    let host = Host::start("power");
    host.write("/root/note", "it's here\n");
    let before = host.fingerprint("/root /etc/ssh");
    host.kill();
    assert!(!host.openssh("root", "true").status.success());
    host.boot_again();
    assert_eq!(host.fingerprint("/root /etc/ssh"), before);
    assert_eq!(ssh(&host, "root", "cat note"), "it's here");
}

#[test]
fn two_hosts_have_keys_of_their_own() {
    let (one, other) = (Host::start("one"), Host::start("other"));
    let key = |host: &Host| host.exec("cat /etc/ssh/ssh_host_ed25519_key.pub");
    assert_ne!(key(&one), key(&other));
    let inventory =
        integration_tests::host::inventory_yaml(&[(&one, &json!({})), (&other, &json!({}))]);
    assert!(
        inventory.contains(&format!("\"port\": {}", other.ssh_port)),
        "{inventory}"
    );
}
