# systemd takes the units, and finds them no more exposed than "OK".
id exam >/dev/null 2>&1 || useradd --system exam
install -d /opt/exam-service/bin
for program in run-colour exam-backup; do
    printf '#!/bin/sh\n' >"/opt/exam-service/bin/$program"
    chmod 0755 "/opt/exam-service/bin/$program"
done
units=/etc/systemd/system
cp systemd/exam-service@.service systemd/exam-backup.service systemd/exam-backup.timer $units/
install -D -m 0644 systemd/nginx-limits.conf $units/nginx.service.d/exam.conf
install -D -m 0644 systemd/supervisor-limits.conf $units/supervisor.service.d/exam.conf
systemd-analyze verify --man=no exam-service@blue.service exam-backup.service exam-backup.timer \
    nginx.service supervisor.service 2>&1 | tee said
[ ! -s said ]
systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' systemd/exam-backup.timer)" >/dev/null
for unit in exam-service@ exam-backup; do
    systemd-analyze security --no-pager --offline=true $units/$unit.service >exposure
    tail -n 1 exposure
    tail -n 1 exposure | grep -q 'OK\|SAFE\|PERFECT'
done
