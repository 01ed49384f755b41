//! One request: send it, read its body to the end, record what happened.
//!
//! The only place from which load leaves. A response counts as a success when its status is 2xx
//! *and* its body says what it should: an empty 200 is a failure.

use std::{error::Error as _, io, time::Duration};

use reqwest::{Client, Method, Response, header::RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::{
    record::{Endpoint, RequestSample},
    run::Run,
};

/// Largest body read; the paper of an exam is far smaller.
const BODY_LIMIT_BYTES: usize = 8 * 1024 * 1024;
/// "Too many open files", in the system and in the process, and "cannot assign requested address".
const LOCAL_ERRORS: [i32; 3] = [23, 24, 99];

/// A request to be sent.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// In which phase it counts.
    pub(super) phase: usize,
    pub(super) endpoint: Endpoint,
    pub(super) method: Method,
    /// From the target URL on, beginning with a slash.
    pub(super) path: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) body: Option<&'a Value>,
}

/// Reads a body as JSON that `accept` finds usable.
pub(super) fn json<T: DeserializeOwned>(
    accept: impl FnOnce(&T) -> bool,
) -> impl FnOnce(&[u8]) -> Option<T> {
    |body| serde_json::from_slice(body).ok().filter(accept)
}

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// As in the report: a status, or what stood in its place.
    pub(super) status: String,
    /// Whether the same request may succeed a little later.
    pub(super) is_temporary: bool,
    pub(super) retry_after: Option<Duration>,
    /// The body, when it was JSON and read to its end.
    pub(super) body: Option<Value>,
}

/// Sends `call`, reads the answer to its end and records it as a success if `read` finds it usable.
pub(super) async fn send<T>(
    run: &Run,
    client: &Client,
    call: Call<'_>,
    read: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<T, Failure> {
    let (phase, endpoint) = (call.phase, call.endpoint);
    let request = request(run, client, call);
    let sent_at = Instant::now();
    // The client has the same limit; this one does not depend on it.
    let limit = run.profile.client.timeout + Duration::from_millis(250);
    let outcome = match timeout(limit, exchange(request)).await {
        Ok(Ok(reply)) => judge(&reply, read),
        Ok(Err(error)) => Err(transport_failure(run, &error)),
        Err(_) => Err(failure("timeout", true)),
    };
    run.record_request(RequestSample {
        phase,
        endpoint,
        status: match &outcome {
            Ok((status, _)) => status.to_string(),
            Err(failure) => failure.status.clone(),
        },
        succeeded: outcome.is_ok(),
        service: sent_at.elapsed(),
    });
    outcome.map(|(_, body)| body)
}

fn request(run: &Run, client: &Client, call: Call<'_>) -> reqwest::RequestBuilder {
    let mut request = client.request(call.method, format!("{}{}", run.target.url, call.path));
    if let Some(token) = call.token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = call.body {
        request = request.json(body);
    }
    request
}

struct Reply {
    status: u16,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
    let mut response = request.send().await?;
    let retry_after = parse_retry_after(&response);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > BODY_LIMIT_BYTES {
            // What is cut off cannot be parsed and so counts as unusable.
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status: response.status().as_u16(),
        retry_after,
        body,
    })
}

fn parse_retry_after(response: &Response) -> Option<Duration> {
    let seconds = response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

fn judge<T>(reply: &Reply, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<(u16, T), Failure> {
    let succeeded = (200..300).contains(&reply.status);
    if succeeded && let Some(value) = read(&reply.body) {
        return Ok((reply.status, value));
    }
    let body = serde_json::from_slice(&reply.body).ok();
    Err(Failure {
        status: if succeeded {
            format!("unusable {}", reply.status)
        } else {
            reply.status.to_string()
        },
        is_temporary: reply.status >= 500 || matches!(reply.status, 408 | 425 | 429),
        retry_after: reply.retry_after,
        body,
    })
}

fn failure(status: &str, is_temporary: bool) -> Failure {
    Failure {
        status: status.to_owned(),
        is_temporary,
        retry_after: None,
        body: None,
    }
}

fn transport_failure(run: &Run, error: &reqwest::Error) -> Failure {
    if is_local(error) {
        run.health.request_failed_here();
        return failure("generator", true);
    }
    let status = if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connect"
    } else {
        "broken connection"
    };
    failure(status, true)
}

/// Whether the error lies with this machine: no descriptor or no local port left.
fn is_local(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(code) = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::raw_os_error)
        {
            return LOCAL_ERRORS.contains(&code);
        }
        source = error.source();
    }
    false
}
