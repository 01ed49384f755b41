use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread::JoinHandle;

use super::*;
use crate::report::tests::failed_report;

/// Answers one request with `answer` and returns its head and body.
fn listen(answer: &'static str) -> (String, JoinHandle<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "http://{}/services/T0/SECRETPATH",
        listener.local_addr().unwrap()
    );
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head += &line;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        reader.get_mut().write_all(answer.as_bytes()).unwrap();
        (head, serde_json::from_slice(&body).unwrap())
    });
    (url, thread)
}

fn script(directory: &Path, text: &str) -> String {
    let path = directory.join("told");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_webhook_gets_a_text_that_a_chat_can_show() {
    let (url, listener) = listen("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let mut notifier = Notifier::default();
    notifier.add_webhook(&url).unwrap();
    let report = failed_report();
    assert_eq!(notifier.send(&Notice::end(&report)), Vec::<String>::new());
    let (head, body) = listener.join().unwrap();
    assert!(head.starts_with("POST /services/T0/SECRETPATH "), "{head}");
    assert!(
        head.to_lowercase()
            .contains("content-type: application/json"),
        "{head}"
    );
    let text = body["text"].as_str().unwrap();
    assert!(
        text.starts_with("deploy of 0.2.0-b by ann@laptop: failed, everything is as before\n"),
        "{text}"
    );
    assert!(text.contains("not ready within 60 s"), "{text}");
}

#[test]
fn a_webhook_that_fails_is_told_of_without_its_address() {
    let (refusing, listener) = listen("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    let occasion = failed_report().occasion;
    let told = |url: &str| {
        let mut notifier = Notifier::default();
        notifier.add_webhook(url).unwrap();
        let failures = notifier.send(&Notice::begin(&occasion));
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert!(!failures[0].contains("SECRETPATH"), "{failures:?}");
        assert!(!format!("{notifier:?}").contains("SECRETPATH"));
        failures[0].clone()
    };
    assert_eq!(told(&refusing), "the webhook was not told: it answered 403");
    listener.join().unwrap();
    // Nobody listens there any more.
    told(&refusing);
    told("https://127.0.0.1:1/SECRETPATH");
    told("http://[/SECRETPATH");
}

#[test]
fn a_webhook_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Secret::new(format!("http://{}/x", listener.local_addr().unwrap()));
    let limit = Duration::from_secs(1);
    let reason = webhook::post(&url, "x", limit).unwrap_err();
    assert_eq!(reason, "no answer within 1 s");
}

#[test]
fn a_program_gets_the_whole_report_on_its_input() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out.json");
    let mut notifier = Notifier::default();
    notifier.add_program(&script(
        directory.path(),
        &format!("cat > {}", out.display()),
    ));
    let report = failed_report();
    assert_eq!(notifier.send(&Notice::end(&report)), Vec::<String>::new());
    let got: Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(got["moment"], "failure");
    assert_eq!(got["who"], "ann@laptop");
    assert_eq!(got["report"]["hosts"][1]["outcome"], "undone");
}

#[test]
fn a_program_that_fails_hangs_or_is_not_there_is_said_so_and_left() {
    let directory = tempfile::tempdir().unwrap();
    let limit = Duration::from_millis(300);
    let large = vec![b' '; 1 << 20];
    let fails = script(directory.path(), "exit 3");
    let reason = program::tell(&fails, &large, Duration::from_secs(5)).unwrap_err();
    assert_eq!(reason, "it ended with exit status: 3");
    let hangs = script(directory.path(), "sleep 600 & sleep 600");
    let reason = program::tell(&hangs, &large, limit).unwrap_err();
    assert_eq!(reason, "it was ended after 0.3 s");
    let reason = program::tell("/nowhere/told", b"", limit).unwrap_err();
    assert!(reason.starts_with("it cannot be started"), "{reason}");
}

#[test]
fn what_hosts_have_in_common_is_told_once() {
    let vars = |json: &str| serde_json::from_str::<Map<String, Value>>(json).unwrap();
    let common = vars(r#"{"notify_webhook_url": "https://x.org/a", "notify_command": "tell"}"#);
    let own = vars(r#"{"notify_command": "other"}"#);
    let hosts = [("a", &common), ("b", &common), ("c", &own)];
    let notifier = Notifier::from_vars(hosts.into_iter()).unwrap();
    assert_eq!(notifier.webhooks.len(), 1);
    assert_eq!(notifier.programs, ["tell", "other"]);
    let wrong = vars(r#"{"notify_webhook_url": "hooks/SECRET"}"#);
    let error = Notifier::from_vars([("a", &wrong)].into_iter())
        .unwrap_err()
        .to_string();
    assert!(!error.contains("SECRET"), "{error}");
}
