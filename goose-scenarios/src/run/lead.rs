//! Leads a run: gives the generators their orders, starts them at one moment, listens, and judges what they bring.

use std::{
    io::{BufRead, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use super::{
    chaos::Killer,
    clock::{self, Offset},
    conclude::{Gathered, conclude},
    message::{Evidence, Instruction, Message, Orders},
    preflight::{self, Asked, Permission, TargetFacts},
    progress::{Live, Progress},
    scrape::{Scraper, ServerSecond},
    worker::patience,
};
use crate::{
    judge::exit_code,
    profile::{Overrides, Profile, ProfileError, ProfileSource, Scenario},
    report::Report,
    student::{ClientFactory, Credentials, Target, TargetError, attack::start_up_time},
    truth::StoredSource,
};

/// How long a generator may take until it is ready, its calibration included.
const READY_LIMIT: Duration = Duration::from_mins(1);
/// From the word to start until the start, besides what the users need to be made.
const START_MARGIN: Duration = Duration::from_millis(500);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const SAY_EVERY: Duration = Duration::from_secs(1);

/// A generator, as a pair of streams: what [`super::work`] reads and writes.
pub struct Link {
    /// Of the host, or `local`.
    pub name: String,
    pub input: Box<dyn Write + Send>,
    pub output: Box<dyn BufRead + Send>,
    /// Where it writes its ledger, on its own host.
    pub ledger_path: PathBuf,
}

/// What kills the server in `chaos_kill`, on this machine.
#[derive(Debug, Clone)]
pub struct Chaos {
    /// Program and arguments.
    pub argv: Vec<String>,
}

/// What one run needs to know.
pub struct LeadOptions {
    pub run_id: String,
    pub source: ProfileSource,
    pub overrides: Overrides,
    /// Such as `http://127.0.0.1:8080`.
    pub target: String,
    pub credentials: Credentials,
    /// Without it, each student sits the first exam on their list that they have not submitted.
    pub exam_id: Option<String>,
    pub stored_source: StoredSource,
    pub permission: Permission,
    /// What kills the server, where the profile has it killed.
    pub chaos: Option<Chaos>,
    /// Restarts the server after the run; what it acknowledged is compared again then.
    pub restart: Option<Chaos>,
    /// Where the server's metrics are read meanwhile.
    pub metrics_url: Option<String>,
    /// Set to true, it ends the run soon; the report says so and is no pass.
    pub interrupt: Arc<AtomicBool>,
}

/// Why there was no run. A run that took place has a [`Report`], however bad.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(
        "the profile has {needed} users and there are only {given} logins: give more logins or ask for fewer users"
    )]
    TooFewLogins { needed: u32, given: usize },
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Unknown(String),
    #[error("generator {generator}: {message}")]
    Generator {
        generator: String,
        message: String,
        exit_code: u8,
    },
}

impl LoadError {
    /// The exit status for a run that did not take place for this reason.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Profile(_) | Self::Target(_) | Self::TooFewLogins { .. } | Self::Refused(_) => {
                exit_code::USAGE
            }
            Self::Unknown(_) => exit_code::INCONCLUSIVE,
            Self::Generator { exit_code, .. } => *exit_code,
        }
    }
}

/// What is known before the first request of a run.
pub(super) struct Prepared {
    pub(super) profile: Profile,
    pub(super) target: Target,
    pub(super) clients: ClientFactory,
    pub(super) facts: Option<TargetFacts>,
}

/// A generator that has got its orders.
pub(super) struct Generator {
    pub(super) name: String,
    input: Box<dyn Write + Send>,
    pub(super) users: u32,
    progress: Progress,
    pub(super) offset: Option<Offset>,
    pub(super) evidence: Option<Evidence>,
    /// Its output has ended.
    ended: bool,
}

pub(super) type Heard = (usize, Option<Message>);

/// Runs the profile against the target, about as long as the profile says, and judges what happened.
///
/// `show` is called once a second. Blocks until it is done; needs no runtime.
///
/// # Errors
/// [`LoadError`] when the run could not begin. A server that is down is not an error but a verdict.
pub fn lead(
    options: &LeadOptions,
    links: Vec<Link>,
    show: &mut dyn FnMut(Live),
) -> Result<Report, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| LoadError::Unknown(format!("no runtime: {error}")))?;
    let prepared = prepare(options, &runtime)?;
    let (sender, heard) = mpsc::channel();
    let mut generators = give_orders(options, &prepared.profile, links, &sender)?;
    drop(sender);
    wait_until_ready(&mut generators, &heard, &options.interrupt)?;
    let started_at = super::worker::wall_clock();
    let users = generators.iter().map(|generator| generator.users).max();
    let lead_time = start_up_time(users.unwrap_or(0)) + START_MARGIN;
    let epoch = clock::start(&mut generators, &heard, lead_time);
    let mut scraper = options
        .metrics_url
        .clone()
        .map(|url| Scraper::start(url, epoch));
    let killer = options
        .chaos
        .clone()
        .map(|kill| Killer::start(&prepared, kill, epoch));
    listen(
        options,
        &prepared.profile,
        &mut generators,
        &heard,
        epoch,
        scraper.as_ref(),
        show,
    );
    let kills = killer.map(Killer::finish).unwrap_or_default();
    let server = scraper.take().map(Scraper::finish).unwrap_or_default();
    Ok(runtime.block_on(conclude(
        options,
        &prepared,
        Gathered {
            generators,
            kills,
            server,
            started_at,
        },
    )))
}

fn prepare(
    options: &LeadOptions,
    runtime: &tokio::runtime::Runtime,
) -> Result<Prepared, LoadError> {
    let profile = options.source.parse(&options.overrides)?;
    let target = Target::parse(&options.target)?;
    let (needed, given) = (profile.users.count, options.credentials.logins.len());
    if usize::try_from(needed).is_ok_and(|needed| given < needed) {
        return Err(LoadError::TooFewLogins { needed, given });
    }
    if options.chaos.is_none()
        && profile
            .phases
            .iter()
            .any(|phase| phase.run == Scenario::ChaosKill)
    {
        return Err(LoadError::Refused(
            "the profile has the server killed: say with --kill which command does that".to_owned(),
        ));
    }
    let clients =
        ClientFactory::new(&target, profile.client.timeout).map_err(LoadError::Unknown)?;
    let asked = runtime
        .block_on(preflight::ask(&target, &clients, &options.credentials))
        .map_err(LoadError::Unknown)?;
    let facts = match asked {
        Asked::Facts(facts) => {
            preflight::permit(&facts, &options.permission, &target, needed)
                .map_err(LoadError::Refused)?;
            Some(facts)
        }
        Asked::Refused(reason) => return Err(LoadError::Refused(reason)),
        Asked::Nobody => None,
    };
    Ok(Prepared {
        profile,
        target,
        clients,
        facts,
    })
}

/// Students in equal shares, one after the other.
fn shares(users: u32, generators: usize) -> Vec<u32> {
    let count = u32::try_from(generators).unwrap_or(u32::MAX).max(1);
    (0..count)
        .map(|number| users / count + u32::from(number < users % count))
        .collect()
}

fn give_orders(
    options: &LeadOptions,
    profile: &Profile,
    links: Vec<Link>,
    sender: &mpsc::Sender<Heard>,
) -> Result<Vec<Generator>, LoadError> {
    let shares = shares(profile.users.count, links.len());
    let mut first_user = 0_u32;
    let mut generators = Vec::new();
    for (number, (link, users)) in links.into_iter().zip(shares).enumerate() {
        let range = usize::try_from(first_user).unwrap_or(0)
            ..usize::try_from(first_user + users).unwrap_or(0);
        let orders = Orders {
            profile: options.source.text.clone(),
            profile_origin: options.source.origin.clone(),
            overrides: options.overrides,
            target: options.target.clone(),
            exam_id: options.exam_id.clone(),
            first_user,
            logins: options.credentials.logins[range].to_vec(),
            password: options.credentials.password.expose().to_owned(),
            ledger_path: link.ledger_path,
        };
        first_user += users;
        let mut generator = Generator {
            name: link.name,
            input: link.input,
            users,
            progress: Progress::default(),
            offset: None,
            evidence: None,
            ended: false,
        };
        let text = serde_json::to_string(&orders).unwrap_or_default();
        generator
            .say_line(&text)
            .map_err(|error| LoadError::Generator {
                generator: generator.name.clone(),
                message: format!("cannot be told what to do: {error}"),
                exit_code: exit_code::INCONCLUSIVE,
            })?;
        hear(number, link.output, sender.clone());
        generators.push(generator);
    }
    Ok(generators)
}

/// Passes on every message of a generator, and at last that its output has ended.
fn hear(number: usize, output: Box<dyn BufRead + Send>, sender: mpsc::Sender<Heard>) {
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            // Something in the process wrote a line of its own; it is not ours to judge.
            if let Ok(message) = serde_json::from_str(&line)
                && sender.send((number, Some(message))).is_err()
            {
                return;
            }
        }
        sender.send((number, None)).ok();
    });
}

impl Generator {
    fn say_line(&mut self, text: &str) -> std::io::Result<()> {
        self.input.write_all(text.as_bytes())?;
        self.input.write_all(b"\n")?;
        self.input.flush()
    }

    /// One that cannot be told anything has ended, and is found out by that.
    pub(super) fn instruct(&mut self, instruction: Instruction) {
        let text = serde_json::to_string(&instruction).unwrap_or_default();
        self.say_line(&text).ok();
    }

    fn refused(&self, message: String, exit_code: u8) -> LoadError {
        LoadError::Generator {
            generator: self.name.clone(),
            message,
            exit_code,
        }
    }
}

fn wait_until_ready(
    generators: &mut [Generator],
    heard: &mpsc::Receiver<Heard>,
    interrupt: &AtomicBool,
) -> Result<(), LoadError> {
    let deadline = Instant::now() + READY_LIMIT;
    let mut ready = vec![false; generators.len()];
    while ready.contains(&false) {
        if interrupt.load(Ordering::Relaxed) {
            return Err(LoadError::Unknown(
                "interrupted before the start".to_owned(),
            ));
        }
        if Instant::now() > deadline {
            let late = ready.iter().position(|ready| !ready).unwrap_or(0);
            let message = format!("was not ready within {READY_LIMIT:?}");
            return Err(generators[late].refused(message, exit_code::INCONCLUSIVE));
        }
        match heard.recv_timeout(LOOK_EVERY) {
            Ok((number, Some(Message::Ready))) => ready[number] = true,
            Ok((number, Some(Message::Refused { message, exit_code }))) => {
                return Err(generators[number].refused(message, exit_code));
            }
            Ok((number, None)) => {
                let message = "ended before it was ready".to_owned();
                return Err(generators[number].refused(message, exit_code::INCONCLUSIVE));
            }
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(LoadError::Unknown("there is no generator".to_owned()));
            }
        }
    }
    Ok(())
}

/// Until every generator has brought its evidence or is gone.
fn listen(
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
                generators[number].progress = progress
            }
            Ok((number, Some(Message::Evidence(evidence)))) => {
                generators[number].evidence = Some(*evidence)
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
        if shown.0.elapsed() >= SAY_EVERY {
            let now = together(generators);
            let seconds = shown.0.elapsed().as_secs_f64();
            let server = scraper.and_then(Scraper::last);
            show(live(
                profile,
                &now,
                &shown.1,
                seconds,
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
    seconds: f64,
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
        ..Live::of(now, before, seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_student_is_somebodys() {
        assert_eq!(shares(10, 1), [10]);
        assert_eq!(shares(10, 3), [4, 3, 3]);
        assert_eq!(shares(2, 3), [1, 1, 0]);
    }
}
