//! What is refused because there was too much of it.

use super::*;

async fn sign_in_with(service: &Service, login: &str, password: &str) -> Reply {
    let body = json!({ "login": login, "password": password });
    service.post("/api/v1/auth/login", None, body).await
}

#[tokio::test]
async fn an_account_that_writes_too_often_is_told_when_to_come_back_while_others_go_on() {
    let service = service_with(&[("EXAM_ACCOUNT_WRITES_PER_MINUTE", "3")]).await;
    let sitting = service.sit("student-0001").await;
    let other = service.sit("student-0002").await;
    let mut replies = Vec::new();
    for sequence in 1..=3 {
        replies.push(
            sitting
                .save(json!([sitting.statement(sequence, true)]))
                .await,
        );
    }
    // Starting the exam was a change as well.
    let remaining: Vec<_> = replies[..2]
        .iter()
        .map(|reply| reply.headers["x-ratelimit-remaining"].to_str().unwrap())
        .collect();
    assert_eq!(remaining, ["1", "0"]);
    let refused = &replies[2];
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.body["type"], "/problems/rate-limited");
    assert_eq!(refused.headers["x-ratelimit-limit"], "3");
    assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
    let wait: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=21).contains(&wait), "{wait}");
    assert_eq!(sitting.get("").await.status, StatusCode::OK);
    assert_eq!(
        other.save(json!([other.statement(1, true)])).await.status,
        StatusCode::OK
    );
    service.stop().await;
}

#[tokio::test]
async fn an_address_that_guesses_passwords_is_refused_and_another_is_not() {
    let mut service = service_with(&[("EXAM_ADDRESS_LOGINS_PER_MINUTE", "20")]).await;
    let mut statuses = Vec::new();
    for number in 0..3 {
        let reply = sign_in_with(&service, &format!("nobody-{number}"), "guess").await;
        statuses.push(reply.status.as_u16());
    }
    // A wrong password counts ten times.
    assert_eq!(statuses, [401, 401, 429]);
    assert_eq!(
        sign_in_with(&service, "student-0001", PASSWORD)
            .await
            .status,
        429
    );
    service.address = [198, 51, 100, 7].into();
    assert_eq!(
        sign_in_with(&service, "student-0001", PASSWORD)
            .await
            .status,
        200
    );
    service.stop().await;
}

#[tokio::test]
async fn a_login_with_wrong_passwords_waits_whether_it_exists_or_not() {
    let service = service().await;
    let mut told = Vec::new();
    for login in ["student-0001", "nobody"] {
        for _ in 0..6 {
            assert_eq!(sign_in_with(&service, login, "guess").await.status, 401);
        }
        let refused = sign_in_with(&service, login, PASSWORD).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.body["type"], "/problems/login-locked");
        told.push((refused.body, refused.headers["retry-after"].clone()));
    }
    assert_eq!(told[0], told[1]);
    service.clock.advance(TimeDelta::seconds(10));
    assert_eq!(
        sign_in_with(&service, "student-0001", PASSWORD)
            .await
            .status,
        200
    );
    service.stop().await;
}

#[tokio::test]
async fn a_route_takes_no_more_than_it_needs() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let padded = |bytes: usize| json!({ "login": "x", "password": "", "more": "x".repeat(bytes) });
    let refused = service.post("/api/v1/auth/login", None, padded(5000)).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        refused.body["detail"],
        "A body has at most 4096 bytes here."
    );
    let mut answer = sitting.statement(1, true);
    answer["more"] = json!("x".repeat(5000));
    assert_eq!(sitting.save(json!([answer])).await.status, StatusCode::OK);
    service.stop().await;
}
