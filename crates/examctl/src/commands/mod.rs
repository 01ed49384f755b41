//! One file per verb.

mod approved;
mod audit;
mod backup;
mod check;
mod demo;
mod deploy;
mod history;
mod init;
mod load;
mod logs;
mod maintenance;
mod plan;
mod release;
mod render;
mod rollback;
mod schema;
mod secrets;
mod seeded;
mod site;
mod status;

use crate::cli::{Command, Global};
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

pub(crate) fn run(
    command: &Command,
    global: &Global,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    match command {
        Command::Demo(arguments) => demo::run(arguments, printer),
        Command::Init(arguments) => init::run(arguments, printer),
        Command::Check(arguments) => check::run(arguments, printer),
        Command::Plan(arguments) => plan::plan(arguments, printer),
        Command::Drift(arguments) => plan::drift(arguments, printer),
        Command::Apply(arguments) => plan::apply(arguments, printer),
        Command::Render(arguments) => render::run(arguments, printer),
        Command::Schema(arguments) => schema::run(arguments, printer),
        Command::Release(arguments) => release::run(arguments, printer),
        Command::Deploy(arguments) => deploy::run(arguments, global, printer),
        Command::Rollback(arguments) => rollback::run(arguments, global, printer),
        Command::Backup(command) => backup::run(command, global, printer),
        Command::Status(arguments) => status::run(arguments, printer),
        Command::History(arguments) => history::run(arguments, printer),
        Command::Logs(arguments) => logs::run(arguments, printer),
        Command::Maintenance(maintenance) => maintenance::run(maintenance, printer),
        Command::Audit(arguments) => audit::run(arguments, printer),
        Command::Load(load) => load::run(load, printer),
        Command::Secrets(secrets) => secrets::run(secrets, printer),
        Command::Supervise(arguments) => release::supervise(&arguments.root),
    }
}
