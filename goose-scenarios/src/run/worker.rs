//! One generator: orders in, load out, evidence back.

use std::{
    io::{BufRead, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior},
};

use super::{
    Run,
    message::{Evidence, Instruction, Message, Orders},
    progress::snapshot,
};
use crate::{
    health::{HealthMonitor, Watch, calibrate, check_limits, headroom_breach},
    judge::exit_code,
    plan::plan,
    profile::{Profile, ProfileSource},
    record::Recorder,
    report::{UsersReport, users_report},
    student::{
        ClientFactory, Credentials, Password, Target,
        attack::{self, Ends},
        sit_exam,
    },
    truth::Ledger,
};

/// How often the signs to stop are looked at.
const WATCH_PERIOD: Duration = Duration::from_millis(100);
/// How long a run may last beyond its plan, besides what its timeouts allow for.
const OVERTIME: Duration = Duration::from_secs(30);

type Instructions = mpsc::Receiver<Instruction>;
/// Instructions that may wait: whoever leads says less than that.
const MOST_INSTRUCTIONS: usize = 64;

/// A generator, from its orders to its evidence. Its messages are the lines of `output`.
///
/// One at a time in a process, which it handles Ctrl-C for. Blocks until it is done, about as long as the profile says.
pub fn work(mut input: impl BufRead + Send + 'static, output: &mut impl Write) {
    let mut say = |message: &Message| {
        // Where nobody listens any more, the end of the input ends the run.
        if serde_json::to_writer(&mut *output, message).is_ok() {
            output.write_all(b"\n").and_then(|()| output.flush()).ok();
        }
    };
    if let Err((message, exit_code)) = obey(&mut input_once(&mut input), input, &mut say) {
        say(&Message::Refused { message, exit_code });
    }
}

/// The first line.
fn input_once(input: &mut impl BufRead) -> String {
    let mut line = String::new();
    input.read_line(&mut line).ok();
    line
}

fn obey(
    first: &mut str,
    input: impl BufRead + Send + 'static,
    say: &mut impl FnMut(&Message),
) -> Result<(), (String, u8)> {
    let orders: Orders = serde_json::from_str(first).map_err(|error| {
        (
            format!("the orders cannot be read: {error}"),
            exit_code::USAGE,
        )
    })?;
    let (sender, instructions) = mpsc::channel(MOST_INSTRUCTIONS);
    std::thread::spawn(move || {
        for line in input.lines().map_while(Result::ok) {
            // A line that is none is from a newer leader: it had better stop.
            let instruction = serde_json::from_str(&line).unwrap_or(Instruction::Stop);
            if sender.blocking_send(instruction).is_err() {
                return;
            }
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| (format!("no runtime: {error}"), exit_code::FAILED))?;
    runtime.block_on(generate(orders, instructions, say))
}

async fn generate(
    orders: Orders,
    mut instructions: Instructions,
    say: &mut impl FnMut(&Message),
) -> Result<(), (String, u8)> {
    let mut run = prepare(orders)?;
    let planned_rate = run.plan.peak_rate();
    let calibrated_rate = calibrated(&run, planned_rate).await;
    say(&Message::Ready);
    let Some(epoch) = wait_for_start(&mut instructions, say).await else {
        return Err((
            "it was stopped before the start".to_owned(),
            exit_code::INCONCLUSIVE,
        ));
    };
    run.epoch = epoch;
    let run = Arc::new(run);
    let ends = Arc::new(Ends::new(
        u32::try_from(run.credentials.logins.len()).unwrap_or(u32::MAX),
    ));
    let watch = attend(&run, &ends, &mut instructions, say)
        .await
        .map_err(|reason| {
            (
                format!("the load generator cannot start: {reason}"),
                exit_code::FAILED,
            )
        })?;
    let users = ends.read(users_report);
    let mut evidence = evidence(&run, users, &watch);
    evidence.health.planned_rate = planned_rate;
    evidence.health.calibrated_rate = calibrated_rate;
    say(&Message::Evidence(Box::new(evidence)));
    Ok(())
}

fn prepare(orders: Orders) -> Result<Run, (String, u8)> {
    let usage = |reason: String| (reason, exit_code::USAGE);
    let source = ProfileSource {
        text: orders.profile,
        origin: orders.profile_origin,
    };
    let profile = source
        .parse(&orders.overrides)
        .map_err(|error| usage(error.to_string()))?;
    let target = Target::parse(&orders.target).map_err(|error| usage(error.to_string()))?;
    let users = u32::try_from(orders.logins.len()).unwrap_or(u32::MAX);
    check_limits(users).map_err(|reason| (reason, exit_code::INCONCLUSIVE))?;
    let clients = ClientFactory::new(&target, profile.client.timeout)
        .map_err(|reason| (reason, exit_code::FAILED))?;
    let ledger = Ledger::create(&orders.ledger_path).map_err(|error| {
        let path = orders.ledger_path.display();
        usage(format!(
            "cannot create the ledger {path}: {error}; it must be a new file in an existing folder"
        ))
    })?;
    let plan = plan(&profile, orders.first_user..orders.first_user + users);
    Ok(Run {
        recorder: Mutex::new(Recorder::new(plan.offered())),
        target,
        profile,
        credentials: Credentials {
            logins: orders.logins,
            password: Password::new(orders.password),
        },
        first_user: orders.first_user,
        exam_id: orders.exam_id,
        plan,
        epoch: Instant::now(),
        clients,
        health: HealthMonitor::default(),
        stop: watch::Sender::new(false),
        ledger: Mutex::new(ledger),
    })
}

/// What could not be calibrated is no pass. A server that is down is found out by the students besides.
async fn calibrated(run: &Run, planned: f64) -> Option<f64> {
    let headroom = run.profile.generator.headroom;
    if headroom == 0 {
        return None;
    }
    let wanted = planned * f64::from(headroom);
    match calibrate(&run.target.url, &run.clients, wanted).await {
        Ok(reached) => {
            if let Some(breach) = headroom_breach(reached, planned, headroom) {
                run.health.breached(breach);
            }
            Some(reached)
        }
        Err(reason) => {
            run.health.breached(reason);
            None
        }
    }
}

/// The moment that the leader says, in this process's own clock; nothing when it is told to stop.
async fn wait_for_start(
    instructions: &mut Instructions,
    say: &mut impl FnMut(&Message),
) -> Option<Instant> {
    loop {
        match instructions.recv().await? {
            Instruction::Clock => say(&Message::Clock(wall_clock())),
            Instruction::Start { at } => {
                let wait = (at - wall_clock()).to_std().unwrap_or_default();
                return Some(Instant::now() + wait);
            }
            Instruction::Stop => return None,
        }
    }
}

/// Lets the students sit their exam, says every second how far they are, and stops when told to.
async fn attend(
    run: &Arc<Run>,
    ends: &Arc<Ends>,
    instructions: &mut Instructions,
    say: &mut impl FnMut(&Message),
) -> Result<Watch, String> {
    let canary = tokio::spawn({
        let run = Arc::clone(run);
        async move { run.health.run_canary().await }
    });
    let began = Instant::now();
    let mut watch = Watch::begin(run.target.is_here());
    let students = Arc::clone(run);
    let attack = attack::run_users(&run.target.url, ends, move |index| {
        let run = Arc::clone(&students);
        async move { sit_exam(&run, run.first_user + index).await }
    });
    tokio::pin!(attack);
    let outcome = loop {
        tokio::select! {
            outcome = &mut attack => break outcome,
            () = watch_for_a_second(run, ends, instructions) => {
                watch.look();
                say(&Message::Progress(snapshot(run, ends, began.elapsed())));
            }
        }
    };
    canary.abort();
    outcome.map(|()| watch)
}

/// Comes back after a second; meanwhile passes on the signs to stop.
async fn watch_for_a_second(run: &Run, ends: &Ends, instructions: &mut Instructions) {
    let mut period = tokio::time::interval(WATCH_PERIOD);
    period.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..10 {
        period.tick().await;
        let is_told = match instructions.try_recv() {
            Ok(instruction) => matches!(instruction, Instruction::Stop),
            Err(error) => error == mpsc::error::TryRecvError::Disconnected,
        };
        if is_told || attack::is_interrupted(ends) {
            run.stop.send_replace(true);
        }
        let patience = patience(&run.profile);
        let overtime = run.since_epoch().saturating_sub(run.profile.duration());
        if overtime > patience && !run.is_stopped() {
            run.health.breached(format!(
                "the run was ended {overtime:?} after its planned end"
            ));
            run.stop.send_replace(true);
        }
        if overtime > patience * 2 {
            attack::give_up();
        }
    }
}

/// How long beyond its plan a run is waited for.
pub(super) fn patience(profile: &Profile) -> Duration {
    profile.client.timeout * (profile.client.save_attempts + 4) + OVERTIME
}

fn evidence(run: &Run, users: UsersReport, watch: &Watch) -> Evidence {
    let mut ledger = run.ledger();
    if let Some(failure) = ledger.failure() {
        run.health.breached(failure.to_owned());
    }
    let mut recorder = std::mem::take(&mut *run.recorder());
    recorder.timeline.close();
    let mut health = run.health.judge(&run.profile.generator, &watch.end());
    health.users = users.planned;
    Evidence {
        recorder,
        interrupted: run.is_stopped() || users.interrupted > 0,
        users,
        account: ledger.take_account(),
        health,
    }
}

/// A name for a run: its profile, when it began, and a few letters by chance.
pub fn new_run_id(profile: &str) -> String {
    let chance = uuid::Uuid::new_v4().simple().to_string();
    let name: String = profile
        .to_ascii_lowercase()
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
        .take(30)
        .collect();
    format!(
        "{name}-{}-{}",
        wall_clock().format("%Y%m%d-%H%M%S"),
        &chance[..4]
    )
}

/// Where a generator reads the wall clock: to begin with others, and for nothing that is measured.
#[expect(
    clippy::disallowed_methods,
    reason = "several machines have no other clock in common"
)]
pub(super) fn wall_clock() -> DateTime<Utc> {
    Utc::now()
}
