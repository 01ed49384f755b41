//! Files of accounts, right and wrong ones.

use proptest::prelude::*;

use super::*;

fn read_csv(text: &str) -> (Vec<PersonRow>, PeopleReport) {
    read(PeopleFormat::Csv, text.as_bytes()).unwrap()
}

fn problems(report: &PeopleReport) -> Vec<(usize, &str)> {
    let problems = report.problems.iter();
    problems
        .map(|problem| (problem.row, problem.column))
        .collect()
}

#[test]
fn rows_are_read_by_the_names_of_their_columns() {
    let (people, report) = read_csv(
        "Display Name;Login;courses;role;Student-Number\n\
         Zoë \"Ω\" 李;zoe;MATH-101; math-101;Lecturer;\n\
         \n\
         Bob;bob;;;2026-1\n",
    );
    assert_eq!(report.count(), 1, "{report:?}");
    assert_eq!(problems(&report), [(2, "role")]);
    assert_eq!(people.len(), 1);
    let (people, report) = read_csv(
        "Display Name,Login,courses,role,Student-Number,shoe size\r\n\
         \"Zoë \"\"Ω\"\" 李\",zoe,MATH-101; MATH-102 ;MATH-101,Lecturer,\r\n\
         Bob,bob,,,2026-1\r\n",
    );
    assert_eq!(report.problems, []);
    assert_eq!(
        (report.rows, &*report.unknown_columns),
        (2, &["shoe_size".to_owned()][..])
    );
    let zoe = PersonRow {
        row: 2,
        login: "zoe".to_owned(),
        display_name: "Zoë \"Ω\" 李".to_owned(),
        role: Role::Lecturer,
        email: None,
        student_number: None,
        password: None,
        courses: vec!["MATH-101".to_owned(), "MATH-102".to_owned()],
    };
    assert_eq!(people[0], zoe);
    let bob = &people[1];
    assert_eq!((bob.row, bob.role), (3, Role::Student));
    assert_eq!(bob.student_number.as_deref(), Some("2026-1"));
}

#[test]
fn every_wrong_cell_is_named_and_the_right_rows_are_taken() {
    let (people, report) = read_csv(
        "login,display_name,role,email,student_number,password\n\
         anna,Anna,student,,1,\n\
         an na,,teacher,nobody,1 2,\n\
         anna,Other,student,,1,password\n\
         bert,Bert,,,2,quiet lamp bridges seven\n",
    );
    let logins: Vec<&str> = people.iter().map(|person| &*person.login).collect();
    assert_eq!(logins, ["anna", "bert"]);
    assert_eq!(
        problems(&report),
        [
            (3, "login"),
            (3, "display_name"),
            (3, "role"),
            (3, "email"),
            (3, "student_number"),
            (4, "login"),
            (4, "student_number"),
            (4, "password"),
        ]
    );
    assert!(report.problems[5].what.contains("row 2"));
}

#[test]
fn only_so_many_rows_may_give_a_password() {
    let rows: Vec<String> = (0..=MAX_GIVEN_PASSWORDS)
        .map(|number| format!("user-{number},User,quiet lamp bridges {number} seven"))
        .collect();
    let rows = rows.join("\n");
    let (people, report) = read_csv(&format!("login,display_name,password\n{rows}"));
    assert_eq!(people.len(), MAX_GIVEN_PASSWORDS);
    assert_eq!(problems(&report), [(MAX_GIVEN_PASSWORDS + 2, "password")]);
}

#[test]
fn a_file_without_the_needed_columns_is_refused_as_a_whole() {
    for (text, said) in [
        ("", "empty"),
        ("display_name\nAnna\n", "line 1: there is no column 'login'"),
        ("login\nanna\n", "line 1: there is no column 'display_name'"),
    ] {
        let refused = read(PeopleFormat::Csv, text.as_bytes()).unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
    assert!(read(PeopleFormat::Xlsx, b"login,display_name").is_err());
}

#[test]
fn a_workbook_says_the_same_as_a_text_file() {
    let rows = [["login", "display_name"], ["anna", "Anna"], ["", "Nobody"]];
    let cells = rows.map(|row| row.map(str::to_owned).to_vec());
    let workbook = table::xlsx::write(cells.clone()).unwrap();
    let text = table::csv::write(cells).unwrap();
    let from_workbook = read(PeopleFormat::Xlsx, &workbook).unwrap();
    assert_eq!(from_workbook, read(PeopleFormat::Csv, &text).unwrap());
    assert_eq!(problems(&from_workbook.1), [(3, "login")]);
}

#[test]
fn a_spreadsheet_never_takes_a_name_for_a_formula() {
    let text = credentials("password", [["=1+1", "", "@x", "A-B"]].into_iter()).unwrap();
    assert_eq!(
        text,
        "login,student_number,display_name,password\r\n'=1+1,,'@x,A-B\r\n"
    );
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(bytes: Vec<u8>, text: String) {
        read(PeopleFormat::Csv, &bytes).ok();
        read(PeopleFormat::Xlsx, &bytes).ok();
        let (people, report) = read_csv(&format!("login,display_name\n{text}"));
        prop_assert!(people.len() <= report.rows);
    }
}
