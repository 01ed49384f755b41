//! What npm brings for the tests of pages: installed by `tests/web/check`, as the lock file names it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::binaries::workspace_root;
use crate::browser::Browser;

/// By which rules a page is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// All of them.
    All,
    /// Those that another choice of colours can break.
    Colours,
}

/// The tools of pages.
pub struct PageTools {
    folder: PathBuf,
    axe: String,
}

impl PageTools {
    /// Installs them unless they are there.
    pub fn install() -> Self {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let made = Command::new(workspace_root().join("tests/web/check"))
            .arg("tools")
            .output()
            .expect("tests/web/check starts");
        let errors = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "tests/web/check tools: {errors}");
        let folder = String::from_utf8(made.stdout).expect("a path in UTF-8");
        let folder = PathBuf::from(folder.trim());
        let axe = folder.join("node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&axe)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", axe.display()));
        Self { folder, axe }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What axe finds wrong with the page as it is now, of any weight; empty when it finds nothing.
    pub async fn violations(&self, browser: &Browser, rules: Rules) -> Vec<String> {
        // A page that only shows another view still has it.
        if browser.run("return 'axe' in window").await != json!(true) {
            browser.run(&self.axe).await;
        }
        let rules = match rules {
            Rules::All => json!({ "resultTypes": ["violations"] }),
            Rules::Colours => {
                json!({ "resultTypes": ["violations"], "runOnly": { "type": "rule", "values": ["color-contrast"] } })
            }
        };
        let judge = "const [rules, done] = arguments;
            axe.run(document, rules).then(({ violations }) => done(violations.map(
                ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary).join(' | ')}`)),
                (error) => done([String(error)]));";
        let found = browser.client.execute_async(judge, vec![rules]).await;
        let found = found.expect("axe answers");
        let found = found.as_array().expect("a list of violations").iter();
        found
            .map(|one| {
                one.as_str()
                    .map_or_else(|| Value::to_string(one), str::to_owned)
            })
            .collect()
    }
}
