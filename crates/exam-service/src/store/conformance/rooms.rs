//! Rooms with seats, and whom an action on a room reaches.

use super::bank::{done, taught};
use super::exam_office::drafted;
use super::sitting::minutes;
use super::*;
use crate::exam::invigilation::Measure;
use crate::exam::seating::{Room, SeatOrder, SeatPlan, Seats, Wish};
use crate::store::exam_office::{CandidateLine, CandidateOrder, NewCandidates};
use crate::store::sitting::{ActionRequest, Target};
use crate::store::{ExamOfficeStore as _, Page, SeatPlanStore as _, StaffOutcome};

/// One row of so many seats, the first of them broken.
fn plan(columns: usize) -> SeatPlan {
    SeatPlan {
        rooms: vec![Room {
            name: "Hörsaal 王".to_owned(),
            seats: Seats::Grid { rows: 1, columns },
            out_of_use: BTreeSet::from(["A1".to_owned()]),
        }],
    }
}

/// See its name.
pub async fn rooms_are_kept_by_version_and_their_seats_given_to_all_or_nobody(ground: Ground) {
    let taught = taught(ground).await;
    let (store, lecturer) = (&taught.fixture.store, taught.lecturer);
    let id = drafted(&taught).await;
    let names = ["one", "two", "three"].map(str::to_owned).to_vec();
    let all = NewCandidates::Named(names);
    done(store.add_candidates(lecturer, id, &all).await.unwrap());
    let keep = async |columns, seen| {
        let kept = store
            .set_seat_plan(lecturer, id, &plan(columns), seen)
            .await;
        kept.unwrap()
    };
    assert_eq!(done(keep(3, 0).await), 1);
    assert_eq!(done(keep(3, 0).await), 1, "a repeat");
    assert_eq!(keep(4, 0).await, StaffOutcome::Outdated { current: 1 });
    let rooms = done(store.exam_rooms(lecturer, id).await.unwrap());
    assert_eq!((rooms.plan, rooms.version), (plan(3), 1));
    let stranger = taught.stranger;
    let hidden = store.exam_rooms(stranger, id).await.unwrap();
    assert_eq!(hidden, StaffOutcome::NotFound);
    let hidden = store.set_seat_plan(stranger, id, &plan(3), 1).await;
    assert_eq!(hidden.unwrap(), StaffOutcome::NotFound);

    let wish = Wish {
        order: SeatOrder::Login,
        seats_between: 0,
        keeps_seated: true,
    };
    let assign = async |applies| {
        done(
            store
                .assign_seats(lecturer, id, &wish, applies)
                .await
                .unwrap(),
        )
    };
    let refused = assign(true).await.unwrap_err();
    assert_eq!((refused.needed, refused.free), (3, 2));
    assert_eq!(done(keep(4, 1).await), 2);
    assert_eq!(assign(false).await.unwrap().given.len(), 3);
    let page = Page {
        after: String::new(),
        limit: 10,
    };
    let seated = async || {
        let order = CandidateOrder::Seat;
        let lines = done(store.candidates(lecturer, id, order, &page).await.unwrap());
        let line = |line: CandidateLine| (line.login, line.seat.unwrap());
        lines.into_iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(seated().await, [], "a dry run");
    assert_eq!(assign(true).await.unwrap().given.len(), 3);
    let expected = [("one", "A2"), ("three", "A3"), ("two", "A4")];
    let expected = expected.map(|(login, seat)| (login.to_owned(), format!("Hörsaal 王-{seat}")));
    assert_eq!(seated().await, expected);
    let again = assign(true).await.unwrap();
    assert_eq!((again.given.len(), again.kept), (0, 3));
    // All of them change places at once.
    let anew = Wish {
        order: SeatOrder::Random("a seed".to_owned()),
        keeps_seated: false,
        ..wish.clone()
    };
    let moved = store.assign_seats(lecturer, id, &anew, true).await.unwrap();
    assert_eq!(done(moved).unwrap().given.len(), 3);
    assert_eq!(seated().await.len(), 3);
}

/// See its name.
pub async fn a_room_of_the_seat_plan_is_that_room_alone(ground: Ground) {
    let fixture = fixture(ground).await;
    let plan = r#"{"rooms":[{"name":"H1","seats":{"grid":{"rows":1,"columns":9}}},{"name":"H1-b","seats":{"named":["1"]}}]}"#;
    let mut sql = vec![format!(
        "INSERT INTO seat_plans (exam_id, version, document) VALUES ('{}', 1, '{plan}')",
        fixture.exam
    )];
    for (user, seat) in fixture.students.iter().zip(["H1-A1", "H1-b-1"]) {
        sql.push(format!(
            "UPDATE candidates SET seat = '{seat}' WHERE user_id = '{user}'"
        ));
    }
    for sql in sql {
        fixture.store.execute_raw(sql).await;
    }
    for (room, expected) in [("H1", [11, 10]), ("H1-b", [11, 11])] {
        let order = ActionRequest {
            target: Target::Room(room.to_owned()),
            ..fixture.order(room, Measure::CreditTime(60)).await
        };
        assert_eq!(fixture.act(&order).await.targeted, 1, "{room}");
        for (student, minute) in expected.into_iter().enumerate() {
            let record = fixture.record(student, now()).await;
            assert_eq!(
                record.attempt.deadline_at,
                now() + minutes(minute),
                "{room}"
            );
        }
    }
}
