//! What pages are made of: seen by developers, and by nobody else.

use integration_tests::browser::Browser;
use integration_tests::page_tools::PageTools;
use integration_tests::service::Service;

use super::is_accessible;

#[tokio::test(flavor = "multi_thread")]
async fn every_component_is_accessible_in_light_and_dark() {
    let mut service = Service::new();
    service.set("APP_ENV", "development");
    service.run_successfully(&["migrate"]);
    service.start();
    let browser = Browser::start().await;
    let address = format!("{}/design", service.url());
    browser.client.goto(&address).await.unwrap();
    browser.see("table").await;
    let tools = PageTools::install();
    is_accessible(&tools, &browser, "/design").await;
    browser.click("dialog-button").await;
    browser.see("dialog").await;
    is_accessible(&tools, &browser, "/design with a dialog").await;
    browser.close().await;
    assert_eq!(service.stop(), 0);
}

#[test]
fn the_page_of_components_is_for_developers_only() {
    let mut service = Service::new();
    service.run_successfully(&["migrate"]);
    service.start();
    service
        .client()
        .get("/design")
        .unwrap()
        .expect_problem(404, "/problems/not-found");
    assert_eq!(service.stop(), 0);
}
