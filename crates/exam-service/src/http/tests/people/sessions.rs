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
