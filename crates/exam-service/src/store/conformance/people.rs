//! Accounts: made, found, changed; and their sessions.

use super::sessions::token;
use super::*;
use crate::accounts::fields::Field;
use crate::store::{
    Finding, NewPerson, NewSession, PeopleRefusal, PeopleStore as _, PersonChange, PersonFilter,
    Replaced, Role, Rotation,
};

/// An account with a name that every database has to keep as it is.
pub(super) fn person(login: &str, role: Role) -> NewPerson {
    NewPerson {
        id: UserId::generate(),
        login: login.to_owned(),
        display_name: format!("Zoë \"Ω\" 李 🎓 \\ ' {login}"),
        role,
        password_hash: "hash".to_owned(),
        email: None,
        student_number: None,
        courses: Vec::new(),
    }
}

pub(super) async fn add(fixture: &Fixture, people: &[NewPerson]) {
    let found = fixture.store.add_people(people, now(), false).await;
    assert_eq!(found.unwrap(), []);
}

fn everybody() -> PersonFilter {
    PersonFilter {
        limit: 500,
        ..PersonFilter::default()
    }
}

async fn logins(fixture: &Fixture, filter: PersonFilter) -> Vec<String> {
    let people = fixture.store.people(&filter).await.unwrap();
    people.into_iter().map(|person| person.login).collect()
}

/// See its name.
pub async fn all_of_many_accounts_are_made_or_none(ground: Ground) {
    let fixture = fixture(ground).await;
    let many: Vec<NewPerson> = (0..2500)
        .map(|number| NewPerson {
            email: Some(format!("s{number}@example.org")),
            student_number: Some(format!("n{number}")),
            ..person(&format!("s{number}"), Role::Student)
        })
        .collect();
    let mut broken = many.clone();
    "one".clone_into(&mut broken[2400].login);
    broken[2401].courses = vec!["NONE".to_owned()];
    let found = fixture.store.add_people(&broken, now(), false).await;
    let expected = [
        (2400, Finding::Taken(Field::Login)),
        (2401, Finding::UnknownCourse("NONE".to_owned())),
    ];
    assert_eq!(found.unwrap(), expected);
    let tried = fixture.store.add_people(&many, now(), true).await;
    assert_eq!(tried.unwrap(), []);
    assert_eq!(fixture.store.count_rows("users").await, 4);
    add(&fixture, &many).await;
    assert_eq!(fixture.store.count_rows("users").await, 2504);
    let made = fixture.store.person(many[2499].id).await.unwrap().unwrap();
    assert_eq!(made.display_name, many[2499].display_name);
    assert_eq!(
        (made.email, made.created_at),
        (many[2499].email.clone(), now())
    );
    let again = fixture.store.add_people(&many, now(), true).await.unwrap();
    assert_eq!(again.len(), 5000, "each login and each number");
}

/// See its name.
pub async fn two_who_make_the_same_account_at_the_same_time_make_one(ground: Ground) {
    let fixture = fixture(ground).await;
    let other = fixture.ground.open().await;
    for round in 0..5 {
        let (ours, theirs) = (
            [person(&format!("new {round}"), Role::Student)],
            [person(&format!("new {round}"), Role::Student)],
        );
        let (first, second) = tokio::join!(
            fixture.store.add_people(&ours, now(), false),
            other.add_people(&theirs, now(), false),
        );
        let mut outcomes = [first.unwrap(), second.unwrap()];
        outcomes.sort_by_key(Vec::len);
        let refused = vec![(0, Finding::Taken(Field::Login))];
        assert_eq!(outcomes, [Vec::new(), refused]);
    }
    assert_eq!(fixture.store.count_rows("users").await, 9);
}

/// See its name.
pub async fn one_signs_in_by_login_before_number_unless_disabled(ground: Ground) {
    let fixture = fixture(ground).await;
    let numbered = NewPerson {
        student_number: Some("77".to_owned()),
        ..person("anna", Role::Student)
    };
    let named = person("77", Role::Student);
    add(&fixture, std::slice::from_ref(&numbered)).await;
    let by_name = async |name: &str| {
        let found = fixture.store.account_by_login(name).await.unwrap();
        found.map(|account| account.id)
    };
    assert_eq!(by_name("77").await, Some(numbered.id));
    add(&fixture, std::slice::from_ref(&named)).await;
    assert_eq!(by_name("77").await, Some(named.id));
    let disabled = PersonChange {
        is_disabled: Some(true),
        ..PersonChange::default()
    };
    let change = fixture.store.change_person(named.id, &disabled, now());
    change.await.unwrap().unwrap();
    assert_eq!(by_name("77").await, Some(numbered.id));
    assert_eq!(by_name("anna").await, Some(numbered.id));
}

/// See its name.
pub async fn accounts_are_searched_folded_and_come_in_pages(ground: Ground) {
    let fixture = fixture(ground).await;
    let numbered = NewPerson {
        student_number: Some("2026/ÄB".to_owned()),
        ..person("anna", Role::Lecturer)
    };
    add(&fixture, &[numbered]).await;
    for search in ["ANNA", "zoe", "ω\" 李", "🎓 \\ '", "2026/äb", "2026/ab"] {
        let filter = PersonFilter {
            search: search.to_owned(),
            ..everybody()
        };
        assert_eq!(logins(&fixture, filter).await, ["anna"], "{search}");
    }
    for search in ["%", "_", "an na", "hash"] {
        let filter = PersonFilter {
            search: search.to_owned(),
            ..everybody()
        };
        assert!(logins(&fixture, filter).await.is_empty(), "{search}");
    }
    let mut paged = Vec::new();
    let mut filter = PersonFilter {
        limit: 2,
        ..PersonFilter::default()
    };
    loop {
        let page = fixture.store.people(&filter).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.after = Some(last.id);
        paged.extend(page.into_iter().map(|person| person.login));
    }
    assert_eq!(paged, logins(&fixture, everybody()).await);
    assert_eq!(paged.len(), 5);
    let students = PersonFilter {
        role: Some(Role::Student),
        ..everybody()
    };
    assert_eq!(logins(&fixture, students).await, ["one", "two", "three"]);
}

/// See its name.
pub async fn what_is_not_changed_of_an_account_stays(ground: Ground) {
    let fixture = fixture(ground).await;
    let anna = NewPerson {
        email: Some("anna@example.org".to_owned()),
        student_number: Some("77".to_owned()),
        ..person("anna", Role::Lecturer)
    };
    add(&fixture, &[anna.clone(), person("bert", Role::Student)]).await;
    let nothing = PersonChange::default();
    let before = fixture.store.person(anna.id).await.unwrap().unwrap();
    let changed = fixture.store.change_person(anna.id, &nothing, now()).await;
    assert_eq!(changed.unwrap(), Ok(before.clone()));
    let change = PersonChange {
        email: Replaced::By(None),
        role: Some(Role::Invigilator),
        ..PersonChange::default()
    };
    let changed = fixture.store.change_person(anna.id, &change, now()).await;
    let changed = changed.unwrap().unwrap();
    assert_eq!((changed.email, changed.role), (None, Role::Invigilator));
    assert_eq!(changed.student_number, before.student_number);
    let taken = PersonChange {
        student_number: Replaced::By(Some("77".to_owned())),
        ..PersonChange::default()
    };
    let one = fixture.students[0];
    let refused = fixture.store.change_person(one, &taken, now()).await;
    assert_eq!(
        refused.unwrap(),
        Err(PeopleRefusal::Taken("student_number"))
    );
    let nobody = UserId::generate();
    let refused = fixture.store.change_person(nobody, &taken, now()).await;
    assert_eq!(refused.unwrap(), Err(PeopleRefusal::NotFound("account")));
}

/// See its name.
pub async fn of_two_administrators_who_go_at_the_same_time_one_stays(ground: Ground) {
    let fixture = fixture(ground).await;
    let other = fixture.ground.open().await;
    let first = fixture.user("admin").await;
    let second = person("second", Role::Administrator);
    add(&fixture, std::slice::from_ref(&second)).await;
    let disable = |is_disabled| PersonChange {
        is_disabled: Some(is_disabled),
        ..PersonChange::default()
    };
    for _ in 0..5 {
        let (go, back) = (disable(true), disable(false));
        let (one, two) = tokio::join!(
            fixture.store.change_person(first, &go, now()),
            other.change_person(second.id, &go, now()),
        );
        let outcomes = [one.unwrap(), two.unwrap()];
        let stayed: Vec<_> = outcomes
            .iter()
            .filter(|outcome| **outcome == Err(PeopleRefusal::LastAdministrator))
            .collect();
        assert_eq!(stayed.len(), 1, "{outcomes:?}");
        for id in [first, second.id] {
            let changed = fixture.store.change_person(id, &back, now()).await;
            changed.unwrap().unwrap();
        }
    }
}

/// See its name.
pub async fn a_session_that_was_ended_is_neither_listed_nor_renewed(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let (one, two) = (fixture.students[0], fixture.students[1]);
    let first = NewSession {
        address: Some("192.0.2.1".to_owned()),
        browser: Some("Mozilla ✓".to_owned()),
        ..NewSession::new(one, token("first", now()))
    };
    let first = store.open_session(first).await.unwrap();
    let second = NewSession::new(one, token("second", now()));
    let second = store.open_session(second).await.unwrap();
    let listed = store.sessions_of(one, now()).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [second, first]);
    assert_eq!(listed[1].browser.as_deref(), Some("Mozilla ✓"));
    assert_eq!(
        store.end_sessions(two, Some(first), now()).await.unwrap(),
        0
    );
    for _ in 0..2 {
        assert_eq!(
            store.end_sessions(one, Some(first), now()).await.unwrap(),
            1
        );
    }
    let rotated = store.rotate_session("first", token("next", now())).await;
    assert!(matches!(rotated.unwrap(), Rotation::Refused));
    let listed = store.sessions_of(one, now()).await.unwrap();
    assert_eq!(listed.len(), 1);
    let late = now() + TimeDelta::hours(1);
    assert_eq!(store.sessions_of(one, late).await.unwrap(), []);
}

/// See its name.
pub async fn a_new_password_ends_every_session_but_the_one_that_is_kept(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, one) = (&fixture.store, fixture.students[0]);
    let open = async |name: &str| {
        let new = NewSession::new(one, token(name, now()));
        store.open_session(new).await.unwrap()
    };
    let kept = open("kept").await;
    open("other").await;
    let is_set = store.set_password(one, "new hash", Some(kept), now()).await;
    assert!(is_set.unwrap());
    let account = store.account(one).await.unwrap().unwrap();
    assert_eq!(account.password_hash, "new hash");
    let listed = store.sessions_of(one, now()).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [kept]);
    let nobody = UserId::generate();
    assert!(!store.set_password(nobody, "x", None, now()).await.unwrap());
}

/// See its name.
pub async fn sessions_that_were_ended_are_known_by_when(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, one) = (&fixture.store, fixture.students[0]);
    let at = |seconds| now() + TimeDelta::seconds(seconds);
    let open = async |name: &str| {
        let new = NewSession::new(one, token(name, now()));
        store.open_session(new).await.unwrap()
    };
    let (first, second) = (open("first").await, open("second").await);
    assert_eq!(
        store.close_session("first", at(5)).await.unwrap(),
        Some(first)
    );
    store.end_sessions(one, Some(second), at(9)).await.unwrap();
    let since = async |seconds, limit| {
        let ended = store.sessions_ended_since(at(seconds), limit).await;
        ended.unwrap()
    };
    assert_eq!(since(0, 10).await, [(first, at(5)), (second, at(9))]);
    assert_eq!(since(0, 1).await, [(first, at(5))]);
    assert_eq!(since(5, 10).await, [(second, at(9))]);
    // Ended once, whoever ends it again; and over before it has begun, where the account was disabled meanwhile.
    store.end_sessions(one, None, at(60)).await.unwrap();
    assert_eq!(since(9, 10).await, []);
    let change = PersonChange {
        is_disabled: Some(true),
        ..PersonChange::default()
    };
    let changed = store.change_person(one, &change, at(70)).await;
    changed.unwrap().unwrap();
    let late = NewSession::new(one, token("late", at(71)));
    let late = store.open_session(late).await.unwrap();
    assert_eq!(since(70, 10).await, [(late, at(71))]);
}
