//! What others read of our results.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};

use super::*;

pub(super) fn row(name: &str, score: &str, earned: Vec<Earned>) -> ResultRow {
    ResultRow {
        login: "student-0001".to_owned(),
        student_number: "007".to_owned(),
        name: name.to_owned(),
        started_at: DateTime::UNIX_EPOCH,
        submitted_at: Some(DateTime::UNIX_EPOCH),
        score: score.parse().unwrap(),
        max_score: Decimal::from(4),
        grade: Some("B".to_owned()),
        waiting: 1,
        earned,
    }
}

pub(super) fn table(rows: Vec<ResultRow>) -> ResultTable {
    ResultTable {
        title: "Exam ✓".to_owned(),
        starts_at: DateTime::UNIX_EPOCH,
        questions: vec!["=1+1".to_owned(), "Q2".to_owned()],
        rows,
    }
}

#[test]
fn no_text_of_a_csv_is_a_formula_and_numbers_stay_numbers() {
    let names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "  =1"];
    let earned = vec![Earned::Waiting, Earned::NotAsked];
    let rows = names.map(|name| row(name, "-1.25", earned.clone()));
    let bytes = write_csv(&table(rows.to_vec())).unwrap();
    let mut reader = ::csv::Reader::from_reader(&*bytes);
    assert_eq!(reader.headers().unwrap().iter().next_back(), Some("Q2"));
    assert_eq!(&reader.headers().unwrap()[10], "'=1+1");
    for (record, name) in reader.records().zip(names) {
        let record = record.unwrap();
        assert_eq!(&record[2], format!("'{name}"));
        assert_eq!(&record[5], "-1.25");
        assert_eq!((&record[10], &record[11]), ("waiting", ""));
    }
    let harmless = write_csv(&table(vec![row("Łukasz, \"Ω\"\n李", "1", earned)])).unwrap();
    let mut reader = ::csv::Reader::from_reader(&*harmless);
    let record = reader.records().next().unwrap().unwrap();
    assert_eq!(&record[2], "Łukasz, \"Ω\"\n李");
}

#[test]
fn a_report_and_slips_have_every_name_in_letters() {
    use crate::exam::paper::tests::header;
    use crate::exam::statistics::ScoreSheet;
    let names = [
        "Zoë Łukasz",
        "Мария",
        "محمد عبد الله",
        "李小龍",
        "🎓",
        &"x".repeat(500),
    ];
    let earned = vec![Earned::Points(Decimal::ONE), Earned::Waiting];
    let rows = names.map(|name| row(name, "1", earned.clone()));
    let table = table(rows.to_vec());
    let paper = crate::exam::Paper::new(header(), Vec::new());
    let figures = ScoreSheet::default().figures(&paper);
    for pdf in [
        write_report(&table, &figures, &[]).unwrap(),
        write_slips(&table).unwrap(),
        write_slips(&super::tests::table(Vec::new())).unwrap(),
    ] {
        assert!(pdf.starts_with(b"%PDF-"));
        // Only what is used of a font is in the file: the fonts have five megabytes.
        assert!((2_000..300_000).contains(&pdf.len()), "{} bytes", pdf.len());
    }
}

#[test]
fn a_workbook_has_texts_as_texts_and_points_as_numbers() {
    let earned = vec![Earned::Points("0.33".parse().unwrap()), Earned::NotAsked];
    let bytes = write_xlsx(&table(vec![row("=HYPERLINK(\"http://x\")", "2.5", earned)])).unwrap();
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(&bytes)).unwrap();
    let sheet = workbook.worksheet_range_at(0).unwrap().unwrap();
    let cell = |row, column| sheet.get_value((row, column)).cloned().unwrap();
    assert_eq!(cell(1, 1), Data::String("007".to_owned()));
    assert_eq!(
        cell(1, 2),
        Data::String("=HYPERLINK(\"http://x\")".to_owned())
    );
    assert_eq!(cell(1, 5), Data::Float(2.5));
    assert_eq!(cell(1, 7), Data::Float(62.5));
    assert_eq!(cell(1, 10), Data::Float(0.33));
    let formulas = workbook.worksheet_formula("Sheet1").unwrap();
    assert!(formulas.is_empty());
}
