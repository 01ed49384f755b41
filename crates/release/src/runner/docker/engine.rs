//! How is the Docker engine of a host spoken with? HTTP to its socket, through a program on the host.
//!
//! The program is `docker system dial-stdio`, as the docker command does it over SSH: it works through
//! sudo and jump hosts, and where sshd forwards nothing, which is how our playbooks leave it. It has
//! a connection of its own, so that neither side waits for the other.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use provision::connections::Command;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

use crate::host::{Host, StepError, said};

const DIAL: &str = "exec docker system dial-stdio";
/// For the way to the engine and its first answer.
const OPEN: Duration = Duration::from_secs(30);
/// Longer than anything that is asked for: each request has a limit of its own.
const CLIENT_SECONDS: u64 = 3600;
/// Docker 20.10, the oldest of the distributions that hosts may have.
const API_MIN: (u32, u32) = (1, 41);

/// An engine that is spoken with.
pub(crate) struct Engine {
    // Requests end before what they run on.
    client: Docker,
    runtime: Runtime,
}

impl Engine {
    fn open(host: &mut Host<'_>) -> Result<Self, StepError> {
        let command = Command::new(DIAL).become_root(true).timeout(OPEN);
        let socket = host.connection.stream(&command)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| StepError::Failed(format!("cannot wait for the engine: {error}")))?;
        let opened = runtime.block_on(limited(OPEN, connect(socket)));
        match opened {
            Ok((client, version)) => match check_version(version.as_deref()) {
                None => Ok(Self { client, runtime }),
                Some(reason) => Err(StepError::Failed(reason)),
            },
            Err(error) => Err(StepError::Failed(why_silent(host, &error)?)),
        }
    }
}

/// Asks the host's engine for something; `None` where what is asked about does not exist.
///
/// `what` completes "the Docker engine cannot". An engine that was spoken to before and is silent
/// now (it was restarted, the network was gone) is dialled once more.
pub(super) fn ask<T>(
    host: &mut Host<'_>,
    what: &str,
    limit: Duration,
    request: impl AsyncFn(&Docker) -> Result<T, Error>,
) -> Result<Option<T>, StepError> {
    loop {
        let (engine, is_fresh) = match host.engine.take() {
            Some(engine) => (engine, false),
            None => (Engine::open(host)?, true),
        };
        let asked = limited(limit, request(&engine.client));
        match engine.runtime.block_on(asked) {
            Ok(answer) => {
                host.engine = Some(engine);
                return Ok(Some(answer));
            }
            Err(Error::DockerResponseServerError {
                status_code,
                message,
            }) => {
                host.engine = Some(engine);
                if status_code == 404 {
                    return Ok(None);
                }
                return Err(StepError::Failed(format!(
                    "the Docker engine cannot {what}: {}",
                    message.trim()
                )));
            }
            Err(Error::RequestTimeoutError) => {
                return Err(StepError::Failed(format!(
                    "the Docker engine cannot {what}: no answer within {} s; look at `journalctl -u docker` there",
                    limit.as_secs()
                )));
            }
            Err(error) if is_fresh => {
                return Err(StepError::Failed(format!(
                    "the Docker engine cannot {what}: {}",
                    in_words(&error)
                )));
            }
            Err(_) => {}
        }
    }
}

async fn limited<T>(
    limit: Duration,
    request: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(limit, request)
        .await
        .unwrap_or(Err(Error::RequestTimeoutError))
}

/// A client over one HTTP connection, and which version of the API the engine speaks.
async fn connect(socket: UnixStream) -> Result<(Docker, Option<String>), Error> {
    socket.set_nonblocking(true)?;
    let socket = tokio::net::UnixStream::from_std(socket)?;
    let (sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    // How it ends is seen by the request that needs it.
    tokio::spawn(connection);
    let sender = Arc::new(Mutex::new(sender));
    let transport = move |request: BollardRequest| {
        let sender = Arc::clone(&sender);
        async move {
            let mut sender = sender.lock().await;
            sender.ready().await?;
            Ok(sender.send_request(addressed(request)?).await?)
        }
    };
    let address = Some("http://docker");
    let client = Docker::connect_with_custom_transport(
        transport,
        address,
        CLIENT_SECONDS,
        API_DEFAULT_VERSION,
    )?;
    let version = client.version().await?.api_version;
    Ok((client, version))
}

/// As a server wants it: the path in the first line, and the host in its header.
fn addressed(mut request: BollardRequest) -> Result<BollardRequest, Error> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse().map_err(|error| Error::HttpClientError {
        err: hyper::http::Error::from(error),
    })?;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::from_static("docker"));
    Ok(request)
}

fn check_version(version: Option<&str>) -> Option<String> {
    let spoken = version.unwrap_or("no version");
    let number = spoken
        .split_once('.')
        .and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?)));
    let (major, minor) = API_MIN;
    (number < Some(API_MIN)).then(|| {
        format!("the Docker engine speaks {spoken} of its API, {major}.{minor} is needed: install Docker 20.10 or newer")
    })
}

/// Why an engine does not answer, from what the docker command on the host says of it.
fn why_silent(host: &mut Host<'_>, error: &Error) -> Result<String, StepError> {
    const ASK: &str = "timeout 20 docker version --format '{{.Server.APIVersion}}' 2>&1";
    let output = host.run_anywhere(ASK, "", OPEN)?;
    if output.success() {
        let error = in_words(error);
        return Ok(format!(
            "the Docker engine runs, but does not speak with us: {error}"
        ));
    }
    Ok(explained(&said(&output)))
}

/// An error with what caused it: the cause is where the reason stands.
fn in_words(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
        cause = error.source();
    }
    text
}

/// What the docker command said, and what helps.
fn explained(said: &str) -> String {
    let help = if said.contains("docker: not found") || said.contains("No such file") {
        "the `docker` command is not installed: prepare the host with `examctl apply docker`"
    } else if said.contains("Cannot connect to the Docker daemon") {
        "the engine does not run: start it with `systemctl start docker`, and look at `journalctl -u docker` if it does not stay up"
    } else if said.contains("permission denied") {
        "the engine belongs to root: log in as root, or set `become: true` in the inventory"
    } else {
        "look at `systemctl status docker`"
    };
    format!("the host's Docker engine cannot be used: {help} ({said})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_silence_comes_with_what_helps() {
        for (said, help) in [
            ("sh: 1: docker: not found (exit status 127)", "apply docker"),
            (
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
                "systemctl start docker",
            ),
            (
                "Got permission denied while trying to connect to the Docker daemon socket",
                "become: true",
            ),
            ("something else", "systemctl status docker"),
        ] {
            let shown = explained(said);
            assert!(shown.contains(said) && shown.contains(help), "{shown}");
        }
    }

    #[test]
    fn an_engine_that_is_too_old_is_named_with_what_it_speaks() {
        for version in [Some("1.41"), Some("1.100"), Some("2.0")] {
            assert_eq!(check_version(version), None);
        }
        for version in [Some("1.40"), Some("1.5"), Some("x"), None] {
            let reason = check_version(version).unwrap();
            assert!(reason.contains("1.41 is needed"), "{reason}");
        }
    }
}
