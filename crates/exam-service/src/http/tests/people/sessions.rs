//! Who is signed in where.

use super::*;

#[tokio::test]
async fn sessions_are_listed_with_their_origin_and_ended_one_by_one() {
    let service = service().await;
    let here = service.sign_in("student-0001").await;
    let elsewhere = service.sign_in("student-0001").await;
    let token = text(&here["access_token"]);
    let listed = service.get("/api/v1/me/sessions", &token).await.body;
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0]["address"], "192.0.2.1");
    let other = sessions.iter().find(|one| one["is_current"] == false);
    let path = format!("/api/v1/me/sessions/{}", text(&other.unwrap()["id"]));
    let stranger = text(&service.sign_in("student-0002").await["access_token"]);
    let refused = service.send("DELETE", &path, Some(&stranger), None).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    for _ in 0..2 {
        let ended = service.send("DELETE", &path, Some(&token), None).await;
        assert_eq!(ended.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(service.refresh(&elsewhere).await, StatusCode::UNAUTHORIZED);
    let listed = service.get("/api/v1/me/sessions", &token).await.body;
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(listed["sessions"][0]["is_current"], true);
    service.stop().await;
}

#[tokio::test]
async fn an_administrator_sees_and_ends_the_sessions_of_anybody() {
    let service = service().await;
    let admin = service.administrator().await;
    let tokens = service.sign_in("student-0001").await;
    let path = format!("{}/sessions", user_path(&tokens["user"]));
    let listed = service.get(&path, &admin).await.body;
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
    let ended = service.send("DELETE", &path, Some(&admin), None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!(service.refresh(&tokens).await, StatusCode::UNAUTHORIZED);
    let listed = service.get(&path, &admin).await.body;
    assert_eq!(listed["sessions"], json!([]));
    service.stop().await;
}

/// Another process on the same database.
async fn beside(service: &Service) -> Service {
    let settings = Settings {
        admin_listen: None,
        ..service.settings.clone()
    };
    let server = Server::start(&settings, service.clock.clone())
        .await
        .unwrap();
    Service {
        router: public_router(server.state.clone(), |routes| routes),
        server,
        settings,
        clock: service.clock.clone(),
        description: service.description.clone(),
        address: service.address,
        _directory: tempfile::tempdir().unwrap(),
    }
}

impl Service {
    /// Whether a token is good for anything.
    async fn takes(&self, token: &Value) -> bool {
        let reply = self.get("/api/v1/me", &text(token)).await;
        assert!(matches!(
            reply.status,
            StatusCode::OK | StatusCode::UNAUTHORIZED
        ));
        reply.status == StatusCode::OK
    }
}

#[tokio::test]
async fn an_access_token_is_good_no_longer_than_its_session() {
    let one = service().await;
    let admin = one.administrator().await;
    let two = beside(&one).await;
    let disabled = one.sign_in("student-0001").await;
    let logged_out = one.sign_in("student-0002").await;
    let ended = one.sign_in("student-0003").await;
    let stays = one.sign_in("student-0003").await;
    let tokens = [&disabled, &logged_out, &ended].map(|reply| &reply["access_token"]);
    for token in tokens {
        assert!(one.takes(token).await && two.takes(token).await);
    }

    let account = user_path(&disabled["user"]);
    let body = json!({ "disabled": true });
    let reply = one.send("PATCH", &account, Some(&admin), Some(body)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let logout = json!({ "refresh_token": logged_out["refresh_token"] });
    one.post("/api/v1/auth/logout", None, logout).await;
    let own = text(&stays["access_token"]);
    let listed = one.get("/api/v1/me/sessions", &own).await.body;
    let sessions = listed["sessions"].as_array().unwrap();
    let other = sessions
        .iter()
        .find(|it| it["is_current"] == false)
        .unwrap();
    let path = format!("/api/v1/me/sessions/{}", text(&other["id"]));
    one.send("DELETE", &path, Some(&own), None).await;
    for token in tokens {
        assert!(
            !one.takes(token).await,
            "where it happened it is known at once"
        );
    }
    // In the other process, as soon as it has looked.
    two.server.state.look_for_ended_sessions().await;
    for token in tokens {
        assert!(!two.takes(token).await);
    }
    assert!(one.takes(&stays["access_token"]).await && two.takes(&stays["access_token"]).await);
    // Who comes back is not taken for who went.
    let again = one.sign_in("student-0002").await;
    assert!(one.takes(&again["access_token"]).await && two.takes(&again["access_token"]).await);
    two.stop().await;
    one.stop().await;
}

#[tokio::test]
async fn every_process_looks_for_itself_what_was_ended_elsewhere() {
    let one = service().await;
    let two = beside(&one).await;
    let tokens = one.sign_in("student-0001").await;
    let logout = json!({ "refresh_token": tokens["refresh_token"] });
    one.post("/api/v1/auth/logout", None, logout).await;
    let mut is_taken = true;
    for _ in 0..1000 {
        is_taken = two.takes(&tokens["access_token"]).await;
        if !is_taken {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!is_taken, "its task has not looked");
    // One that starts later knows it from its first look.
    let three = beside(&one).await;
    three.server.state.look_for_ended_sessions().await;
    assert!(!three.takes(&tokens["access_token"]).await);
    for service in [three, two, one] {
        service.stop().await;
    }
}
