//! The pages in Firefox, which is driven by a script of its own: it speaks no language that Chromium's driver speaks.

use integration_tests::binaries::workspace_root;
use integration_tests::page_tools::PageTools;
use integration_tests::tools::bounded;
use serde_json::json;

use super::Stand;

#[test]
fn a_student_loses_the_network_reloads_and_hands_in_with_firefox() {
    let stand = Stand::with_statements(3);
    let walked = bounded(120, "node")
        .arg(workspace_root().join("tests/web/firefox.mjs"))
        .arg(PageTools::install().folder())
        .args([&stand.service.url(), &stand.exam, stand.login()])
        .args([&stand.demo.admin, &stand.demo.password])
        .output()
        .expect("node is installed (tests/run installs it)");
    let said = String::from_utf8_lossy(&walked.stderr);
    assert!(walked.status.success(), "tests/web/firefox.mjs: {said}");
    let [yes, no] = [true, false].map(|value| json!({ "value": value }));
    assert_eq!(stand.stored(), [yes.clone(), no, yes]);
}
