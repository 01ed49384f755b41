//! Codes of an authenticator app.

use totp_rs::{Algorithm, Builder, Secret};

use super::*;
use crate::accounts::initial_password::fingerprint;
use crate::accounts::sealing::FactorKey;
use crate::store::Staff;

const WITH_PASSWORD: &str = CHOSEN;

/// What an app with this secret shows now.
fn code(service: &Service, secret: &str) -> String {
    let app = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .with_account_name("anna")
        .build()
        .unwrap();
    let seconds = u64::try_from(service.clock.now().timestamp()).unwrap();
    app.generate(seconds).to_string()
}

async fn sign_in(service: &Service, more: Value) -> Reply {
    service.try_sign_in("anna", WITH_PASSWORD, more).await
}

/// A lecturer with a confirmed second factor: their token, its secret, their recovery codes.
async fn with_second_factor(service: &Service) -> (Value, String, String, Value) {
    let admin = service.administrator().await;
    let (user, tokens) = service.make_owner(&admin, "anna", "lecturer").await;
    let token = text(&tokens["access_token"]);
    let body = json!({ "current_password": CHOSEN });
    let made = service
        .post("/api/v1/me/second-factor", Some(&token), body)
        .await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let secret = text(&made.body["secret"]);
    assert!(text(&made.body["address"]).starts_with("otpauth://totp/"));
    // Not asked for before it is confirmed.
    assert_eq!(sign_in(service, json!({})).await.status, StatusCode::OK);
    let confirm = "/api/v1/me/second-factor/confirm";
    let wrong = service
        .post(confirm, Some(&token), json!({ "otp": "12345" }))
        .await;
    assert_eq!(kind(&wrong), "/problems/second-factor-needed");
    let body = json!({ "otp": code(service, &secret) });
    let confirmed = service.post(confirm, Some(&token), body.clone()).await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.body);
    let again = service.post(confirm, Some(&token), body).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    (
        user,
        token,
        secret,
        confirmed.body["recovery_codes"].clone(),
    )
}

#[tokio::test]
async fn a_code_of_the_app_is_asked_for_at_the_sign_in_and_is_good_once() {
    let service = service().await;
    let (_, _, secret, _) = with_second_factor(&service).await;
    let missing = sign_in(&service, json!({})).await;
    assert_eq!(kind(&missing), "/problems/second-factor-needed");
    let used = json!({ "otp": code(&service, &secret) });
    let refused = sign_in(&service, used).await;
    assert_eq!(kind(&refused), "/problems/second-factor-needed");
    service.clock.advance(TimeDelta::seconds(30));
    let fresh = json!({ "otp": code(&service, &secret) });
    let reply = sign_in(&service, fresh.clone()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    assert_eq!(
        sign_in(&service, fresh).await.status,
        StatusCode::UNAUTHORIZED
    );
    let wrong = json!({ "login": "anna", "password": "wrong", "otp": "123456" });
    let refused = service.post("/api/v1/auth/login", None, wrong).await;
    assert_eq!(kind(&refused), "/problems/wrong-credentials");
    service.stop().await;
}

#[tokio::test]
async fn guessing_codes_leads_to_waiting_like_guessing_passwords() {
    let service = service().await;
    with_second_factor(&service).await;
    for _ in 0..6 {
        let refused = sign_in(&service, json!({ "otp": "not a code" })).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    let locked = sign_in(&service, json!({ "otp": "not a code" })).await;
    assert_eq!(kind(&locked), "/problems/login-locked");
    service.stop().await;
}

#[tokio::test]
async fn a_second_factor_is_stored_so_that_only_this_service_reads_it_for_its_owner() {
    let service = service().await;
    let (user, _, secret, codes) = with_second_factor(&service).await;
    let store = &service.server.state.store;
    let owner: UserId = text(&user["id"]).parse().unwrap();
    let stored = store.second_factor(owner).await.unwrap().unwrap().secret;
    assert!(!stored.contains(&secret), "{stored}");
    // As if the service had got another secret since.
    let other = FactorKey::derive(&[9; 32]).unwrap();
    let sealed = other.seal(&secret, owner, [1; 12]).unwrap();
    let staff = Staff {
        user: owner,
        role: Role::Lecturer,
        at: service.clock.now(),
    };
    let recovery = [fingerprint(codes[0].as_str().unwrap())];
    store.remove_second_factor(staff, owner).await.unwrap();
    assert!(
        store
            .begin_second_factor(owner, &sealed, staff.at)
            .await
            .unwrap()
    );
    let confirmed = store.confirm_second_factor(owner, 1, &recovery, staff.at);
    assert!(confirmed.await.unwrap());
    let refused = sign_in(&service, json!({ "otp": code(&service, &secret) })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    assert_eq!(kind(&refused), "/problems/second-factor-unreadable");
    let reply = sign_in(&service, json!({ "otp": codes[0] })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    service.stop().await;
}

#[tokio::test]
async fn a_recovery_code_is_good_once() {
    let service = service().await;
    let (_, _, _, codes) = with_second_factor(&service).await;
    assert_eq!(codes.as_array().unwrap().len(), 10);
    for code in [&codes[0], &codes[9]] {
        let reply = sign_in(&service, json!({ "otp": code })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let again = sign_in(&service, json!({ "otp": code })).await;
        assert_eq!(kind(&again), "/problems/second-factor-needed");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_second_factor_is_removed_by_its_owner_or_an_administrator_and_set_up_by_staff_only() {
    let service = service().await;
    let (user, token, ..) = with_second_factor(&service).await;
    let body = json!({ "current_password": CHOSEN });
    let taken = service
        .post("/api/v1/me/second-factor", Some(&token), body.clone())
        .await;
    assert_eq!(kind(&taken), "/problems/taken");
    let admin = service.administrator().await;
    let path = user_path(&user);
    assert_eq!(
        service.get(&path, &admin).await.body["has_second_factor"],
        true
    );
    let removed = service
        .send(
            "DELETE",
            &format!("{path}/second-factor"),
            Some(&admin),
            None,
        )
        .await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(sign_in(&service, json!({})).await.status, StatusCode::OK);
    let own = service
        .post("/api/v1/me/second-factor/remove", Some(&token), body)
        .await;
    assert_eq!(own.status, StatusCode::NO_CONTENT);
    let student = text(&service.sign_in("student-0001").await["access_token"]);
    let body = json!({ "current_password": PASSWORD });
    let refused = service
        .post("/api/v1/me/second-factor", Some(&student), body)
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    service.stop().await;
}
