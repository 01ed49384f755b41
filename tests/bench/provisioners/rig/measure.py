"""Wall time, CPU time and whoever else used the machine, as a table."""

import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

SSH = "ssh host true"

# What pyinfra's transport needs for one connection and one command, with and without Nagle's algorithm.
PARAMIKO = """
import paramiko, sys, threading, time
def one(port):
    client = paramiko.SSHClient()
    client.load_host_keys(known)
    client.connect('127.0.0.1', port, 'root', key_filename=key, allow_agent=False, look_for_keys=False)
    client.get_transport().sock.setsockopt(6, 1, 1)
    client.exec_command('true')[1].read()
    client.close()
key, known, *ports = sys.argv[1:]
started = time.monotonic()
threads = [threading.Thread(target=one, args=(int(port),)) for port in ports]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(time.monotonic() - started)
"""


class Cells:
    def __init__(self):
        self.cells = {}

    def measure(self, tool, what, group):
        """One run of a tool; the changes that it reports."""
        watch = Watch(group)
        changed = tool.run(group)
        self.add(what, tool.name, watch.stop())
        return changed

    def floor(self, what, group):
        """OpenSSH's own client on all hosts at once."""
        watch = Watch(group)
        commands = [
            [
                "ssh", "-F", "none", "-oBatchMode=yes", f"-oUserKnownHostsFile={host.work}/known_hosts",
                f"-oIdentityFile={host.work}/key", "-p", str(host.port), "root@127.0.0.1", "true",
            ]
            for host in group
        ]  # fmt: skip
        running = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for command in commands]
        if any(process.wait() for process in running):
            raise SystemExit("ssh failed")
        self.add(what, SSH, watch.stop())

    def add(self, what, who, reading):
        self.cells.setdefault(what, {}).setdefault(who, []).append(reading)

    def table(self, names):
        lines = [
            "| what | " + " | ".join([SSH, *names]) + " | examctl : floor | Ansible : examctl | pyinfra : examctl |",
            "|---|" + "---|" * (len(names) + 4),
        ]
        for what, row in self.cells.items():
            wall = {who: statistics.median(reading.wall for reading in readings) for who, readings in row.items()}
            cells = [_cell(row[name]) if name in row else "" for name in [SSH, *names]]
            if "examctl" in wall:
                ours = wall["examctl"]
                cells.append(f"{ours / wall[SSH]:.2f}x" if SSH in wall else "")
                cells += [f"{wall[name] / ours:.1f}x" for name in ("Ansible", "pyinfra")]
            lines.append(f"| {what} | " + " | ".join(cells) + " |")
        lines += [
            "",
            "Seconds: median (fastest-slowest) · CPU of the controller + of the hosts, seconds · share of the machine that",
            f"others used, median. {os.cpu_count()} cores; load now {os.getloadavg()[0]:.1f}.",
        ]
        return "\n".join(lines)


def _cell(readings):
    wall = [reading.wall for reading in readings]
    median = lambda name: statistics.median(getattr(reading, name) for reading in readings)  # noqa: E731
    return (
        f"{statistics.median(wall):.2f} ({min(wall):.2f}-{max(wall):.2f}) · {median('own'):.2f} + {median('hosts'):.2f}"
        f" · {100 * median('foreign'):.0f} %"
    )


class Watch:
    def __init__(self, group):
        self.group = group
        self.before = self._used()
        self.started = time.monotonic()

    def stop(self):
        self.wall = time.monotonic() - self.started
        self.own, self.hosts, busy = (new - old for new, old in zip(self._used(), self.before))
        self.foreign = max(0.0, busy - self.own - self.hosts) / (self.wall * os.cpu_count())
        return self

    def _used(self):
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (children.ru_utime + children.ru_stime, sum(host.cpu_seconds() for host in self.group), _busy())


def _busy():
    """CPU seconds that this machine was not idle."""
    numbers = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = numbers[3] + numbers[4]
    return (sum(numbers) - idle) / os.sysconf("SC_CLK_TCK")


def floors(cells, python, group, rounds):
    """Another floor: Python's SSH library, connected and one command, without its own start."""
    ports = [str(host.port) for host in group]
    for _ in range(rounds):
        watch = Watch(group)
        work = group[0].work
        printed = subprocess.run(
            [str(python / "python"), "-c", PARAMIKO, str(work / "key"), str(work / "known_hosts"), *ports],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        reading = watch.stop()
        reading.wall = float(printed)
        cells.add(f"paramiko, connect and `true`, {len(group)}", SSH, reading)
