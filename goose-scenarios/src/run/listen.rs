//! While a run goes on: what the generators say, passed on to whoever looks, until each has brought its evidence.

use std::{
    sync::{
        atomic::Ordering,
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use super::{
    lead::{Generator, Heard, LOOK_EVERY, READY_LIMIT},
    message::{Instruction, Message},
    options::LeadOptions,
    progress::{Live, Progress},
    scrape::{Scraper, ServerSecond},
    worker::patience,
};
use crate::profile::Profile;

const SAY_EVERY: Duration = Duration::from_secs(1);

/// Until every generator has brought its evidence or is gone.
pub(super) fn listen(
    options: &LeadOptions,
    profile: &Profile,
    generators: &mut [Generator],
    heard: &mpsc::Receiver<Heard>,
    epoch: Instant,
    scraper: Option<&Scraper>,
    show: &mut dyn FnMut(Live),
) {
    let deadline = epoch + profile.duration() + patience(profile) * 2 + READY_LIMIT;
    let mut stopped = false;
    let mut shown = (Instant::now(), Progress::default());
    while generators
        .iter()
        .any(|generator| generator.evidence.is_none() && !generator.ended)
    {
        match heard.recv_timeout(LOOK_EVERY) {
            Ok((number, Some(Message::Progress(progress)))) => {
                generators[number].progress = progress;
            }
            Ok((number, Some(Message::Evidence(evidence)))) => {
                generators[number].evidence = Some(*evidence);
            }
            // Refused as late as this, it is a generator without evidence.
            Ok((number, None | Some(Message::Refused { .. }))) => generators[number].ended = true,
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let is_late = Instant::now() > deadline;
        if (options.interrupt.load(Ordering::Relaxed) || is_late) && !stopped {
            stopped = true;
            for generator in &mut *generators {
                generator.instruct(Instruction::Stop);
            }
        }
        if Instant::now() > deadline + patience(profile) {
            return;
        }
        let now = together(generators);
        // Rates are from one word of the generators to the next, not from one look to the next.
        let has_news = now.at > shown.1.at || shown.0.elapsed() >= SAY_EVERY * 3;
        if shown.0.elapsed() >= SAY_EVERY && has_news {
            let server = scraper.and_then(Scraper::last);
            show(live(
                profile,
                &now,
                &shown.1,
                epoch,
                server,
                generators.len(),
            ));
            shown = (Instant::now(), now);
        }
    }
}

fn together(generators: &[Generator]) -> Progress {
    generators
        .iter()
        .fold(Progress::default(), |mut sum, generator| {
            sum.merge(&generator.progress);
            sum
        })
}

fn live(
    profile: &Profile,
    now: &Progress,
    before: &Progress,
    epoch: Instant,
    server: Option<ServerSecond>,
    generators: usize,
) -> Live {
    let elapsed = Instant::now().saturating_duration_since(epoch);
    let windows = profile.windows();
    let mut phases = profile.phases.iter().zip(&windows);
    let phase = phases.find(|(_, (begins, ends))| (*begins..*ends).contains(&elapsed));
    let has_begun = Instant::now() >= epoch;
    Live {
        elapsed_seconds: elapsed.as_secs_f64(),
        duration_seconds: profile.duration().as_secs_f64(),
        phase: phase
            .filter(|_| has_begun)
            .map(|(phase, _)| phase.name.clone())
            .unwrap_or_default(),
        generators: u32::try_from(generators).unwrap_or(u32::MAX),
        server,
        ..Live::of(now, before)
    }
}
