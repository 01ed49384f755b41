//! The log of what staff did: whole, complete, and found again.

use serde_json::json;

use super::people::person;
use super::*;
use crate::exam::audit::{AuditLine, Deed};
use crate::exam::invigilation::Measure;
use crate::exam::{CourseId, DepartmentId, GroupId};
use crate::store::audit::AuditFilter;
use crate::store::{
    AuditStore as _, Course, CourseChange, CourseStore as _, Department, PeopleStore as _,
    PersonChange, Replaced, SecondFactorStore as _,
};

async fn lines(fixture: &Fixture, filter: &AuditFilter) -> Vec<AuditLine> {
    let page = fixture.store.audit(filter, 0, 1000).await.unwrap();
    page.chain.unwrap();
    page.lines.into_iter().map(|line| line.line).collect()
}

fn course() -> Course {
    Course {
        id: CourseId::generate(),
        code: "C-1".to_owned(),
        title: "Course".to_owned(),
        department: None,
        archived_at: None,
        created_at: now(),
        student_count: 0,
    }
}

/// See its name.
pub async fn the_log_of_actions_is_a_chain_that_tells_of_changes(ground: Ground) {
    let fixture = fixture(ground).await;
    for number in 0..4 {
        let order = fixture
            .order(&format!("key {number}"), Measure::CreditTime(1))
            .await;
        fixture.act(&order).await;
    }
    let store = &fixture.store;
    let end = store.check_audit().await.unwrap().unwrap();
    assert_eq!(end.number, 4);
    let all = AuditFilter::default();
    let page = store.audit(&all, 1, 2).await.unwrap();
    let numbers: Vec<i64> = page.lines.iter().map(|line| line.line.number).collect();
    assert_eq!(numbers, [2, 3]);
    assert_eq!(page.chain.unwrap().hash, page.lines[1].hash);
    assert_eq!(store.audit(&all, 4, 10).await.unwrap().lines, []);

    let change = "UPDATE audit_log SET action = 'pause' WHERE number = 3".to_owned();
    store.execute_raw(change).await;
    assert_eq!(store.check_audit().await.unwrap(), Err(3));
    assert_eq!(store.audit(&all, 0, 10).await.unwrap().chain, Err(3));
    let undo = "UPDATE audit_log SET action = 'credit_time' WHERE number = 3".to_owned();
    store.execute_raw(undo).await;
    assert_eq!(store.check_audit().await.unwrap(), Ok(end));
    for table in ["audit_attempts", "audit_log"] {
        store
            .execute_raw(format!("DELETE FROM {table} WHERE number = 4"))
            .await;
    }
    assert_eq!(store.check_audit().await.unwrap(), Err(4));
}

/// Much that staff do to people and courses, and much of it twice, when there is nothing left to change: which course, which
/// account.
async fn change_much(fixture: &Fixture, by: Staff) -> (CourseId, UserId) {
    let store = &fixture.store;
    let (course, group) = (course(), GroupId::generate());
    let department = Department {
        id: DepartmentId::generate(),
        name: "Maths".to_owned(),
    };
    let renamed = Department {
        name: "Physics".to_owned(),
        ..department.clone()
    };
    let anna = person("anna", Role::Lecturer);
    let change = PersonChange {
        role: Some(Role::Invigilator),
        email: Replaced::By(Some("anna@example.org".to_owned())),
        ..PersonChange::default()
    };
    let archived = CourseChange {
        is_archived: Some(true),
        ..CourseChange::default()
    };
    let (one, people) = (fixture.students[0], ["one".to_owned()]);
    let new = std::slice::from_ref(&anna);
    store.add_people(by, new, false).await.unwrap();
    assert_eq!(store.add_people(by, new, false).await.unwrap().len(), 1);
    store
        .add_department(by, &department)
        .await
        .unwrap()
        .unwrap();
    store.add_course(by, &course).await.unwrap().unwrap();
    store.add_course(by, &course).await.unwrap().unwrap_err();
    store
        .add_group(by, course.id, group, "G")
        .await
        .unwrap()
        .unwrap();
    // Each of these twice: the second time there is nothing to change.
    for _ in 0..2 {
        store
            .change_person(by, anna.id, &change)
            .await
            .unwrap()
            .unwrap();
        store
            .rename_department(by, &renamed)
            .await
            .unwrap()
            .unwrap();
        let enrolled = store.enrol(by, course.id, &people, Role::Student).await;
        enrolled.unwrap().unwrap();
        let set = store.set_members(by, course.id, group, &people).await;
        set.unwrap().unwrap();
        let changed = store.change_course(by, course.id, &archived).await;
        changed.unwrap().unwrap();
        store.end_sessions(by, one, None).await.unwrap();
        store.remove_second_factor(by, one).await.unwrap();
    }
    for _ in 0..2 {
        store.remove_group(by, course.id, group).await.unwrap();
        store.end_enrolment(by, course.id, one).await.unwrap();
    }
    (course.id, anna.id)
}

/// See its name.
pub async fn every_change_of_staff_is_a_line_and_what_changes_nothing_is_none(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, by, one) = (&fixture.store, office(), fixture.students[0]);
    let (course, anna) = change_much(&fixture, by).await;
    // Whoever changes what is their own is no news.
    let own = staff(one, Role::Student);
    assert!(store.set_password(own, one, "hash", None).await.unwrap());
    assert!(store.set_password(by, one, "hash", None).await.unwrap());

    let lines = lines(&fixture, &AuditFilter::default()).await;
    let told: Vec<&str> = lines.iter().map(|line| &*line.action).collect();
    let expected = [
        "account_made",
        "department_made",
        "course_made",
        "group_made",
        "account_changed",
        "department_renamed",
        "people_enrolled",
        "group_members_set",
        "course_changed",
        "group_removed",
        "enrolment_ended",
        "password_set",
    ];
    assert_eq!(told, expected);
    let (actor, in_course) = (by.user.to_string(), course.to_string());
    assert!(lines.iter().all(|line| line.actor.as_ref() == Some(&actor)));
    assert_eq!(lines[8].course.as_ref(), Some(&in_course));
    let detail: serde_json::Value = serde_json::from_str(&lines[4].detail).unwrap();
    let role = json!({ "from": "lecturer", "to": "invigilator" });
    assert_eq!(detail, json!({ "email": "changed", "role": role }));
    assert_eq!(
        (&*lines[4].subject_kind, lines[4].subject.as_deref()),
        ("account", Some(&*anna.to_string()))
    );
}

/// See its name.
pub async fn processes_that_write_at_the_same_time_keep_the_chain_whole(ground: Ground) {
    let fixture = fixture(ground).await;
    let stores = [
        Arc::clone(&fixture.store),
        Arc::new(fixture.ground.open().await),
    ];
    let course = course();
    stores[0]
        .add_course(office(), &course)
        .await
        .unwrap()
        .unwrap();
    // Some of them lock rows of the course before they come to the end of the log, some rows of attempts.
    let groups: Vec<_> = (0..16_usize)
        .map(|number| {
            let (store, course) = (Arc::clone(&stores[number % 2]), course.id);
            tokio::spawn(async move {
                let (group, name) = (GroupId::generate(), format!("G{number}"));
                let made = store.add_group(office(), course, group, &name).await;
                made.unwrap().unwrap();
                assert!(store.remove_group(office(), course, group).await.unwrap());
            })
        })
        .collect();
    let orders = async {
        for number in 0..8 {
            let order = fixture
                .order(&format!("key {number}"), Measure::CreditTime(6))
                .await;
            assert_eq!(fixture.act(&order).await.changed, 2);
        }
    };
    let saves = async {
        for sequence in 1..=20 {
            let requests = [1, 0].map(|student| {
                let response = Response::Value(true);
                fixture.save(student, fixture.question(1), sequence, response)
            });
            let outcomes = stores[1].save_answers(&requests, now()).await.unwrap();
            assert!(outcomes.iter().all(|outcome| decided(outcome).0 == 1));
        }
    };
    tokio::join!(orders, saves);
    for group in groups {
        group.await.unwrap();
    }
    let end = stores[1].check_audit().await.unwrap().unwrap();
    assert_eq!(end.number, 1 + 2 * 16 + 8);
}

/// See its name.
pub async fn lines_are_found_by_exam_actor_deed_and_time(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, by) = (&fixture.store, office());
    let later = Staff {
        at: now() + TimeDelta::hours(1),
        ..office()
    };
    let course = course();
    store.add_course(by, &course).await.unwrap().unwrap();
    let order = fixture.order("key", Measure::Pause).await;
    fixture.act(&order).await;
    let group = store.add_group(later, course.id, GroupId::generate(), "G");
    group.await.unwrap().unwrap();
    let none = AuditFilter::default;
    let (exam, actor, deed) = (Some(fixture.exam), Some(by.user), Some(Deed::GroupMade));
    let (from, until) = (Some(later.at), Some(later.at));
    for (filter, numbers) in [
        (AuditFilter { exam, ..none() }, vec![2]),
        (AuditFilter { actor, ..none() }, vec![1]),
        (AuditFilter { deed, ..none() }, vec![3]),
        (AuditFilter { from, ..none() }, vec![3]),
        (AuditFilter { until, ..none() }, vec![1, 2]),
        (
            AuditFilter {
                deed,
                until,
                ..none()
            },
            Vec::new(),
        ),
    ] {
        let lines = lines(&fixture, &filter).await;
        let found: Vec<i64> = lines.into_iter().map(|line| line.number).collect();
        assert_eq!(found, numbers, "{filter:?}");
    }
    // What was changed of a line shows in it alone, too.
    let change = "UPDATE audit_log SET subject_id = NULL WHERE number = 3".to_owned();
    store.execute_raw(change).await;
    let filter = AuditFilter { deed, ..none() };
    assert_eq!(store.audit(&filter, 0, 10).await.unwrap().chain, Err(3));
}

/// See its name.
pub async fn people_and_things_of_the_log_have_their_names(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, by, course) = (&fixture.store, office(), course());
    store.add_course(by, &course).await.unwrap().unwrap();
    let group = GroupId::generate();
    let added = store.add_group(by, course.id, group, "G").await;
    added.unwrap().unwrap();
    let detail = json!({ "message": "New tables." });
    let noted = store.note_deed(by, Deed::MaintenanceOn, &detail).await;
    assert_eq!(noted.unwrap(), 3);
    let lines = lines(&fixture, &AuditFilter::default()).await;
    assert_eq!(lines[2].action, "maintenance_on");
    assert_eq!(lines[2].actor, Some(by.user.to_string()));
    let attempt = fixture.attempt_id(0);
    let ids = [
        course.id.to_string(),
        group.to_string(),
        fixture.exam.to_string(),
        attempt.to_string(),
        GroupId::generate().to_string(),
        "no id".to_owned(),
    ];
    let names = store.names(&ids).await.unwrap();
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!((&*names[&ids[0]], &*names[&ids[1]]), ("C-1", "G"));
    assert!(!names[&ids[2]].is_empty() && !names[&ids[3]].is_empty());
    assert!(store.names(&[]).await.unwrap().is_empty());
}
