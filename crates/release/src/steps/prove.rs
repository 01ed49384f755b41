//! Does the new release prove itself: before it is promoted, and after?

use std::time::{Duration, Instant};

use provision::connections::quote;

use crate::host::control::control_script;
use crate::host::session::Session;
use crate::host::{StepError, USUAL, last_lines, said};
use crate::runner::{RunnerState, gather_state};
use crate::steps::gate::{Gate, Probe, Verdict};
use crate::steps::migrate::end_own_maintenance;
use crate::steps::perform::{Work, as_gate};
use crate::target::Target;
use crate::target::layout::Slot;

const PROBE_EVERY: Duration = Duration::from_millis(250);
pub(crate) const SMOKE: Duration = Duration::from_secs(30);
const SMOKE_RETRIES: Duration = Duration::from_secs(5);
/// The way through the proxy may lag behind a promotion by a moment.
const PUBLIC: Duration = Duration::from_secs(15);

/// Waits until the new release has said often enough that it is ready.
pub(crate) fn wait_at_gate(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let target = session.host.target;
    let mut gate = Gate::new(target.gate_probes, target.gate);
    let started = Instant::now();
    loop {
        let probe = probe_readiness(session, work.begin.to)?;
        match gate.observe(&probe, started.elapsed()) {
            Verdict::Open => return Ok(()),
            Verdict::Closed(reason) => return Err(StepError::Gate(reason)),
            Verdict::Wait => session.pause(PROBE_EVERY, work.interruptible)?,
        }
    }
}

/// Asks the release itself, and its runner only where that is not ready.
fn probe_readiness(session: &mut Session<'_>, slot: Slot) -> Result<Probe, StepError> {
    let script = readiness_script(session.host.target, slot);
    let output = session.host.run(&script, "", USUAL)?;
    let ready = output.success();
    let runner = if ready {
        RunnerState::Running
    } else {
        gather_state(&mut session.host, slot)?
    };
    Ok(Probe {
        ready,
        answer: last_lines(&output.text(), 5),
        runner,
    })
}

/// Asks a slot whether it is ready.
pub(crate) fn readiness_script(target: &Target, slot: Slot) -> String {
    let control = control_script(target, slot, "readiness", Duration::from_secs(5));
    format!("{control} 2>&1")
}

/// The release that was sent must be the one that answers, in the state it should be in, and
/// students' first requests must get the answers they should.
pub(crate) fn smoke(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let to = work.begin.to;
    let status = session.host.probe_status(to)?.map_err(StepError::Gate)?;
    if let Some(difference) = status.difference_to(work.manifest) {
        return Err(StepError::Gate(difference));
    }
    let expected = if to == Slot::Single {
        "serving"
    } else {
        "standby"
    };
    if status.state != expected {
        return Err(StepError::Gate(format!(
            "it is {}, not {expected}",
            status.state
        )));
    }
    // The routes a student meets first, asked on the admin socket. Many logins at once may fill the
    // queue of the only slot for a moment.
    let started = Instant::now();
    loop {
        match session.host.apply_control(to, "smoke", SMOKE) {
            Err(StepError::Failed(_)) if started.elapsed() < SMOKE_RETRIES => {
                session.pause(PROBE_EVERY, work.interruptible)?;
            }
            other => return other.map(drop).map_err(as_gate),
        }
    }
}

/// After the promotion the new release must answer, on the way that students take.
pub(crate) fn verify(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let to = work.begin.to;
    let status = session.host.probe_status(to)?.map_err(StepError::Gate)?;
    if let Some(difference) = status.difference_to(work.manifest) {
        return Err(StepError::Gate(difference));
    }
    if !status.is_serving() {
        return Err(StepError::Gate(format!(
            "it is {}, not serving",
            status.state
        )));
    }
    if let Some(way) = public_way(session.host.target) {
        wait_for_answer(session, work, &way).map_err(as_fault_of_the_way)?;
    }
    if status.maintenance.is_some() {
        end_own_maintenance(&mut session.host, to)?;
    }
    Ok(())
}

/// The release answered on its own port, so what lies before it is at fault.
fn as_fault_of_the_way(error: StepError) -> StepError {
    match error {
        StepError::Gate(reason) => StepError::Failed(format!(
            "{reason}; the release itself answers on its own port: look at the proxy before it"
        )),
        other => other,
    }
}

/// The new release must answer on its own public port, while the old one still serves.
pub(crate) fn verify_own_port(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    match own_way(session.host.target, work.begin.to) {
        Some(way) => wait_for_answer(session, work, &way),
        None => Ok(()),
    }
}

/// The port of a slot itself, where it has one.
pub(crate) fn own_way(target: &Target, slot: Slot) -> Option<Way> {
    let port = target.port(slot)?;
    Some(Way::to(&format!("http://127.0.0.1:{port}")))
}

/// One way to ask for readiness.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Way {
    url: String,
    /// A header line that names the site.
    header: Option<String>,
}

impl Way {
    fn to(base: &str) -> Self {
        Self {
            url: format!("{base}/health/readiness"),
            header: None,
        }
    }
}

/// How students come in: through the proxy, where there is one.
pub(crate) fn public_way(target: &Target) -> Option<Way> {
    if let Some(url) = &target.exam_public_url {
        return Some(Way::to(url));
    }
    target.runner.has_colours().then(|| Way {
        header: target
            .server_name
            .as_ref()
            .map(|name| format!("Host: {name}")),
        ..Way::to("http://127.0.0.1")
    })
}

/// Waits until the right release answers there.
fn wait_for_answer(session: &mut Session<'_>, work: &Work<'_>, way: &Way) -> Result<(), StepError> {
    let started = Instant::now();
    loop {
        let Some(reason) = probe_public(session, way, &work.manifest.version)? else {
            return Ok(());
        };
        if started.elapsed() > PUBLIC {
            return Err(StepError::Gate(format!(
                "{} does not answer as it should: {reason}",
                way.url
            )));
        }
        session.pause(PROBE_EVERY, work.interruptible)?;
    }
}

const NO_CLIENT: i32 = 69;

/// Asks with whatever client the host has. The certificate is not this check's matter: it may be for
/// another name, or self-signed.
pub(crate) fn ask_script(way: &Way) -> String {
    const PYTHON: &str = "import ssl,sys,urllib.request as u\n\
        r=u.Request(sys.argv[1],headers=dict(h.split(\": \",1) for h in sys.argv[2:]))\n\
        c=ssl._create_unverified_context()\n\
        sys.stdout.write(u.urlopen(r,timeout=10,context=c).read(65536).decode())";
    let url = quote(&way.url);
    let header = |option: &str| {
        way.header
            .as_ref()
            .map_or(String::new(), |line| format!("{option}{}", quote(line)))
    };
    format!(
        "has() {{ command -v \"$1\" >/dev/null; }}\n\
         if has curl; then curl -kLfsS --max-time 10 {curl} {url}\n\
         elif has wget; then wget -q -T 10 -O - --no-check-certificate {wget} {url}\n\
         elif has python3; then python3 -c {python} {url} {plain}\n\
         else exit {NO_CLIENT}; fi",
        curl = header("-H "),
        wget = header("--header "),
        python = quote(PYTHON),
        plain = header(""),
    )
}

/// Asks from the host itself; `None` when the right release answers.
fn probe_public(
    session: &mut Session<'_>,
    way: &Way,
    version: &str,
) -> Result<Option<String>, StepError> {
    let output = session.host.run(&ask_script(way), "", USUAL)?;
    if output.status == NO_CLIENT {
        session.note(format!(
            "neither curl nor wget nor python3 is on the host: {} was not asked",
            way.url
        ));
        return Ok(None);
    }
    if !output.success() {
        return Ok(Some(said(&output)));
    }
    let body: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if body["version"] == version {
        return Ok(None);
    }
    Ok(Some(format!(
        "it answers `{}`, not with version {version}",
        last_lines(&output.text(), 5)
    )))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    fn way_of(vars: &str) -> Option<Way> {
        public_way(&Target::from_vars("h", &serde_json::from_str(vars).unwrap()).unwrap())
    }

    #[test]
    fn the_proxy_is_asked_as_students_ask_it() {
        let proxy = way_of(r#"{"server_name": "exam.example.org"}"#).unwrap();
        assert_eq!(proxy.url, "http://127.0.0.1/health/readiness");
        assert_eq!(proxy.header.as_deref(), Some("Host: exam.example.org"));
        assert_eq!(way_of(r#"{"server_name": "_"}"#).unwrap().header, None);
        let public = way_of(r#"{"exam_public_url": "https://x.org/"}"#).unwrap();
        assert_eq!(public, Way::to("https://x.org"));
        assert_eq!(
            way_of(r#"{"runner": "process", "exam_root": "/srv/x"}"#),
            None
        );
    }

    #[test]
    fn the_request_names_the_site_and_its_answer_is_printed() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Way {
            header: Some("Host: exam.example.org".to_owned()),
            ..Way::to(&format!("http://{}", server.local_addr().unwrap()))
        };
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                .unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", &ask_script(&way)])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "{}");
        let asked = asked.join().unwrap();
        assert!(asked.starts_with("GET /health/readiness "), "{asked}");
        assert!(asked.contains("Host: exam.example.org\r\n"), "{asked}");
    }
}
