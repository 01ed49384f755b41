# exporter NAME PORT METRIC: it starts with its settings, reaches what it watches, and listens where it was told.
exporter() {
    (
        set -a
        # Written for systemd, and plain enough for a shell.
        . "./prometheus/prometheus-$1-exporter"
        set +a
        if [ -f prometheus/mysqld-exporter.cnf ]; then
            install -D -m 0640 -o prometheus prometheus/mysqld-exporter.cnf /etc/prometheus/mysqld-exporter.cnf
        fi
        # shellcheck disable=SC2086 # systemd splits $ARGS as well
        exec runuser -u prometheus -- "prometheus-$1-exporter" $ARGS
    ) >"exporter-$1.log" 2>&1 &
    exporter=$!
    address=$(sed -n 's/.*web.listen-address=\([^ "]*\).*/\1/p' "prometheus/prometheus-$1-exporter")
    for _ in $(seq 50); do
        curl --silent --globoff "http://$address/metrics" >metrics && grep -qx "$3 1" metrics && break || sleep 0.2
    done
    kill "$exporter"
    if ! grep -qx "$3 1" metrics; then
        cat "exporter-$1.log" >&2
        grep "^$3" metrics >&2
        exit 1
    fi
    [ "$(echo "$address" | sed 's/.*://')" = "$2" ]
}
