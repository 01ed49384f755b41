//! Mail, to a real mail server on a port of this machine; and what comes of it.

mod passwords;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use mailin_embedded::response::{INTERNAL_ERROR, NO_MAILBOX, OK};
use mailin_embedded::{Handler, Response, Server as MailServer};

use super::*;
use crate::access::Action;
use crate::exam::UserId;
use crate::jobs::worker::Worker;
use crate::store::jobs::{Mail, Work};

/// What a mail server took, and how often it refuses before.
#[derive(Clone, Default)]
struct Postbox {
    taken: Arc<Mutex<Vec<String>>>,
    refusals: Arc<Mutex<usize>>,
    /// The mail that is coming in.
    current: Vec<u8>,
}

impl Handler for Postbox {
    fn rcpt(&mut self, to: &str) -> Response {
        if to.starts_with("nobody@") {
            return NO_MAILBOX;
        }
        let mut refusals = self.refusals.lock().unwrap();
        if *refusals > 0 {
            *refusals -= 1;
            return INTERNAL_ERROR;
        }
        OK
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.current.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let mail = String::from_utf8(std::mem::take(&mut self.current)).unwrap();
        self.taken.lock().unwrap().push(mail);
        OK
    }
}

impl Postbox {
    /// Serves as long as the tests run.
    fn listen(&self, listener: TcpListener) {
        let mut server = MailServer::new(self.clone());
        server.with_name("mail.test").with_tcp_listener(listener);
        std::thread::spawn(move || server.serve().unwrap());
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

/// A service whose mail goes to `postbox`, and whose jobs are done when a test says so.
struct Mailing {
    service: Service,
    worker: Worker,
}

async fn mailing(address: SocketAddr) -> Mailing {
    let url = format!("smtp://{address}");
    let service = service_with(&[
        ("SMTP_URL", &url),
        ("MAIL_FROM", "Exam office <exams@exam.test>"),
        ("APP_URL", "https://exam.test/"),
        ("EXAM_WORKER", "off"),
    ])
    .await;
    let store = Arc::clone(&service.server.state.store);
    let worker = commands::prepare_worker(&service.settings, store, service.clock.clone());
    let worker = worker.unwrap();
    Mailing { service, worker }
}

async fn delivering() -> (Mailing, Postbox) {
    let (postbox, listener) = (
        Postbox::default(),
        TcpListener::bind("127.0.0.1:0").unwrap(),
    );
    let address = listener.local_addr().unwrap();
    postbox.listen(listener);
    (mailing(address).await, postbox)
}

impl Mailing {
    async fn raw(&self, sql: &str) {
        self.service.execute(sql).await;
    }

    async fn mail(&self, to: &str) {
        let mail = Mail {
            to: to.to_owned(),
            subject: "Prüfung\nBcc: all@exam.test".to_owned(),
            text: "Guten Tag ✓\n".to_owned(),
        };
        let now = self.service.clock.now();
        let state = &self.service.server.state;
        state.store.add_job(Work::Mail(mail), now).await.unwrap();
    }

    /// Does what is due; how many jobs that were.
    async fn work(&self) -> usize {
        let mut done = 0;
        while self.worker.work().await.unwrap() {
            done += 1;
        }
        done
    }

    fn administrator(&self) -> String {
        self.service.token(UserId::generate(), Role::Administrator)
    }

    async fn dead(&self) -> Value {
        let token = self.administrator();
        let reply = self
            .service
            .send("GET", "/api/v1/jobs/dead", Some(&token), None)
            .await;
        reply.body["jobs"].clone()
    }
}

#[tokio::test]
async fn a_mail_is_delivered_once() {
    let (mailing, postbox) = delivering().await;
    mailing.mail("Zoë <zoe@exam.test>").await;
    assert_eq!(mailing.work().await, 1);
    assert_eq!(mailing.work().await, 0);
    let taken = postbox.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert!(
        taken[0].contains("From: \"Exam office\" <exams@exam.test>"),
        "{}",
        taken[0]
    );
    assert!(taken[0].contains("Message-ID: <"), "{}", taken[0]);
    assert!(
        !taken[0].lines().any(|line| line.starts_with("Bcc")),
        "{}",
        taken[0]
    );
    mailing.service.stop().await;
}

#[tokio::test]
async fn a_mail_that_is_not_taken_now_is_tried_again_later() {
    let (mailing, postbox) = delivering().await;
    *postbox.refusals.lock().unwrap() = 2;
    mailing.mail("zoe@exam.test").await;
    for wait in [30, 60] {
        assert_eq!(mailing.work().await, 1);
        assert_eq!(mailing.work().await, 0, "not at once");
        assert!(postbox.taken().is_empty());
        mailing.service.clock.advance(TimeDelta::seconds(wait));
    }
    assert_eq!(mailing.work().await, 1);
    assert_eq!(postbox.taken().len(), 1);
    assert_eq!(mailing.dead().await, json!([]));
    mailing.service.stop().await;
}

#[tokio::test]
async fn mail_waits_for_a_server_that_is_down() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (mailing, postbox) = (mailing(address).await, Postbox::default());
    mailing.mail("zoe@exam.test").await;
    assert_eq!(mailing.work().await, 1);
    postbox.listen(TcpListener::bind(address).unwrap());
    mailing.service.clock.advance(TimeDelta::seconds(30));
    assert_eq!(mailing.work().await, 1);
    assert_eq!(postbox.taken().len(), 1);
    mailing.service.stop().await;
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_a_dead_letter_that_an_administrator_sees() {
    let (mailing, postbox) = delivering().await;
    mailing.mail("nobody@exam.test").await;
    mailing.mail("this is no address").await;
    assert_eq!(mailing.work().await, 2);
    mailing.service.clock.advance(TimeDelta::hours(12));
    assert_eq!(mailing.work().await, 0);
    let dead = mailing.dead().await;
    let of = |to: &str| {
        let mut letters = dead.as_array().unwrap().iter();
        letters.find(|it| it["to"] == to).unwrap()
    };
    let refused = of("nobody@exam.test");
    assert!(text(&refused["last_error"]).contains("550"), "{refused}");
    assert_eq!(refused["tries"], 1);
    assert!(text(&of("this is no address")["last_error"]).contains("address"));
    assert!(!dead.to_string().contains("Guten Tag"));

    let path = format!("/api/v1/jobs/{}/retry", text(&refused["id"]));
    let token = mailing.administrator();
    let retry = async || {
        mailing
            .service
            .send("POST", &path, Some(&token), None)
            .await
            .status
    };
    assert_eq!(retry().await, StatusCode::NO_CONTENT);
    assert_eq!(retry().await, StatusCode::NOT_FOUND);
    assert_eq!(mailing.work().await, 1);
    assert_eq!(mailing.dead().await.as_array().unwrap().len(), 2);
    assert!(postbox.taken().is_empty());
    assert!(!crate::access::allows(Role::Lecturer, Action::ManagePeople));
    mailing.service.stop().await;
}

#[tokio::test]
async fn candidates_are_told_of_released_results_when_they_look_and_by_mail() {
    let (mailing, postbox) = delivering().await;
    let service = &mailing.service;
    mailing
        .raw("UPDATE users SET email = 'one@exam.test' WHERE login = 'student-0001'")
        .await;
    let sitting = service.sit("student-0001").await;
    sitting.submit().await;
    let exam = text(&sitting.attempt["exam_id"]);
    let admin = text(&service.sign_in("admin").await["access_token"]);
    let path = format!("/api/v1/exams/{exam}/release");
    for _ in 0..2 {
        let body = Some(json!({}));
        let released = service.send("POST", &path, Some(&admin), body).await;
        assert_eq!(released.status, StatusCode::OK, "{}", released.body);
    }
    assert_eq!(mailing.work().await, 1, "one of three has an address");
    let taken = postbox.taken();
    assert!(taken[0].contains("To: one@exam.test"), "{}", taken[0]);

    let token = &sitting.token;
    let told = async |rest: &str| {
        let path = format!("/api/v1/me/notifications{rest}");
        service.send("GET", &path, Some(token), None).await
    };
    let first = told("").await.body["notifications"][0].clone();
    assert_eq!(
        (&first["kind"], &first["exam_id"], &first["read_at"]),
        (&json!("results_released"), &json!(exam), &Value::Null)
    );
    for (again, marked) in [(false, 1), (true, 0)] {
        let body = Some(json!({ "up_to": first["id"] }));
        let path = "/api/v1/me/notifications/read";
        let read = service.send("POST", path, Some(token), body).await;
        assert_eq!(read.body["marked"], marked, "again: {again}");
    }
    assert!(told("").await.body["notifications"][0]["read_at"].is_string());
    let rest = format!("?after={}", text(&first["id"]));
    assert_eq!(told(&rest).await.body["notifications"], json!([]));
    assert_eq!(told("?limit=0").await.status, StatusCode::BAD_REQUEST);
    mailing.service.stop().await;
}

#[tokio::test]
async fn a_service_does_its_jobs_by_itself() {
    let (postbox, listener) = (
        Postbox::default(),
        TcpListener::bind("127.0.0.1:0").unwrap(),
    );
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    postbox.listen(listener);
    let service = service_with(&[("SMTP_URL", &url), ("MAIL_FROM", "exams@exam.test")]).await;
    let mail = Mail {
        to: "zoe@exam.test".to_owned(),
        subject: "Exam".to_owned(),
        text: "Good luck".to_owned(),
    };
    let (store, now) = (&service.server.state.store, service.clock.now());
    store.add_job(Work::Mail(mail), now).await.unwrap();
    while postbox.taken().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    service.stop().await;
    assert_eq!(postbox.taken().len(), 1);
}
