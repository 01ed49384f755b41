//! Forgotten passwords.

use super::*;

impl Mailing {
    async fn forgot(&self, login: &str) -> Reply {
        let body = json!({ "login": login });
        let path = "/api/v1/auth/password/forgot";
        self.service.post(path, None, body).await
    }

    async fn reset(&self, token: &str, password: &str) -> (StatusCode, Value) {
        let body = json!({ "token": token, "password": password });
        let path = "/api/v1/auth/password/reset";
        let reply = self.service.post(path, None, body).await;
        (reply.status, reply.body["type"].clone())
    }

    async fn login_status(&self, password: &str) -> StatusCode {
        let body = json!({ "login": "student-0001", "password": password });
        let login = self.service.post("/api/v1/auth/login", None, body);
        login.await.status
    }
}

/// The token in the link of a mail.
fn token_in(mail: &str) -> String {
    let (_, rest) = mail.split_once("https://exam.test/#reset=").unwrap();
    rest.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn who_asks_for_a_forgotten_password_learns_nothing_of_accounts() {
    let (mailing, postbox) = delivering().await;
    mailing
        .raw("UPDATE users SET email = 'one@exam.test', student_number = '4711' WHERE login = 'student-0001'")
        .await;
    let first = mailing.forgot("4711").await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    for other in ["student-0002", "stranger", "", "\u{0}", &"x".repeat(3000)] {
        let reply = mailing.forgot(other).await;
        assert_eq!(
            (reply.status, reply.body),
            (first.status, first.body.clone())
        );
    }
    assert_eq!(mailing.work().await, 7, "six requests and one mail");
    assert_eq!(postbox.taken().len(), 1);
    mailing.service.stop().await;
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_the_link_of_a_mail_once() {
    let (mailing, postbox) = delivering().await;
    mailing
        .raw("UPDATE users SET email = 'one@exam.test' WHERE login = 'student-0001'")
        .await;
    let session = mailing.service.sign_in("student-0001").await;
    mailing.forgot("student-0001").await;
    mailing.work().await;
    let token = token_in(&postbox.taken()[0]);
    let refused = |status, name: &str| (status, json!(format!("/problems/{name}")));
    assert_eq!(
        mailing.reset(&token, "password1").await,
        refused(StatusCode::UNPROCESSABLE_ENTITY, "password-refused")
    );
    let (password, over) = (
        "quiet lamp bridges seven",
        refused(StatusCode::CONFLICT, "reset-over"),
    );
    assert_eq!(mailing.reset("0123", password).await, over);
    let set = mailing.reset(&token, password).await;
    assert_eq!(set.0, StatusCode::NO_CONTENT);
    assert_eq!(
        mailing.reset(&token, "another lamp bridges six").await,
        over
    );
    let body = json!({ "refresh_token": session["refresh_token"] });
    let renewed = mailing
        .service
        .post("/api/v1/auth/refresh", None, body)
        .await;
    assert_eq!(
        renewed.status,
        StatusCode::UNAUTHORIZED,
        "the session is over"
    );
    assert_eq!(
        mailing.login_status(PASSWORD).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(mailing.login_status(password).await, StatusCode::OK);
    mailing.service.stop().await;
}

#[tokio::test]
async fn a_link_is_good_for_half_an_hour() {
    let (mailing, postbox) = delivering().await;
    mailing
        .raw("UPDATE users SET email = 'one@exam.test' WHERE login = 'student-0001'")
        .await;
    mailing.forgot("student-0001").await;
    mailing.work().await;
    let token = token_in(&postbox.taken()[0]);
    mailing.service.clock.advance(TimeDelta::minutes(30));
    let late = mailing.reset(&token, "quiet lamp bridges seven").await;
    assert_eq!(late.1, "/problems/reset-over");
    mailing.service.stop().await;
}

#[tokio::test]
async fn without_a_mail_server_nobody_waits_for_a_mail() {
    let service = service().await;
    let body = json!({ "login": "student-0001" });
    let reply = service
        .post("/api/v1/auth/password/forgot", None, body)
        .await;
    assert_eq!(
        (reply.status, &reply.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/no-mail"))
    );
    service.stop().await;
}
