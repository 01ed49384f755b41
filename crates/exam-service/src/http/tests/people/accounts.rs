//! Accounts: made, found, changed, disabled; and their passwords.

use super::*;

fn anna() -> Value {
    json!({
        "login": "anna", "display_name": "Änne Müller", "role": "lecturer",
        "email": "anna@example.org", "student_number": "2026-0007",
    })
}

#[tokio::test]
async fn an_account_is_made_with_a_password_that_has_to_be_changed_at_the_first_sign_in() {
    let service = service().await;
    let admin = service.administrator().await;
    let (user, password) = service.make_user(&admin, anna()).await;
    assert_eq!(user["has_initial_password"], true);
    let refused = service.try_sign_in("anna", &password, json!({})).await;
    assert_eq!(kind(&refused), "/problems/password-change-needed");
    let weak = json!({ "new_password": "password1234" });
    let refused = service.try_sign_in("anna", &password, weak).await;
    assert_eq!(kind(&refused), "/problems/password-refused");
    let typed = password.to_lowercase().replace('-', " ");
    let chosen = json!({ "new_password": CHOSEN });
    let reply = service.try_sign_in("anna", &typed, chosen.clone()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let again = service.try_sign_in("anna", &password, chosen).await;
    assert_eq!(kind(&again), "/problems/wrong-credentials");
    let reply = service.try_sign_in("anna", CHOSEN, json!({})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let shown = service.get(&user_path(&user), &admin).await.body;
    assert_eq!(shown["has_initial_password"], false);
    service.stop().await;
}

#[tokio::test]
async fn one_signs_in_by_login_or_by_student_number_and_is_locked_out_as_one() {
    let service = service().await;
    let admin = service.administrator().await;
    let (_, password) = service.make_user(&admin, anna()).await;
    let chosen = json!({ "new_password": CHOSEN });
    let reply = service.try_sign_in("2026-0007", &password, chosen).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    for _ in 0..3 {
        for name in ["anna", "2026-0007"] {
            let wrong = service.try_sign_in(name, "wrong", json!({})).await;
            assert_eq!(kind(&wrong), "/problems/wrong-credentials");
        }
    }
    for name in ["anna", "2026-0007"] {
        let locked = service.try_sign_in(name, CHOSEN, json!({})).await;
        assert_eq!(kind(&locked), "/problems/login-locked", "{name}");
    }
    service.stop().await;
}

#[tokio::test]
async fn accounts_are_searched_without_regard_to_case_and_accents_and_come_in_pages() {
    let service = service().await;
    let admin = service.administrator().await;
    service.make_user(&admin, anna()).await;
    let logins = async |query: &str| {
        let reply = service.get(&format!("/api/v1/users?{query}"), &admin).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let users = reply.body["users"].as_array().unwrap().clone();
        let logins: Vec<String> = users.iter().map(|user| text(&user["login"])).collect();
        (logins, reply.body["next"].clone())
    };
    for found in ["ANN", "mull", "2026-0007", "%C3%84nne%20m"] {
        assert_eq!(
            logins(&format!("search={found}")).await.0,
            ["anna"],
            "{found}"
        );
    }
    for nothing in ["annn", "%25", "_", "%00"] {
        assert!(
            logins(&format!("search={nothing}")).await.0.is_empty(),
            "{nothing}"
        );
    }
    assert_eq!(logins("role=lecturer").await.0, ["anna"]);
    let (first, next) = logins("limit=2").await;
    assert_eq!(first.len(), 2);
    let (rest, end) = logins(&format!("after={}", text(&next))).await;
    assert_eq!((rest.len(), end), (3, Value::Null));
    for wrong in ["limit=0", "limit=501", "limit=x", "role=nobody", "after=x"] {
        let reply = service.get(&format!("/api/v1/users?{wrong}"), &admin).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_disabled_account_can_neither_sign_in_nor_go_on_until_it_is_enabled_again() {
    let service = service().await;
    let admin = service.administrator().await;
    let (user, tokens) = service.make_owner(&admin, "anna", "lecturer").await;
    let path = user_path(&user);
    for _ in 0..2 {
        let reply = service
            .patch(&path, &admin, json!({ "disabled": true }))
            .await;
        assert!(reply.body["disabled_at"].is_string(), "{}", reply.body);
    }
    let refused = service.try_sign_in("anna", CHOSEN, json!({})).await;
    assert_eq!(kind(&refused), "/problems/wrong-credentials");
    assert_eq!(service.refresh(&tokens).await, StatusCode::UNAUTHORIZED);
    let reply = service
        .patch(&path, &admin, json!({ "disabled": false }))
        .await;
    assert_eq!(reply.body["disabled_at"], Value::Null);
    assert_eq!(service.refresh(&tokens).await, StatusCode::UNAUTHORIZED);
    let reply = service.try_sign_in("anna", CHOSEN, json!({})).await;
    assert_eq!(reply.status, StatusCode::OK);
    service.stop().await;
}

#[tokio::test]
async fn the_last_administrator_is_neither_disabled_nor_demoted() {
    let service = service().await;
    let admin = service.administrator().await;
    let listed = service
        .get("/api/v1/users?role=administrator", &admin)
        .await;
    let path = user_path(&listed.body["users"][0]);
    for change in [json!({ "disabled": true }), json!({ "role": "lecturer" })] {
        let refused = service.patch(&path, &admin, change).await;
        assert_eq!(kind(&refused), "/problems/last-administrator");
    }
    service.make_owner(&admin, "second", "administrator").await;
    let reply = service
        .patch(&path, &admin, json!({ "role": "lecturer" }))
        .await;
    assert_eq!(reply.body["role"], "lecturer");
    service.stop().await;
}

#[tokio::test]
async fn what_is_left_out_of_a_change_stays_and_null_takes_away() {
    let service = service().await;
    let admin = service.administrator().await;
    let (user, _) = service.make_user(&admin, anna()).await;
    let path = user_path(&user);
    let change = json!({ "display_name": "Anna", "email": null });
    let reply = service.patch(&path, &admin, change).await;
    let shown = ["display_name", "email", "student_number", "role"].map(|name| &reply.body[name]);
    assert_eq!(
        shown,
        [
            &json!("Anna"),
            &Value::Null,
            &json!("2026-0007"),
            &json!("lecturer")
        ]
    );
    let other = json!({ "login": "other", "display_name": "Other", "role": "student" });
    let (other, _) = service.make_user(&admin, other).await;
    let taken = json!({ "student_number": "2026-0007" });
    let refused = service.patch(&user_path(&other), &admin, taken).await;
    assert_eq!(kind(&refused), "/problems/taken");
    let refused = service.post("/api/v1/users", Some(&admin), anna()).await;
    assert_eq!(kind(&refused), "/problems/taken");
    for wrong in [
        json!({ "email": "nobody" }),
        json!({ "display_name": "a\u{0}b" }),
    ] {
        let refused = service.patch(&path, &admin, wrong).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    }
    service.stop().await;
}

#[tokio::test]
async fn a_password_that_is_set_ends_all_sessions_and_has_to_be_changed() {
    let service = service().await;
    let admin = service.administrator().await;
    let (user, tokens) = service.make_owner(&admin, "anna", "lecturer").await;
    let path = format!("{}/password", user_path(&user));
    for given in [json!({}), json!({ "password": "open the blue box soon" })] {
        let reply = service.post(&path, Some(&admin), given.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let made = reply.body["password"].as_str();
        let password = made.unwrap_or_else(|| given["password"].as_str().unwrap());
        assert_eq!(service.refresh(&tokens).await, StatusCode::UNAUTHORIZED);
        let refused = service.try_sign_in("anna", CHOSEN, json!({})).await;
        assert_eq!(kind(&refused), "/problems/wrong-credentials");
        let refused = service.try_sign_in("anna", password, json!({})).await;
        assert_eq!(kind(&refused), "/problems/password-change-needed");
    }
    let weak = json!({ "password": "password1234" });
    let refused = service.post(&path, Some(&admin), weak).await;
    assert_eq!(kind(&refused), "/problems/password-refused");
    service.stop().await;
}

#[tokio::test]
async fn changing_ones_own_password_needs_the_current_one_and_ends_the_other_sessions() {
    let service = service().await;
    let admin = service.administrator().await;
    let (_, here) = service.make_owner(&admin, "anna", "lecturer").await;
    let elsewhere = service.try_sign_in("anna", CHOSEN, json!({})).await.body;
    let token = text(&here["access_token"]);
    let change = async |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        service
            .post("/api/v1/me/password", Some(&token), body)
            .await
    };
    let new = "open the blue box soon";
    assert_eq!(
        kind(&change("wrong", new).await),
        "/problems/wrong-password"
    );
    assert_eq!(
        kind(&change(CHOSEN, "short").await),
        "/problems/password-refused"
    );
    assert_eq!(change(CHOSEN, new).await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.refresh(&elsewhere).await, StatusCode::UNAUTHORIZED);
    assert_eq!(service.refresh(&here).await, StatusCode::OK);
    let reply = service.try_sign_in("anna", new, json!({})).await;
    assert_eq!(reply.status, StatusCode::OK);
    service.stop().await;
}
