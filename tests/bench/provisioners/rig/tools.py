"""How each tool is run, and how many changes it says it made."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
# The newest that the Python of Debian 12 takes.
PINNED = ["ansible-core==2.19.14", "pyinfra==3.10.0"]


def environment():
    """The bin folder of a virtual environment with the pinned tools, made once in the cache folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "examctl"
    folder = cache / ("bench-" + "-".join(re.sub(r"[^a-z0-9.]+", "-", pin) for pin in PINNED))
    done = folder / "done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"installing {', '.join(PINNED)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/pip"), "install", "--quiet", *PINNED], check=True)
        done.touch()
    return folder / "bin"


class Tool:
    name = ""

    def __init__(self, work):
        self.work = work

    def run(self, group):
        """Runs the playbook; the number of changes that the tool reports, over all hosts."""
        self.prepare(group)
        done = subprocess.run(
            self.command(), cwd=FOLDER, env=self.variables(), capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{self.name}: exit status {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return self.changed(done.stdout + done.stderr)

    def prepare(self, group):
        """Writes the inventory."""
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def variables(self):
        return os.environ | {"NO_COLOR": "1", "LC_ALL": "C.UTF-8"}

    def changed(self, output):
        raise NotImplementedError

    def version(self):
        raise NotImplementedError


class Examctl(Tool):
    name = "examctl"

    def __init__(self, program, work):
        super().__init__(work)
        self.program = program.resolve()
        if not self.program.is_file():
            sys.exit(f"{self.program} is missing: cargo build --release -p examctl")

    def prepare(self, group):
        entry = {
            host.name: {
                "connection": "ssh",
                "address": "127.0.0.1",
                "port": host.port,
                "user": "root",
                "identity_file": str(self.work / "key"),
                "known_hosts": str(self.work / "known_hosts"),
            }
            for host in group
        }
        inventory = {"groups": {"online": {"hosts": list(entry)}}, "hosts": entry}
        (self.work / "inventory.yaml").write_text(json.dumps(inventory))

    def command(self):
        return [str(self.program), "--format", "json", "apply", "examctl.yaml", "-i", str(self.work / "inventory.yaml")]

    def changed(self, output):
        return json.loads(output.strip().splitlines()[-1])["changed"]

    def version(self):
        return subprocess.run([str(self.program), "--version"], capture_output=True, text=True, check=True).stdout.strip()


class Ansible(Tool):
    """With pipelining and kept connections: as fast as it is without add-ons."""

    name = "Ansible"

    def __init__(self, python, work):
        super().__init__(work)
        self.python = python
        (work / "ansible.cfg").write_text(
            "[defaults]\nforks = 20\ninterpreter_python = /usr/bin/python3\nlocalhost_warning = false\n"
            f"[ssh_connection]\npipelining = true\ncontrol_path_dir = {work}/cp\n"
            f"ssh_args = -F none -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile={work}/known_hosts"
            f" -o IdentityFile={work}/key -o StrictHostKeyChecking=yes\n"
        )

    def prepare(self, group):
        lines = [f"{host.name} ansible_host=127.0.0.1 ansible_port={host.port} ansible_user=root" for host in group]
        (self.work / "ansible.ini").write_text("\n".join(lines) + "\n")

    def command(self):
        return [str(self.python / "ansible-playbook"), "-i", str(self.work / "ansible.ini"), "ansible.yaml"]

    def variables(self):
        return super().variables() | {"ANSIBLE_CONFIG": str(self.work / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}

    def changed(self, output):
        return sum(int(count) for count in re.findall(r"\bchanged=(\d+)", output))

    def version(self):
        return PINNED[0]


class Pyinfra(Tool):
    name = "pyinfra"

    def __init__(self, python, work):
        super().__init__(work)
        self.python = python

    def prepare(self, group):
        hosts = [
            (
                host.name,
                {
                    "ssh_hostname": "127.0.0.1",
                    "ssh_port": host.port,
                    "ssh_user": "root",
                    "ssh_key": str(self.work / "key"),
                    "ssh_known_hosts_file": str(self.work / "known_hosts"),
                },
            )
            for host in group
        ]
        (self.work / "pyinfra_hosts.py").write_text(f"hosts = {hosts!r}\n")

    def command(self):
        return [str(self.python / "pyinfra"), "-y", str(self.work / "pyinfra_hosts.py"), "pyinfra_deploy.py"]

    def changed(self, output):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
        total = re.search(r"Grand total\s+(\d+)\s+(\d+|-)\s+(\d+|-)", plain)
        if not total:
            sys.exit(f"pyinfra says no total:\n{plain[-2000:]}")
        return 0 if total[2] == "-" else int(total[2])

    def version(self):
        return PINNED[1]
