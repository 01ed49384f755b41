//! Points and shares of them: exact decimals, and the one rule by which they are rounded.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Number;

/// What a question earns is rounded to so many decimals.
pub const DECIMALS: u32 = 2;

/// The most points one question may be worth.
pub const MAX_POINTS: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

/// Rounded to [`DECIMALS`], halves away from zero: 0.125 becomes 0.13 and -0.125 becomes -0.13.
///
/// Each question is rounded by itself and the total is the sum of the rounded, so that a printed list adds up.
pub fn round(points: Decimal) -> Decimal {
    points
        .round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointAwayFromZero)
        .normalize()
}

/// Points as a JSON number: whole ones without a decimal point.
pub fn to_number(points: Decimal) -> Number {
    let text = points.normalize().to_string();
    let whole = text.parse::<i64>().ok().map(Number::from);
    whole
        .or_else(|| text.parse().ok().and_then(Number::from_f64))
        .unwrap_or_else(|| Number::from(0))
}

/// The share of a question's points that a response earned, as an exact fraction between -1 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    numerator: Decimal,
    denominator: Decimal,
}

impl Credit {
    /// All of the points.
    pub const FULL: Self = Self {
        numerator: Decimal::ONE,
        denominator: Decimal::ONE,
    };
    /// None of them.
    pub const NONE: Self = Self {
        numerator: Decimal::ZERO,
        denominator: Decimal::ONE,
    };

    /// `part` of `whole`, held between -1 and 1; nothing where there is no whole.
    pub fn of(part: Decimal, whole: Decimal) -> Self {
        if whole <= Decimal::ZERO {
            return Self::NONE;
        }
        Self {
            numerator: part.clamp(-whole, whole),
            denominator: whole,
        }
    }

    /// `part` of `whole` things.
    pub fn of_count(part: usize, whole: usize) -> Self {
        Self::of(Decimal::from(part), Decimal::from(whole))
    }

    /// So many percent.
    pub fn of_percent(percent: Decimal) -> Self {
        Self::of(percent, Decimal::ONE_HUNDRED)
    }

    /// Everything or nothing.
    pub fn all_if(is_right: bool) -> Self {
        if is_right { Self::FULL } else { Self::NONE }
    }

    /// Whether it is worth anything.
    pub fn is_positive(self) -> bool {
        self.numerator > Decimal::ZERO
    }

    /// Whether it is all there is.
    pub fn is_full(self) -> bool {
        self.is_positive() && self.numerator == self.denominator
    }

    /// This share of `points`: multiplied first, divided once, then [`round`]ed; never beyond `points`.
    pub fn share_of(self, points: Decimal) -> Decimal {
        let product = self.numerator.checked_mul(points);
        let share = product.and_then(|product| product.checked_div(self.denominator));
        let limit = points.abs();
        // Points have a limit, so that the product always fits; a document that says otherwise earns nothing.
        round(share.unwrap_or_default()).clamp(-limit, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (exact, rounded) in [
            ("0.125", "0.13"),
            ("-0.125", "-0.13"),
            ("0.1249", "0.12"),
            ("2.675", "2.68"),
            ("1.005", "1.01"),
            ("3", "3"),
        ] {
            assert_eq!(round(decimal(exact)), decimal(rounded), "{exact}");
        }
    }

    #[test]
    fn a_third_of_the_points_is_divided_once() {
        for (part, whole, points, earned) in [
            (1, 3, "1", "0.33"),
            (2, 3, "1", "0.67"),
            (1, 3, "3", "1"),
            (2, 3, "4.5", "3"),
            (1, 8, "1", "0.13"),
            (5, 5, "2.5", "2.5"),
            (0, 5, "2.5", "0"),
            (7, 0, "2.5", "0"),
        ] {
            let credit = Credit::of_count(part, whole);
            assert_eq!(
                credit.share_of(decimal(points)),
                decimal(earned),
                "{part}/{whole} of {points}"
            );
        }
    }

    #[test]
    fn rounding_never_gives_more_than_the_points() {
        assert_eq!(Credit::FULL.share_of(decimal("0.005")), decimal("0.005"));
        assert_eq!(
            Credit::of(decimal("9"), Decimal::ONE).share_of(decimal("2")),
            decimal("2")
        );
    }

    #[test]
    fn whole_points_are_whole_numbers_on_the_wire() {
        for (points, text) in [
            ("2.00", "2"),
            ("2.50", "2.5"),
            ("-0.33", "-0.33"),
            ("0", "0"),
        ] {
            assert_eq!(to_number(decimal(points)).to_string(), text);
        }
    }
}
