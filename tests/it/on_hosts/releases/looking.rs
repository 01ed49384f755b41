//! Maintenance in the middle of an exam, the logs of both colours as they are written, and what threads a runner lets them have.

use integration_tests::examctl::Examctl;
use integration_tests::steady::Failure;
use serde_json::Value;

use super::Ground;

/// So many times everybody asks, and has then asked for everything.
const ROUND: usize = 6;

/// Under every runner a storm of logins takes only what saves leave: threads that hash passwords are less urgent than their
/// process (the 19th field of a `stat`), however urgent whoever started the engine was.
pub(super) fn passwords_are_hashed_less_urgently(ground: &Ground) {
    let told = ground.site.host.exec(
        "for thread in /proc/[0-9]*/task/[0-9]*; do \
         [ \"$(cat $thread/comm 2>/dev/null)\" = passwords ] && \
         echo $(($(cut -d ' ' -f 19 $thread/stat) - $(cut -d ' ' -f 19 ${thread%/task/*}/stat))); done; true",
    );
    let urgencies: Vec<&str> = told.lines().collect();
    assert!(
        !urgencies.is_empty() && urgencies.iter().all(|one| *one == "10"),
        "{told}"
    );
}

/// Switches maintenance on and off: people are turned away, running attempts are not, and whoever follows the logs reads
/// of it once from each colour.
pub(super) fn maintenance_turns_away_only_who_is_not_writing(ground: &Ground) {
    let site = &ground.site;
    let mut following = Examctl::new(["--format", "json", "logs", "--follow", "--lines", "1"])
        .in_directory(site.path())
        .start();
    let first = slot(&following.wait_for_line(|line| !slot(line).is_empty()));
    following.wait_for_line(|line| ![String::new(), first.clone()].contains(&slot(line)));
    ground.steady.settle();
    ground
        .steady
        .since_last()
        .assert_all_answered("before maintenance");

    let on = site.examctl(&["maintenance", "on", "--message", "Back at noon"]);
    assert_eq!(on.code, 0, "{on}");
    let page = site.host.client().get("/").unwrap();
    assert_eq!(page.status, 503);
    assert!(page.text.contains("Back at noon"), "{}", page.text);
    // Until everybody has asked for the page once.
    for _ in 0..ROUND {
        ground.steady.settle();
    }
    let off = site.examctl(&["maintenance", "off"]);
    assert_eq!(off.code, 0, "{off}");
    assert_eq!(site.host.client().get("/").unwrap().status, 200);
    ground.steady.settle();
    let meanwhile = ground.steady.since_last();
    let is_page = |failure: &Failure| failure.request == "GET /";
    assert!(meanwhile.failures.iter().any(is_page));
    for failure in &meanwhile.failures {
        // Or somebody whose time to sign in again has come.
        let is_beginning = is_page(failure) || failure.request == "POST login";
        assert!(is_beginning, "{failure:?}");
    }
    ground.steady.settle();
    ground
        .steady
        .since_last()
        .assert_all_answered("after maintenance");

    for _ in 0..2 {
        following.wait_for_line(|line| line.contains("is_on") && line.contains("false"));
    }
    let followed = following.interrupt();
    assert_eq!(followed.code, 0, "{followed}");
    for colour in ["blue", "green"] {
        let told = followed
            .events()
            .iter()
            .filter(|event| event["slot"] == colour)
            .filter(|event| {
                event["line"]
                    .as_str()
                    .unwrap()
                    .contains("maintenance was switched")
            })
            .count();
        assert_eq!(told, 2, "{colour}: {followed}");
    }
}

/// The colour that a line of the log is from.
fn slot(line: &str) -> String {
    let event: Value = serde_json::from_str(line).unwrap_or_default();
    event["slot"].as_str().unwrap_or_default().to_owned()
}
