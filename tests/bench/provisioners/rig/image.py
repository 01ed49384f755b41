"""The image of the benchmark's hosts: the test host, Python for Ansible, and all packages in the host's own archive."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

BASE = "examhost:bookworm"
NAME = "examhost:bench"
PACKAGES = "nginx supervisor cron logrotate rsync unzip tree hello"
ARCHIVE = "/var/lib/examhost/packages"

SCRIPT = f"""
set -eu
export DEBIAN_FRONTEND=noninteractive
cp /etc/apt/sources.list /sources.local
echo "deb $MIRROR bookworm main" > /etc/apt/sources.list
apt-get -q update
apt-get -q install -y --no-install-recommends python3 python3-apt
cd {ARCHIVE}
apt-get -q install -y --no-install-recommends --download-only -o Dir::Cache::archives={ARCHIVE} {PACKAGES}
rm -rf partial lock
for file in *.deb; do
    dpkg-deb --field "$file"
    printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$file" "$(stat -c %s "$file")" "$(sha256sum "$file" | cut -d ' ' -f 1)"
done > Packages
mv /sources.local /etc/apt/sources.list
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
apt-get -q update
"""


def build():
    """Makes the image, unless one of this base image and this script is there."""
    base = _docker("image", "inspect", "--format", "{{.Id}}", BASE, check=False)
    if not base:
        sys.exit(f"{BASE} is missing: run tests/host-image")
    key = hashlib.sha256((base + SCRIPT).encode()).hexdigest()[:12]
    if _docker("image", "inspect", "--format", "{{.Id}}", f"{NAME}-{key}", check=False):
        _docker("tag", f"{NAME}-{key}", NAME)
        return
    print(f"building {NAME}", file=sys.stderr)
    container = _docker("run", "--detach", "--env", f"MIRROR={_mirror()}", BASE, "sleep", "infinity")
    try:
        done = subprocess.run(
            ["docker", "exec", container, "sh", "-c", SCRIPT], capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"cannot build {NAME}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        _docker("commit", container, f"{NAME}-{key}")
        _docker("tag", f"{NAME}-{key}", NAME)
    finally:
        _docker("rm", "--force", "--volumes", container)


def _mirror():
    """This machine's own Debian source."""
    for name in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"):
        path = Path(name)
        found = path.is_file() and re.search(
            r"^(?:URIs:|deb) +(?:\[[^]]*\] +)?(https?:\S*debian/?)(?:\s|$)", path.read_text(), re.MULTILINE
        )
        if found:
            return found[1]
    sys.exit("no Debian source found below /etc/apt")


def _docker(*arguments, check=True):
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode and check:
        sys.exit(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip() if done.returncode == 0 else ""
