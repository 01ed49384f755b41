//! Put things in order.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::fault::option_faults;
use super::{ChoiceOption, Fault, Rules, ShownParts, in_order};
use crate::exam::ids::OptionId;
use crate::exam::points::Credit;
use crate::exam::response::Response;

/// How an order that is not quite right is valued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderingScoring {
    /// The whole order or nothing.
    #[default]
    Exact,
    /// Items in their own place / items.
    Positions,
    /// Pairs of items, neighbours or not, in the right order / all pairs: (Kendall's tau + 1) / 2. An order at random
    /// earns half of the points on average.
    Pairs,
}

/// Items whose order is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordering {
    /// The items in the right order.
    pub items: Vec<ChoiceOption>,
    /// How part of the order is valued.
    #[serde(default)]
    pub scoring: OrderingScoring,
}

impl Ordering {
    fn credit_of(&self, order: &[OptionId]) -> Credit {
        let right: Vec<OptionId> = self.items.iter().map(|item| item.id).collect();
        match self.scoring {
            OrderingScoring::Exact => Credit::all_if(order == right),
            OrderingScoring::Positions => {
                let in_place = order.iter().zip(&right).filter(|(a, b)| a == b).count();
                Credit::of_count(in_place, right.len())
            }
            OrderingScoring::Pairs => {
                let place: HashMap<&OptionId, usize> =
                    order.iter().enumerate().map(|(at, id)| (id, at)).collect();
                let places: Vec<Option<&usize>> = right.iter().map(|id| place.get(id)).collect();
                let in_order = (0..places.len())
                    .flat_map(|first| (first + 1..places.len()).map(move |second| (first, second)))
                    .filter(|(first, second)| {
                        matches!((places[*first], places[*second]), (Some(a), Some(b)) if a < b)
                    })
                    .count();
                let pairs = right.len() * right.len().saturating_sub(1) / 2;
                Credit::of_count(in_order, pairs)
            }
        }
    }
}

impl Rules for Ordering {
    fn word(&self) -> &'static str {
        "ordering"
    }

    fn check(&self, response: &Response) -> Result<(), &'static str> {
        let Response::Order(order) = response else {
            return Err("this is an ordering question: send {\"order\": [..]}");
        };
        let given: BTreeSet<&OptionId> = order.iter().collect();
        let items: BTreeSet<&OptionId> = self.items.iter().map(|item| &item.id).collect();
        if given == items && order.len() == items.len() {
            Ok(())
        } else {
            Err("an order names each item of this question once")
        }
    }

    fn credit(&self, response: &Response) -> Option<Credit> {
        Some(match response {
            Response::Order(order) => self.credit_of(order),
            _ => Credit::NONE,
        })
    }

    fn show(&self, order: &[OptionId]) -> ShownParts {
        ShownParts {
            options: in_order(&self.items, order),
            ..ShownParts::default()
        }
    }

    fn options(&self) -> &[ChoiceOption] {
        &self.items
    }

    /// The author's order is the key.
    fn must_be_shuffled(&self) -> bool {
        true
    }

    fn faults(&self) -> Vec<Fault> {
        option_faults(&self.items, "item", 2)
    }
}
