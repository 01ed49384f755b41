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
            client,
            _profile: profile,
        }
    }

    /// Waits for what carries this `data-testid` and is shown.
    pub async fn see(&self, name: &str) -> fantoccini::elements::Element {
        let selector = format!("[data-testid={name}]");
        let wait = self.client.wait().at_most(LIMIT);
        let element = wait.for_element(Locator::Css(&selector)).await;
        let element =
            element.unwrap_or_else(|error| panic!("`{name}` is not on the page: {error}"));
        while !element.is_displayed().await.expect("the page answers") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        element
    }

    pub async fn click(&self, name: &str) {
        self.see(name)
            .await
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
            let text = self.see(name).await.text().await.expect("the page answers");
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
