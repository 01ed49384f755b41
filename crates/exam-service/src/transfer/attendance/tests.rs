//! Lists by room, as files.

use std::collections::BTreeSet;

use super::*;
use crate::exam::seating::{Room, Seats};

fn person(seat: Option<&str>, name: &str) -> Attendant {
    Attendant {
        seat: seat.map(str::to_owned),
        name: name.to_owned(),
        student_number: None,
        login: "login".to_owned(),
    }
}

fn room(name: &str, seats: &[&str]) -> Room {
    Room {
        name: name.to_owned(),
        seats: Seats::Named(seats.iter().map(|&seat| seat.to_owned()).collect()),
        out_of_use: BTreeSet::new(),
    }
}

fn list(people: Vec<Attendant>) -> AttendanceList {
    let plan = SeatPlan {
        rooms: vec![room("Z", &["9", "10"]), room("A", &["1"])],
    };
    AttendanceList {
        title: "Algebra".to_owned(),
        starts_at: DateTime::UNIX_EPOCH,
        rooms: by_room(&plan, people),
    }
}

#[test]
fn people_are_listed_by_room_in_the_order_of_the_plan() {
    let list = list(vec![
        person(None, "Nobody"),
        person(Some("A-1"), "Ada"),
        person(Some("Z-10"), "Zoe"),
        person(Some("Z-9"), "王小明"),
        person(Some("by the door"), "=1+1"),
    ]);
    let csv = String::from_utf8(write_csv(&list).unwrap()).unwrap();
    assert_eq!(
        csv,
        "room,seat,display_name,student_number,login\r\n\
         Z,Z-9,王小明,,login\r\nZ,Z-10,Zoe,,login\r\nA,A-1,Ada,,login\r\n\
         Other seats,by the door,'=1+1,,login\r\n,,Nobody,,login\r\n"
    );
}

#[test]
fn each_room_has_pages_of_its_own() {
    let many: Vec<Attendant> = (0..60)
        .map(|_| person(None, "Müller-Lüdenscheidt ليلى حسن 王小明"))
        .collect();
    for (people, pages) in [
        (Vec::new(), 1),
        (vec![person(Some("A-1"), "a"), person(Some("Z-9"), "z")], 2),
        (many, 3),
    ] {
        let pdf = write_pdf(&list(people)).unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.contains(&format!("/Count {pages}")), "{pages} pages");
    }
}
