//! One release to two hosts: both serve it, or both what they served before.

use std::path::Path;

use integration_tests::artifacts;
use integration_tests::examctl::Run;
use integration_tests::host::{Host, inventory_yaml};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::deploying::provisioned_host;
use super::provisioning::{examctl, site};

struct Fleet {
    hosts: Vec<Host>,
    directory: TempDir,
}

impl Fleet {
    fn start() -> Self {
        let vars = json!({
            "server_name": "exam.test",
            "app_url": "http://exam.test",
            "tls": "none",
            "app_env": "demo",
            "exam_bake_seconds": 0,
        });
        let hosts: Vec<Host> = ["exam-1", "exam-2"]
            .map(|name| provisioned_host(&vars, name))
            .into();
        let entries: Vec<(&Host, &Value)> = hosts.iter().map(|host| (host, &vars)).collect();
        let directory = site(&inventory_yaml(&entries));
        let fleet = Self { hosts, directory };
        let applied = fleet.examctl(&["apply", "online"]);
        assert_eq!(applied.code, 0, "{applied}");
        fleet
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn examctl(&self, arguments: &[&str]) -> Run {
        examctl(self.path(), arguments)
    }

    /// An artifact of the real program; `mark` makes it another release.
    fn release(&self, mark: &str) -> String {
        let path = artifacts::good_release(&self.path().join("dist"), mark);
        path.to_str().unwrap().to_owned()
    }

    /// The releases that the hosts serve, in their order.
    fn serving(&self) -> Vec<String> {
        let run = self.examctl(&["status"]);
        assert_eq!(run.code, 0, "{run}");
        let statuses = run.events().into_iter();
        statuses
            .filter(|line| line["type"] == "host_status")
            .map(|status| {
                assert_eq!(status["healthy"], true, "{status:#}");
                assert!(status["unfinished"].is_null(), "{status:#}");
                assert!(status["lock"].is_null(), "{status:#}");
                let slots = status["slots"].as_array().unwrap();
                let active = slots.iter().find(|slot| slot["slot"] == status["active"]);
                active.unwrap()["release"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}

#[test]
fn a_release_serves_on_all_hosts_or_on_none() {
    let fleet = Fleet::start();
    let (one, two) = (fleet.release("one"), fleet.release("two"));
    let first = fleet.examctl(&["deploy", &one]);
    assert_eq!(first.code, 0, "{first}");
    let first = first.summary();
    assert_eq!(
        (&first["ending"], &first["changed"]),
        (&json!("done"), &json!(2))
    );
    let before = vec![first["release"].as_str().unwrap().to_owned(); 2];
    assert_eq!(fleet.serving(), before);

    // A dry run says what would be done and touches nothing.
    let folders = "/opt/exam-service /etc/exam-service";
    let untouched = fleet.hosts[0].fingerprint(folders);
    let dry = fleet.examctl(&["deploy", &two, "--dry-run"]);
    assert_eq!(dry.code, 0, "{dry}");
    assert!(dry.stdout.contains("mv -fT active.new active"), "{dry}");
    assert_eq!(fleet.hosts[0].fingerprint(folders), untouched);

    // The second host cannot open its port: the canary that had switched goes back.
    fleet.hosts[1]
        .exec("systemd-run --quiet --unit=squatter python3 -m http.server 8082 --bind 127.0.0.1");
    let failed = fleet.examctl(&["deploy", &two, "--report", "failed.md"]);
    assert_eq!(failed.code, 4, "{failed}");
    let summary = failed.summary();
    assert_eq!(
        (
            &summary["ending"],
            &summary["went_back"],
            &summary["failed"]
        ),
        (&json!("undone"), &json!(1), &json!(1)),
        "{failed}"
    );
    assert_eq!(fleet.serving(), before);
    let report = std::fs::read_to_string(fleet.path().join("failed.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["hosts"][0]["way_back"]["warm"], true, "{report:#}");
    assert_eq!(report["hosts"][1]["outcome"], "undone", "{report:#}");

    // A host that is gone is noticed before another one changes.
    let untouched = fleet.hosts[0].fingerprint(folders);
    fleet.hosts[1].kill();
    let refused = fleet.examctl(&["deploy", &two]);
    assert_eq!(refused.code, 5, "{refused}");
    assert_eq!(refused.summary()["not_begun"], 1, "{refused}");
    assert_eq!(fleet.hosts[0].fingerprint(folders), untouched);
}
