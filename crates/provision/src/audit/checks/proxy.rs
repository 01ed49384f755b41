//! nginx and its certificate.

use super::super::{Check, Severity};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "proxy.configuration",
        severity: Severity::Critical,
        title: "nginx would not start again with its present configuration",
        fix: "run `nginx -t` and mend what it says, or put back what the last apply replaced",
        script: "command -v nginx >/dev/null || exit 3\nnginx -t -q 2>&1 | grep -F '[emerg]'; exit 0",
    },
    Check {
        id: "proxy.no-tls",
        severity: Severity::High,
        title: "no site of nginx uses TLS: passwords and answers can be read on the way",
        fix: "apply playbook online with `tls: certbot`, `files`, `internal_ca` or `self_signed`",
        script: "command -v nginx >/dev/null || exit 3\nnginx -T 2>/dev/null | grep -qE '^[[:space:]]*listen .*ssl' || echo 'no listen with ssl'",
    },
    Check {
        id: "proxy.old-tls",
        severity: Severity::High,
        title: "nginx speaks versions of TLS that are broken",
        fix: "set ssl_protocols TLSv1.2 TLSv1.3 everywhere, nginx.conf included",
        script: "command -v nginx >/dev/null || exit 3\nnginx -T 2>/dev/null | grep -E '^[[:space:]]*ssl_protocols .*(SSLv|TLSv1 |TLSv1;|TLSv1\\.1)'; exit 0",
    },
    Check {
        id: "proxy.certificate-expires",
        severity: Severity::High,
        title: "a certificate ends within 14 days",
        fix: "renew it: apply playbook online again, or look why certbot.timer did not",
        script: "command -v nginx >/dev/null && command -v openssl >/dev/null || exit 3\n\
                 nginx -T 2>/dev/null | awk '$1 == \"ssl_certificate\" {sub(\";\", \"\", $2); print $2}' | sort -u | while read -r c; do\n\
                 openssl x509 -checkend 1209600 -noout -in \"$c\" >/dev/null 2>&1 || echo \"$c: $(openssl x509 -enddate -noout -in \"$c\" 2>&1)\"\n\
                 done",
    },
    Check {
        id: "proxy.key-readable",
        severity: Severity::Critical,
        title: "everybody on the host can read the key of a certificate",
        fix: "chmod 0640 it, owner root",
        script: "command -v nginx >/dev/null || exit 3\n\
                 nginx -T 2>/dev/null | awk '$1 == \"ssl_certificate_key\" {sub(\";\", \"\", $2); print $2}' | sort -u | while read -r k; do\n\
                 [ -z \"$(find -L \"$k\" -perm /o+r 2>/dev/null)\" ] || echo \"$k\"\n\
                 done",
    },
    Check {
        id: "proxy.connections",
        severity: Severity::Medium,
        title: "nginx takes fewer connections than an exam makes",
        fix: "set worker_connections to at least 4096 (nginx/nginx.conf of playbook online)",
        script: "command -v nginx >/dev/null || exit 3\n\
                 nginx -T 2>/dev/null | awk '$1 == \"worker_connections\" && $2 + 0 < 4096 {print $1, $2 + 0}'",
    },
    Check {
        id: "proxy.by-address",
        severity: Severity::High,
        title: "nginx limits requests by address alone: a hall behind one address is refused",
        fix: "key the limit by the candidate (the signature of the token in $http_authorization), and leave campus networks out",
        script: "command -v nginx >/dev/null || exit 3\n\
                 nginx -T 2>/dev/null | grep -E '^[[:space:]]*limit_req_zone \\$(binary_)?remote_addr'; exit 0",
    },
];
