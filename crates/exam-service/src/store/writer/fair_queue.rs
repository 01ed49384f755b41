//! Whose turn is it? What waits for the writer: a lane for each account, taken from in turns.
//!
//! Pure: no lock, no clock. However much one account sends, and whatever attempts it names, another one's request is never more than one turn away.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::exam::UserId;

/// How many requests of one account may wait: a page sends one at a time, and has few tabs.
pub(super) const LANE_REQUESTS: usize = 8;
/// From how many answers on a batch takes no more requests.
const BATCH_ANSWERS: usize = 4096;
/// From how many bytes on a batch takes no more requests: what a database takes in one statement, several times over.
const BATCH_BYTES: usize = 4 << 20;

/// Why a request may not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// As many requests wait as may wait, or as many bytes.
    Queue,
    /// As many requests of this account wait as may wait.
    Lane,
}

/// How much a request is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    /// Answers in it.
    pub(super) answers: usize,
    /// Bytes of its body.
    pub(super) bytes: usize,
}

/// Requests in the order in which they are to be written.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    most_requests: usize,
    most_bytes: usize,
    /// None is empty.
    lanes: HashMap<UserId, VecDeque<(Weight, T)>>,
    /// Each account that has a lane and is not busy, once.
    turns: VecDeque<UserId>,
    /// Of whom something is in a batch that is not finished: what else they sent has to stay behind it.
    busy: HashSet<UserId>,
    requests: usize,
    bytes: usize,
}

impl<T> FairQueue<T> {
    /// Takes so many requests, and so many bytes of bodies.
    pub(super) fn new(most_requests: usize, most_bytes: usize) -> Self {
        Self {
            most_requests,
            most_bytes,
            lanes: HashMap::new(),
            turns: VecDeque::new(),
            busy: HashSet::new(),
            requests: 0,
            bytes: 0,
        }
    }

    /// Requests that wait.
    pub(super) fn requests(&self) -> usize {
        self.requests
    }

    /// Bytes that wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts a request at the end of its account's lane.
    ///
    /// # Errors
    /// At a limit; the queue is unchanged then.
    pub(super) fn push(&mut self, of: UserId, weight: Weight, request: T) -> Result<(), Full> {
        if self.requests >= self.most_requests || self.bytes + weight.bytes > self.most_bytes {
            return Err(Full::Queue);
        }
        let lane = self.lanes.entry(of).or_default();
        if lane.len() >= LANE_REQUESTS {
            return Err(Full::Lane);
        }
        if lane.is_empty() && !self.busy.contains(&of) {
            self.turns.push_back(of);
        }
        lane.push_back((weight, request));
        self.requests += 1;
        self.bytes += weight.bytes;
        Ok(())
    }

    /// Takes the next batch: one request of each account in turn, and again, until it is full. Requests of one account
    /// keep their order; whoever is in it is in no other until it is [`finish`](Self::finish)ed.
    pub(super) fn take_batch(&mut self, most_requests: usize) -> Vec<T> {
        let mut batch = Vec::with_capacity(most_requests.min(self.requests));
        let mut again = VecDeque::new();
        let (mut answers, mut bytes) = (0, 0);
        while batch.len() < most_requests && answers < BATCH_ANSWERS && bytes < BATCH_BYTES {
            let Some(of) = self.turns.pop_front().or_else(|| again.pop_front()) else {
                break;
            };
            let Some((weight, request)) = self.take_from(of) else {
                continue;
            };
            self.busy.insert(of);
            if self.lanes.contains_key(&of) {
                again.push_back(of);
            }
            answers += weight.answers;
            bytes += weight.bytes;
            batch.push(request);
        }
        batch
    }

    /// The batch that these accounts were in is written or given up: it is their turn again.
    pub(super) fn finish(&mut self, accounts: impl IntoIterator<Item = UserId>) {
        for of in accounts {
            if self.busy.remove(&of) && self.lanes.contains_key(&of) {
                self.turns.push_back(of);
            }
        }
    }

    /// Takes everything, whoever is busy.
    pub(super) fn take_everything(&mut self) -> Vec<T> {
        self.turns.clear();
        (self.requests, self.bytes) = (0, 0);
        let lanes = self.lanes.drain().flat_map(|(_, lane)| lane);
        lanes.map(|(_, request)| request).collect()
    }

    fn take_from(&mut self, of: UserId) -> Option<(Weight, T)> {
        let lane = self.lanes.get_mut(&of)?;
        let (weight, request) = lane.pop_front()?;
        if lane.is_empty() {
            self.lanes.remove(&of);
        }
        self.requests -= 1;
        self.bytes -= weight.bytes;
        Some((weight, request))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const ONE: Weight = Weight {
        answers: 1,
        bytes: 100,
    };

    fn attempts(count: usize) -> Vec<UserId> {
        (0..count).map(|_| UserId::generate()).collect()
    }

    fn weight(answers: usize, bytes: usize) -> Weight {
        Weight { answers, bytes }
    }

    #[test]
    fn a_batch_ends_with_many_answers_and_with_many_bytes() {
        for weight in [
            weight(100, 1),
            weight(1, BATCH_BYTES / (BATCH_ANSWERS / 100)),
        ] {
            let mut queue = FairQueue::new(100, usize::MAX);
            for attempt in attempts(60) {
                queue.push(attempt, weight, ()).unwrap();
            }
            let sizes = [0; 2].map(|_| queue.take_batch(512).len());
            assert_eq!(sizes[1], 60 - sizes[0], "{sizes:?}");
            assert!((41..=42).contains(&sizes[0]), "{sizes:?}");
            assert_eq!((queue.requests(), queue.bytes()), (0, 0));
        }
    }

    #[test]
    fn bytes_are_limited_as_requests_are() {
        let mut queue = FairQueue::new(3, 250);
        let attempts = attempts(4);
        queue.push(attempts[0], ONE, ()).unwrap();
        queue.push(attempts[1], ONE, ()).unwrap();
        assert_eq!(queue.push(attempts[2], ONE, ()), Err(Full::Queue));
        queue.push(attempts[2], weight(1, 50), ()).unwrap();
        assert_eq!(queue.push(attempts[3], weight(1, 0), ()), Err(Full::Queue));
    }

    #[test]
    fn an_attempt_that_floods_takes_one_place_in_each_turn() {
        let mut queue = FairQueue::new(1000, usize::MAX);
        let attempts = attempts(3);
        for number in 0..LANE_REQUESTS {
            queue.push(attempts[0], ONE, (0, number)).unwrap();
        }
        assert_eq!(queue.push(attempts[0], ONE, (0, 99)), Err(Full::Lane));
        queue.push(attempts[1], ONE, (1, 0)).unwrap();
        queue.push(attempts[2], ONE, (2, 0)).unwrap();
        let batch = queue.take_batch(4);
        assert_eq!(batch, [(0, 0), (1, 0), (2, 0), (0, 1)]);
    }

    #[test]
    fn who_is_in_a_batch_is_in_no_other_until_it_is_finished() {
        let mut queue = FairQueue::new(100, usize::MAX);
        let [busy, other] = [UserId::generate(), UserId::generate()];
        queue.push(busy, ONE, "first").unwrap();
        assert_eq!(queue.take_batch(1), ["first"]);
        queue.push(busy, ONE, "second").unwrap();
        queue.push(other, ONE, "of another").unwrap();
        assert_eq!(queue.take_batch(9), ["of another"]);
        assert_eq!(queue.take_batch(9), [""; 0]);
        queue.finish([busy]);
        assert_eq!(queue.take_batch(9), ["second"]);
    }

    #[test]
    fn everything_is_what_the_busy_wait_with_as_well() {
        let mut queue = FairQueue::new(100, usize::MAX);
        let busy = UserId::generate();
        for number in 0..3 {
            queue.push(busy, ONE, number).unwrap();
        }
        assert_eq!(queue.take_batch(1), [0]);
        assert_eq!(queue.take_everything(), [1, 2]);
        assert_eq!((queue.requests(), queue.bytes()), (0, 0));
        queue.finish([busy]);
        queue.push(busy, ONE, 3).unwrap();
        assert_eq!(queue.take_batch(9), [3]);
    }

    #[derive(Debug, Clone)]
    enum Event {
        /// Of the attempt with this number.
        Push(usize),
        /// A batch of at most so many.
        Take(usize),
        /// The batch that was taken first of those that are not finished.
        Finish,
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = prop_oneof![
            4 => (0..6_usize).prop_map(Event::Push),
            1 => (1..9_usize).prop_map(Event::Take),
            1 => Just(Event::Finish),
        ];
        vec(event, 0..200)
    }

    proptest! {
        /// Whatever comes in which order: nothing is lost or taken twice, each attempt keeps its order, nobody is
        /// taken from twice while another one waits, and no limit is passed.
        #[test]
        fn each_request_is_taken_once_in_order_and_in_turns(events in events()) {
            let attempts = attempts(6);
            let mut queue = FairQueue::new(20, 1500);
            let (mut pushed, mut taken) = ([0; 6], [0; 6]);
            let mut unfinished: VecDeque<BTreeSet<usize>> = VecDeque::new();
            // Each round finishes one batch more than it takes.
            let batches = events.iter().filter(|event| matches!(event, Event::Take(_))).count();
            let flush = (0..batches + 20).flat_map(|_| [Event::Finish, Event::Finish, Event::Take(4)]);
            for event in events.into_iter().chain(flush) {
                let waiting = |pushed: [usize; 6], taken: [usize; 6], of: usize| pushed[of] - taken[of];
                match event {
                    Event::Push(of) => {
                        if queue.push(attempts[of], ONE, (of, pushed[of])).is_ok() {
                            pushed[of] += 1;
                        }
                        prop_assert!(queue.requests() <= 20 && queue.bytes() <= 1500);
                        prop_assert!(waiting(pushed, taken, of) <= LANE_REQUESTS);
                    }
                    Event::Take(most) => {
                        let is_busy = |of: usize| unfinished.iter().any(|batch| batch.contains(&of));
                        let before = [0, 1, 2, 3, 4, 5]
                            .map(|of| if is_busy(of) { 0 } else { waiting(pushed, taken, of) });
                        let batch = queue.take_batch(most);
                        prop_assert_eq!(batch.len(), most.min(before.iter().sum()));
                        let mut of_each = [0; 6];
                        for &(of, number) in &batch {
                            prop_assert_eq!(number, taken[of]);
                            taken[of] += 1;
                            of_each[of] += 1;
                        }
                        for (one, other) in (0..6).flat_map(|one| (0..6).map(move |other| (one, other))) {
                            let is_passed_over = of_each[other] < before[other];
                            prop_assert!(!is_passed_over || of_each[one] <= of_each[other] + 1);
                        }
                        unfinished.push_back(batch.into_iter().map(|(of, _)| of).collect());
                    }
                    Event::Finish => {
                        let accounts = unfinished.pop_front().unwrap_or_default();
                        queue.finish(accounts.into_iter().map(|of| attempts[of]));
                    }
                }
            }
            prop_assert_eq!(pushed, taken);
            prop_assert!(queue.lanes.is_empty() && queue.turns.is_empty());
            prop_assert_eq!((queue.requests(), queue.bytes()), (0, 0));
        }
    }
}
