use super::*;
use crate::artifact::manifest::tests::sample;
use crate::host::facts::tests::{HOST, facts_of};
use crate::journal::tests::journal;

/// What speaks against bringing the sample from blue to green.
fn examined(host: &str, kind: Kind, spoil: fn(&mut Manifest)) -> Findings {
    let (facts, mut manifest) = (facts_of(host), sample());
    spoil(&mut manifest);
    let target = Target::from_vars("h", &serde_json::Map::new()).unwrap();
    let mut begin = *journal(&["a: upload"]).unfinished().unwrap().begin.unwrap();
    begin.kind = kind;
    let mut options = DeployOptions::new("me");
    options.during_exam = true;
    examine(&target, &facts, &manifest, &begin, &options)
}

fn refusals(host: &str, spoil: fn(&mut Manifest)) -> String {
    examined(host, Kind::Deploy, spoil).refusals.join("\n")
}

#[test]
fn a_prepared_host_takes_a_release_that_fits() {
    assert_eq!(refusals(HOST, |_| ()), "");
}

#[test]
fn everything_that_speaks_against_a_release_is_said_at_once() {
    let host = HOST
        .replace("glibc 2.36", "glibc 2.31")
        .replace("env_file yes\n", "setting APP_ENV=production\nsetting RUST_LOG=debug\n")
        .replace(
            "free_kib 1000000",
            "free_kib 10\ndisk data 10 9000 10000 /data\nmemory_kib 10\nrss blue 1000\ncertificate notAfter=Jan  2 03:04:05 2020 GMT",
        )
        .replace(
            "runner green exam-service-green EXITED Nov 20",
            "runner green exam-service-green: ERROR (no such process)",
        );
    let reasons = refusals(&host, |manifest| {
        manifest.files[0].size = 100 << 20;
        manifest.target = "aarch64-unknown-linux-gnu".to_owned();
    });
    for expected in [
        "exam-service.env does not exist",
        "does not know the green exam-service (`exam-service-green: ERROR (no such process)`)",
        "needs glibc 2.34, the host has 2.31",
        "for aarch64, the host is x86_64",
        "201 MiB are needed: these releases can be removed from the host's `releases` directory: c.partial",
        "0 MiB are free for data (the file system /data)",
        "a second release needs 2 MiB",
        "certificate ended on 2020-01-02",
        "debugging on (RUST_LOG=debug)",
    ] {
        assert!(
            reasons.contains(expected),
            "{reasons}\nshould contain: {expected}"
        );
    }
}

#[test]
fn a_load_without_anything_to_make_it_is_refused_and_asks_nothing_of_other_deploys() {
    let mut begin = *journal(&["a: upload"]).unfinished().unwrap().begin.unwrap();
    let target = Target::from_vars("h", &serde_json::Map::new()).unwrap();
    let mut options = DeployOptions::new("me");
    options.during_exam = true;
    let refused =
        |begin: &Begin| examine(&target, &facts_of(HOST), &sample(), begin, &options).refusals;
    assert_eq!(refused(&begin), Vec::<String>::new());
    begin.steps = crate::steps::with_load(begin.steps, Kind::Deploy);
    let reasons = refused(&begin);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].contains("no load generator"), "{reasons:?}");
}

#[test]
fn a_way_back_is_not_closed_by_what_can_wait() {
    let host = HOST.replace(
        "free_kib 1000000",
        "free_kib 10\ncertificate notAfter=Jan  2 03:04:05 2020 GMT",
    );
    let findings = examined(&host, Kind::Rollback, |_| ());
    assert_eq!(findings.refusals, Vec::<String>::new());
    assert!(findings.warnings.join("\n").contains("certificate ended"));
}

#[test]
fn a_static_release_and_a_script_need_no_glibc() {
    let host = HOST.replace("glibc 2.36", "glibc ");
    assert!(refusals(&host, |_| ()).contains("needs glibc 2.34"));
    assert_eq!(refusals(&host, |manifest| manifest.min_glibc = None), "");
}
