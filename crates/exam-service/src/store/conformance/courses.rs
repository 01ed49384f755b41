//! Departments, courses, who is in them, and groups.

use super::people::{add, person};
use super::{Fixture, Ground, TimeDelta, UserId, fixture, now, office, staff};
use crate::exam::{CourseId, DepartmentId, GroupId};
use crate::store::{
    Course, CourseChange, CourseStore as _, Department, Enrolment, NewPerson, Page, PeopleRefusal,
    Replaced, Role, Staff,
};

fn course(code: &str, department: Option<DepartmentId>) -> Course {
    Course {
        id: CourseId::generate(),
        code: code.to_owned(),
        title: format!("{code} ✓"),
        department,
        archived_at: None,
        created_at: now(),
        student_count: 0,
    }
}

fn page() -> Page {
    Page {
        after: String::new(),
        limit: 100,
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn logins(people: &[Enrolment]) -> Vec<&str> {
    people.iter().map(|one| &*one.login).collect()
}

async fn with_course(ground: Ground) -> (Fixture, CourseId) {
    let fixture = fixture(ground).await;
    let new = course("MATH-101", None);
    fixture
        .store
        .add_course(office(), &new)
        .await
        .unwrap()
        .unwrap();
    (fixture, new.id)
}

/// See its name.
pub async fn a_course_is_seen_by_those_who_run_it_and_by_administrators(ground: Ground) {
    let (fixture, id) = with_course(ground).await;
    let store = &fixture.store;
    let anna = person("anna", Role::Lecturer);
    add(&fixture, std::slice::from_ref(&anna)).await;
    let seen_by = async |user: UserId, role: Role| {
        let viewer = staff(user, role);
        let listed = store.courses(viewer, None, &page()).await.unwrap();
        let found = store.course(viewer, id).await.unwrap();
        assert_eq!(listed.first(), found.as_ref());
        found.is_some()
    };
    assert!(seen_by(UserId::generate(), Role::Administrator).await);
    assert!(!seen_by(anna.id, Role::Lecturer).await);
    for (part, is_seen) in [
        (Role::Lecturer, true),
        (Role::Student, false),
        (Role::Invigilator, true),
    ] {
        let enrolled = store
            .enrol(office(), id, &names(&["anna"]), part)
            .await
            .unwrap();
        assert_eq!(enrolled, Ok(1));
        assert_eq!(seen_by(anna.id, Role::Lecturer).await, is_seen, "{part:?}");
    }
    store.end_enrolment(office(), id, anna.id).await.unwrap();
    assert!(!seen_by(anna.id, Role::Lecturer).await);
}

/// See its name.
pub async fn names_are_taken_once_and_departments_have_to_be_there(ground: Ground) {
    let (fixture, id) = with_course(ground).await;
    let store = &fixture.store;
    let department = Department {
        id: DepartmentId::generate(),
        name: "Maths ✓".to_owned(),
    };
    let made = store.add_department(office(), &department).await.unwrap();
    assert_eq!(made, Ok(()));
    let again = Department {
        id: DepartmentId::generate(),
        ..department.clone()
    };
    let refused = store.add_department(office(), &again).await.unwrap();
    assert_eq!(refused, Err(PeopleRefusal::Taken("name")));
    let refused = store.rename_department(office(), &again).await.unwrap();
    assert_eq!(refused, Err(PeopleRefusal::NotFound("department")));
    assert_eq!(
        store
            .rename_department(office(), &department)
            .await
            .unwrap(),
        Ok(())
    );
    assert_eq!(
        store.departments(&page()).await.unwrap(),
        std::slice::from_ref(&department)
    );

    let refused = store
        .add_course(office(), &course("MATH-101", None))
        .await
        .unwrap();
    assert_eq!(refused, Err(PeopleRefusal::Taken("code")));
    let nowhere = course("X", Some(DepartmentId::generate()));
    let refused = store.add_course(office(), &nowhere).await.unwrap();
    assert_eq!(refused, Err(PeopleRefusal::NotFound("department")));
    let other = course("X", Some(department.id));
    store.add_course(office(), &other).await.unwrap().unwrap();
    let taken = CourseChange {
        code: Some("X".to_owned()),
        ..CourseChange::default()
    };
    let refused = store.change_course(office(), id, &taken).await.unwrap();
    assert_eq!(refused, Err(PeopleRefusal::Taken("code")));
    let change = CourseChange {
        department: Replaced::By(None),
        is_archived: Some(true),
        ..CourseChange::default()
    };
    for seconds in [0, 60] {
        let at = now() + TimeDelta::seconds(seconds);
        store
            .change_course(Staff { at, ..office() }, other.id, &change)
            .await
            .unwrap()
            .unwrap();
    }
    let viewer = staff(fixture.students[0], Role::Administrator);
    let changed = store.course(viewer, other.id).await.unwrap().unwrap();
    let expected = Course {
        department: None,
        archived_at: Some(now()),
        ..other
    };
    assert_eq!(changed, expected);
}

/// See its name.
pub async fn people_are_enrolled_by_any_of_their_names_all_or_none(ground: Ground) {
    let (fixture, id) = with_course(ground).await;
    let store = &fixture.store;
    let anna = NewPerson {
        student_number: Some("77".to_owned()),
        courses: names(&["MATH-101"]),
        ..person("anna", Role::Student)
    };
    let bert = NewPerson {
        student_number: Some("one".to_owned()),
        ..person("bert", Role::Student)
    };
    add(&fixture, &[anna.clone(), bert]).await;
    let listed = async |role| store.enrolments(id, role, &page()).await.unwrap();
    assert_eq!(logins(&listed(None).await), ["anna"], "by the import");
    let people = names(&["two", "nobody", "77", "no\u{fffd}ne"]);
    let refused = store
        .enrol(office(), id, &people, Role::Student)
        .await
        .unwrap();
    let unknown = names(&["nobody", "no\u{fffd}ne"]);
    assert_eq!(refused, Err(PeopleRefusal::UnknownPeople(unknown)));
    assert_eq!(listed(None).await.len(), 1);
    // The login comes before the number of somebody else.
    let people = names(&["77", "anna", "one", "two"]);
    for part in [Role::Invigilator, Role::Student] {
        let enrolled = store.enrol(office(), id, &people, part).await.unwrap();
        assert_eq!(enrolled, Ok(3));
        assert_eq!(listed(Some(part)).await.len(), 3, "{part:?}");
    }
    let all = listed(None).await;
    assert_eq!(logins(&all), ["one", "two", "anna"]);
    let after = Page {
        after: all[1].user.to_string(),
        limit: 1,
    };
    let rest = store.enrolments(id, None, &after).await.unwrap();
    assert_eq!(logins(&rest), ["anna"]);
    let nowhere = CourseId::generate();
    let refused = store
        .enrol(office(), nowhere, &people, Role::Student)
        .await
        .unwrap();
    assert_eq!(refused, Err(PeopleRefusal::NotFound("course")));
    let nobody: &[String] = &[];
    assert_eq!(
        store
            .enrol(office(), id, nobody, Role::Student)
            .await
            .unwrap(),
        Ok(0)
    );
}

/// See its name.
pub async fn a_group_has_members_of_its_course_and_loses_who_leaves_it(ground: Ground) {
    let (fixture, id) = with_course(ground).await;
    let store = &fixture.store;
    let people = names(&["one", "two"]);
    store
        .enrol(office(), id, &people, Role::Student)
        .await
        .unwrap()
        .unwrap();
    let group = GroupId::generate();
    assert_eq!(
        store.add_group(office(), id, group, "A ✓").await.unwrap(),
        Ok(())
    );
    let again = store
        .add_group(office(), id, GroupId::generate(), "A ✓")
        .await;
    assert_eq!(again.unwrap(), Err(PeopleRefusal::Taken("name")));
    let strangers = names(&["one", "three"]);
    let refused = store
        .set_members(office(), id, group, &strangers)
        .await
        .unwrap();
    let unknown = names(&["three"]);
    assert_eq!(refused, Err(PeopleRefusal::UnknownPeople(unknown)));
    for members in [&people[..1], &people, &people] {
        let set = store
            .set_members(office(), id, group, members)
            .await
            .unwrap();
        assert_eq!(set, Ok(members.len()));
        let listed = store.members(id, group, &page()).await.unwrap();
        assert_eq!(logins(&listed.unwrap()), members);
    }
    store
        .end_enrolment(office(), id, fixture.students[0])
        .await
        .unwrap();
    let groups = store.groups(id, &page()).await.unwrap();
    assert_eq!((&*groups[0].name, groups[0].member_count), ("A ✓", 1));
    // A group of another course is none.
    let elsewhere = CourseId::generate();
    assert!(
        !store
            .remove_group(office(), elsewhere, group)
            .await
            .unwrap()
    );
    let members = store.members(elsewhere, group, &page()).await.unwrap();
    assert!(members.is_none());
    assert!(store.remove_group(office(), id, group).await.unwrap());
    assert_eq!(store.count_rows("group_members").await, 0);
}
