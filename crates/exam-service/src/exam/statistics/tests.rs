//! Worked examples by hand, and the cases in which there is nothing to say.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::exam::ids::OptionId;

fn table(points: &[i64], rows: &[&[i64]]) -> ScoreTable {
    let decimals = |row: &[i64]| {
        row.iter()
            .map(|value| Decimal::from(*value))
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = rows.iter().map(|row| decimals(row)).collect();
    ScoreTable::new(&decimals(points), &rows).unwrap()
}

#[track_caller]
fn assert_near(found: Option<f64>, expected: f64) {
    let found = found.expect("it is defined");
    assert!(
        (found - expected).abs() < 1e-12,
        "{found} is not {expected}"
    );
}

/// Four students, three questions. Totals 3 2 1 0: variance over n 1.25, over n-1 5/3. Shares right 3/4, 2/4, 1/4: the sum
/// of p*q is 5/8. KR-20 = 3/2 * (1 - 0.625/1.25) = 0.75.
#[test]
fn a_guttman_pattern_has_the_reliability_worked_out_by_hand() {
    let table = table(
        &[1, 1, 1],
        &[&[1, 1, 1], &[1, 1, 0], &[1, 0, 0], &[0, 0, 0]],
    );
    let found = reliability(&table);
    assert_near(found.kr20, 0.75);
    // For right or wrong the two are the same.
    assert_near(found.cronbach_alpha, 0.75);
    assert_near(found.standard_error_points, (5.0_f64 / 3.0).sqrt() * 0.5);
    let items = items(&table);
    assert_near(items[0].difficulty, 0.75);
    // (1 1 1 0) with the rest (2 1 0 0): r = 0.75 / sqrt(0.75 * 2.75).
    assert_near(items[0].discrimination, 0.75 / (0.75_f64 * 2.75).sqrt());
    let spread = describe(&table.totals());
    assert_near(spread.mean, 1.5);
    assert_near(spread.median, 1.5);
    assert_near(spread.lower_quartile, 0.75);
}

#[test]
fn what_is_undefined_is_left_out() {
    let nobody = table(&[1, 1], &[]);
    let one = table(&[1, 1], &[&[1, 0]]);
    let same = table(&[1, 1], &[&[1, 0], &[1, 0], &[1, 0]]);
    let single = table(&[1], &[&[1], &[0]]);
    for table in [&nobody, &one, &same, &single] {
        assert_eq!(reliability(table).cronbach_alpha, None);
        assert_eq!(reliability(table).kr20, None);
        assert!(
            items(table)
                .iter()
                .all(|item| item.discrimination.is_none())
        );
    }
    assert_eq!(describe(&[]).mean, None);
    assert_eq!(describe(&[4.0]).standard_deviation, None);
    assert_near(describe(&[4.0]).median, 4.0);
    assert_near(describe(&[4.0, 4.0]).standard_deviation, 0.0);
    let partial = table(&[2, 2], &[&[2, 1], &[0, 0], &[1, 2]]);
    assert_eq!(reliability(&partial).kr20, None);
    assert!(reliability(&partial).cronbach_alpha.is_some());
    assert!(ScoreTable::new(&[Decimal::ONE], &[vec![]]).is_none());
}

#[test]
fn a_question_that_good_students_get_wrong_raises_an_alarm() {
    let table = table(
        &[1, 1, 1, 1],
        &[
            &[1, 1, 0, 1],
            &[1, 1, 0, 1],
            &[0, 1, 1, 1],
            &[0, 0, 1, 1],
            &[0, 0, 1, 1],
        ],
    );
    let found: Vec<_> = items(&table).iter().map(alarms).collect();
    assert_eq!(found[2], [Alarm::NegativeDiscrimination]);
    assert_eq!(found[3], [Alarm::EverybodyWasRight]);
}

#[test]
fn a_distractor_is_chosen_by_those_who_know_less() {
    let options = [
        OptionId::generate(),
        OptionId::generate(),
        OptionId::generate(),
    ];
    let choice = |at: usize, rest: f64| (BTreeSet::from([options[at]]), rest);
    let choices = [
        choice(0, 9.0),
        choice(0, 8.0),
        choice(1, 3.0),
        (BTreeSet::new(), 4.0),
    ];
    let found = distractors(&options, &choices);
    assert_eq!(
        found.iter().map(|each| each.chosen).collect::<Vec<_>>(),
        [2, 1, 0]
    );
    assert_near(found[0].mean_total, 8.5);
    assert_near(found[1].share, 0.25);
    assert!(found[0].discrimination > Some(0.9) && found[1].discrimination < Some(0.0));
    assert_eq!((found[2].mean_total, found[2].discrimination), (None, None));
}

#[test]
fn bands_count_every_score_once() {
    let counts = |scores: &[f64]| {
        bands(scores, 20.0, 4)
            .iter()
            .map(|band| band.count)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        counts(&[-1.0, 0.0, 4.99, 5.0, 10.0, 19.0, 20.0]),
        [3, 1, 1, 2]
    );
    assert!(bands(&[1.0], 0.0, 4).is_empty());
}

#[test]
fn a_trend_is_the_slope_over_the_means_of_exams() {
    let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let sat = |group: &str, years: i32, percent: f64| Sat {
        group: group.to_owned(),
        exam_at: start + TimeDelta::hours(8766) * years,
        percent,
    };
    let results = [
        sat("b", 0, 50.0),
        sat("a", 1, 70.0),
        sat("a", 0, 55.0),
        sat("a", 0, 65.0),
        sat("a", 2, 80.0),
    ];
    let found = trends(&results);
    assert_eq!(
        found
            .iter()
            .map(|each| each.group.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_near(found[0].slope_percent_per_year, 10.0);
    assert_near(found[0].exams[0].1.mean, 60.0);
    assert_eq!(found[1].slope_percent_per_year, None);
}

proptest! {
    #[test]
    fn no_figure_is_ever_infinite_or_not_a_number(
        rows in (0_usize..6, 0_usize..6).prop_flat_map(|(students, questions)| {
            proptest::collection::vec(proptest::collection::vec(-3_i64..4, questions), students)
        }),
    ) {
        let questions = rows.first().map_or(2, Vec::len);
        let points = vec![Decimal::from(3); questions];
        let decimals: Vec<Vec<Decimal>> =
            rows.iter().map(|row| row.iter().map(|value| Decimal::from(*value)).collect()).collect();
        let table = ScoreTable::new(&points, &decimals).unwrap();
        let found = reliability(&table);
        let spread = describe(&table.totals());
        let mut figures = vec![found.cronbach_alpha, found.kr20, found.standard_error_points, spread.mean];
        figures.push(spread.standard_deviation);
        for item in items(&table) {
            figures.extend([item.difficulty, item.discrimination, item.standard_deviation]);
            prop_assert!(item.discrimination.is_none_or(|it| (-1.0..=1.0).contains(&it)));
        }
        prop_assert!(figures.into_iter().flatten().all(f64::is_finite));
    }
}
