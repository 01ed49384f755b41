//! Releases on a real host behind nginx: served, refused, undone, rolled back, interrupted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use integration_tests::artifacts;
use integration_tests::disk::Disk;
use integration_tests::examctl::{Examctl, Run};
use integration_tests::faulty::Fault;
use integration_tests::host::Host;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::provisioning::{examctl, site};

/// A host that `examctl apply online` made ready, with artifacts to deploy.
pub(super) struct Site {
    pub(super) host: Host,
    directory: TempDir,
}

/// A client that keeps asking through nginx until it is told to stop.
pub(super) struct Asking {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<(usize, Vec<String>)>,
}

/// What whoever reads of a failed test asks next: what nginx did not get, and how the service's process fared.
impl Drop for Site {
    #[expect(clippy::print_stdout, reason = "for whoever reads of a failed test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = "tail -n 20 /var/log/nginx/exam-error.log; \
                tail -n 300 /var/log/nginx/exam-access.log | grep -v '\"status\":200' | tail -n 20; \
                if command -v docker >/dev/null; then \
                    docker ps --all; \
                    for each in $(docker ps --all --quiet); do \
                        docker inspect --format '{{.Name}} {{json .State}}' $each; docker logs --tail 5 $each 2>&1; \
                    done; \
                fi";
            let said = self.host.try_exec(log);
            println!("{}", String::from_utf8_lossy(&said.stdout));
        }
    }
}

/// A host that was made ready before, for another one's sake: what is tested begins after its provisioning.
pub(super) fn provisioned_host(vars: &Value, name: &str) -> Host {
    static DISKS: Mutex<BTreeMap<String, Arc<OnceLock<Disk>>>> = Mutex::new(BTreeMap::new());
    let runner = vars["runner"].as_str().unwrap_or("supervisor");
    let disk = {
        let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(disks.entry(runner.to_owned()).or_default())
    };
    let disk = disk.get_or_init(|| provisioned_disk(runner));
    if runner == "docker" {
        return Host::start_for_engine_on(disk, name);
    }
    Host::start_on(disk, name)
}

fn provisioned_disk(runner: &str) -> Disk {
    let host = if runner == "docker" {
        Host::start_for_engine("disk")
    } else {
        Host::start("disk")
    };
    let (inventory, playbook) = inventory(
        &host,
        &json!({
            "runner": runner,
            "server_name": "exam.test",
            "app_url": "http://exam.test",
            "tls": "none",
            "app_env": "demo",
            "exam_docker_memory_mib": 256,
            // A test host may have no more than its own machine.
            "exam_docker_open_files": 4096,
        }),
    );
    let directory = site(&inventory);
    let applied = examctl(directory.path(), &["apply", playbook]);
    assert_eq!(applied.code, 0, "{applied}");
    host.into_disk()
}

/// The inventory of such a host, and its playbook.
fn inventory(host: &Host, vars: &Value) -> (String, &'static str) {
    if vars["runner"] != "docker" {
        return (host.inventory_yaml(vars), "online");
    }
    let inventory = json!({
        "groups": {"docker": {"hosts": [&host.name]}},
        "hosts": {&host.name: host.inventory_entry(vars)},
    });
    (inventory.to_string(), "docker")
}

impl Site {
    pub(super) fn new() -> Self {
        Self::provisioned(&json!({
            "server_name": "exam.test",
            "app_url": "http://exam.test",
            // The students of these tests speak plain HTTP.
            "tls": "none",
            // Students of a demo can be made on the host itself.
            "app_env": "demo",
            "exam_gate_seconds": 8,
        }))
    }

    pub(super) fn with(vars: &Value) -> Self {
        let host = Host::start("web");
        let inventory = host.inventory_yaml(vars);
        Self::prepared(host, &inventory, "online")
    }

    /// A [`provisioned_host`] that is given these variables.
    pub(super) fn provisioned(vars: &Value) -> Self {
        let host = provisioned_host(vars, "web");
        let (inventory, playbook) = inventory(&host, vars);
        Self::prepared(host, &inventory, playbook)
    }

    /// A host that this playbook made ready.
    pub(super) fn prepared(host: Host, inventory: &str, playbook: &str) -> Self {
        let directory = site(inventory);
        let applied = examctl(directory.path(), &["apply", playbook]);
        assert_eq!(applied.code, 0, "{applied}");
        Self { host, directory }
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn examctl(&self, arguments: &[&str]) -> Run {
        examctl(self.path(), arguments)
    }

    /// An artifact of the real program; `mark` makes it another release.
    pub(super) fn good_release(&self, mark: &str) -> String {
        self.relative(&artifacts::good_release(&self.path().join("dist"), mark))
    }

    /// A release that is the real program but for this fault.
    pub(super) fn faulty_release(&self, fault: Fault) -> String {
        self.relative(&artifacts::faulty_release(&self.path().join("dist"), fault))
    }

    /// As one types it in the site's folder.
    fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.path()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn pack(&self, program: &PathBuf, bytes: &[u8]) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(program, bytes).unwrap();
        std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let packed = self.examctl(&[
            "release",
            "pack",
            "--binary",
            program.to_str().unwrap(),
            "--output",
            "dist",
        ]);
        assert_eq!(packed.code, 0, "{packed}");
        packed.summary()["path"].as_str().unwrap().to_owned()
    }

    /// An artifact of a program that is this script.
    pub(super) fn script_release(&self, mark: &str, script: &str) -> String {
        let program = self.path().join(format!("exam-service-{mark}"));
        self.pack(&program, script.as_bytes())
    }

    /// Makes a demo exam and its students, on the host.
    pub(super) fn seed_demo(&self, students: usize) -> integration_tests::service::Demo {
        let seeded = self.host.exec(&format!(
            "runuser -u exam -- /opt/exam-service/colours/blue/exam-service --env-file /etc/exam-service/exam-service.env seed-demo --students {students}"
        ));
        integration_tests::service::Demo::parse(&seeded)
    }

    pub(super) fn deploy(&self, artifact: &str) -> Run {
        self.examctl(&["deploy", artifact])
    }

    pub(super) fn deployed(&self, artifact: &str) -> String {
        let run = self.deploy(artifact);
        assert_eq!(run.code, 0, "{run}");
        run.summary()["release"].as_str().unwrap().to_owned()
    }

    /// Starts a run and kills it as soon as it says this.
    pub(super) fn killed(&self, arguments: &[&str], when: &str) {
        let arguments = [&["--format", "json"], arguments].concat();
        let mut running = Examctl::new(arguments).in_directory(self.path()).start();
        running.wait_for_line(|line| line.contains(when));
        let killed = running.kill();
        assert_eq!(killed.code, 137, "{when}: {killed}");
    }

    /// The release that is in service, as the host's status has it; nothing may be left unfinished.
    pub(super) fn serving(&self) -> String {
        let run = self.examctl(&["status"]);
        assert_eq!(run.code, 0, "{run}");
        let status = run
            .events()
            .into_iter()
            .find(|line| line["type"] == "host_status")
            .unwrap();
        assert!(status["unfinished"].is_null(), "{status:#}");
        assert!(status["lock"].is_null(), "{status:#}");
        let active = &status["active"];
        let slots = status["slots"].as_array().unwrap();
        let slot = slots.iter().find(|slot| &slot["slot"] == active).unwrap();
        assert_eq!(slot["service"]["state"], "serving", "{status:#}");
        slot["release"].as_str().unwrap().to_owned()
    }

    pub(super) fn keep_asking(&self) -> Asking {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let client = self.host.client();
        let thread = std::thread::spawn(move || {
            let (mut answered, mut failures) = (0, Vec::new());
            while !told.load(Ordering::Relaxed) {
                // Unlike what a service says of its health, this is refused in maintenance.
                match client.get("/") {
                    Ok(reply) if reply.status == 200 => answered += 1,
                    Ok(reply) => failures.push(format!("{}: {}", reply.status, reply.text)),
                    Err(error) => failures.push(error.to_string()),
                }
                std::thread::sleep(Duration::from_millis(4));
            }
            (answered, failures)
        });
        Asking { stop, thread }
    }
}

impl Asking {
    /// How many requests were answered; every one has to be.
    pub(super) fn all_answered(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let (answered, failures) = self.thread.join().unwrap();
        assert!(
            failures.is_empty(),
            "{} of {} requests failed, first {:?}",
            failures.len(),
            answered + failures.len(),
            failures.first()
        );
        answered
    }
}

#[test]
fn releases_are_served_refused_and_rolled_back_without_losing_a_request() {
    let site = Site::new();
    let one = site.deployed(&site.good_release("one"));
    assert_eq!(site.serving(), one);

    let asking = site.keep_asking();
    let refused = site.deploy(&site.faulty_release(Fault::NeverReady));
    assert_eq!(refused.code, 4, "{refused}");
    assert_eq!(site.serving(), one);

    let two = site.deployed(&site.good_release("two"));
    assert_eq!(site.serving(), two);
    let back = site.examctl(&["rollback"]);
    assert_eq!(back.code, 0, "{back}");
    assert_eq!(site.serving(), one);
    let forward = site.examctl(&["rollback", "--to", &two]);
    assert_eq!(forward.code, 0, "{forward}");
    assert_eq!(site.serving(), two);
    assert!(asking.all_answered() > 100);

    // A power cut: the same release comes back without anybody's help.
    site.host.kill();
    site.host.boot_again();
    integration_tests::waiting::wait_for(
        "the service after a reboot",
        Duration::from_secs(20),
        || {
            site.host
                .client()
                .get("/health/readiness")
                .ok()
                .filter(|reply| reply.status == 200)
        },
    );
    assert_eq!(site.serving(), two);
}

#[test]
fn open_attempts_hold_a_deploy_back_unless_it_is_told_otherwise() {
    let site = Site::new();
    let one = site.deployed(&site.good_release("one"));
    let demo = site.seed_demo(2);
    let student = demo.student_at(&site.host.client(), 0);
    student
        .save(&[student.answer(0, 1, 0)])
        .unwrap()
        .expect(200);

    let two = site.good_release("two");
    let refused = site.deploy(&two);
    assert_eq!(refused.code, 1, "{refused}");
    assert_eq!(site.serving(), one);
    let during = site.examctl(&["deploy", &two, "--during-exam", "--yes"]);
    assert_eq!(during.code, 0, "{during}");
    // The student notices nothing: the same token, the same attempt, the next answer.
    student
        .save(&[student.answer(1, 1, 1)])
        .unwrap()
        .expect(200);
    assert_eq!(student.submit().unwrap().expect(200)["answered"], 2);
}

#[test]
fn a_disk_without_room_refuses_the_release_and_changes_nothing() {
    let site = Site::new();
    let one = site.deployed(&site.good_release("one"));
    site.host.exec(
        "cd /opt/exam-service && cp -a releases /tmp/kept && \
         mount -t tmpfs -o size=$(($(du -sm releases | cut -f 1) + 8))m tmpfs releases && cp -a /tmp/kept/. releases/",
    );
    let run = Examctl::new(["deploy", &site.good_release("two")])
        .in_directory(site.path())
        .run();
    assert_eq!(run.code, 1, "{run}");
    insta::assert_snapshot!(run.snapshot(&[(site.path(), "[SITE]")]));
    site.host.exec("umount /opt/exam-service/releases");
    assert_eq!(site.serving(), one);
}
