//! Which options were chosen, and by whom.

use std::collections::BTreeSet;

use super::{correlation, count, mean};
use crate::exam::ids::OptionId;

/// How often one option was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct DistractorCount {
    /// Which option.
    pub option: OptionId,
    /// By how many.
    pub chosen: usize,
    /// By which share of all, from 0 to 1.
    pub share: Option<f64>,
    /// Mean total without this question of those who chose it, in points.
    pub mean_total: Option<f64>,
    /// Point-biserial correlation of choosing it with the totals without this question: of a good distractor negative.
    ///
    /// Attali, Y. & Fraenkel, T. (2000). The point-biserial as a discrimination index for distractors. *Journal of
    /// Educational Measurement* 37, 77-86 (without the restriction to those who chose this option or the right one).
    pub discrimination: Option<f64>,
}

/// For each of `options`: who chose it. `choices` has for each student the selected options and the total without this
/// question; who did not answer has none selected.
pub fn distractors(
    options: &[OptionId],
    choices: &[(BTreeSet<OptionId>, f64)],
) -> Vec<DistractorCount> {
    let rest: Vec<f64> = choices.iter().map(|(_, rest)| *rest).collect();
    let of_option = |option: &OptionId| {
        let has_chosen: Vec<f64> = choices
            .iter()
            .map(|(selected, _)| if selected.contains(option) { 1.0 } else { 0.0 })
            .collect();
        let totals: Vec<f64> = choices
            .iter()
            .filter(|(selected, _)| selected.contains(option))
            .map(|(_, rest)| *rest)
            .collect();
        DistractorCount {
            option: *option,
            chosen: totals.len(),
            share: (!choices.is_empty()).then(|| count(totals.len()) / count(choices.len())),
            mean_total: mean(&totals),
            discrimination: correlation(&has_chosen, &rest),
        }
    };
    options.iter().map(of_option).collect()
}
