//! The program: arguments in, exit code out. What it can do is in [`crate::commands`] and [`crate::server`].

use std::collections::BTreeSet;
use std::io::{Read as _, Write};
use std::process::ExitCode;

use axum::Router;

use crate::cli::{self, Action, Arguments, Command, Load, Questions, ReportForm, Switch};
use crate::commands::{self, CommandError, LoadSeed, Migrate};
use crate::control::{self, ControlAction};
use crate::server::Interface;
use crate::settings::{DatabaseSettings, Settings, Variables, parse_env_file};
use crate::{server, telemetry};

/// Of whatever has this program in it. A request takes and gives back a hundred small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Does what the arguments of this process say.
pub fn main() -> ExitCode {
    main_with(|_, routes| routes)
}

/// As [`main`], with something of the caller's around the public routes: see [`server::serve_with`].
pub fn main_with(around: impl Fn(Interface, Router) -> Router) -> ExitCode {
    let arguments = cli::parse();
    // Not locked: the security log of the service goes there as well, from other threads.
    let output = &mut std::io::stdout();
    match run(arguments, output, around) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With standard error closed there is nobody to tell.
            writeln!(std::io::stderr(), "exam-service: {error}").ok();
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(
    arguments: Arguments,
    output: &mut dyn Write,
    around: impl Fn(Interface, Router) -> Router,
) -> Result<(), CommandError> {
    if arguments.version {
        return commands::print_line(output, &cli::version_line());
    }
    let (variables, of_file) = gather_variables(arguments.env_file.as_deref())?;
    match arguments.command {
        None => Err(CommandError::Usage(
            "say what to do: exam-service --help".to_owned(),
        )),
        Some(Command::Check { json: false }) => block_on(commands::check(&variables))?,
        Some(Command::Check { json: true }) => block_on(commands::check_json(&variables, output))?,
        Some(Command::Questions(action)) => questions(action, output),
        Some(Command::Serve) => {
            let settings = Settings::from_variables(&variables)?.with_file(of_file);
            let _telemetry = telemetry::start_service(&settings.telemetry)?;
            Ok(block_on(server::serve_with(&settings, around))??)
        }
        Some(Command::Worker) => {
            let settings = Settings::from_variables(&variables)?;
            let _telemetry = telemetry::start(&settings.telemetry);
            block_on(commands::worker(&settings))?
        }
        Some(Command::Control { admin, action }) => {
            let reply = block_on(control::ask(&admin, control_action(action)))??;
            commands::print_line(output, reply.body.trim_end())?;
            if reply.is_success {
                Ok(())
            } else {
                Err(CommandError::Refused)
            }
        }
        Some(Command::Migrate {
            status,
            allow_contract,
        }) => with_database(&variables, async |settings| {
            let asked = Migrate {
                status_only: status,
                allow_contract,
            };
            commands::migrate(settings, asked, output).await
        }),
        Some(Command::CreateAdmin { login }) => create_admin(&variables, &login),
        Some(Command::SeedDemo { students }) => with_database(&variables, async |settings| {
            commands::seed_demo(
                settings,
                students,
                variables.get("DEMO_PASSWORD").cloned(),
                output,
            )
            .await
        }),
        Some(Command::Backup { to }) => with_database(&variables, async |settings| {
            commands::backup(settings, to.as_deref(), output).await
        }),
        Some(Command::BackupVerify { copy, compare }) => {
            with_database(&variables, async |settings| {
                commands::backup_verify(settings, &copy, compare, output).await
            })
        }
        Some(Command::Load(action)) => load(&variables, &action, output),
        Some(Command::StoredAnswers { exam, run }) => with_database(&variables, async |settings| {
            commands::stored_answers(settings, exam, run.as_ref(), output).await
        }),
    }
}

/// Reads the password from standard input.
fn create_admin(variables: &Variables, login: &str) -> Result<(), CommandError> {
    let mut password = String::new();
    let limit = 64 * 1024;
    std::io::stdin()
        .lock()
        .take(limit)
        .read_to_string(&mut password)?;
    with_database(variables, async |settings| {
        commands::create_admin(settings, login, password.trim_end_matches(['\r', '\n'])).await
    })
}

fn load(variables: &Variables, action: &Load, output: &mut dyn Write) -> Result<(), CommandError> {
    with_database(variables, async |settings| match action {
        Load::Seed {
            run,
            students,
            questions,
            hours,
        } => {
            let asked = LoadSeed {
                run: run.clone(),
                students: *students,
                questions: *questions,
                hours: *hours,
            };
            commands::load_seed(settings, asked, output).await
        }
        // Without a name all of them are meant: one of the two has to be typed.
        Load::Purge { run, all: _ } => commands::load_purge(settings, run.as_ref(), output).await,
        Load::List => commands::load_list(settings, output).await,
    })
}

fn questions(action: Questions, output: &mut dyn Write) -> Result<(), CommandError> {
    match action {
        Questions::Convert {
            source,
            target,
            to,
            report,
        } => commands::convert_questions(&source, &target, to, report == ReportForm::Json, output),
        Questions::Check { source, report } => {
            commands::check_questions(&source, report == ReportForm::Json, output)
        }
    }
}

/// Runs a command that needs only the database.
fn with_database(
    variables: &Variables,
    command: impl AsyncFnOnce(&DatabaseSettings) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let settings = DatabaseSettings::from_variables(variables)?;
    let _telemetry = telemetry::start(&settings.telemetry);
    block_on(command(&settings))?
}

/// The environment over the file, and the names of what the file alone says.
fn gather_variables(
    env_file: Option<&std::path::Path>,
) -> Result<(Variables, BTreeSet<String>), CommandError> {
    let mut variables = match env_file {
        None => Variables::new(),
        Some(path) => {
            let shown = path.display();
            let text = std::fs::read_to_string(path).map_err(|error| {
                CommandError::Usage(format!("cannot read the settings file {shown}: {error}"))
            })?;
            parse_env_file(&text)
                .map_err(|error| CommandError::Usage(format!("{shown}: {error}")))?
        }
    };
    let mut of_file: BTreeSet<String> = variables.keys().cloned().collect();
    // Values that are no text cannot be a setting of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    for (name, value) in environment {
        of_file.remove(&name);
        variables.insert(name, value);
    }
    Ok((variables, of_file))
}

fn block_on<T>(future: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(future))
}

fn control_action(action: Action) -> ControlAction {
    match action {
        Action::Status => ControlAction::Status,
        Action::Readiness => ControlAction::Readiness,
        Action::Metrics => ControlAction::Metrics,
        Action::Promote => ControlAction::Promote,
        Action::Standby => ControlAction::Standby,
        Action::Smoke => ControlAction::Smoke,
        Action::Maintenance(Switch::Off) => ControlAction::MaintenanceOff,
        Action::Maintenance(Switch::On { until, message }) => {
            ControlAction::MaintenanceOn { until, message }
        }
    }
}
