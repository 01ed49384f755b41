//! What a host has answered so far, and which of it still holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::path::EMPTY_SHA256;
use crate::facts::{FactKey, Facts, Request};
use crate::playbook::{ReadyTask, Seat};

/// Questions by where and as whom they are asked.
pub(super) type Questions = BTreeMap<Seat, Vec<Request>>;

#[derive(Clone, Default)]
pub(super) struct Answers {
    facts: BTreeMap<Seat, Facts>,
    /// What was asked, with the checksum that an answer was measured against.
    asked: BTreeMap<(Seat, FactKey), Option<String>>,
    stale: BTreeSet<FactKey>,
}

impl Answers {
    /// Facts as they are seen from there, once somebody asked there.
    pub(super) fn facts(&self, seat: Seat) -> Option<&Facts> {
        self.facts.get(&seat)
    }

    /// Puts the answers to `requests` in their place.
    pub(super) fn add(&mut self, seat: Seat, requests: &[Request], newer: Facts) {
        for request in requests {
            self.stale.remove(&request.key);
            self.asked.remove(&(seat, request.key.clone()));
        }
        for request in requests {
            let measure = self.asked.entry((seat, request.key.clone())).or_default();
            *measure = match (measure.take(), request.expected_sha256.clone()) {
                // Then the content is sent, whatever it is.
                (Some(one), Some(other)) if one != other => Some(EMPTY_SHA256.to_owned()),
                (one, other) => one.or(other),
            };
        }
        match self.facts.get_mut(&seat) {
            Some(facts) => facts.replace(requests, &newer),
            None => drop(self.facts.insert(seat, newer)),
        }
    }

    pub(super) fn has(&self, seat: Seat, request: &Request) -> bool {
        if self.stale.contains(&request.key) {
            return false;
        }
        let Some(measure) = self.asked.get(&(seat, request.key.clone())) else {
            return false;
        };
        let FactKey::Path(path) = &request.key else {
            return true;
        };
        if request.expected_sha256.is_none() || request.expected_sha256 == *measure {
            return true;
        }
        // The content was not sent where it was what was expected then.
        let state = self.facts(seat).and_then(|facts| facts.paths.get(path));
        measure.is_some() && state.is_none_or(|state| state.sha256 != *measure)
    }

    /// Whether everything is known that the plan of `one` needs.
    pub(super) fn suffice_for(&self, one: &ReadyTask) -> bool {
        let Some(op) = one.op() else { return true };
        let requests = op.requests();
        self.facts.contains_key(&one.seat)
            && requests.iter().all(|request| self.has(one.seat, request))
    }

    /// Adds what `ready` needs and nobody knows to `questions`.
    pub(super) fn lacking(&self, ready: &[ReadyTask], questions: &mut Questions) {
        for one in ready {
            let Some(op) = one.op() else { continue };
            let requests = op.requests().into_iter();
            let open = requests.filter(|request| !self.has(one.seat, request));
            questions.entry(one.seat).or_default().extend(open);
        }
    }

    /// What was asked of which `is_touched` holds is to be asked again.
    pub(super) fn forget(&mut self, is_touched: impl Fn(&FactKey) -> bool) {
        let keys = self.asked.keys().map(|(_, key)| key);
        self.stale
            .extend(keys.filter(|key| is_touched(key)).cloned());
    }
}

/// Everything that `ready` asks for.
pub(super) fn collect(ready: &[ReadyTask], questions: &mut Questions) {
    for one in ready {
        if let Some(op) = one.op() {
            questions.entry(one.seat).or_default().extend(op.requests());
        }
    }
}
