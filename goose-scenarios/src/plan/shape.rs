//! When in a phase does a student come, who comes once?

use std::time::Duration;

use super::Chance;
use crate::profile::Shape;

/// `front_loaded`: this share of the students ...
const EARLY_STUDENTS: f64 = 0.7;
/// ... comes in this share of the time.
const EARLY_TIME: f64 = 0.25;
/// `deadline`: everybody comes in so much time before the end.
const RUSH: Duration = Duration::from_secs(2);

/// From the beginning of a phase that takes `duration`.
pub(super) fn arrival(shape: Shape, duration: Duration, chance: &mut Chance) -> Duration {
    let share = chance.share();
    match shape {
        Shape::Uniform => duration.mul_f64(share),
        Shape::FrontLoaded if share < EARLY_STUDENTS => {
            duration.mul_f64(share / EARLY_STUDENTS * EARLY_TIME)
        }
        Shape::FrontLoaded => {
            let late = (share - EARLY_STUDENTS) / (1.0 - EARLY_STUDENTS);
            duration.mul_f64(EARLY_TIME + late * (1.0 - EARLY_TIME))
        }
        Shape::Deadline => {
            let rush = RUSH.min(duration);
            duration.saturating_sub(rush) + rush.mul_f64(share)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a thousand students come in each quarter of a phase.
    fn quarters(shape: Shape) -> [u32; 4] {
        let duration = Duration::from_secs(8);
        let mut counts = [0; 4];
        let mut chance = Chance::new(1, 1);
        for _ in 0..1000 {
            let at = arrival(shape, duration, &mut chance);
            assert!(at < duration, "{at:?}");
            counts[usize::try_from(at.as_secs() / 2).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn each_shape_has_its_crowd_where_it_says() {
        assert!(
            quarters(Shape::Uniform)
                .iter()
                .all(|count| (200..300).contains(count))
        );
        let [first, rest @ ..] = quarters(Shape::FrontLoaded);
        assert!((650..750).contains(&first) && rest.iter().all(|count| (60..140).contains(count)));
        assert_eq!(quarters(Shape::Deadline), [0, 0, 0, 1000]);
    }

    #[test]
    fn a_phase_shorter_than_the_rush_is_all_rush() {
        let short = Duration::from_millis(500);
        let mut chance = Chance::new(1, 1);
        assert!((0..100).all(|_| arrival(Shape::Deadline, short, &mut chance) < short));
    }
}
