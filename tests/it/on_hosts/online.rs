//! The online playbook with each database: one apply makes a server, the next changes nothing, the service answers over
//! HTTPS, our own audit finds nothing that should be mended, and nothing listens that should not.

use std::process::Command;

use regex::Regex;
use serde_json::{Value, json};

use super::deploying::Site;

/// Which ports may be open to the network, and what else only to the host itself.
fn check_listening(site: &Site) {
    let text = site.host.exec("ss -H -ltn | awk '{print $4}'");
    for address in text.lines() {
        let (host, port) = address.rsplit_once(':').unwrap();
        let local = host.starts_with("127.") || host == "[::1]";
        assert!(
            local || ["22", "80", "443"].contains(&port),
            "{address} is open to the network:\n{text}"
        );
    }
    for open in ["0.0.0.0:443", "0.0.0.0:80", "0.0.0.0:22"] {
        assert!(text.contains(open), "{open} is missing:\n{text}");
    }
}

/// What a student's browser would get, with the certificate checked against `authority`.
fn https(site: &Site, authority: &str, path: &str) -> String {
    site.host.exec(&format!(
        "printf 'GET {path} HTTP/1.1\\r\\nHost: exam.test\\r\\nConnection: close\\r\\n\\r\\n' |
         openssl s_client -quiet -connect 127.0.0.1:443 -servername exam.test -verify_hostname exam.test \
         -CAfile {authority} -verify_return_error 2>/dev/null"
    ))
}

/// Whatever the service takes gets through nginx, and not more.
fn check_limits(site: &Site) {
    let to_host = format!("exam.test:443:{}", site.host.bridge_address());
    let curl = |arguments: &[&str]| {
        let output = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--insecure",
                "--resolve",
                &to_host,
            ])
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let body = tempfile::NamedTempFile::new().unwrap();
    let send = |method: &str, path: &str, bytes: u64| {
        body.as_file().set_len(bytes).unwrap();
        let body = format!("@{}", body.path().display());
        let url = format!("https://exam.test{path}");
        let status = ["--output", "/dev/null", "--write-out", "%{http_code}"];
        let request = ["--request", method, "--data-binary", &body, &url];
        let status = curl(&[&status[..], &request[..]].concat());
        (path.to_owned(), bytes, status)
    };
    let document = curl(&["https://exam.test/api/v1/openapi.json"]);
    let document: Value = serde_json::from_str(&document).unwrap();
    let parameter = Regex::new(r"\{[^}]+\}").unwrap();
    let mut uploads = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let limit = operation["x-body-limit-bytes"].as_u64().unwrap_or(0);
            if limit >= 1 << 20 {
                uploads += 1;
                let path = parameter.replace_all(path, "1");
                let expected = (path.to_string(), limit, "401".to_owned());
                assert_eq!(send(&method.to_uppercase(), &path, limit), expected);
            }
        }
    }
    assert!(uploads >= 5, "only {uploads} take files");
    assert_eq!(send("POST", "/api/v1/exams", 3 << 20).2, "413");
}

fn is_a_server(vars: &Value, authority: &str) -> Site {
    let site = Site::with(vars);
    let again = site.examctl(&["apply", "online"]);
    assert_eq!(
        (again.code, &again.summary()["changed"]),
        (0, &json!(0)),
        "{again}"
    );
    let drift = site.examctl(&["drift", "online"]);
    assert_eq!(drift.code, 0, "{drift}");

    let artifact = site.good_release("first");
    let deployed = site.examctl(&["deploy", &artifact]);
    assert_eq!(deployed.code, 0, "{deployed}");
    let answer = https(&site, authority, "/health/readiness");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let page = https(&site, authority, "/");
    // As the service says it, sounds of questions among it.
    let policy = r"\r\nContent-Security-Policy: default-src 'none'; script-src 'self'; .*; media-src blob:; .*; upgrade-insecure-requests\r\n";
    assert!(Regex::new(policy).unwrap().is_match(&page), "{page}");
    check_limits(&site);

    check_listening(&site);
    let audit = site.examctl(&["audit", "--fail-on", "low"]);
    assert_eq!(audit.code, 0, "{audit}");
    // The release has changed nothing that the playbook looks after.
    let after = site.examctl(&["drift", "online"]);
    assert_eq!(after.code, 0, "{after}");
    site
}

fn vars(more: &Value) -> Value {
    let mut vars = json!({
        "server_name": "exam.test",
        "tls": "internal_ca",
        "redis_password": "a-password-of-redis-0123456789",
        "redis_exporter_password": "a-password-of-its-exporter-0123456789",
        "database_exporter_password": "a-password-of-another-exporter-0123456789",
    });
    for (name, value) in more.as_object().unwrap() {
        vars[name] = value.clone();
    }
    vars
}

#[test]
fn sqlite_and_a_certificate_of_its_own() {
    let vars = vars(&json!({"tls": "self_signed"}));
    is_a_server(&vars, "/etc/examctl/tls/exam.crt");
}

#[test]
fn mariadb_redis_and_an_authority_of_the_house() {
    let vars = vars(&json!({"database": "mariadb", "redis": true}));
    let site = is_a_server(&vars, "/etc/examctl/ca/ca.crt");
    let durable = site
        .host
        .exec("mariadb -N -e 'SELECT @@innodb_flush_log_at_trx_commit, @@sync_binlog, @@innodb_doublewrite, @@log_bin'");
    assert_eq!(
        durable.split_whitespace().collect::<Vec<_>>(),
        ["1", "1", "1", "1"]
    );
    site.host
        .exec("runuser -u exam -- mariadb exam -e 'CREATE TABLE t (a INT); DROP TABLE t'");
}

#[test]
fn postgresql_and_an_authority_of_the_house() {
    let vars = vars(&json!({"database": "postgresql"}));
    let site = is_a_server(&vars, "/etc/examctl/ca/ca.crt");
    let durable = site.host.exec(
        "runuser -u postgres -- psql -XAtc \"SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings \
         WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')\"",
    );
    assert_eq!(durable.trim(), "on on on");
    site.host
        .exec("runuser -u exam -- psql -X exam -c 'CREATE TABLE t (a INT); DROP TABLE t'");
}
