//! Plans that can be kept, and who gets which seat.

use proptest::prelude::*;

use super::*;
use crate::exam::UserId;

fn grid(name: &str, rows: usize, columns: usize) -> Room {
    Room {
        name: name.to_owned(),
        seats: Seats::Grid { rows, columns },
        out_of_use: BTreeSet::new(),
    }
}

fn plan(rooms: impl IntoIterator<Item = Room>) -> SeatPlan {
    SeatPlan {
        rooms: rooms.into_iter().collect(),
    }
}

fn candidate(name: &str, login: &str) -> Seated {
    Seated {
        user: UserId::generate(),
        name: name.to_owned(),
        login: login.to_owned(),
        seat: None,
        has_started: false,
    }
}

fn wish() -> Wish {
    Wish {
        order: SeatOrder::Name,
        seats_between: 0,
        keeps_seated: true,
    }
}

#[test]
fn seats_are_named_by_row_and_column() {
    assert_eq!(grid("H1", 2, 2).rows(), [["A1", "A2"], ["B1", "B2"]]);
    let large = grid("H1", 100, 12).rows();
    assert_eq!((&*large[0][0], &*large[99][11]), ("A01", "CV12"));
    let seats: HashSet<&String> = large.iter().flatten().collect();
    assert_eq!(seats.len(), 1200);
    assert_eq!(grid("EG-12", 1, 1).seat("A1"), "EG-12-A1");
    for (seat, room, is_in) in [
        ("EG-12-A1", "EG-12", true),
        ("H12-A1", "H1", false),
        ("H1-042", "H1", true),
        ("H1", "H1", false),
    ] {
        assert_eq!(is_in_room(seat, room), is_in, "{seat} {room}");
    }
}

#[test]
fn a_plan_with_a_mistake_is_refused_with_what_is_wrong() {
    let named = |seats: &[&str]| Room {
        seats: Seats::Named(seats.iter().map(|&seat| seat.to_owned()).collect()),
        ..grid("H1", 1, 1)
    };
    let broken = |seat: &str| Room {
        out_of_use: BTreeSet::from([seat.to_owned()]),
        ..grid("H1", 2, 2)
    };
    for (what, rooms) in [
        ("called 'H1'", vec![grid("H1", 1, 1), grid("H1", 2, 2)]),
        ("A room has a name", vec![grid(" H1", 1, 1)]),
        ("A room has a name", vec![grid("", 1, 1)]),
        ("rows", vec![grid("H1", 0, 5)]),
        ("rows", vec![grid("H1", 5, 101)]),
        ("'1' twice", vec![named(&["1", "1"])]),
        ("no hyphen", vec![named(&["1-2"])]),
        ("can be seen", vec![named(&["a\0b"])]),
        ("no seat 'C1'", vec![broken("C1")]),
        ("10000 seats", vec![grid("H1", 100, 100), grid("H2", 1, 1)]),
        ("200 rooms", vec![grid("H1", 1, 1); 201]),
    ] {
        let refused = plan(rooms).check().unwrap_err();
        assert!(refused.contains(what), "{refused}");
    }
    assert_eq!(
        plan([named(&["1", "2"]), grid("Ä-2", 3, 4)]).check(),
        Ok(())
    );
    assert_eq!(plan([broken("B2")]).check(), Ok(()));
}

#[test]
fn candidates_are_seated_in_their_order_and_keep_their_seats() {
    let plan = plan([Room {
        out_of_use: BTreeSet::from(["2".to_owned()]),
        seats: Seats::Named(["1", "2", "3", "4", "5"].map(str::to_owned).to_vec()),
        ..grid("H1", 1, 1)
    }]);
    let mut people = [
        candidate("zoe", "a"),
        candidate("anna", "c"),
        candidate("anna", "b"),
    ];
    let given = |people: &[Seated], wish: &Wish| -> Vec<String> {
        let assignment = assign(&plan, people, wish).unwrap();
        let seat = |it: &Seated| {
            let mut given = assignment.given.iter();
            let found = given.find(|(user, _)| *user == it.user);
            found.map_or("kept".to_owned(), |(_, seat)| seat.clone())
        };
        people.iter().map(seat).collect()
    };
    assert_eq!(given(&people, &wish()), ["H1-4", "H1-3", "H1-1"]);
    let by_login = Wish {
        order: SeatOrder::Login,
        ..wish()
    };
    assert_eq!(given(&people, &by_login), ["H1-1", "H1-4", "H1-3"]);
    let random = |seed: &str| Wish {
        order: SeatOrder::Random(seed.to_owned()),
        ..wish()
    };
    assert_eq!(given(&people, &random("s")), given(&people, &random("s")));
    let seeds = (0..20).map(|seed| given(&people, &random(&seed.to_string())));
    assert!(seeds.collect::<HashSet<_>>().len() > 1);

    people[0].seat = Some("H1-3".to_owned());
    assert_eq!(given(&people, &wish()), ["kept", "H1-4", "H1-1"]);
    let anew = Wish {
        keeps_seated: false,
        ..wish()
    };
    assert_eq!(given(&people, &anew), ["H1-4", "H1-3", "H1-1"]);
    people[0].has_started = true;
    assert_eq!(given(&people, &anew), ["kept", "H1-4", "H1-1"]);
    let apart = Wish {
        seats_between: 1,
        ..wish()
    };
    assert_eq!(given(&people, &apart), ["kept", "H1-5", "H1-1"]);
    let further = Wish {
        seats_between: 2,
        ..wish()
    };
    let refused = assign(&plan, &people, &further).unwrap_err();
    assert_eq!((refused.needed, refused.free), (2, 0));
}

proptest! {
    /// Whatever is kept and out of use: nobody sits too near to somebody new, and no seat is given twice.
    #[test]
    fn no_two_sit_nearer_than_wished(
        columns in 1_usize..12, between in 0_usize..4, kept in proptest::collection::hash_set(1_usize..12, 0..3),
        broken in proptest::collection::hash_set(1_usize..12, 0..3), many in 0_usize..12,
    ) {
        let seat = |at: &usize| at.to_string();
        let known = |at: &&usize| **at <= columns;
        let plan = plan([Room {
            seats: Seats::Named((1..=columns).map(|at| seat(&at)).collect()),
            out_of_use: broken.iter().filter(known).map(seat).collect(),
            ..grid("H", 1, 1)
        }]);
        let mut people: Vec<Seated> = (0..many).map(|at| candidate("", &at.to_string())).collect();
        people.extend(kept.iter().map(|at| Seated { seat: Some(format!("H-{at}")), ..candidate("", "kept") }));
        let wish = Wish { seats_between: between, ..wish() };
        if let Ok(assignment) = assign(&plan, &people, &wish) {
            prop_assert_eq!(assignment.given.len(), many);
            prop_assert_eq!(assignment.kept, kept.len());
            let mut new: Vec<usize> = assignment.given.iter().map(|(_, seat)| seat[2..].parse().unwrap()).collect();
            new.sort_unstable();
            prop_assert!(new.windows(2).all(|two| two[1] - two[0] > between));
            for at in &new {
                prop_assert!(!broken.contains(at) && kept.iter().filter(known).all(|kept| kept.abs_diff(*at) > between));
            }
        }
    }
}
