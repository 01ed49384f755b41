//! The folder that a demo lives in: its settings, its data, its port.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Tried first, then the ports after it.
const FIRST_PORT: u16 = 8480;
/// How many ports are tried before giving up.
const PORTS: u16 = 100;
/// Longer than the 32 bytes that the service asks for.
const JWT_SECRET_BYTES: usize = 48;

pub(super) struct Place {
    root: PathBuf,
    port: u16,
}

impl Place {
    /// Makes the folder ready: fresh data, fresh settings, a port that is free.
    pub(super) fn prepare(root: &Path, port: Option<u16>) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::failed(format!("cannot prepare {}: {error}", root.display()))
        };
        fs::create_dir_all(root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        if running(&root) {
            return Err(
                Failure::failed(format!("a demo runs in {} already", root.display())).hint(
                    "stop it with Ctrl-C where it runs, or start this one elsewhere: --dir DIR",
                ),
            );
        }
        let place = Self {
            port: free_port(port)?,
            root,
        };
        for stale in [place.data(), place.load_results()] {
            remove(&stale).map_err(failed)?;
        }
        fs::create_dir_all(place.data()).map_err(failed)?;
        place.write_settings().map_err(failed)?;
        Ok(place)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The deployed program.
    pub(super) fn service(&self) -> PathBuf {
        self.root.join("current/exam-service")
    }

    pub(super) fn env_file(&self) -> PathBuf {
        self.root.join("exam-service.env")
    }

    pub(super) fn load_results(&self) -> PathBuf {
        self.root.join("load-results")
    }

    fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    fn write_settings(&self) -> std::io::Result<()> {
        let settings = format!(
            "# Written by `examctl demo` at each start.\n\
             APP_ENV=demo\n\
             APP_URL={url}\n\
             DATABASE_URL=sqlite://{data}/exam.db\n\
             EXAM_LISTEN=127.0.0.1:{port}\n\
             JWT_SECRET={secret}\n",
            url = self.url(),
            data = self.data().display(),
            port = self.port,
            secret = random_hex(JWT_SECRET_BYTES)?,
        );
        remove(&self.env_file())?;
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.env_file())?
            .write_all(settings.as_bytes())
    }
}

/// Whether a supervisor of an earlier demo still lives here.
fn running(root: &Path) -> bool {
    release::runner::process::is_running(root)
}

fn free_port(wanted: Option<u16>) -> Result<u16, Failure> {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let candidates = match wanted {
        Some(port) => port..=port,
        None => FIRST_PORT..=FIRST_PORT + PORTS,
    };
    candidates.clone().find(free).ok_or_else(|| {
        Failure::failed(format!(
            "no port of 127.0.0.1:{}-{} is free",
            candidates.start(),
            candidates.end()
        ))
        .hint("choose another with --port")
    })
}

fn random_hex(bytes: usize) -> std::io::Result<String> {
    let mut random = vec![0; bytes];
    fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(random
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
}

/// Removes a file or folder; what is not there is fine.
fn remove(path: &Path) -> std::io::Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
