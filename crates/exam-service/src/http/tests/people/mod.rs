//! People: accounts, passwords, sessions, second factors.

use super::*;

mod accounts;
mod courses;
mod exam_codes;
mod import;
mod second_factor;
mod sessions;

const CHOSEN: &str = "quiet lamp bridges seven";

impl Service {
    /// Tries to sign in; what `more` says goes beside login and password.
    async fn try_sign_in(&self, login: &str, password: &str, more: Value) -> Reply {
        let mut body = json!({ "login": login, "password": password });
        let more = more.as_object().cloned().unwrap_or_default();
        body.as_object_mut().unwrap().extend(more);
        self.post("/api/v1/auth/login", None, body).await
    }

    /// Makes an account and returns it with the password that was made for it.
    async fn make_user(&self, token: &str, body: Value) -> (Value, String) {
        let reply = self.post("/api/v1/users", Some(token), body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        let password = reply.body["password"].as_str().unwrap_or_default();
        (reply.body["user"].clone(), password.to_owned())
    }

    /// Makes an account and signs in with a password of its owner's choice.
    async fn make_owner(&self, token: &str, login: &str, role: &str) -> (Value, Value) {
        let body = json!({ "login": login, "display_name": login, "role": role });
        let (user, password) = self.make_user(token, body).await;
        let more = json!({ "new_password": CHOSEN });
        let reply = self.try_sign_in(login, &password, more).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        (user, reply.body)
    }

    async fn refresh(&self, tokens: &Value) -> StatusCode {
        let body = json!({ "refresh_token": tokens["refresh_token"] });
        let reply = self.post("/api/v1/auth/refresh", None, body).await;
        reply.status
    }

    async fn get(&self, path: &str, token: &str) -> Reply {
        self.send("GET", path, Some(token), None).await
    }

    async fn patch(&self, path: &str, token: &str, body: Value) -> Reply {
        self.send("PATCH", path, Some(token), Some(body)).await
    }
}

fn kind(reply: &Reply) -> &str {
    reply.body["type"].as_str().unwrap_or_default()
}

fn user_path(user: &Value) -> String {
    format!("/api/v1/users/{}", text(&user["id"]))
}
