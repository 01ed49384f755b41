//! The statistics of exams, compared with `NumPy`, `SciPy` and Pingouin on random tables of scores.

use std::io::Write as _;
use std::process::Stdio;

use exam_service::exam::statistics::{Sat, ScoreTable, describe, items, reliability, trends};
use integration_tests::binaries::workspace_root;
use integration_tests::python::Python;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// Scores are in steps of a quarter, which both sides hold exactly.
struct Table {
    points: Vec<Decimal>,
    rows: Vec<Vec<Decimal>>,
}

/// A table in which each student has an ability and each question a difficulty, as in an exam.
fn any_table(
    random: &mut fastrand::Rng,
    students: usize,
    questions: usize,
    is_partial: bool,
) -> Table {
    let points: Vec<Decimal> = (0..questions)
        .map(|_| Decimal::from(random.i64(1..5)))
        .collect();
    let difficulties: Vec<f64> = (0..questions).map(|_| random.f64()).collect();
    let row = |random: &mut fastrand::Rng| {
        let ability = random.f64();
        let score = |(points, difficulty): (&Decimal, &f64)| {
            let is_right = random.f64() + ability > random.f64() + difficulty;
            let quarters = if is_partial { random.i64(0..5) } else { 4 };
            if is_right {
                points * Decimal::new(25 * quarters, 2)
            } else {
                Decimal::ZERO
            }
        };
        points.iter().zip(&difficulties).map(score).collect()
    };
    let rows = (0..students).map(|_| row(random)).collect();
    Table { points, rows }
}

fn as_numbers(decimals: &[Decimal]) -> Vec<f64> {
    decimals
        .iter()
        .map(|it| it.to_string().parse().unwrap())
        .collect()
}

fn ask_reference(tables: &[Table]) -> Vec<Value> {
    let python = Python::with(&["numpy==2.4.6", "scipy==1.17.1", "pingouin==0.7.0"]);
    let script = workspace_root().join("tests/it/references/reference.py");
    let mut child = python
        .command(&script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let question: Vec<Value> = tables
        .iter()
        .map(|table| {
            let rows: Vec<_> = table.rows.iter().map(|row| as_numbers(row)).collect();
            json!({ "points": as_numbers(&table.points), "rows": rows })
        })
        .collect();
    let mut input = child.stdin.take().expect("stdin is a pipe");
    input
        .write_all(json!(question).to_string().as_bytes())
        .unwrap();
    drop(input);
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("the reference writes JSON")
}

/// What we say of a table, in the reference's form.
fn our_figures(table: &Table) -> Value {
    let scores = ScoreTable::new(&table.points, &table.rows).unwrap();
    let totals = scores.totals();
    let spread = describe(&totals);
    let found = reliability(&scores);
    let items = items(&scores);
    json!({
        "mean": spread.mean,
        "deviation": spread.standard_deviation,
        "quartiles": [spread.lower_quartile, spread.median, spread.upper_quartile],
        "alpha": found.cronbach_alpha,
        "kr20": found.kr20,
        "standard_error": found.standard_error_points,
        "difficulty": items.iter().map(|item| item.difficulty).collect::<Vec<_>>(),
        "discrimination": items.iter().map(|item| item.discrimination).collect::<Vec<_>>(),
        "slope": our_slope(&totals),
    })
}

/// The trend of a group that has an exam every year with these means.
fn our_slope(means: &[f64]) -> Option<f64> {
    let start = "2000-01-01T00:00:00Z"
        .parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap();
    let years = (0_i32..).map(|years| start + chrono::TimeDelta::hours(8766) * years);
    let results: Vec<Sat> = years
        .zip(means)
        .map(|(exam_at, mean)| Sat {
            group: "group".to_owned(),
            exam_at,
            percent: *mean,
        })
        .collect();
    trends(&results)[0].slope_percent_per_year
}

#[track_caller]
fn assert_alike(ours: &Value, theirs: &Value, path: &str) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{path}");
            for (name, value) in ours {
                assert_alike(value, &theirs[name], &format!("{path}.{name}"));
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{path}");
            for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                assert_alike(ours, theirs, &format!("{path}[{at}]"));
            }
        }
        (Value::Number(ours), Value::Number(theirs)) => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            let allowed = 1e-9 * theirs.abs().max(1.0);
            assert!(
                (ours - theirs).abs() <= allowed,
                "{path}: {ours} here, {theirs} there"
            );
        }
        _ => assert_eq!(ours, theirs, "{path}"),
    }
}

#[test]
fn our_statistics_are_those_of_the_reference() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut tables = Vec::new();
    for (students, questions) in [(1, 3), (2, 2), (3, 1), (5, 4), (40, 10), (300, 25)] {
        for is_partial in [false, true, false, true] {
            tables.push(any_table(&mut random, students, questions, is_partial));
        }
    }
    // Nobody differs from anybody.
    let row = vec![Decimal::ONE, Decimal::ZERO];
    tables.push(Table {
        points: vec![Decimal::ONE; 2],
        rows: vec![row; 5],
    });

    let theirs = ask_reference(&tables);
    assert_eq!(theirs.len(), tables.len());
    for (at, (table, theirs)) in tables.iter().zip(&theirs).enumerate() {
        assert_alike(
            &our_figures(table),
            theirs,
            &format!("table {at} of seed {seed}"),
        );
    }
    let defined = theirs
        .iter()
        .filter(|each| each["alpha"].is_number() && each["kr20"].is_number());
    assert!(defined.count() >= 4, "too few tables say anything");
}
