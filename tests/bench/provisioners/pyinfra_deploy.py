"""The same end state as examctl.yaml and ansible.yaml, task by task."""

from pyinfra import host
from pyinfra.facts.server import Command
from pyinfra.operations import apt, files, server, systemd

ROOT = "/opt/exam"
VALUES = {"root": ROOT, "port": 8081, "title": "Exam"}


def directory(path, user, group, mode):
    files.directory(name=path, path=path, user=user, group=group, mode=mode)


def template(source, path, user="root", group="root", mode="644", **more):
    return files.template(
        name=path, src=f"templates/{source}.j2", dest=path, user=user, group=group, mode=mode, **VALUES, **more
    )


def creates(name, path, command):
    if host.get_fact(Command, f"test -e {path} && echo yes || true") != "yes":
        server.shell(name=name, commands=[command])


apt.packages(
    name="packages",
    packages=["nginx", "supervisor", "cron", "logrotate", "rsync", "unzip", "tree", "hello"],
    no_recommends=True,
)

server.user(name="exam user", user="exam", system=True, home="/var/lib/exam", shell="/usr/sbin/nologin", ensure_home=False)
server.user(name="grader user", user="grader", home="/home/grader", shell="/bin/bash", create_home=True)
server.user(name="auditor user", user="auditor", home="/home/auditor", shell="/bin/bash", create_home=True)

directory(ROOT, "root", "root", "755")
directory(f"{ROOT}/releases", "root", "root", "755")
directory(f"{ROOT}/bin", "root", "root", "755")
directory(f"{ROOT}/shared", "exam", "exam", "750")
directory("/etc/exam", "root", "exam", "750")
directory("/etc/exam/conf.d", "root", "exam", "750")
directory("/var/lib/exam", "exam", "exam", "750")
directory("/var/lib/exam/spool", "exam", "exam", "700")
directory("/var/log/exam", "exam", "exam", "750")
directory("/var/backups/exam", "root", "root", "700")

template("exam.env", "/etc/exam/exam.env", group="exam", mode="640")
template("exam.json", "/etc/exam/exam.json", group="exam", mode="640")
template("part-limits.conf", "/etc/exam/conf.d/limits.conf", group="exam", mode="640")
template("part-mail.conf", "/etc/exam/conf.d/mail.conf", group="exam", mode="640")
template("part-queue.conf", "/etc/exam/conf.d/queue.conf", group="exam", mode="640")
template("run-web", f"{ROOT}/bin/run-web", mode="755")
template("run-worker", f"{ROOT}/bin/run-worker", mode="755")
template("backup", f"{ROOT}/bin/backup", mode="755")
template("logrotate", "/etc/logrotate.d/exam")
template("cron", "/etc/cron.d/exam")
template("sysctl.conf", "/etc/sysctl.d/60-exam.conf")
template("limits.conf", "/etc/security/limits.d/exam.conf")
template("profile.sh", "/etc/profile.d/exam.sh")
unit = template("exam-report.service", "/etc/systemd/system/exam-report.service")
timer = template("exam-report.timer", "/etc/systemd/system/exam-report.timer")

files.put(name="banner", src="files/banner.txt", dest="/etc/issue.net", user="root", group="root", mode="644")
files.put(name="word list", src="files/words.txt", dest=f"{ROOT}/shared/words.txt", user="root", group="root", mode="644")

creates("token secret", "/etc/exam/token", "umask 077; head -c 48 /dev/urandom | base64 -w0 > /etc/exam/token")
creates("first release", f"{ROOT}/releases/0", f"mkdir {ROOT}/releases/0")

files.link(name="current release", path=f"{ROOT}/current", target=f"{ROOT}/releases/0")
files.link(name="backup command", path="/usr/local/bin/exam-backup", target=f"{ROOT}/bin/backup")

systemd.service(name="supervisor", service="supervisor", running=True, enabled=True)
web = template("program-web.conf", "/etc/supervisor/conf.d/exam-web.conf")
worker = template("program-worker.conf", "/etc/supervisor/conf.d/exam-worker.conf")
server.shell(
    name="supervisor knows its programs",
    commands=["supervisorctl update"],
    _if=lambda: web.did_change() or worker.did_change(),
)
for program in ("exam-web", "exam-worker"):
    if "RUNNING" not in (host.get_fact(Command, f"supervisorctl status {program} || true") or ""):
        server.shell(name=f"{program} runs", commands=[f"supervisorctl status {program} || supervisorctl start {program}"])

site = [
    template("nginx-headers.conf", "/etc/nginx/snippets/exam-headers.conf"),
    template("nginx-proxy.conf", "/etc/nginx/snippets/exam-proxy.conf"),
    template("nginx-upstream.conf", "/etc/nginx/conf.d/exam-upstream.conf"),
    template("nginx-site.conf", "/etc/nginx/sites-available/exam.conf"),
    files.link(name="site is enabled", path="/etc/nginx/sites-enabled/exam.conf", target="/etc/nginx/sites-available/exam.conf"),
    files.link(name="stock site is off", path="/etc/nginx/sites-enabled/default", present=False),
]
files.file(name="stock page is gone", path="/var/www/html/index.nginx-debian.html", present=False)

systemd.daemon_reload(name="reload systemd", _if=lambda: unit.did_change() or timer.did_change())
systemd.service(name="nginx", service="nginx", running=True, enabled=True)
systemd.service(name="cron", service="cron", running=True, enabled=True)
systemd.service(name="report timer runs", service="exam-report.timer", running=True, enabled=True)
systemd.service(
    name="reload nginx", service="nginx", reloaded=True, _if=lambda: any(part.did_change() for part in site)
)
