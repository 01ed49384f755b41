//! What people see while a load runs: a few lines that are drawn anew each second, or plain lines where there is no
//! terminal.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use goose_scenarios::Live;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Printer;

/// How often there is a line where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The view of one run.
pub(super) struct View<'a> {
    printer: &'a Printer,
    bar: ProgressBar,
    is_terminal: bool,
    said: Cell<Option<Instant>>,
}

impl<'a> View<'a> {
    pub(super) fn new(printer: &'a Printer) -> Self {
        let is_terminal = printer.is_human() && std::io::stderr().is_terminal();
        let bar = ProgressBar::new(1000);
        if !is_terminal {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("  {bar:40} {msg}") {
            bar.set_style(style);
        }
        Self {
            printer,
            bar,
            is_terminal,
            said: Cell::new(None),
        }
    }

    pub(super) fn show(&self, live: &Live) {
        self.printer.record("load_progress", live);
        if self.is_terminal {
            self.bar.set_position(permille(live));
            self.bar.set_message(block(live));
            return;
        }
        if self
            .said
            .get()
            .is_none_or(|said| said.elapsed() >= LINE_EVERY)
        {
            self.said.set(Some(Instant::now()));
            self.printer.progress(&line(live));
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Behind the bar, and below it.
fn block(live: &Live) -> String {
    let mut text = format!("{}\n", moment(live));
    let mut add = |name: &str, rest: String| {
        // Writing to a String cannot fail.
        writeln!(text, "  {name:<9} {rest}").ok();
    };
    add("users", users(live));
    add(
        "per s",
        format!(
            "{:.0} requests, {:.0} failed, {:.0} answers saved{}",
            live.requests_per_second,
            live.failed_per_second,
            live.saves_per_second,
            p95(live)
        ),
    );
    add(
        "so far",
        format!(
            "{} requests, {} failed, {} answers acknowledged",
            live.requests, live.failed, live.saves_acknowledged
        ),
    );
    if let Some(server) = server(live) {
        add("server", server);
    }
    text.trim_end().to_owned()
}

/// All of it in one line.
fn line(live: &Live) -> String {
    let server = server(live).map_or_else(String::new, |server| format!("; server: {server}"));
    format!(
        "{}: {}; {:.0} answers saved/s{}, {:.0} requests/s, {:.0} failed/s{server}",
        moment(live),
        users(live),
        live.saves_per_second,
        p95(live),
        live.requests_per_second,
        live.failed_per_second,
    )
}

fn moment(live: &Live) -> String {
    let phase = match live.phase.as_str() {
        "" if live.elapsed_seconds <= 0.0 => "students are getting ready",
        "" => "the last answers are waited for",
        phase => phase,
    };
    format!(
        "{:.0} of {:.0} s, {phase}",
        live.elapsed_seconds, live.duration_seconds
    )
}

fn users(live: &Live) -> String {
    let generators = match live.generators {
        1 => String::new(),
        count => format!(" on {count} generators"),
    };
    format!(
        "{} students{generators}, {} finished, {} dead",
        live.users, live.users_finished, live.users_dead
    )
}

fn p95(live: &Live) -> String {
    live.save_p95_ms.map_or_else(String::new, |milliseconds| {
        format!(" (p95 {milliseconds:.0} ms)")
    })
}

/// What the server says of itself, as far as it does.
fn server(live: &Live) -> Option<String> {
    let server = live.server?;
    let mebibytes = server.memory_bytes.map(|bytes| bytes / f64::from(1 << 20));
    let parts = [
        server.cores.map(|cores| format!("{cores:.2} processors")),
        mebibytes.map(|size| format!("{size:.0} MiB")),
        server
            .queue_depth
            .map(|depth| format!("{depth:.0} answers waiting")),
        server
            .in_flight
            .map(|count| format!("{count:.0} requests in flight")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1, in thousandths"
)]
fn permille(live: &Live) -> u64 {
    (live.elapsed_seconds / live.duration_seconds.max(0.001) * 1000.0).clamp(0.0, 1000.0) as u64
}

#[cfg(test)]
mod tests {
    use goose_scenarios::ServerSecond;

    use super::*;

    fn live() -> Live {
        Live {
            elapsed_seconds: 35.2,
            duration_seconds: 480.0,
            phase: "sit".into(),
            generators: 2,
            users: 5000,
            requests_per_second: 1500.4,
            saves_per_second: 998.0,
            save_p95_ms: Some(12.3),
            saves_acknowledged: 12_345,
            server: Some(ServerSecond {
                cores: Some(1.5),
                queue_depth: Some(3.0),
                ..ServerSecond::default()
            }),
            ..Live::default()
        }
    }

    #[test]
    fn a_line_says_everything() {
        assert_eq!(
            line(&live()),
            "35 of 480 s, sit: 5000 students on 2 generators, 0 finished, 0 dead; 998 answers saved/s (p95 12 ms), \
             1500 requests/s, 0 failed/s; server: 1.50 processors, 3 answers waiting"
        );
    }

    #[test]
    fn before_the_start_and_after_the_end_there_is_no_phase() {
        let mut early = live();
        (early.phase, early.elapsed_seconds, early.server) = (String::new(), 0.0, None);
        assert!(line(&early).contains("getting ready"), "{}", line(&early));
        early.elapsed_seconds = 481.0;
        assert!(line(&early).contains("last answers"), "{}", line(&early));
        assert!(!block(&early).contains("server"), "{}", block(&early));
        assert_eq!(permille(&early), 1000);
    }
}
