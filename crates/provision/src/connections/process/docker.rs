//! A container of the local Docker engine, through `docker exec`.

use std::time::{Duration, Instant};

use super::link::ProcessLink;
use crate::connections::ConnectionError;
use crate::connections::hosted::{Hosted, Way};
use crate::connections::shell::{Failure, Link, Root};

/// A running container.
struct Container {
    name: String,
    /// Who runs scripts; the container's own user where the inventory gives none.
    user: Option<String>,
}

/// Opens a container, which must run already.
pub(in crate::connections) fn open(
    name: &str,
    user: Option<String>,
    as_root: bool,
    limit: Duration,
) -> Result<Box<dyn crate::connections::Connection>, ConnectionError> {
    let container = Container {
        name: name.to_owned(),
        user,
    };
    let host = container.name();
    let opened = Hosted::new(container).open_now(as_root, limit);
    let opened = opened.map_err(|said| ConnectionError::Unreachable {
        host,
        reason: explained(&said, name),
    })?;
    Ok(Box::new(opened))
}

impl Way for Container {
    fn name(&self) -> String {
        format!("docker {}", self.name)
    }

    /// The engine makes anybody root who may speak to it.
    fn root(&self) -> Root {
        Root::Already
    }

    fn start(
        &mut self,
        words: &[String],
        as_root: bool,
        _deadline: Instant,
    ) -> Result<Box<dyn Link>, Failure> {
        let mut command: Vec<String> = ["docker", "exec", "--interactive"]
            .map(str::to_owned)
            .to_vec();
        let user = if as_root {
            Some("0")
        } else {
            self.user.as_deref()
        };
        if let Some(user) = user {
            command.extend(["--user".to_owned(), user.to_owned()]);
        }
        command.extend(["--".to_owned(), self.name.clone()]);
        command.extend(words.iter().cloned());
        Ok(Box::new(ProcessLink::start(&command)?))
    }

    fn again(&self) -> Result<Self, ConnectionError> {
        Ok(Self {
            name: self.name.clone(),
            user: self.user.clone(),
        })
    }
}

/// What the docker command said, and what helps.
fn explained(said: &str, container: &str) -> String {
    let help = if said.starts_with("docker: No such file") {
        "the `docker` command is not installed on this machine"
    } else if said.contains("Cannot connect to the Docker daemon")
        || said.contains("permission denied while trying to connect")
    {
        "is the Docker engine running, and may this user speak to it?"
    } else if said.contains("No such container") {
        "`docker ps` lists the containers that run; name one with `container` in the inventory"
    } else if said.contains("is not running") {
        return format!("{said} (start it with `docker start {container}`)");
    } else if said.contains("/bin/sh") {
        "the container needs /bin/sh"
    } else {
        return said.to_owned();
    };
    format!("{said} ({help})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_comes_with_what_helps() {
        for (said, help) in [
            (
                "docker: No such file or directory (os error 2)",
                "not installed",
            ),
            (
                "Cannot connect to the Docker daemon at unix:///x.",
                "running",
            ),
            ("Error: No such container: web", "docker ps"),
            (
                "Error response from daemon: Container 12 is not running",
                "docker start web",
            ),
            (
                "exec: \"/bin/sh\": stat /bin/sh: no such file",
                "needs /bin/sh",
            ),
            ("something else", "something else"),
        ] {
            let shown = explained(said, "web");
            assert!(shown.starts_with(said) && shown.contains(help), "{shown}");
        }
    }
}
