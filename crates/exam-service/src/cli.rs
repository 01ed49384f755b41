//! The command line: what may be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::exam::{ExamId, LoadRun};
use crate::transfer::questions::Format;
use crate::version;

/// The exam server. Settings come from the environment and an optional file.
#[derive(Debug, Parser)]
#[command(
    name = "exam-service",
    disable_version_flag = true,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    /// A file with settings, KEY=VALUE per line; the environment wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// Print version and commit.
    #[arg(short = 'V', long)]
    pub(crate) version: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve exams until SIGTERM or Ctrl-C; its settings are in `exam-service serve --help`.
    #[command(after_long_help = crate::settings::HELP)]
    Serve,
    /// Do the jobs of the queue, mail among them, until SIGTERM or Ctrl-C; settings as of `serve`.
    Worker,
    /// Bring the database schema up to date; prints what is applied and pending as JSON.
    Migrate {
        /// Only say what is applied and pending, and what each pending migration takes away.
        #[arg(long)]
        status: bool,
        /// Also apply migrations that take something away; releases before this one cannot run after them.
        #[arg(long)]
        allow_contract: bool,
    },
    /// Create an administrator; the password is read from standard input.
    CreateAdmin {
        /// What is typed to sign in.
        #[arg(long)]
        login: String,
    },
    /// Create a demo exam with students; prints their logins and password as JSON.
    SeedDemo {
        /// How many students.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        students: u32,
    },
    /// Make, list and take away what load runs need: an exam and students that nobody else sees, in production as well.
    #[command(subcommand)]
    Load(Load),
    /// Print every stored answer as JSON lines, read from the database without changing it.
    StoredAnswers {
        /// Only of this exam.
        #[arg(long)]
        exam: Option<ExamId>,
        /// Only of the exam of this load run.
        #[arg(long, value_name = "ID", conflicts_with = "exam")]
        run: Option<LoadRun>,
    },
    /// Copy the database while it is in use; prints what the copy holds as JSON.
    Backup {
        /// A file that does not exist yet [default: copy nothing, print what the database holds]
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Check and count a copy of the database; prints what was found as JSON.
    BackupVerify {
        /// What `backup` wrote.
        #[arg(value_name = "FILE")]
        copy: PathBuf,
        /// Also say what the database in use has beyond the copy.
        #[arg(long)]
        compare: bool,
    },
    /// Ask a running service over its admin interface.
    Control {
        /// Its admin address.
        #[arg(
            long,
            value_name = "ADDRESS",
            help = "Its EXAM_ADMIN_LISTEN: unix:/path/to.sock or 127.0.0.1:PORT"
        )]
        admin: String,
        /// What to ask.
        #[command(subcommand)]
        action: Action,
    },
    /// Work on files of questions: .csv, .xlsx, .gift or .txt, Moodle's .xml, QTI items (.xml) and packages (.zip).
    #[command(subcommand)]
    Questions(Questions),
    /// Check the settings; reports every problem at once.
    Check {
        /// Print one JSON object: problems, warnings, and whether the database can be reached (exit code 3 if not).
        #[arg(long)]
        json: bool,
    },
}

/// What can be done with load runs.
#[derive(Debug, Subcommand)]
pub(crate) enum Load {
    /// Make an exam that is open now and its students; prints their logins and password as JSON.
    Seed {
        /// The name of the run: 1 to 40 characters of a to z, 0 to 9 and '-'.
        #[arg(long, value_name = "ID")]
        run: LoadRun,
        /// How many students.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50_000))]
        students: u32,
        /// How many questions, each of a kind that a machine can answer.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=200))]
        questions: u32,
        /// For how long it is open, and a student may take.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=168))]
        hours: u32,
    },
    /// Take a run away with everything that was done in it; prints how much that was as JSON.
    #[command(group = clap::ArgGroup::new("which").required(true))]
    Purge {
        /// Only this run.
        #[arg(long, value_name = "ID", group = "which")]
        run: Option<LoadRun>,
        /// Every run.
        #[arg(long, group = "which")]
        all: bool,
    },
    /// Print every run as a line of JSON.
    List,
}

/// What can be done with files of questions.
#[derive(Debug, Subcommand)]
pub(crate) enum Questions {
    /// Read one file and write another; says what was not understood and what the other format cannot say.
    Convert {
        /// Which questions.
        #[arg(value_name = "IN")]
        source: PathBuf,
        /// Where to; the end of its name says in which format.
        #[arg(value_name = "OUT")]
        target: PathBuf,
        /// The format, where the name does not say it: csv, xlsx, gift, moodle-xml, qti-2.1 or qti-3.0 [default of .zip]
        #[arg(long, value_name = "FORMAT", value_parser = format)]
        to: Option<Format>,
        /// In which form the report is printed.
        #[arg(long, value_enum, default_value_t = ReportForm::Text)]
        report: ReportForm,
    },
    /// Say what was not understood and what is wrong with the questions; exit code 1 where some cannot be used.
    Check {
        /// Which questions.
        #[arg(value_name = "FILE")]
        source: PathBuf,
        /// In which form the report is printed.
        #[arg(long, value_enum, default_value_t = ReportForm::Text)]
        report: ReportForm,
    },
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportForm {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

fn format(name: &str) -> Result<Format, String> {
    let names = || Format::ALL.map(Format::as_str).join(", ");
    Format::from_name(name).ok_or_else(|| format!("the formats are {}", names()))
}

/// What can be asked of a running service.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// State, version and number of open attempts.
    Status,
    /// Whether it can do its work.
    Readiness,
    /// Metrics in Prometheus' text form.
    Metrics,
    /// Open the public port.
    Promote,
    /// Close the public port and finish what was accepted.
    Standby,
    /// Try a student's way through an exam with a synthetic student, of whom nothing stays.
    Smoke,
    /// Ask people to come back later; students who sit an exam go on. Holds for both colours and across restarts.
    #[command(subcommand)]
    Maintenance(Switch),
}

/// How maintenance is switched.
#[derive(Debug, Subcommand)]
pub(crate) enum Switch {
    /// Switch it on, or change what people are told.
    On {
        /// Until when it is expected to take, for example 2026-07-01T18:00:00Z. Nothing happens then by itself.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// What people are told, in a sentence or two.
        #[arg(long, value_name = "TEXT")]
        message: Option<String>,
    },
    /// Let people in again.
    Off,
}

/// The arguments of this process; ends it with a usage message when they make no sense.
pub(crate) fn parse() -> Arguments {
    Arguments::parse()
}

/// `exam-service 0.1.0 (COMMIT)`.
pub(crate) fn version_line() -> String {
    format!("exam-service {} ({})", version::VERSION, version::COMMIT)
}
