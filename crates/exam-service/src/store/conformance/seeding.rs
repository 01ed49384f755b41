//! Accounts and demo data.

use super::*;
use crate::store::{NewAccount, Role, Store as _, StoreError};

/// See its name.
pub async fn seeding_again_keeps_the_exam_and_adds_students(ground: Ground) {
    let fixture = fixture(ground).await;
    let again = DemoSeed {
        password_hash: "another hash".to_owned(),
        open_for: TimeDelta::days(2),
        ..seed(&["one", "two", "three", "four"])
    };
    let id = fixture.store.seed_demo(&exam(), &again).await.unwrap();
    assert_eq!(id, fixture.exam);
    for login in ["one", "four"] {
        let account = fixture.store.account_by_login(login).await.unwrap();
        let account = account.unwrap();
        assert_eq!(account.password_hash, "another hash");
        let exams = fixture.store.exams_of(account.id).await.unwrap();
        assert_eq!(exams.len(), 1);
        assert_eq!(exams[0].ends_at, now() + TimeDelta::days(2));
    }
    assert_eq!(fixture.store.count_demo_accounts().await.unwrap(), 5);
    // A shorter window takes nothing back.
    let shorter = seed(&["one"]);
    fixture.store.seed_demo(&exam(), &shorter).await.unwrap();
    let exams = fixture.store.exams_of(fixture.students[0]).await.unwrap();
    assert_eq!(exams[0].ends_at, now() + TimeDelta::days(2));
}

/// See its name.
pub async fn a_login_belongs_to_one_account_to_the_letter(ground: Ground) {
    let fixture = fixture(ground).await;
    let account = |login: &str| NewAccount {
        login: login.to_owned(),
        display_name: "Zoë \"Ω\" 李 🎓 \\ '".to_owned(),
        role: Role::Lecturer,
        password_hash: "hash".to_owned(),
    };
    let id = fixture.store.create_account(account("zoë"), now()).await;
    let id = id.unwrap();
    let taken = fixture.store.create_account(account("zoë"), now()).await;
    assert!(
        matches!(&taken, Err(StoreError::LoginTaken(login)) if login == "zoë"),
        "{taken:?}"
    );
    for other in ["Zoë", "zoe", "ONE", "on\0e"] {
        let found = fixture.store.account_by_login(other).await.unwrap();
        assert!(found.is_none(), "{other:?}");
        fixture
            .store
            .create_account(account(other), now())
            .await
            .unwrap();
    }
    let found = fixture.store.account(id).await.unwrap().unwrap();
    assert_eq!(found.display_name, account("zoë").display_name);
    assert_eq!((found.role, &*found.login), (Role::Lecturer, "zoë"));
}
