//! What invigilators write down, and time credits that were a mistake.

use super::bank::{Taught, done, taught};
use super::sitting::minutes;
use super::*;
use crate::exam::IncidentId;
use crate::exam::incident::IncidentCategory;
use crate::exam::invigilation::Measure;
use crate::store::audit::AuditFilter;
use crate::store::incidents::{Incident, IncidentOutcome, NewIncident};
use crate::store::sitting::{ActionRequest, Happening, Target};
use crate::store::{AuditStore as _, IncidentStore as _, Page, SittingStore as _, StaffOutcome};

fn note(exam: ExamId, key: &str, text: &str) -> NewIncident {
    NewIncident {
        id: IncidentId::generate(),
        exam,
        key: key.to_owned(),
        request_hash: key.to_owned(),
        user: None,
        room: None,
        category: IncidentCategory::Technical,
        text: text.to_owned(),
        corrects: None,
    }
}

fn noted(outcome: IncidentOutcome) -> Incident {
    match outcome {
        IncidentOutcome::Noted(incident) => *incident,
        other => panic!("{other:?}"),
    }
}

fn first(limit: usize) -> Page {
    Page {
        after: String::new(),
        limit,
    }
}

/// See its name.
pub async fn notes_stay_as_they_were_written_and_are_corrected_by_others(ground: Ground) {
    let taught = taught(ground).await;
    let (fixture, stranger) = (&taught.fixture, taught.stranger);
    let (store, exam) = (&fixture.store, fixture.exam);
    let staff = fixture.admin().await;
    let keep = async |new: &NewIncident| store.note_incident(staff, new).await.unwrap();

    let of_room = NewIncident {
        room: Some("Hörsaal 王".to_owned()),
        ..note(exam, "room", "The lights went out ✓ 'twice'")
    };
    let kept = noted(keep(&of_room).await);
    assert_eq!((&kept.text, &kept.room), (&of_room.text, &of_room.room));
    let repeated = NewIncident {
        id: IncidentId::generate(),
        ..of_room.clone()
    };
    assert_eq!(noted(keep(&repeated).await).id, of_room.id, "one note");
    let other = NewIncident {
        request_hash: "another".to_owned(),
        ..of_room.clone()
    };
    assert_eq!(keep(&other).await, IncidentOutcome::KeyUsedBefore);

    let about = NewIncident {
        user: Some(fixture.students[0]),
        ..note(exam, "student", "Somebody else's handwriting")
    };
    let kept = noted(keep(&about).await);
    assert_eq!(kept.attempt, Some(fixture.records[0].attempt.id));
    assert_eq!(kept.about.unwrap().login, "one");
    // Who has not started can be written about as well.
    let absent = NewIncident {
        user: Some(fixture.user("three").await),
        ..note(exam, "absent", "Came without a card")
    };
    assert_eq!(noted(keep(&absent).await).attempt, None);
    let nobody = NewIncident {
        user: Some(stranger.user),
        ..note(exam, "nobody", "Not here")
    };
    let refused = keep(&nobody).await;
    assert!(
        matches!(refused, IncidentOutcome::Refused(_)),
        "{refused:?}"
    );

    corrections_keep_what_they_correct(&taught, [&of_room, &about, &absent]).await;
    let hidden = store.note_incident(stranger, &note(exam, "no", "x")).await;
    assert_eq!(hidden.unwrap(), IncidentOutcome::NotFound);
    let hidden = store.incidents(stranger, exam, &first(1)).await.unwrap();
    assert_eq!(hidden, StaffOutcome::NotFound);
}

async fn corrections_keep_what_they_correct(taught: &Taught, kept: [&NewIncident; 3]) {
    let fixture = &taught.fixture;
    let (store, exam) = (&fixture.store, fixture.exam);
    let staff = fixture.admin().await;
    let keep = async |new: &NewIncident| store.note_incident(staff, new).await.unwrap();
    let [of_room, about, absent] = kept;
    let correction = NewIncident {
        corrects: Some(about.id),
        user: about.user,
        ..note(exam, "correction", "Their own handwriting")
    };
    assert_eq!(noted(keep(&correction).await).corrects, Some(about.id));
    let second = NewIncident {
        corrects: Some(about.id),
        ..note(exam, "second correction", "Nobody's")
    };
    let refused = keep(&second).await;
    assert!(
        matches!(refused, IncidentOutcome::Refused(_)),
        "{refused:?}"
    );

    let page = |after: String| Page { after, limit: 3 };
    let read = async |page: &Page| done(store.incidents(staff, exam, page).await.unwrap());
    let head = read(&first(3)).await;
    let rest = read(&page(head[2].id.to_string())).await;
    let ids: Vec<IncidentId> = head.iter().chain(&rest).map(|one| one.id).collect();
    assert_eq!(ids, [of_room.id, about.id, absent.id, correction.id]);
    assert_eq!(head[1].text, about.text, "it stays as it was");
    assert_eq!(head[1].corrected_by, Some(correction.id));

    let timeline = store.timeline(staff, fixture.attempt_id(0), now()).await;
    let entries = timeline.unwrap().unwrap().entries.into_iter();
    let told = entries.filter_map(|entry| match entry.what {
        Happening::Noted(incident) => Some(incident.id),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [about.id, correction.id]);
    let lines = store.audit(&AuditFilter::default(), 0, 10).await;
    let lines = lines.unwrap().lines;
    assert_eq!(lines.len(), 4, "what was refused is no line");
    assert!(
        lines
            .iter()
            .all(|line| !line.line.detail.contains("handwriting"))
    );
}

/// See its name.
pub async fn a_time_credit_is_taken_back_from_those_who_got_it_once(ground: Ground) {
    let fixture = fixture(ground).await;
    let only_first = ActionRequest {
        target: Target::Attempts(vec![fixture.attempt_id(0)]),
        ..fixture.order("credit", Measure::CreditTime(600)).await
    };
    let line = fixture.act(&only_first).await.number;
    fixture
        .act(&fixture.order("all", Measure::CreditTime(60)).await)
        .await;
    let credit = fixture.store.time_credit(fixture.exam, line).await;
    let credit = credit.unwrap().unwrap();
    assert_eq!(credit.seconds, 600);
    for (exam, line) in [(fixture.exam, 99), (ExamId::generate(), line)] {
        let nothing = fixture.store.time_credit(exam, line).await.unwrap();
        assert_eq!(nothing, None);
    }
    let take = async |key: &str, minute| ActionRequest {
        now: now() + minutes(minute),
        ..fixture
            .order(key, Measure::TakeBackTime { credit, line })
            .await
    };
    // Nine and a half minutes of its eleven without the credit are over: it is left alone.
    let mut late = take("late", 10).await;
    late.now += TimeDelta::seconds(30);
    assert_eq!(fixture.act(&late).await.changed, 0);
    let taken = fixture.act(&take("taken", 5).await).await;
    assert_eq!((taken.targeted, taken.changed), (2, 1));
    for student in [0, 1] {
        let record = fixture.record(student, now()).await;
        assert_eq!(record.attempt.deadline_at, now() + minutes(11), "{student}");
    }
    // The credit, the one for all, and the taking back: each is to be confirmed by who is concerned.
    assert_eq!(fixture.record(0, now()).await.standing.revision, 3);
    assert_eq!(fixture.act(&take("again", 5).await).await.changed, 0);
}
