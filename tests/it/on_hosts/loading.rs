//! One load from two hosts: split, started at one moment, judged as one, and a host that is lost is missed.

use integration_tests::examctl::Run;
use integration_tests::host::{Host, inventory_yaml};
use serde_json::{Value, json};

use crate::loading::{Site, gate};

const PROFILE: &str = "
name: two-hosts
users: { count: 7 }
seed: 7
client: { timeout: 2s, save_attempts: 2 }
phases: [{ name: day, run: exam_day, duration: 12s, every: 500ms }]
# Unoptimised programs beside other tests.
generator: { canary_p99: 10s, idle_lag_p99: 10s, cpu: 100%, pressure: 100%, steal: 100%, clock: 10s }
gates:
  defaults: { error_rate: 1%, min_samples: 4, achieved_of_offered: 50% }
  endpoints: { PUT answers: { p99: 10s } }
";

/// Both had their share, began together, and left nothing behind.
fn assert_both_took_part(site: &Site, hosts: &[Host], run: &Run) {
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stderr.contains("7 students on 2 generators"), "{run}");
    let report = gate(site.folder.path(), "both");
    let of_each = |name: &str| -> Vec<Value> {
        let generators = report["generators"].as_array().unwrap().iter();
        generators
            .map(|generator| generator[name].clone())
            .collect()
    };
    assert_eq!(of_each("name"), ["gen-1", "gen-2"]);
    assert_eq!(of_each("users"), [4, 3]);
    assert!(
        of_each("clock_offset_ms")
            .iter()
            .all(|offset| offset.as_f64().unwrap().abs() < 1000.0)
    );
    assert_eq!(
        (
            &report["users"]["finished"],
            &report["correctness"]["lost_acked"]
        ),
        (&json!(7), &json!(0))
    );
    for host in hosts {
        let ledger = site
            .path("load-results/both")
            .join(format!("ledger-{}.jsonl", host.name));
        let ledger = std::fs::read_to_string(ledger).unwrap();
        assert!(
            ledger.lines().any(|line| line.contains(r#""t":"A""#)),
            "{}",
            host.name
        );
        assert_eq!(host.exec("ls /root/.cache/examctl/load"), "");
    }
}

#[test]
fn generators_on_hosts_are_judged_as_one_and_a_lost_one_is_missed() {
    let hosts = ["gen-1", "gen-2"].map(Host::start);
    let mut site = Site::new(7, 10);
    let port = site.service.port();
    site.service.set("EXAM_LISTEN", format!("0.0.0.0:{port}"));
    site.service.start();
    // Their way to this machine.
    let gateway = hosts[0].exec("ip route show default | cut -d ' ' -f 3");
    let target = format!("http://{gateway}:{port}");
    let vars = json!({});
    let entries: Vec<(&Host, &Value)> = hosts.iter().map(|host| (host, &vars)).collect();
    std::fs::write(site.path("inventory.yaml"), inventory_yaml(&entries)).unwrap();
    let profile = site.profile("two.yaml", PROFILE);

    let run = site
        .load_at(
            &target,
            &profile,
            &["--from", "gen-1,gen-2", "--run-id", "both"],
        )
        .run();
    assert_both_took_part(&site, &hosts, &run);

    // The program is there now; one of the hosts loses its power in the middle.
    site.seed("second", 7, 10);
    let mut running = site
        .load_at(
            &target,
            &profile,
            &[
                "--from",
                "gen-1,gen-2",
                "--run-id",
                "lost",
                "--format",
                "json",
            ],
        )
        .start();
    running.wait_for_line(|line| line.contains("\"phase\":\"day-sit\""));
    hosts[1].kill();
    let run = running.finish();
    assert_eq!(run.code, 7, "{run}");
    let report = gate(site.folder.path(), "lost");
    let breach = &report["generators"][1]["breaches"][0];
    assert!(
        breach
            .as_str()
            .unwrap()
            .contains("ended without its evidence"),
        "{report:#}"
    );
    assert_eq!(
        (&report["users"]["planned"], &report["users"]["finished"]),
        (&json!(7), &json!(4))
    );

    let run = site.load_at(&target, &profile, &["--from", "gen-9"]).run();
    assert!(run.code == 2 && run.stderr.contains("gen-9"), "{run}");
}
