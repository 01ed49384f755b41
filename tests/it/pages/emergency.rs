//! The network does not come back: the answers go by hand, in a file that only the server can read.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use integration_tests::browser::Browser;
use integration_tests::chaos::Relay;
use integration_tests::page_tools::PageTools;
use integration_tests::waiting::wait_for;
use serde_json::json;

use super::{Stand, is_accessible, keep_downloads, new_tab};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_a_network_that_never_returns_reach_the_database_in_a_file_that_staff_take_over()
{
    let stand = Stand::with_statements(3);
    let relay = Relay::to(SocketAddr::from(([127, 0, 0, 1], stand.service.port())));
    let downloads = tempfile::tempdir().unwrap();
    let browser = stand.sitting_at(relay.port()).await;
    keep_downloads(&browser, downloads.path()).await;
    browser.click("option-1").await;
    browser
        .wait_for_attribute("save-state", "data-state", "saved")
        .await;

    relay.cut();
    browser.click("next").await;
    browser.click("option-2").await;
    browser
        .wait_for_text("save-state", "Offline: 1 answer kept")
        .await;
    browser.miss("emergency").await;
    // The page waits a minute before it offers the file; it is shown what a minute later it would be.
    browser
        .run("const real = performance.now.bind(performance); performance.now = () => real() + 60000")
        .await;
    browser.click("next").await;
    browser.click("option-1").await;
    browser.click("emergency-save").await;
    let file = wait_for("the emergency file", LIMIT, || saved_in(downloads.path()));
    let sealed = std::fs::read_to_string(&file).unwrap();
    let yes = json!({ "value": true });
    assert!(!sealed.contains("value"), "{sealed}");
    assert_eq!(
        stand.stored(),
        std::slice::from_ref(&yes),
        "the network is still away"
    );

    let staff = new_tab(&browser).await;
    browser.client.switch_to_window(staff).await.unwrap();
    let page = format!("{}/#/board/{}/emergency", stand.service.url(), stand.exam);
    browser.client.goto(&page).await.unwrap();
    browser.write("login", &stand.demo.admin).await;
    browser.write("password", &stand.demo.password).await;
    browser.click("sign-in").await;
    browser.see("emergency-choose").await;
    let broken = downloads.path().join("broken.exam");
    std::fs::write(&broken, sealed.replace('.', ".A")).unwrap();
    choose(&browser, &broken).await;
    browser
        .wait_for_text("emergency-problem", "The file is not taken")
        .await;
    choose(&browser, &file).await;
    let accept = browser.see("emergency-accept").await;
    assert_eq!(accept.text().await.unwrap(), "Take over 2 answers");
    is_accessible(&PageTools::install(), &browser, "emergency-files").await;
    assert_eq!(
        stand.stored(),
        std::slice::from_ref(&yes),
        "nothing is done before it is confirmed"
    );
    accept.click().await.unwrap();
    browser
        .write("emergency-reason", "The network of room B")
        .await;
    browser.click("emergency-confirm").await;
    browser
        .wait_for_text("emergency-done", "2 answers were taken over.")
        .await;
    assert_eq!(
        stand.stored(),
        [yes.clone(), json!({ "value": false }), yes]
    );
    // Once more is no harm.
    choose(&browser, &file).await;
    browser.see("emergency-nothing").await;
    browser.close().await;
}

/// Gives a file to the page, as the window would in which a person chooses one.
async fn choose(browser: &Browser, file: &Path) {
    let chooser = fantoccini::Locator::Id("emergency-file");
    let chooser = browser.client.find(chooser).await.unwrap();
    chooser
        .send_keys(&file.display().to_string())
        .await
        .unwrap();
}

/// The one emergency file in this folder, once it is there as a whole.
fn saved_in(folder: &Path) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    files.find(|path| {
        let is_one = path.extension().is_some_and(|ending| ending == "exam");
        is_one && path.metadata().is_ok_and(|file| file.len() > 0)
    })
}
