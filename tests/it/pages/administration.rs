//! The pages of administrators, and the account page of every member of staff.

use std::path::Path;
use std::time::{Duration, Instant};

use fantoccini::Locator;
use integration_tests::browser::Browser;
use integration_tests::http::Client;
use integration_tests::service::{Demo, Service};
use serde_json::json;

const LIMIT: Duration = Duration::from_secs(20);
/// The code of an authenticator app (RFC 6238) for a secret in base 32, computed by the browser's own cryptography.
const TOTP: &str = r#"
    const [secret, done] = arguments;
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
    const key = new Uint8Array(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const step = new DataView(new ArrayBuffer(8));
    step.setUint32(4, Math.floor(Date.now() / 30000));
    crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-1" }, false, ["sign"])
      .then((made) => crypto.subtle.sign("HMAC", made, step.buffer))
      .then((buffer) => {
        const hash = new DataView(buffer);
        const code = hash.getUint32(hash.getUint8(19) & 15) & 0x7fffffff;
        done(String(code % 1000000).padStart(6, "0"));
      });
"#;

/// A service with one student, and a browser in which its administrator is signed in.
struct Office {
    service: Service,
    demo: Demo,
    browser: Browser,
}

impl Office {
    async fn open() -> Self {
        let mut service = Service::new();
        let demo = service.prepare_demo(1);
        service.start();
        let browser = Browser::start().await;
        browser.client.goto(&service.url()).await.unwrap();
        sign_in(&browser, &demo.admin, &demo.password).await;
        browser.see("who").await;
        Self {
            service,
            demo,
            browser,
        }
    }

    async fn go(&self, path: &str) {
        let address = format!("{}/#{path}", self.service.url());
        self.browser.client.goto(&address).await.unwrap();
    }

    /// Tries to sign in as `login` beside the browser: the status and the kind of problem, if it is one.
    fn tries(&self, login: &str, password: &str) -> (u16, String) {
        let body = json!({"login": login, "password": password});
        let reply = self
            .service
            .client()
            .post("/api/v1/auth/login", &body)
            .unwrap();
        let kind = reply.json()["type"].as_str().unwrap_or_default().to_owned();
        (reply.status, kind)
    }

    fn as_administrator(&self) -> Client {
        let body = json!({"login": self.demo.admin, "password": self.demo.password});
        let client = self.service.client();
        let session = client
            .post("/api/v1/auth/login", &body)
            .unwrap()
            .expect(200);
        client.with_bearer(session["access_token"].as_str().unwrap())
    }

    async fn close(mut self) {
        self.browser.close().await;
        assert_eq!(self.service.stop(), 0);
    }
}

async fn sign_in(browser: &Browser, login: &str, password: &str) {
    browser.write("login", login).await;
    browser.write("password", password).await;
    browser.click("sign-in").await;
}

/// Waits until so many rows are in the body of a table.
async fn wait_for_rows(browser: &Browser, table: &str, count: usize) {
    let rows = format!("[data-testid={table}] tbody tr");
    let began = Instant::now();
    loop {
        let found = browser.client.find_all(Locator::Css(&rows)).await.unwrap();
        if found.len() == count {
            return;
        }
        assert!(
            began.elapsed() < LIMIT,
            "`{table}` has {} rows, not {count}",
            found.len()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn text(browser: &Browser, name: &str) -> String {
    browser.see(name).await.text().await.unwrap()
}

/// Hands a file with this content to the field that takes one, which a button hides.
async fn choose_file(browser: &Browser, path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
    let field = Locator::Css("[data-testid=import-file]");
    let field = browser.client.wait().for_element(field).await.unwrap();
    field.send_keys(&path.display().to_string()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_gets_a_new_password_and_is_disabled_and_enabled() {
    let office = Office::open().await;
    let browser = &office.browser;
    office.go("/people").await;
    browser.click("account-new").await;
    browser.write("account-name", "Ada Lovelace").await;
    browser.write("account-login", "ada").await;
    browser.click("account-form-do").await;
    let first = text(browser, "secret-password").await;
    let has_to_change = (403, "/problems/password-change-needed".to_owned());
    assert_eq!(office.tries("ada", &first), has_to_change);
    browser.click("secret-close").await;

    browser.write("search", "lovelace").await;
    wait_for_rows(browser, "accounts", 1).await;
    let link = Locator::Css("[data-testid=accounts] tbody a");
    browser
        .client
        .find(link)
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    browser.click("account-password").await;
    browser.click("ask-password-do").await;
    let second = text(browser, "secret-password").await;
    let refused = (401, "/problems/wrong-credentials".to_owned());
    assert_eq!(office.tries("ada", &first), refused);
    assert_eq!(office.tries("ada", &second), has_to_change);
    browser.click("secret-close").await;

    browser.click("account-disable").await;
    browser.click("ask-disable-do").await;
    browser.see("account-enable").await;
    assert_eq!(office.tries("ada", &second), refused);
    browser.click("account-enable").await;
    browser.see("account-disable").await;
    assert_eq!(office.tries("ada", &second), has_to_change);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_tried_corrected_and_imported_and_its_people_are_enrolled() {
    let office = Office::open().await;
    let browser = &office.browser;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    office.go("/people/import").await;
    choose_file(
        browser,
        &file,
        "login,display_name,role\nada,Ada,student\nalan,Alan,king\n",
    )
    .await;
    wait_for_rows(browser, "import-problems", 1).await;
    let client = office.as_administrator();
    let users = client.get("/api/v1/users?search=ada").unwrap().expect(200);
    assert_eq!(users["users"], json!([]), "a file with a mistake was taken");

    choose_file(
        browser,
        &file,
        "login,display_name,role\nada,Ada,student\nalan,Alan,student\n",
    )
    .await;
    browser.click("import-start").await;
    browser.click("import-credentials").await;
    browser.click("import-again").await;

    office.go("/people/courses").await;
    browser.click("course-new").await;
    browser.write("course-code", "CS-1").await;
    browser.write("course-title", "Programming").await;
    browser.click("course-form-do").await;
    browser.click("enrol").await;
    browser.write("enrol-people", "ada, nobody, alan").await;
    browser.click("enrol-form-do").await;
    assert_eq!(text(browser, "enrol-unknown").await, "nobody");
    browser.click("enrol-without").await;
    browser.click("enrol-form-do").await;
    wait_for_rows(browser, "members", 2).await;

    browser.click("member-remove").await;
    browser.click("ask-remove-do").await;
    wait_for_rows(browser, "members", 1).await;
    browser.click("members-undo").await;
    wait_for_rows(browser, "members", 2).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_set_up_and_asked_for_at_the_next_sign_in() {
    let office = Office::open().await;
    let browser = &office.browser;
    office.go("/account").await;
    browser.click("factor-set-up").await;
    // A wrong password is said to be one; it neither ends the session nor is sent twice.
    browser.write("factor-password", "wrong").await;
    browser.click("factor-begin-do").await;
    browser.see("factor-begin-problem").await;
    browser.click("factor-begin-cancel").await;
    browser.click("factor-set-up").await;
    browser
        .write("factor-password", &office.demo.password)
        .await;
    browser.click("factor-begin-do").await;
    browser.see("qr-code").await;
    let secret = browser
        .client
        .find(Locator::Css("[data-testid=factor-secret]"));
    let secret = secret.await.unwrap().prop("textContent").await.unwrap();
    let code = browser
        .client
        .execute_async(TOTP, vec![json!(secret.unwrap())])
        .await
        .unwrap();
    browser.write("factor-otp", code.as_str().unwrap()).await;
    browser.click("factor-code-do").await;
    let codes = text(browser, "recovery-codes").await;
    let recovery = codes.lines().next().unwrap().to_owned();
    browser.click("recovery-close").await;
    browser.wait_for_text("factor-state", "On").await;

    browser.click("sign-out").await;
    sign_in(browser, &office.demo.admin, &office.demo.password).await;
    browser.write("otp", &recovery).await;
    browser.click("sign-in").await;
    browser.see("who").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_system_page_says_that_all_is_well_and_then_that_the_server_is_away() {
    let mut office = Office::open().await;
    office.go("/system").await;
    office.browser.wait_for_text("system-status", "Good").await;
    office.service.kill();
    office.browser.see("system-lost").await;
    office.service.start();
    let gone = Locator::Css("[data-testid=system-lost]");
    let began = Instant::now();
    while !office
        .browser
        .client
        .find_all(gone)
        .await
        .unwrap()
        .is_empty()
    {
        assert!(began.elapsed() < LIMIT, "it still says that it is away");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    office.browser.wait_for_text("system-status", "Good").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_is_begun_and_ended_and_the_log_and_the_settings_tell_of_it() {
    let office = Office::open().await;
    let browser = &office.browser;
    let (student, password) = (&office.demo.students[0], &office.demo.password);
    office.go("/system").await;
    browser.wait_for_text("maintenance-state", "Off").await;
    browser.click("maintenance-on").await;
    browser.write("maintenance-message", "New tables.").await;
    browser.click("maintenance-form-do").await;
    browser
        .wait_for_text("maintenance-said", "New tables.")
        .await;
    let turned_away = (503, "/problems/maintenance".to_owned());
    assert_eq!(office.tries(student, password), turned_away);

    // Meanwhile whoever began it sees the pages of the system.
    office.go("/system/audit").await;
    browser.see("audit-whole").await;
    let action = browser.see("audit-action").await;
    action.select_by_value("maintenance_on").await.unwrap();
    browser.click("audit-look").await;
    wait_for_rows(browser, "audit", 1).await;
    let line = text(browser, "audit").await;
    assert!(
        line.contains("Maintenance begun") && line.contains("New tables."),
        "{line}"
    );
    office.go("/system/settings").await;
    let settings = text(browser, "settings").await;
    assert!(settings.contains("DATABASE_URL"), "{settings}");
    assert!(!settings.contains("only-for-tests"), "{settings}");

    office.go("/system").await;
    browser.click("maintenance-off").await;
    browser.click("maintenance-end-do").await;
    browser.wait_for_text("maintenance-state", "Off").await;
    assert_eq!(office.tries(student, password).0, 200);
    office.close().await;
}
