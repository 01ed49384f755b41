"""Fresh hosts in containers, and what a tool left on them."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from . import image

OPTIONS = [
    "--detach",
    "--tty",
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--cgroupns=host",
    "--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw",
    "--env=container=docker",
    "--tmpfs=/run",
    "--tmpfs=/run/lock",
    "--tmpfs=/tmp",
    # tests/run removes the containers of a benchmark that was killed.
    f"--label=examctl.test.process={os.getpid()}",
]

# Everything the tasks manage, as one listing; the token is random by design. The first lines are what no file shows.
END_STATE = r"""
dpkg-query --showformat '${Package} ${Status}\n' --show nginx supervisor cron logrotate rsync unzip tree hello
systemctl is-active nginx supervisor cron exam-report.timer
systemctl is-enabled nginx supervisor cron exam-report.timer
supervisorctl status | while read -r name state rest; do echo "$name $state"; done
for user in exam grader auditor; do getent passwd $user | cut -d : -f 1,6,7; done
curl_less() { perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new("127.0.0.1:80") or exit 1; print $s "GET /health HTTP/1.0\r\n\r\n"; local $/; print <$s> =~ /ok$/m ? "healthy\n" : "ill\n"'; }
curl_less
managed="/opt/exam /etc/exam /var/lib/exam /var/log/exam /var/backups/exam /etc/logrotate.d/exam /etc/cron.d/exam
/etc/sysctl.d/60-exam.conf /etc/security/limits.d/exam.conf /etc/profile.d/exam.sh /etc/systemd/system/exam-report.service
/etc/systemd/system/exam-report.timer /etc/issue.net /usr/local/bin/exam-backup /etc/supervisor/conf.d /etc/nginx
/var/www/html"
find $managed -printf '%p %y %u:%g %m %l\n' | sort
find $managed -type f ! -path /etc/exam/token -print0 | sort -z | xargs -0 sha256sum
"""


class Host:
    def __init__(self, name, work):
        self.name = name
        self.port = _free_port()
        self.work = work
        self.container = f"examctl-bench-{os.getpid()}-{name}-{self.port}"
        self.identity = _docker(
            "run", *OPTIONS, f"--name={self.container}", f"--hostname={name}",
            f"--publish=127.0.0.1:{self.port}:22", image.NAME, "/lib/systemd/systemd",
        )  # fmt: skip

    def wait(self):
        """Until systemd says `running`; then lets the benchmark's key in and notes the host's."""
        for _ in range(300):
            if self.exec("systemctl is-system-running || true").strip() == "running":
                break
            time.sleep(0.2)
        else:
            sys.exit(f"{self.name} does not come up: {self.exec('systemctl --failed || true')}")
        public = (self.work / "key.pub").read_text().strip()
        self.exec(f"install -d -m 0700 /root/.ssh && echo '{public}' > /root/.ssh/authorized_keys")
        key = self.exec("cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub").strip()
        with (self.work / "known_hosts").open("a") as known:
            known.write(f"[127.0.0.1]:{self.port} {key}\n")

    def exec(self, script):
        done = subprocess.run(
            ["docker", "exec", self.container, "sh", "-c", script], capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{self.name}: {script[:60]}: {done.stderr}")
        return done.stdout

    def cpu_seconds(self):
        """CPU time of the whole container, of cgroups version 1 or 2; 0 where neither says."""
        old = Path(f"/sys/fs/cgroup/cpuacct/docker/{self.identity}/cpuacct.usage")
        if old.is_file():
            return int(old.read_text()) / 1e9
        for new in (f"docker/{self.identity}", f"system.slice/docker-{self.identity}.scope"):
            stat = Path(f"/sys/fs/cgroup/{new}/cpu.stat")
            if stat.is_file():
                return int(stat.read_text().split()[1]) / 1e6
        return 0.0

    def end_state(self):
        return self.exec(END_STATE)

    def remove(self):
        _docker("rm", "--force", "--volumes", self.container)


@contextlib.contextmanager
def started(count, work):
    """That many new hosts, removed at the end."""
    group = []
    try:
        for number in range(count):
            group.append(Host(f"host{number + 1}", work))
        for host in group:
            host.wait()
        # What boots last (journal, logind) should not be measured.
        time.sleep(2)
        yield group
    finally:
        for host in group:
            host.remove()


def make_key(work):
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", str(work / "key")], check=True
    )
    (work / "known_hosts").touch()


def compare(states):
    """Stops with the first difference between what the tools left."""
    (reference, expected), *others = ((name, per_host[0]) for name, per_host in states.items())
    for name, per_host in states.items():
        if len(set(per_host)) > 1:
            sys.exit(f"{name} left different hosts")
    for name, found in others:
        left, right = set(expected.splitlines()), set(found.splitlines())
        if left != right:
            differences = [f"  {reference}: {line}" for line in sorted(left - right)]
            differences += [f"  {name}: {line}" for line in sorted(right - left)]
            sys.exit("the tools left different hosts:\n" + "\n".join(differences[:40]))


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _docker(*arguments):
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()
