//! Grades by thresholds.

use super::*;

fn scale(unit: ScaleUnit, bounds: &[(&str, &str)]) -> GradeScale {
    let bound = |(grade, from): &(&str, &str)| GradeBound {
        from: decimal(from),
        grade: (*grade).to_owned(),
        is_pass: *grade != "F",
    };
    GradeScale {
        unit,
        bounds: bounds.iter().map(bound).collect(),
    }
}

#[test]
fn a_grade_is_earned_from_its_bound_on_and_never_by_rounding() {
    let percent = scale(
        ScaleUnit::Percent,
        &[("A", "90"), ("B", "66.67"), ("C", "50"), ("F", "0")],
    );
    let points = scale(ScaleUnit::Points, &[("A", "27.5"), ("C", "15"), ("F", "0")]);
    for (scale, score, max_score, grade) in [
        (&percent, "90", "100", Some("A")),
        (&percent, "89.99", "100", Some("B")),
        (&percent, "2", "3", Some("C")),
        (&percent, "20", "40", Some("C")),
        (&percent, "49.995", "100", Some("F")),
        (&percent, "0", "100", Some("F")),
        (&percent, "-1", "100", None),
        (&percent, "110", "100", Some("A")),
        (&points, "27.5", "30", Some("A")),
        (&points, "27.49", "30", Some("C")),
        (&points, "0", "30", Some("F")),
    ] {
        assert_eq!(
            scale.grade_for(decimal(score), decimal(max_score)),
            grade,
            "{score} of {max_score}"
        );
    }
}

#[test]
fn a_grade_is_given_once_everything_is_graded() {
    let rules = PaperRules {
        scale: Some(scale(ScaleUnit::Percent, &[("A", "50"), ("F", "0")])),
        ..PaperRules::default()
    };
    let questions = one_of_each();
    let essay = questions
        .iter()
        .find(|question| question.is_graded_by_hand())
        .unwrap()
        .clone();
    let section = Section::of_all(&questions);
    let paper = Paper::with_sections(header(), rules, questions, vec![section]);
    let answers = [answer(&essay, Response::Text("Text".to_owned()))];
    let waiting = grade(&paper, &layout(&paper), &answers, &[]);
    assert_eq!(waiting.grade, None);
    let mark = HandGrade {
        question_id: essay.id,
        mark: Mark::Whole(decimal("2")),
        comment: String::new(),
    };
    let graded = grade(&paper, &layout(&paper), &answers, &[mark]);
    assert_eq!(graded.grade.as_deref(), Some("F"));
    let change = regrade(&waiting, &graded).grade.unwrap();
    assert_eq!((change.before, change.after.as_deref()), (None, Some("F")));
}

#[test]
fn a_scale_that_leaves_scores_without_a_grade_is_found_out() {
    for (bounds, faults) in [
        (&[("A", "90"), ("F", "0")][..], 0),
        (&[("A", "90"), ("C", "50")], 1),
        (&[("A", "50"), ("B", "90"), ("F", "0")], 1),
        (&[("A", "90"), ("A", "50"), ("F", "0")], 1),
        (&[("A", "101"), ("F", "0")], 1),
        (&[("F", "50"), ("A", "0")], 1),
        (&[], 1),
    ] {
        let found = scale(ScaleUnit::Percent, bounds).faults(decimal("30"));
        assert_eq!(found.len(), faults, "{bounds:?}: {found:?}");
    }
}

#[test]
fn percent_is_rounded_and_undefined_without_points() {
    assert_eq!(percent(decimal("2"), decimal("3")), Some(decimal("66.67")));
    assert_eq!(percent(decimal("2"), Decimal::ZERO), None);
}
