//! `examctl load`: the exam day as load, judged, kept and compared.

mod compare;
mod generators;
mod keep;
mod live;
mod plan_from;
mod purge;
mod run;

use crate::cli::Load;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

pub(super) use run::{Demonstration, demonstrate};

pub(super) fn run(load: &Load, printer: &Printer) -> Result<Outcome, Failure> {
    match load {
        Load::Run(arguments) => run::run(arguments, printer),
        Load::Compare(arguments) => compare::compare(arguments, printer),
        Load::List(arguments) => keep::list(arguments, printer),
        Load::PlanFrom(arguments) => plan_from::run(arguments, printer),
        Load::Purge(arguments) => purge::run(arguments, printer),
        Load::Worker => {
            let mut output = std::io::stdout().lock();
            goose_scenarios::work(std::io::BufReader::new(std::io::stdin()), &mut output);
            Ok(Outcome::done())
        }
    }
}
