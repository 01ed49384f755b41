use std::collections::BTreeSet;

use super::*;
use crate::profile::{Overrides, ProfileSource};

fn profile(name: &str, overrides: Overrides) -> Profile {
    ProfileSource::find(name)
        .unwrap()
        .parse(&overrides)
        .unwrap()
}

fn smoke() -> Profile {
    profile("smoke", Overrides::default())
}

fn all(profile: &Profile) -> Plan {
    plan(profile, 0..profile.users.count)
}

#[test]
fn same_seed_gives_the_same_plan_and_another_seed_another() {
    let other = Overrides {
        seed: Some(8),
        ..Overrides::default()
    };
    assert_eq!(all(&smoke()), all(&smoke()));
    assert_ne!(all(&smoke()), all(&profile("smoke", other)));
}

#[test]
fn two_generators_together_have_the_plan_of_one() {
    let (whole, profile) = (all(&smoke()), smoke());
    let mut parts = plan(&profile, 0..4).timetables;
    parts.extend(plan(&profile, 4..10).timetables);
    assert_eq!(parts, whole.timetables);
}

#[test]
fn each_student_does_everything_in_its_phase() {
    for name in ProfileSource::embedded_names() {
        let users = Some(20);
        let profile = profile(name, Overrides { users, seed: None });
        let windows = profile.windows();
        for timetable in all(&profile).timetables {
            for visit in &timetable.visits {
                let (begins, ends) = windows[visit.phase];
                assert!(visit.first >= begins, "{name}: {visit:?}");
                assert!(visit.at(visit.count - 1) < ends, "{name}: {visit:?}");
            }
        }
    }
}

#[test]
fn students_do_not_act_in_step() {
    let plan = all(&smoke());
    for deed in [Deed::Login, Deed::Save, Deed::Submit] {
        let visits = plan.timetables.iter().flat_map(|table| &table.visits);
        let of_deed = visits.filter(|visit| visit.deed == deed);
        let instants: BTreeSet<_> = of_deed.map(|visit| visit.first).collect();
        assert_eq!(instants.len(), 10, "{deed:?}");
    }
}

#[test]
fn offered_counts_what_every_student_would_do() {
    let offered = all(&smoke()).offered();
    let sit = 2;
    assert_eq!(offered[&(sit, Endpoint::SaveAnswers)], 120);
    assert_eq!(offered[&(0, Endpoint::Login)], 10);
    assert_eq!(offered.get(&(sit, Endpoint::Login)), None);
    let resumed = offered[&(3, Endpoint::ResumeAttempt)];
    assert!(
        (1..=5).contains(&resumed),
        "a fifth of ten students: {resumed}"
    );
}

#[test]
fn peak_rate_is_that_of_the_busiest_seconds() {
    // Ten students, a save a second each.
    let peak = all(&smoke()).peak_rate();
    assert!((10.0..20.0).contains(&peak), "{peak}");
    let day = profile("online-5000", Overrides::default());
    let peak = all(&day).peak_rate();
    assert!(peak > 1000.0, "{peak}");
}
