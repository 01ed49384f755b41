//! The machine behind a host: size, kind, and from where it is reached. Read only where a playbook
//! uses it, with files rather than programs.

use serde_json::{Value, json};

use super::{FactKey, Facts, Request};

/// The name of the probe.
const NAME: &str = "the machine";

/// Prints `name=value` lines. `sudo` takes `$SSH_CONNECTION` away: then a process above has it.
const SCRIPT: &str = r#"
show() { [ ! -r "$2" ] || { IFS= read -r line < "$2"; echo "$1=$line"; }; }
echo "cores=$(nproc)"
while read -r key value _; do
  [ "$key" != MemTotal: ] || { echo "memory_kib=$value"; break; }
done < /proc/meminfo
df -Pk / | while read -r _ _ _ free _; do echo "disk_free_kib=$free"; done
show memory_limit /sys/fs/cgroup/memory.max
show cpu_limit /sys/fs/cgroup/cpu.max
show hostname /proc/sys/kernel/hostname
show vendor /sys/class/dmi/id/sys_vendor
show product /sys/class/dmi/id/product_name
show container /run/systemd/container
[ ! -e /.dockerenv ] || echo container=docker
[ ! -e /run/.containerenv ] || echo container=podman
tr '\0' '\n' < /proc/1/environ | grep '^container=.'
grep -qm1 '^flags.* hypervisor' /proc/cpuinfo && echo hypervisor=yes
pid=$$
while [ -z "$SSH_CONNECTION" ] && [ "${pid:-1}" -gt 1 ]; do
  SSH_CONNECTION=$(tr '\0' '\n' < "/proc/$pid/environ" | sed -n 's/^SSH_CONNECTION=//p')
  pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
done
echo "ssh_client=${SSH_CONNECTION%% *}"
echo "now_unix=$(date +%s)"
"#;

pub(crate) fn request() -> Request {
    Request::from(FactKey::Probe {
        name: NAME.to_owned(),
        script: SCRIPT.to_owned(),
        reads: Vec::new(),
    })
}

/// What templates see as `host`, without its name, address and groups. `None` where it was not
/// asked for.
pub(crate) fn value(facts: &Facts) -> Option<Value> {
    facts.probes.get(NAME).map(|probed| parse(&probed.stdout))
}

/// A machine as it may well be, for trying templates before any host is asked.
pub(crate) fn sample() -> Value {
    json!({
        "cores": 4,
        "memory_mib": 7_936,
        "disk_free_mib": 51_200,
        "container": false,
        "virtualization": "kvm",
        "hostname": "exam1",
        "ssh_client": "192.0.2.1",
        "now_unix": 1_767_225_600,
    })
}

fn parse(text: &str) -> Value {
    let find = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let number = |name: &str| find(name).and_then(|value| value.parse::<u64>().ok());
    let mut disks = text
        .lines()
        .filter_map(|line| line.strip_prefix("disk_free_kib="));
    let disk_free_kib = disks.find_map(|value| value.parse::<u64>().ok());
    let memory_kib = number("memory_kib").unwrap_or_default();
    let memory_limit_kib = number("memory_limit").map_or(u64::MAX, |bytes| bytes >> 10);
    let container = find("container").filter(|kind| !kind.is_empty());
    json!({
        "cores": cores(number("cores"), find("cpu_limit")),
        "memory_mib": memory_kib.min(memory_limit_kib) >> 10,
        "disk_free_mib": disk_free_kib.unwrap_or_default() >> 10,
        "container": container.is_some(),
        "virtualization": container.unwrap_or_else(|| {
            let vendor = find("vendor").unwrap_or_default();
            let product = find("product").unwrap_or_default();
            virtual_machine(vendor, product, find("hypervisor").is_some())
        }),
        "hostname": find("hostname").unwrap_or_default(),
        "ssh_client": find("ssh_client").unwrap_or_default(),
        "now_unix": number("now_unix").unwrap_or_default(),
    })
}

/// Cores that may be used: a control group may allow fewer than there are (`quota period`).
fn cores(seen: Option<u64>, limit: Option<&str>) -> u64 {
    let allowed = limit.and_then(|limit| {
        let (quota, period) = limit.split_once(' ')?;
        let period: u64 = period.parse().ok()?;
        quota.parse::<u64>().ok()?.checked_div(period)
    });
    let seen = seen.unwrap_or(1);
    allowed.map_or(seen, |allowed| allowed.clamp(1, seen.max(1)))
}

/// As systemd-detect-virt names it.
fn virtual_machine(vendor: &str, product: &str, has_hypervisor: bool) -> &'static str {
    let known = [
        ("KVM", "kvm"),
        ("OpenStack", "kvm"),
        ("QEMU", "qemu"),
        ("VMware", "vmware"),
        ("VirtualBox", "oracle"),
        ("innotek", "oracle"),
        ("Xen", "xen"),
        ("Amazon EC2", "amazon"),
        ("Google", "google"),
        ("Virtual Machine", "microsoft"),
        ("Hetzner", "kvm"),
        ("DigitalOcean", "kvm"),
    ];
    let named = known
        .iter()
        .find(|(mark, _)| vendor.contains(mark) || product.contains(mark));
    match named {
        Some((_, kind)) if has_hypervisor => kind,
        None if has_hypervisor => "vm-other",
        _ => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_machine_is_described() {
        let text = "cores=8\nmemory_kib=16384000\ndisk_free_kib=Available\ndisk_free_kib=2048000\n\
                    memory_limit=max\ncpu_limit=max 100000\nhostname=exam1\nvendor=QEMU\n\
                    product=Standard PC\nhypervisor=yes\nssh_client=10.0.0.9\nnow_unix=1700000000\n";
        let host = parse(text);
        let expected = json!({
            "cores": 8, "memory_mib": 16000, "disk_free_mib": 2000, "container": false,
            "virtualization": "qemu", "hostname": "exam1", "ssh_client": "10.0.0.9",
            "now_unix": 1_700_000_000,
        });
        assert_eq!(host, expected);
        let names =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        assert_eq!(names(&host), names(&sample()), "the sample has every name");
    }

    #[test]
    fn the_limits_of_a_container_are_its_size() {
        let text = "cores=8\nmemory_kib=16384000\nmemory_limit=1073741824\ncpu_limit=150000 100000\n\
                    container=docker\nhypervisor=yes\nvendor=QEMU\n";
        let host = parse(text);
        assert_eq!(
            (&host["cores"], &host["memory_mib"]),
            (&1.into(), &1024.into())
        );
        assert_eq!(host["container"], true);
        assert_eq!(host["virtualization"], "docker");
    }

    #[test]
    fn this_machine_answers() {
        use crate::connections::Local;
        let facts = crate::facts::gather::gather_facts(
            &mut Local::default(),
            false,
            "/nowhere",
            &[request()],
        )
        .unwrap();
        let host = value(&facts).unwrap();
        for name in ["cores", "memory_mib", "disk_free_mib", "now_unix"] {
            assert!(host[name].as_u64().unwrap() > 0, "{name}: {host}");
        }
        assert!(!host["hostname"].as_str().unwrap().is_empty());
    }
}
