//! The client of the admin interface: what deploy tools and administrators ask a running service.

mod smoke;

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::json;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::settings::{AdminAddress, parse_admin_address};

/// For what is answered at once.
const TIMEOUT: Duration = Duration::from_secs(10);
/// For a student's whole way through an exam, on a machine that is busy.
const SMOKE_TIMEOUT: Duration = Duration::from_secs(25);
/// For opening and closing the public port: longer than the longest drain.
const TRANSITION_TIMEOUT: Duration = Duration::from_mins(11);

const MAINTENANCE: &str = "/admin/maintenance";

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlAction {
    /// State, version and number of open attempts.
    Status,
    /// Whether it can do its work.
    Readiness,
    /// Metrics.
    Metrics,
    /// Open the public port.
    Promote,
    /// Close the public port.
    Standby,
    /// Try a student's way through an exam.
    Smoke,
    /// Ask people to come back later.
    MaintenanceOn {
        /// Until when it is expected to take, RFC 3339.
        until: Option<String>,
        /// What people are told.
        message: Option<String>,
    },
    /// Let people in again.
    MaintenanceOff,
}

impl ControlAction {
    /// How long its answer may take, all requests of it together.
    fn timeout(&self) -> Duration {
        match self {
            // A promotion waits for a drain that is under way.
            Self::Promote | Self::Standby => TRANSITION_TIMEOUT,
            Self::Status
            | Self::Readiness
            | Self::Metrics
            | Self::MaintenanceOn { .. }
            | Self::MaintenanceOff => TIMEOUT,
            Self::Smoke => SMOKE_TIMEOUT,
        }
    }
}

/// What the service answered.
#[derive(Debug)]
pub struct ControlReply {
    /// Whether it was a success.
    pub is_success: bool,
    /// Its text.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ControlError {
    /// The address makes no sense.
    #[error("--admin {0}")]
    Address(String),
    /// Nobody listens, or we may not connect.
    #[error(
        "cannot connect to {address}: {source}. Is the service running, and is this the user it runs as (or root)?"
    )]
    Connect {
        /// Where.
        address: AdminAddress,
        /// What the system said.
        source: std::io::Error,
    },
    /// The conversation broke off.
    #[error("the service did not answer: {0}")]
    Exchange(#[from] hyper::Error),
    /// The request could not be built.
    #[error("the request could not be made: {0}")]
    Request(#[from] hyper::http::Error),
    /// It took too long.
    #[error("the service did not answer within {} s. Does it hang, or is the machine overloaded?", .0.as_secs())]
    Timeout(Duration),
}

/// Asks the service at `admin` (`unix:/path/to.sock` or `127.0.0.1:PORT`).
///
/// # Errors
/// When there is no answer; an answer that is an error is a [`ControlReply`] without success.
pub async fn ask(admin: &str, action: ControlAction) -> Result<ControlReply, ControlError> {
    let address = parse_admin_address(admin).map_err(ControlError::Address)?;
    let limit = action.timeout();
    let conversation = async {
        let asked = match &action {
            ControlAction::Status => Asked::new(Method::GET, "/admin/status"),
            ControlAction::Readiness => Asked::new(Method::GET, "/health/readiness"),
            ControlAction::Metrics => Asked::new(Method::GET, "/metrics"),
            ControlAction::Promote => Asked::new(Method::POST, "/admin/promote"),
            ControlAction::Standby => Asked::new(Method::POST, "/admin/standby"),
            ControlAction::Smoke => return smoke::smoke(&address).await,
            ControlAction::MaintenanceOff => Asked::new(Method::DELETE, MAINTENANCE),
            ControlAction::MaintenanceOn { until, message } => Asked {
                body: Some(json!({ "until": until, "message": message }).to_string()),
                ..Asked::new(Method::PUT, MAINTENANCE)
            },
        };
        let (status, body) = exchange(&address, asked).await?;
        Ok(ControlReply {
            is_success: status.is_success(),
            body,
        })
    };
    tokio::time::timeout(limit, conversation)
        .await
        .unwrap_or(Err(ControlError::Timeout(limit)))
}

/// A request on its way.
struct Asked<'a> {
    method: Method,
    path: &'a str,
    body: Option<String>,
    token: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn new(method: Method, path: &'a str) -> Self {
        Self {
            method,
            path,
            body: None,
            token: None,
        }
    }
}

async fn exchange(
    address: &AdminAddress,
    asked: Asked<'_>,
) -> Result<(StatusCode, String), ControlError> {
    let connect_error = |source| ControlError::Connect {
        address: address.clone(),
        source,
    };
    let mut request = Request::builder()
        .method(asked.method)
        .uri(asked.path)
        .header(header::HOST, "localhost");
    if asked.body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    if let Some(token) = asked.token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Full::new(Bytes::from(asked.body.unwrap_or_default())))?;
    match address {
        AdminAddress::Tcp(socket) => {
            converse(
                TcpStream::connect(socket).await.map_err(connect_error)?,
                request,
            )
            .await
        }
        #[cfg(unix)]
        AdminAddress::Unix(path) => {
            converse(
                tokio::net::UnixStream::connect(path)
                    .await
                    .map_err(connect_error)?,
                request,
            )
            .await
        }
        #[cfg(not(unix))]
        AdminAddress::Unix(_) => Err(connect_error(std::io::ErrorKind::Unsupported.into())),
    }
}

async fn converse<S>(
    stream: S,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, String), ControlError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    connection.abort();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_answered_at_once_may_take_ten_seconds_and_a_drain_longer() {
        for (action, seconds) in [
            (ControlAction::Status, 10),
            (ControlAction::Readiness, 10),
            (ControlAction::Metrics, 10),
            (ControlAction::MaintenanceOff, 10),
            (ControlAction::Smoke, 25),
            (ControlAction::Promote, 660),
            (ControlAction::Standby, 660),
        ] {
            assert_eq!(action.timeout().as_secs(), seconds, "{action:?}");
        }
    }
}
