//! A real, headless Chromium that a test drives.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;
use tempfile::TempDir;

use crate::ports::free_port;

const LIMIT: Duration = Duration::from_secs(20);

/// Chromium may not talk to anybody but the page's own server.
const CHROMIUM_OPTIONS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,800",
];

/// A driver and its browser; both end when this value is dropped.
pub struct Browser {
    driver: Child,
    /// Speaks to the driver without the library, for what that does not know.
    wire: crate::http::Client,
    pub client: Client,
    _profile: TempDir,
}

impl Browser {
    pub async fn start() -> Self {
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (tests/run installs it)");
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut options = CHROMIUM_OPTIONS
            .iter()
            .map(|&option| option.to_owned())
            .collect::<Vec<_>>();
        options.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities = json!({"goog:chromeOptions": {"args": options}});
        let client = connect(port, capabilities.as_object().expect("an object").clone()).await;
        Self {
            driver,
            wire: crate::http::Client::new(format!("http://127.0.0.1:{port}")),
            client,
            _profile: profile,
        }
    }

    /// Waits for what carries this `data-testid` and is shown.
    pub async fn see(&self, name: &str) -> fantoccini::elements::Element {
        let selector = format!("[data-testid={name}]");
        let began = std::time::Instant::now();
        loop {
            let found = self.client.find_all(Locator::Css(&selector)).await;
            for element in found.expect("the page answers") {
                // One that the page has just drawn anew is looked for again.
                if element.is_displayed().await.is_ok_and(|is_shown| is_shown) {
                    return element;
                }
            }
            assert!(began.elapsed() < LIMIT, "`{name}` is not on the page");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until nothing with this `data-testid` is shown.
    pub async fn miss(&self, name: &str) {
        let selector = format!("[data-testid={name}]");
        let began = std::time::Instant::now();
        loop {
            let found = self.client.find_all(Locator::Css(&selector)).await;
            if found.expect("the page answers").is_empty() {
                return;
            }
            assert!(began.elapsed() < LIMIT, "`{name}` is still on the page");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Runs a script in the page and takes its value.
    pub async fn run(&self, script: &str) -> serde_json::Value {
        let value = self.client.execute(script, vec![]).await;
        value.unwrap_or_else(|error| panic!("`{script}` failed: {error}"))
    }

    /// Presses keys wherever the focus is; see [`fantoccini::key::Key`].
    pub async fn press(&self, keys: &str) {
        let focused = self
            .client
            .active_element()
            .await
            .expect("the page answers");
        focused
            .send_keys(keys)
            .await
            .unwrap_or_else(|error| panic!("cannot press {keys:?}: {error}"));
    }

    /// A command of the developer tools, for instance `Page.crash`.
    pub async fn tools(&self, command: &str, parameters: serde_json::Value) {
        let session = self.client.session_id().await.expect("a session");
        let session = session.expect("a session");
        let path = format!("/session/{session}/goog/cdp/execute");
        let body = json!({ "cmd": command, "params": parameters });
        let reply = tokio::task::block_in_place(|| self.wire.post(&path, &body));
        let reply = reply.expect("the driver answers");
        assert_eq!(reply.status, 200, "{command}: {}", reply.text);
    }

    /// Scrolls to it first, as a person would to whatever the bar above lies over.
    pub async fn click(&self, name: &str) {
        let element = self.see(name).await;
        let there = serde_json::to_value(&element).expect("an element has an id");
        let scroll = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        // One that is drawn anew meanwhile is missed by the click below, which says so.
        self.client.execute(scroll, vec![there]).await.ok();
        element
            .click()
            .await
            .unwrap_or_else(|error| panic!("cannot click `{name}`: {error}"));
    }

    pub async fn write(&self, name: &str, text: &str) {
        self.see(name)
            .await
            .send_keys(text)
            .await
            .unwrap_or_else(|error| panic!("cannot write `{name}`: {error}"));
    }

    /// Waits until the text of this element begins with `start`; returns it.
    pub async fn wait_for_text(&self, name: &str, start: &str) -> String {
        let began = std::time::Instant::now();
        loop {
            let text = match self.see(name).await.text().await {
                // The page has just drawn it anew.
                Err(error) if error.is_stale_element_reference() => continue,
                text => text.expect("the page answers"),
            };
            if text.starts_with(start) {
                return text;
            }
            assert!(
                began.elapsed() < LIMIT,
                "`{name}` says `{text}`, not `{start}...`"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until this attribute of an element has this value.
    pub async fn wait_for_attribute(&self, name: &str, attribute: &str, value: &str) {
        let script = format!(
            "return document.querySelector('[data-testid=\"{name}\"]')?.getAttribute('{attribute}')"
        );
        let began = std::time::Instant::now();
        loop {
            let found = self.run(&script).await;
            if found == value {
                return;
            }
            assert!(
                began.elapsed() < LIMIT,
                "`{attribute}` of `{name}` is {found}, not `{value}`"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until this text is somewhere on the page.
    pub async fn wait_for_page(&self, text: &str) {
        let began = std::time::Instant::now();
        loop {
            let page = self.run("return document.body.innerText").await;
            if page.as_str().is_some_and(|page| page.contains(text)) {
                return;
            }
            assert!(began.elapsed() < LIMIT, "no `{text}` in {page}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends the process of the page in this window, as a fault of the browser would.
    pub async fn crash(&self) {
        let session = self.client.session_id().await.expect("a session");
        let session = session.expect("a session");
        let path = format!("/session/{session}/goog/cdp/execute");
        let body = json!({ "cmd": "Page.crash", "params": {} });
        // There is nobody left who could answer.
        tokio::task::block_in_place(|| self.wire.post(&path, &body)).ok();
    }

    /// What the page looks like, as a PNG file.
    pub async fn screenshot(&self, path: &Path) {
        let bytes = self
            .client
            .screenshot()
            .await
            .expect("the page can be drawn");
        std::fs::write(path, bytes).expect("the screenshot can be written");
    }

    /// Ends the browser in order; without it the driver's end does.
    pub async fn close(self) {
        self.client.clone().close().await.expect("the browser ends");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is only killed leaves its browser behind, which goes on drawing.
        self.wire.get("/shutdown").ok();
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

async fn connect(port: u16, capabilities: serde_json::Map<String, serde_json::Value>) -> Client {
    let began = std::time::Instant::now();
    let connector = hyper_util::client::legacy::connect::HttpConnector::new();
    loop {
        let mut builder = ClientBuilder::new(connector.clone());
        match builder
            .capabilities(capabilities.clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
        {
            Ok(client) => return client,
            // The driver needs a moment before it listens.
            Err(error) => assert!(began.elapsed() < LIMIT, "no browser: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
