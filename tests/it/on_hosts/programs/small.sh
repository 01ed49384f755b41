# What only needs its program's own word.
if [ -d supervisor ]; then
    id exam >/dev/null 2>&1 || useradd --system exam
    install -D /dev/null /opt/exam-service/bin/run-colour
    printf '#!/bin/sh\nexec sleep 600\n' >/opt/exam-service/bin/run-colour
    chmod 0755 /opt/exam-service/bin/run-colour
    cp supervisor/exam-service.conf /etc/supervisor/conf.d/
    supervisord --configuration /etc/supervisor/supervisord.conf
    for _ in $(seq 50); do supervisorctl status | grep -q RUNNING && break || sleep 0.2; done
    supervisorctl status exam-service-blue | grep -q RUNNING
    [ "$(supervisorctl reread)" = 'No config updates to processes' ]
    supervisorctl shutdown
fi
if [ -d logrotate ]; then
    install -d /var/log/exam-service
    echo line >/var/log/exam-service/exam.log
    install -m 0644 logrotate/exam-service rotate
    logrotate --debug rotate 2>&1 | tee said
    fails grep -i error said
    logrotate --force --state "$PWD/rotated" rotate
    [ ! -s /var/log/exam-service/exam.log ]
    [ -s /var/log/exam-service/exam.log.1 ]
    rm /var/log/exam-service/*
fi
if [ -d chrony ]; then
    cp chrony/exam.conf /etc/chrony/conf.d/
    chronyd -p -f /etc/chrony/chrony.conf >printed
    grep -v '^#' chrony/exam.conf | while read -r line; do grep -qxF "$line" printed; done
fi
if [ -d apt ]; then
    cp apt/52exam-upgrades /etc/apt/apt.conf.d/
    apt-config dump >dump
    [ "$(grep -c '^Unattended-Upgrade::\(Origins-Pattern\|Allowed-Origins\)::' dump)" -eq 1 ]
    unattended-upgrade --dry-run --debug >said 2>&1
    grep -q '^Allowed origins are: origin=Debian,codename=[a-z]*-security,label=Debian-Security$' said
fi
if [ -d sysctl ]; then
    # A container may not write most of them: each must be one that this kernel has, unless marked.
    grep -v '^#\|^$\|^-' sysctl/exam.conf | sed 's/ *=.*//' | while read -r key; do
        [ -e "/proc/sys/$(echo "$key" | tr . /)" ] || { echo "no $key" >&2; exit 1; }
    done
    cp sysctl/exam.conf /etc/sysctl.d/60-examctl.conf
    /lib/systemd/systemd-sysctl --cat-config >/dev/null
fi
if [ -d limits ]; then
    id exam >/dev/null 2>&1 || useradd --system exam
    cp limits/exam.conf /etc/security/limits.d/
    [ "$(su --shell /bin/bash exam --command 'ulimit -Hc; ulimit -Hu' | tr '\n' ' ')" = '0 4096 ' ]
fi
if [ -f exam-service/run-colour.sh ]; then
    sh -eu exam-service/exam-service.env
    sh -n exam-service/run-colour.sh
fi
if [ -d prometheus ]; then
    . ./exporters.sh
    exporter node 9100 'node_scrape_collector_success{collector="loadavg"}'
    printf 'events {} http { server { listen 127.0.0.1:8089; location = /stub_status { stub_status; } } }' >nginx.conf
    # A boot may start the exporter first.
    { sleep 2; nginx -c "$PWD/nginx.conf"; } &
    exporter nginx 9113 nginx_up
    nginx -c "$PWD/nginx.conf" -s stop
fi
