//! Signing in, staying signed in, signing out.

use super::*;

#[tokio::test]
async fn wrong_credentials_and_missing_tokens_are_refused_alike_for_everybody() {
    let service = service().await;
    let mut bodies = Vec::new();
    for login in ["student-0001", "nobody"] {
        let reply = service
            .post(
                "/api/v1/auth/login",
                None,
                json!({ "login": login, "password": "wrong" }),
            )
            .await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        bodies.push(reply.body);
    }
    assert_eq!(bodies[0], bodies[1]);
    for token in [None, Some("x.y.z")] {
        assert_eq!(
            service.send("GET", "/api/v1/me", token, None).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let token = text(&service.sign_in("student-0001").await["access_token"]);
    assert_eq!(
        service
            .send("GET", "/api/v1/me", Some(&token), None)
            .await
            .body["login"],
        "student-0001"
    );
    service.clock.advance(TimeDelta::minutes(15));
    assert_eq!(
        service
            .send("GET", "/api/v1/me", Some(&token), None)
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    service.stop().await;
}

#[tokio::test]
async fn a_refresh_token_is_rotated_and_its_reuse_ends_the_session() {
    let service = service().await;
    let refresh = async |token: &Value| {
        let reply = service
            .post(
                "/api/v1/auth/refresh",
                None,
                json!({ "refresh_token": token }),
            )
            .await;
        (reply.status, reply.body)
    };
    let first = service.sign_in("student-0001").await["refresh_token"].clone();
    let (status, renewed) = refresh(&first).await;
    assert_eq!(
        (status, &renewed["user"]["login"]),
        (StatusCode::OK, &json!("student-0001"))
    );
    let (status, latest) = refresh(&renewed["refresh_token"]).await;
    assert_eq!(status, StatusCode::OK);
    service.clock.advance(TimeDelta::seconds(31));
    assert_eq!(refresh(&first).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        refresh(&latest["refresh_token"]).await.0,
        StatusCode::UNAUTHORIZED
    );

    let fresh = service.sign_in("student-0001").await["refresh_token"].clone();
    let reply = service
        .post(
            "/api/v1/auth/logout",
            None,
            json!({ "refresh_token": fresh }),
        )
        .await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(refresh(&fresh).await.0, StatusCode::UNAUTHORIZED);
    service.stop().await;
}
