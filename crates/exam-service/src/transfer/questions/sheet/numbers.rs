//! Numbers with their tolerance in a cell, both ways: `3.14`, `3.14 +- 0.01`, `200 +- 5%`, `9.81 to 3 figures`.

use rust_decimal::Decimal;

use crate::exam::number;
use crate::exam::question::{AcceptedNumber, Tolerance};

pub(super) fn read(cell: &str) -> Result<AcceptedNumber, String> {
    let decimal = |text: &str| {
        number::parse(text.trim())
            .map_err(|why| format!("'{cell}' is not a value with its tolerance: {why}"))
    };
    if let Some((value, rest)) = cell.split_once(" to ") {
        let figures = rest
            .strip_suffix("figures")
            .and_then(|figures| figures.trim().parse().ok());
        let figures = figures.ok_or_else(|| format!("'{cell}' should end like 'to 3 figures'"))?;
        return Ok(AcceptedNumber::new(
            decimal(value)?,
            Tolerance::SignificantFigures { figures },
        ));
    }
    let Some((value, within)) = cell.split_once("+-").or_else(|| cell.split_once('±')) else {
        return Ok(AcceptedNumber::new(decimal(cell)?, Tolerance::Exact));
    };
    let tolerance = match within.trim().strip_suffix('%') {
        Some(percent) => Tolerance::Relative {
            percent: decimal(percent)?,
        },
        None => Tolerance::Absolute {
            within: decimal(within)?,
        },
    };
    Ok(AcceptedNumber::new(decimal(value)?, tolerance))
}

pub(super) fn write(accepted: &AcceptedNumber) -> String {
    let shown = |number: Decimal| number.normalize().to_string();
    let value = shown(accepted.value);
    match accepted.tolerance {
        Tolerance::Exact => value,
        Tolerance::Absolute { within } => format!("{value} +- {}", shown(within)),
        Tolerance::Relative { percent } => format!("{value} +- {}%", shown(percent)),
        Tolerance::SignificantFigures { figures } => format!("{value} to {figures} figures"),
    }
}
