//! Numbers as people and programs write them, read exactly or not at all.

use rust_decimal::Decimal;

/// The longest number that is read.
const MAX_CHARACTERS: usize = 60;

const LIMITS: &str =
    "the number is too large or has too many digits: 28 digits, below 7.9e28, at most 28 decimals";

/// Reads `12`, `-0.5`, `.5` or `1.6e-19`, without rounding. Neither spaces nor signs between thousands.
///
/// # Errors
/// A sentence saying what is wrong with it.
pub fn parse(text: &str) -> Result<Decimal, &'static str> {
    const FORM: &str = "a number looks like 12, -0.5 or 1.6e-19";
    if text.len() > MAX_CHARACTERS {
        return Err(LIMITS);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| FORM)?),
        None => (text, 0),
    };
    let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let is_number = unsigned.bytes().any(|byte| byte.is_ascii_digit())
        && unsigned
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && unsigned.bytes().filter(|byte| *byte == b'.').count() <= 1;
    if !is_number {
        return Err(FORM);
    }
    let number = exactly(unsigned).ok_or(LIMITS)?;
    let scaled = scale(number, exponent).ok_or(LIMITS)?.normalize();
    Ok(if mantissa.starts_with('-') && !scaled.is_zero() {
        -scaled
    } else {
        scaled
    })
}

/// Digits with at most one point.
fn exactly(text: &str) -> Option<Decimal> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let decimals = decimals.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let text = if decimals.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{decimals}")
    };
    Decimal::from_str_exact(&text).ok()
}

/// `number` times ten to the power of `exponent`, if it can be had exactly.
fn scale(number: Decimal, exponent: i32) -> Option<Decimal> {
    if number.is_zero() {
        return Some(number);
    }
    let mut number = number.normalize();
    let scale = i64::from(number.scale()) - i64::from(exponent);
    if let Ok(scale) = u32::try_from(scale) {
        number.set_scale(scale).ok()?;
        return Some(number);
    }
    number.set_scale(0).ok()?;
    // 7.9e28 is the most: more tens than that overflow before.
    (0..(-scale).min(30)).try_fold(number, |number, _| number.checked_mul(Decimal::TEN))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (text, number) in [
            ("12", "12"),
            ("-0.50", "-0.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1.6e-19", "0.00000000000000000016"),
            ("6.02e23", "602000000000000000000000"),
            ("0e99999", "0"),
            ("1e-28", "0.0000000000000000000000000001"),
            ("0.1000000000000000000000000000000000", "0.1"),
        ] {
            assert_eq!(
                parse(text).map(|number| number.to_string()),
                Ok(number.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_held_exactly_is_refused() {
        for text in [
            "",
            ".",
            "-",
            "1.2.3",
            "1 000",
            "1,5",
            "0x10",
            "inf",
            "1e",
            "1e1.5",
            "--1",
            "1e29",
            "1e-29",
            "8e28",
            "1e99999999999",
            "0.12345678901234567890123456789",
            "１２",
        ] {
            assert!(parse(text).is_err(), "'{text}' was read");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_read_as_another_number(text in "[-+]?[0-9]{0,35}[.]?[0-9]{0,30}(e-?[0-9]{1,6})?") {
            if let Ok(number) = parse(&text) {
                prop_assert_eq!(parse(&number.to_string()), Ok(number));
                let near: f64 = text.parse().unwrap();
                let read: f64 = number.to_string().parse().unwrap();
                prop_assert!((near - read).abs() <= near.abs() * 1e-12);
            }
        }
    }
}
