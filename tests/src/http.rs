//! One HTTP request, one reply, never longer than ten seconds.

use std::time::Duration;

use serde_json::Value;
use ureq::http::request::Builder;
use ureq::http::{HeaderMap, Request, Response};

const LIMIT: Duration = Duration::from_secs(10);

/// A client of one server; clones share its connections.
///
/// ```no_run
/// let client = integration_tests::http::Client::new("http://127.0.0.1:8080");
/// let reply = client.get("/health").unwrap();
/// assert_eq!(reply.status, 200);
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    bearer: Option<String>,
    idempotency_key: Option<String>,
}

/// What a server answered, whatever the status.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Client {
    /// A client of the server at `base`, for instance `http://127.0.0.1:8080`.
    pub fn new(base: impl Into<String>) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(LIMIT))
            .build()
            .new_agent();
        Self {
            agent,
            base: base.into(),
            bearer: None,
            idempotency_key: None,
        }
    }

    /// The same client with an access token.
    #[must_use]
    pub fn with_bearer(&self, token: &str) -> Self {
        Self {
            bearer: Some(format!("Bearer {token}")),
            ..self.clone()
        }
    }

    /// The same client, whose changes are done once for this key.
    #[must_use]
    pub fn with_idempotency_key(&self, key: &str) -> Self {
        Self {
            idempotency_key: Some(key.to_owned()),
            ..self.clone()
        }
    }

    /// The value of its `Authorization` header, if it sends one.
    pub fn bearer(&self) -> Option<&str> {
        self.bearer.as_deref()
    }

    pub fn get(&self, path: &str) -> Result<Reply, ureq::Error> {
        self.send("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Reply, ureq::Error> {
        self.send("POST", path, Some(body))
    }

    pub fn put(&self, path: &str, body: &Value) -> Result<Reply, ureq::Error> {
        self.send("PUT", path, Some(body))
    }

    pub fn delete(&self, path: &str) -> Result<Reply, ureq::Error> {
        self.send("DELETE", path, None)
    }

    /// Sends a file.
    pub fn upload(&self, path: &str, file: &[u8]) -> Result<Reply, ureq::Error> {
        let request = self
            .head("POST", path)
            .header("content-type", "application/octet-stream");
        reply(self.agent.run(request.body(file)?)?)
    }

    /// What each request begins with.
    fn head(&self, method: &str, path: &str) -> Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        for (name, value) in [
            ("authorization", &self.bearer),
            ("idempotency-key", &self.idempotency_key),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply, ureq::Error> {
        let request = self.head(method, path);
        let response = match body {
            None => self.agent.run(request.body(())?)?,
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)?
            }
        };
        reply(response)
    }
}

fn reply(response: Response<ureq::Body>) -> Result<Reply, ureq::Error> {
    let (head, mut body) = response.into_parts();
    Ok(Reply {
        status: head.status.as_u16(),
        headers: head.headers,
        text: body.read_to_string()?,
    })
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| {
            panic!("{error} in the body of a {}: {}", self.status, self.text)
        })
    }

    /// The body as JSON, after checking the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// Checks that this is a problem document of that type, for instance `/problems/stale-answer`; returns it.
    #[track_caller]
    pub fn expect_problem(self, status: u16, kind: &str) -> Value {
        let content_type = self
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        assert_eq!(
            content_type,
            Some("application/problem+json"),
            "{}",
            self.text
        );
        let problem = self.expect(status);
        assert_eq!(problem["type"], kind, "{problem}");
        problem
    }
}

/// Whether the connection was refused: nobody listened, so the server saw nothing of the request.
pub fn was_refused(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        ureq::Error::ConnectionFailed => true,
        _ => false,
    }
}
