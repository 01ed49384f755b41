//! Standby, promotion and drain over real sockets.
#![cfg(unix)]

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::control::{ControlAction, ask};
use crate::http::tests::{Service, service, text};

/// A connection on which requests are sent by hand.
struct Client(TcpStream);

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    async fn send(&mut self, method: &str, path: &str, token: &str, body: &str) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(request.as_bytes()).await.unwrap();
    }

    /// One reply, head and body.
    async fn receive(&mut self) -> String {
        let (mut reply, mut byte) = (Vec::new(), [0_u8; 1]);
        while !reply.ends_with(b"\r\n\r\n") {
            assert_eq!(
                self.0.read(&mut byte).await.unwrap(),
                1,
                "the connection was closed without a reply"
            );
            reply.push(byte[0]);
        }
        let head = String::from_utf8(reply).unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap()
            .parse()
            .unwrap();
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        head + &String::from_utf8(body).unwrap()
    }
}

fn admin(service: &Service) -> String {
    service.settings.admin_listen.as_ref().unwrap().to_string()
}

async fn state(service: &Service) -> String {
    let reply = ask(&admin(service), ControlAction::Status).await.unwrap();
    text(&serde_json::from_str::<Value>(&reply.body).unwrap()["state"])
}

#[tokio::test]
async fn a_standby_answers_on_its_admin_socket_only_until_it_is_promoted() {
    let service = service().await;
    assert_eq!(state(&service).await, "standby");
    assert_eq!(service.server.lifecycle.local_address().await, None);
    let address = admin(&service);
    let (one, other) = tokio::join!(
        ask(&address, ControlAction::Smoke),
        ask(&address, ControlAction::Smoke)
    );
    for smoke in [one.unwrap(), other.unwrap()] {
        assert!(smoke.is_success, "{}", smoke.body);
        let report: Value = serde_json::from_str(&smoke.body).unwrap();
        let names = report["checks"].as_array().unwrap().iter();
        let names: Vec<&str> = names.filter_map(|check| check["name"].as_str()).collect();
        assert!(
            names.ends_with(&[
                "sign in",
                "list exams",
                "start",
                "resume",
                "save",
                "read back",
                "hand in",
                "sign out",
                "clear away"
            ]),
            "{names:?}"
        );
    }
    for _ in 0..2 {
        assert!(
            ask(&admin(&service), ControlAction::Promote)
                .await
                .unwrap()
                .is_success
        );
        assert_eq!(state(&service).await, "serving");
    }
    let address = service.server.lifecycle.local_address().await.unwrap();
    let mut client = Client::connect(address).await;
    client.send("GET", "/health", "", "").await;
    assert!(client.receive().await.starts_with("HTTP/1.1 200"));
    for _ in 0..2 {
        assert!(
            ask(&admin(&service), ControlAction::Standby)
                .await
                .unwrap()
                .is_success
        );
        assert_eq!(state(&service).await, "standby");
    }
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the public port is still open"
    );
    service.stop().await;
}

#[tokio::test]
async fn the_admin_socket_is_private_and_a_stale_one_is_replaced() {
    use std::os::unix::fs::PermissionsExt as _;
    let service = service().await;
    let path = admin(&service).strip_prefix("unix:").unwrap().to_owned();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let taken = serve_admin(
        service.settings.admin_listen.as_ref().unwrap(),
        Router::new(),
    )
    .await;
    assert!(taken.is_err_and(|error| error.to_string().contains("another process answers")));

    let directory = tempfile::tempdir().unwrap();
    let stale = directory.path().join("stale.sock");
    drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
    let address = crate::settings::AdminAddress::Unix(stale);
    serve_admin(&address, Router::new())
        .await
        .unwrap()
        .drain(Duration::from_secs(1))
        .await;
    service.stop().await;
}

#[tokio::test]
async fn a_drain_loses_no_accepted_request_and_asks_clients_to_reconnect() {
    let service = service().await;
    service.server.lifecycle.promote().await.unwrap();
    let address = service.server.lifecycle.local_address().await.unwrap();
    let sitting = service.sit("student-0001").await;
    let question = &sitting.question("true_false")["id"];
    let save = |sequence: usize| {
        let answer =
            json!({ "question_id": question, "sequence": sequence, "response": { "value": true } });
        json!({ "answers": [answer] }).to_string()
    };
    // One keep-alive connection is in use, one is idle, and one has half a request on its way.
    let (mut busy, mut idle) = (
        Client::connect(address).await,
        Client::connect(address).await,
    );
    for client in [&mut busy, &mut idle] {
        client.send("GET", "/health/liveness", "", "").await;
        assert!(!client.receive().await.contains("connection: close"));
    }
    let mut half = Client::connect(address).await;
    let body = save(2);
    let (first, second) = body.split_at(10);
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{first}",
        sitting.path("/answers"),
        sitting.token,
        body.len()
    );
    half.0.write_all(head.as_bytes()).await.unwrap();

    let lifecycle = service.server.lifecycle.clone();
    let draining = tokio::spawn(async move { lifecycle.standby().await });
    while service.server.lifecycle.state() != PublicState::Draining {
        tokio::task::yield_now().await;
    }
    busy.send("PUT", &sitting.path("/answers"), &sitting.token, &save(1))
        .await;
    let reply = busy.receive().await;
    assert!(
        reply.starts_with("HTTP/1.1 200") && reply.contains("connection: close"),
        "{reply}"
    );
    half.0.write_all(second.as_bytes()).await.unwrap();
    let reply = half.receive().await;
    assert!(
        reply.starts_with("HTTP/1.1 200") && reply.contains("connection: close"),
        "{reply}"
    );
    draining.await.unwrap();
    assert_eq!(
        idle.0.read(&mut [0; 1]).await.unwrap(),
        0,
        "the idle connection is still open"
    );
    assert_eq!(service.server.lifecycle.state(), PublicState::Standby);
    service.stop().await;
}
