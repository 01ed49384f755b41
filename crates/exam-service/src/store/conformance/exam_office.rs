//! Exams written: drafts, publication, candidates and seats.

use super::bank::{Taught, done, questions, taught};
use super::*;
use crate::exam::review::Window;
use crate::exam::timing::Accommodation;
use crate::exam::{Draft, ExamRules, ExamState, GroupId};
use crate::store::exam_office::{
    CandidateOrder, CloneRequest, ExamChange, ExamFilter, ExamMark, ExamPlan, NewCandidates,
    StepOutcome,
};
use crate::store::{ExamOfficeStore as _, Page, Staff, StaffOutcome};

fn plan(taught: &Taught, question: &Question) -> ExamPlan {
    let draft = serde_json::json!({ "sections": [{ "items": [{ "type": "fixed", "question": question.id }] }] });
    ExamPlan {
        id: ExamId::generate(),
        code: "final".to_owned(),
        course: taught.course,
        title: "Zoë's 李 final".to_owned(),
        window: Window {
            starts_at: now(),
            ends_at: now() + TimeDelta::hours(2),
        },
        duration: TimeDelta::hours(1),
        rules: ExamRules::default(),
        draft: serde_json::from_value::<Draft>(draft).unwrap(),
    }
}

/// A draft that asks one question.
pub(super) async fn drafted(taught: &Taught) -> ExamId {
    let question = questions()[2].clone();
    taught.add(vec![question.clone()], None).await;
    let plan = plan(taught, &question);
    let store = &taught.fixture.store;
    let made = done(store.create_exam(taught.lecturer, &plan).await.unwrap());
    assert_eq!(
        (made.title, made.draft),
        (plan.title.clone(), Some(plan.draft.clone()))
    );
    let again = ExamPlan {
        id: ExamId::generate(),
        ..plan.clone()
    };
    let taken = store.create_exam(taught.lecturer, &again).await.unwrap();
    assert!(matches!(taken, StaffOutcome::Refused(_)), "{taken:?}");
    plan.id
}

async fn step(taught: &Taught, id: ExamId, state: ExamState) -> StepOutcome {
    let store = &taught.fixture.store;
    done(
        store
            .set_exam_state(taught.lecturer, id, state, now())
            .await
            .unwrap(),
    )
}

/// See its name.
pub async fn an_exam_is_frozen_when_it_is_published_and_seen_by_students_from_then_on(
    ground: Ground,
) {
    let taught = taught(ground).await;
    let store = &taught.fixture.store;
    let id = drafted(&taught).await;
    let named = NewCandidates::Named(vec!["two".to_owned(), "one".to_owned()]);
    let added = store
        .add_candidates(taught.lecturer, id, &named)
        .await
        .unwrap();
    assert_eq!(done(added).added, 2);
    let student = taught.fixture.students[0];
    let seen = async || {
        let exams = store.exams_of(student).await.unwrap();
        exams.iter().filter(|exam| exam.id == id).count()
    };
    let drafts = store.calendar(now() - TimeDelta::hours(1)).await.unwrap();
    assert_eq!(
        (seen().await, drafts.next.filter(|next| next.id == id)),
        (0, None)
    );
    step(&taught, id, ExamState::Review).await;
    assert_eq!(seen().await, 0);
    let published = step(&taught, id, ExamState::Published).await;
    assert!(
        matches!(&published, StepOutcome::Taken(exam) if exam.question_count == 1),
        "{published:?}"
    );
    assert_eq!(
        (seen().await, step(&taught, id, ExamState::Published).await),
        (1, published)
    );
    let request = StartRequest {
        exam: id,
        ..taught.fixture.start_request(student)
    };
    let started = store.start_attempt(request).await.unwrap();
    assert!(matches!(started, StartOutcome::Started(_)), "{started:?}");
    let exam = done(store.exam(taught.lecturer, id).await.unwrap());
    let sooner = ExamChange {
        revision: exam.revision,
        ends_at: Some(now() + TimeDelta::minutes(30)),
        starts_at: Some(now() - TimeDelta::hours(1)),
        ..ExamChange::default()
    };
    let refused = store
        .change_exam(taught.lecturer, id, &sooner, now())
        .await
        .unwrap();
    assert!(matches!(refused, StaffOutcome::Refused(_)), "{refused:?}");
    let closing = store
        .set_exam_state(taught.lecturer, id, ExamState::Closed, now())
        .await;
    assert!(matches!(closing.unwrap(), StaffOutcome::Refused(_)));
    let removed = store
        .remove_candidate(taught.lecturer, id, student)
        .await
        .unwrap();
    assert!(matches!(removed, StaffOutcome::Refused(_)), "{removed:?}");
}

/// See its name.
pub async fn two_who_change_an_exam_at_the_same_time_never_overwrite_each_other(ground: Ground) {
    let taught = taught(ground).await;
    let id = drafted(&taught).await;
    let other = Arc::new(taught.fixture.ground.open().await);
    let change = |title: &str| ExamChange {
        revision: 1,
        title: Some(title.to_owned()),
        ..ExamChange::default()
    };
    let (mine, theirs) = (change("Mine"), change("Theirs"));
    let (first, second) = tokio::join!(
        taught
            .fixture
            .store
            .change_exam(taught.lecturer, id, &mine, now()),
        other.change_exam(taught.lecturer, id, &theirs, now())
    );
    let outcomes = [first.unwrap(), second.unwrap()];
    assert!(
        outcomes.contains(&StaffOutcome::Outdated { current: 2 }),
        "{outcomes:?}"
    );
    assert!(
        outcomes
            .iter()
            .any(|it| matches!(it, StaffOutcome::Done(_))),
        "{outcomes:?}"
    );
    other.close().await.unwrap();
}

/// See its name.
pub async fn candidates_are_added_by_name_course_or_group(ground: Ground) {
    let taught = taught(ground).await;
    let (store, lecturer) = (&taught.fixture.store, taught.lecturer);
    let id = drafted(&taught).await;
    let (one, two) = (taught.fixture.students[0], taught.fixture.students[1]);
    let group = GroupId::generate();
    for sql in [
        format!(
            "INSERT INTO course_groups (id, course_id, name) VALUES ('{group}', '{}', 'A')",
            taught.course
        ),
        format!("INSERT INTO group_members (group_id, user_id) VALUES ('{group}', '{one}')"),
        format!(
            "INSERT INTO enrolments (course_id, user_id, role) VALUES ('{}', '{two}', 'student')",
            taught.course
        ),
        format!("UPDATE users SET student_number = '4711' WHERE id = '{two}'"),
    ] {
        store.execute_raw(sql).await;
    }
    let add = async |new: NewCandidates| store.add_candidates(lecturer, id, &new).await.unwrap();
    let named =
        |names: &[&str]| NewCandidates::Named(names.iter().map(|&name| name.to_owned()).collect());
    let unknown = done(add(named(&["one", "No", "4711"])).await);
    assert_eq!((unknown.added, unknown.unknown), (0, vec!["No".to_owned()]));
    assert!(matches!(
        add(NewCandidates::Group(GroupId::generate())).await,
        StaffOutcome::Refused(_)
    ));
    for (new, added) in [
        (NewCandidates::Group(group), 1),
        (NewCandidates::Group(group), 0),
        (NewCandidates::Enrolled, 1),
        (named(&["4711", "three", "three"]), 1),
    ] {
        assert_eq!(done(add(new.clone()).await).added, added, "{new:?}");
    }
}

/// How many exams of the course they see.
async fn listed(taught: &Taught, staff: Staff) -> usize {
    let page = Page {
        after: String::new(),
        limit: 10,
    };
    let store = &taught.fixture.store;
    let exams = store.exams(staff, taught.course, &page).await.unwrap();
    if let StaffOutcome::Done(exams) = exams {
        exams.len()
    } else {
        0
    }
}

/// A copy with the same candidates.
fn copy_of_it() -> CloneRequest {
    CloneRequest {
        id: ExamId::generate(),
        code: "second".to_owned(),
        title: None,
        window: Window {
            starts_at: now(),
            ends_at: now() + TimeDelta::hours(2),
        },
        with_candidates: true,
    }
}

/// See its name.
pub async fn candidates_are_seated_and_cloned_without_their_seats(ground: Ground) {
    let taught = taught(ground).await;
    let (store, lecturer) = (&taught.fixture.store, taught.lecturer);
    let id = drafted(&taught).await;
    let (one, two) = (taught.fixture.students[0], taught.fixture.students[1]);
    let sql = format!("UPDATE users SET student_number = '4711' WHERE id = '{two}'");
    store.execute_raw(sql).await;
    let names = ["one", "two", "three"].map(str::to_owned).to_vec();
    let all = NewCandidates::Named(names);
    done(store.add_candidates(lecturer, id, &all).await.unwrap());
    let seat = async |pairs: &[(&str, Option<&str>)]| {
        let owned =
            |(name, seat): &(&str, Option<&str>)| ((*name).to_owned(), seat.map(str::to_owned));
        let pairs: Vec<_> = pairs.iter().map(owned).collect();
        store.set_seats(lecturer, id, &pairs).await.unwrap()
    };
    done(seat(&[("one", Some("é-2")), ("4711", Some("É-1"))]).await);
    done(seat(&[("one", Some("É-1")), ("two", Some("é-2"))]).await);
    assert!(matches!(
        seat(&[("three", Some("é-2"))]).await,
        StaffOutcome::Refused(_)
    ));
    let granted = Accommodation {
        extra_percent: 25,
        ..Accommodation::NONE
    };
    done(
        store
            .set_accommodation(lecturer, id, one, granted)
            .await
            .unwrap(),
    );
    let page = Page {
        after: String::new(),
        limit: 10,
    };
    let plan = store
        .candidates(lecturer, id, CandidateOrder::Seat, &page)
        .await;
    let plan: Vec<_> = done(plan.unwrap())
        .into_iter()
        .map(|line| (line.seat.unwrap(), line.user, line.accommodation))
        .collect();
    assert_eq!(
        plan,
        [
            ("É-1".to_owned(), one, granted),
            ("é-2".to_owned(), two, Accommodation::NONE)
        ]
    );
    let copy = done(store.clone_exam(lecturer, id, &copy_of_it()).await.unwrap());
    let all = store
        .candidates(lecturer, copy.id, CandidateOrder::Account, &page)
        .await;
    let all = done(all.unwrap());
    assert_eq!(
        (
            all.len(),
            all.iter().filter(|line| line.seat.is_none()).count()
        ),
        (3, 3)
    );
    assert_eq!(listed(&taught, lecturer).await, 2);
    assert_eq!(listed(&taught, taught.stranger).await, 0);
}

/// See its name.
pub async fn exams_of_all_courses_are_found_by_whoever_may_see_them(ground: Ground) {
    let taught = taught(ground).await;
    let (store, lecturer) = (&taught.fixture.store, taught.lecturer);
    let draft = drafted(&taught).await;
    let everywhere = taught.fixture.admin().await;
    let in_no_course = taught.fixture.exam;
    let found = async |staff, filter: &ExamFilter| {
        let found = store.find_exams(staff, filter, None, 10).await.unwrap();
        found.into_iter().map(|one| one.exam.id).collect::<Vec<_>>()
    };
    let any = ExamFilter::default();
    assert_eq!(found(lecturer, &any).await, [draft]);
    assert_eq!(found(taught.stranger, &any).await, []);
    let both = found(everywhere, &any).await;
    assert!(both.len() == 2 && both.contains(&draft) && both.contains(&in_no_course));
    // One after the other they are the same.
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let part = store.find_exams(everywhere, &any, after, 1).await.unwrap();
        let Some(one) = part.into_iter().next() else {
            break;
        };
        after = Some(ExamMark {
            starts_at_ms: one.exam.window.starts_at.timestamp_millis(),
            exam: one.exam.id,
        });
        paged.push(one.exam.id);
    }
    assert_eq!(paged, both);

    let window = store.find_exams(lecturer, &any, None, 1).await.unwrap();
    let (course, window) = (&window[0].course, window[0].exam.window);
    assert_eq!(course, &Some((taught.course, "MATH".to_owned())));
    let moment = TimeDelta::milliseconds(1);
    for (filter, is_found) in [
        (states(&[ExamState::Draft]), true),
        (states(&[ExamState::Published, ExamState::Closed]), false),
        (from(window.ends_at), true),
        (from(window.ends_at + moment), false),
        (until(window.starts_at + moment), true),
        (until(window.starts_at), false),
    ] {
        let ids = found(lecturer, &filter).await;
        assert_eq!(ids == [draft], is_found, "{filter:?}");
    }
    let of_course = ExamFilter {
        course: Some(taught.course),
        ..ExamFilter::default()
    };
    assert_eq!(found(everywhere, &of_course).await, [draft]);
    let one = ExamFilter {
        exam: Some(in_no_course),
        ..ExamFilter::default()
    };
    assert_eq!(found(everywhere, &one).await, [in_no_course]);
    assert_eq!(found(lecturer, &one).await, []);
    // Who only watches sees it once it is published.
    let sql = format!(
        "UPDATE enrolments SET role = 'invigilator' WHERE user_id = '{}'",
        lecturer.user
    );
    store.execute_raw(sql).await;
    assert_eq!(found(lecturer, &any).await, []);
    let sql = format!("UPDATE exams SET state = 'published' WHERE id = '{draft}'");
    store.execute_raw(sql).await;
    assert_eq!(found(lecturer, &any).await, [draft]);
}

fn states(states: &[ExamState]) -> ExamFilter {
    ExamFilter {
        states: states.to_vec(),
        ..ExamFilter::default()
    }
}

fn from(at: DateTime<Utc>) -> ExamFilter {
    ExamFilter {
        from: Some(at),
        ..ExamFilter::default()
    }
}

fn until(at: DateTime<Utc>) -> ExamFilter {
    ExamFilter {
        until: Some(at),
        ..ExamFilter::default()
    }
}
