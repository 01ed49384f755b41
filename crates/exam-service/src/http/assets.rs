//! The pages: files of `web/`, compiled in. The only place that embeds anything.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Component, PathBuf};
use std::sync::{LazyLock, OnceLock, RwLock};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use super::error::no_such_page;
use super::preloads::with_preloads;
use super::state::AppState;
use crate::exam::receipt::hexadecimal;

#[derive(RustEmbed)]
#[folder = "web/"]
struct Assets;

/// What a student's page needs when the network is gone; the rest is for staff, or is kept once it was used.
const KEPT_FOLDERS: [&str; 8] = [
    "account/",
    "design/",
    "language/languages.json",
    "language/shell/",
    "language/student/",
    "student/",
    "vendor/htm-",
    "vendor/preact-",
];
/// What `web/` has, and what browsers call it.
const CONTENT_TYPES: [(&str, &str); 6] = [
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("woff2", "font/woff2"),
];
/// What is smaller is sent as it is, in bytes.
const SMALL: usize = 600;

/// Where pages come from, and whether those for developers are among them.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// Whether `/design` is there.
    pub shows_design: bool,
    /// Read from here instead of from the program, so that a change is seen at the next load.
    pub directory: Option<PathBuf>,
}

/// A file of a page. Clones of it share what is in it.
#[derive(Clone)]
struct File {
    content: Bytes,
    hash: [u8; 32],
}

impl Pages {
    fn get(&self, path: &str) -> Option<File> {
        if let Some(directory) = &self.directory {
            let plain = std::path::Path::new(path);
            let stays = plain
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            let content = std::fs::read(directory.join(plain).as_path()).ok();
            return content.filter(|_| stays).map(|content| File {
                hash: Sha256::digest(&content).into(),
                content: content.into(),
            });
        }
        Assets::get(path).map(|file| File {
            hash: file.metadata.sha256_hash(),
            content: match file.data {
                Cow::Borrowed(embedded) => Bytes::from_static(embedded),
                Cow::Owned(read) => read.into(),
            },
        })
    }
}

/// The first page of everybody, with what it needs named in its head.
pub(super) async fn index(State(state): State<AppState>, headers: HeaderMap) -> Response {
    // Put together anew only where pages come from a folder: in the program they never change.
    static EMBEDDED: OnceLock<Option<File>> = OnceLock::new();
    let page = match state.pages.directory {
        Some(_) => first_page(&state.pages),
        None => EMBEDDED.get_or_init(|| first_page(&state.pages)).clone(),
    };
    match page {
        Some(file) => send(file, "index.html", &headers),
        None => no_such_page().await.into_response(),
    }
}

fn first_page(pages: &Pages) -> Option<File> {
    let read = |path: &str| String::from_utf8(pages.get(path)?.content.to_vec()).ok();
    let page = with_preloads(&read("index.html")?, read);
    Some(File {
        hash: Sha256::digest(&page).into(),
        content: page.into(),
    })
}

pub(super) async fn asset(
    State(state): State<AppState>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    serve(&state, &path, &headers).await
}

/// The page that shows every component; for developers only.
pub(super) async fn design(State(state): State<AppState>, headers: HeaderMap) -> Response {
    if !state.pages.shows_design {
        return no_such_page().await.into_response();
    }
    serve(&state, "design.html", &headers).await
}

/// The service worker, headed by what it has to keep: so it changes with every file that it keeps.
pub(super) async fn service_worker(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let Some(worker) = state.pages.get("service-worker.js") else {
        return no_such_page().await.into_response();
    };
    let mut kept: Vec<Cow<'static, str>> = Assets::iter().filter(|path| is_kept(path)).collect();
    kept.sort_unstable();
    let mut version = Sha256::new();
    let mut addresses = Vec::new();
    for path in kept {
        if let Some(file) = state.pages.get(&path) {
            version.update(file.hash);
            addresses.push(format!("/assets/{path}"));
        }
    }
    let version = hexadecimal(&version.finalize()[..8]);
    let head = serde_json::json!({ "version": version, "files": addresses });
    let mut content = format!("const KEPT = {head};\n").into_bytes();
    content.extend_from_slice(&worker.content);
    let file = File {
        hash: Sha256::digest(&content).into(),
        content: content.into(),
    };
    send(file, "service-worker.js", &headers)
}

/// Whether the browser of a student keeps it.
fn is_kept(path: &str) -> bool {
    let is_used = [".js", ".css", ".json"]
        .iter()
        .any(|ending| path.ends_with(ending));
    let is_above = !path.contains('/') && path != "service-worker.js";
    is_used && (is_above || KEPT_FOLDERS.iter().any(|folder| path.starts_with(folder)))
}

pub(super) async fn serve(state: &AppState, path: &str, headers: &HeaderMap) -> Response {
    match state.pages.get(path) {
        Some(file) => send(file, path, headers),
        None => no_such_page().await.into_response(),
    }
}

fn send(file: File, path: &str, headers: &HeaderMap) -> Response {
    let kind = content_type(path);
    let takes_gzip = value(headers, header::ACCEPT_ENCODING).is_some_and(takes_gzip);
    let is_packed = takes_gzip && file.content.len() > SMALL && is_text(kind);
    let mut tag = format!("\"{}", hexadecimal(&file.hash[..8]));
    tag.push_str(if is_packed { "-gzip\"" } else { "\"" });
    // Always asked again, so that a release is seen at the next load; unchanged files cost no transfer.
    let caching = [
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::ETAG, tag.clone()),
        (header::VARY, "accept-encoding".to_owned()),
    ];
    if value(headers, header::IF_NONE_MATCH) == Some(tag.as_str()) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let kind = [(header::CONTENT_TYPE, kind)];
    if !is_packed {
        return (caching, kind, file.content).into_response();
    }
    let mut response = (caching, kind, packed(&file)).into_response();
    let encoding = HeaderValue::from_static("gzip");
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, encoding);
    response
}

/// The file in gzip's form: each is packed once, however many students load it at the same time.
fn packed(file: &File) -> Bytes {
    static PACKED: LazyLock<RwLock<HashMap<[u8; 32], Bytes>>> = LazyLock::new(RwLock::default);
    if let Some(known) = PACKED
        .read()
        .ok()
        .and_then(|known| known.get(&file.hash).cloned())
    {
        return known;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to a Vec cannot fail.
    encoder.write_all(&file.content).ok();
    let made = Bytes::from(encoder.finish().unwrap_or_default());
    if let Ok(mut known) = PACKED.write() {
        known.insert(file.hash, made.clone());
    }
    made
}

fn value(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some("gzip") && !parts.any(|weight| weight == "q=0")
    })
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || kind == "application/json"
}

fn content_type(path: &str) -> &'static str {
    let ending = path.rsplit('.').next().unwrap_or_default();
    let known = CONTENT_TYPES.iter().find(|(known, _)| *known == ending);
    known.map_or("application/octet-stream", |(_, kind)| kind)
}
