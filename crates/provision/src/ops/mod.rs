//! The operations a task can ask for: arguments, the facts they need, and pure plans.
//!
//! A plan is a list of changes that takes the host from the facts to what the arguments ask for;
//! an empty one means that the host is right already. Nothing here touches a host.

mod absent;
mod attributes;
#[cfg(test)]
mod cases;
pub(crate) mod command;
pub(crate) mod directory;
pub(crate) mod effects;
pub(crate) mod file;
pub(crate) mod package;
pub(crate) mod service;
pub(crate) mod supervisor;
pub(crate) mod symlink;
pub(crate) mod template;
pub(crate) mod user;

use serde_json::{Map, Value};

use crate::connections::Command;
use crate::facts::{Facts, Request};
use crate::fields::Findings;
use crate::yaml::Step;

/// One thing to be done to a host.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// One line, for instance `start nginx`.
    pub(crate) summary: String,
    /// A unified diff; secrets are masked where it is shown.
    pub(crate) diff: Option<String>,
    pub(crate) action: Action,
}

/// How a change is made.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Run(Command),
    Put(PutFile),
}

/// A file to be written atomically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PutFile {
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
    pub(crate) mode: u32,
    /// `user:group`.
    pub(crate) owner: Option<String>,
    /// Run on the host with `%s` as the staged file; its failure leaves the old file.
    pub(crate) validate: Option<String>,
}

impl Change {
    pub(crate) fn run(summary: impl Into<String>, script: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            diff: None,
            action: Action::Run(Command::new(script)),
        }
    }
}

/// Why no plan can be made: the host is in a state that the operation must not change by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct PlanError(pub(crate) String);

/// What an operation may ask for while its arguments are read.
pub(crate) trait Sources {
    /// A file beside the playbook.
    fn file(&self, name: &str) -> Result<Vec<u8>, String>;
    /// A template rendered with the variables of the host and `extra`.
    fn template(&self, name: &str, extra: &Map<String, Value>) -> Result<String, String>;
    /// Whether a text holds the value of a secret variable.
    fn holds_secret(&self, content: &[u8]) -> bool;
    /// Whether the playbook or the inventory declares any variable to be secret.
    fn has_secrets(&self) -> bool;
    /// Where examctl keeps its notes on the host.
    fn state_directory(&self) -> &str;
}

macro_rules! operations {
    ($($key:literal $variant:ident($args:ty) = $module:ident),+ $(,)?) => {
        /// One operation with its arguments.
        #[derive(Clone, Debug)]
        pub(crate) enum Op {
            $($variant($args)),+
        }

        /// The keys that name an operation in a task.
        pub(crate) const OPERATIONS: &[&str] = &[$($key),+];

        impl Op {
            /// Reads the arguments of the operation called `key`.
            pub(crate) fn parse(
                key: &str,
                value: &Value,
                place: &[Step],
                sources: &dyn Sources,
                findings: &mut Findings,
            ) -> Option<Self> {
                match key {
                    $($key => $module::parse(value, place, sources, findings).map(Self::$variant),)+
                    _ => None,
                }
            }

            /// The facts its plan needs.
            pub(crate) fn requests(&self) -> Vec<Request> {
                match self {
                    $(Self::$variant(args) => args.requests()),+
                }
            }

            /// What has to be done to a host of which `facts` are true.
            pub(crate) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
                match self {
                    $(Self::$variant(args) => args.plan(facts)),+
                }
            }
        }
    };
}

operations!(
    "directory" Directory(directory::DirectoryArgs) = directory,
    "file" File(file::FileArgs) = file,
    "template" Template(file::FileArgs) = template,
    "symlink" Symlink(symlink::SymlinkArgs) = symlink,
    "package" Package(package::PackageArgs) = package,
    "user" User(user::UserArgs) = user,
    "service" Service(service::ServiceArgs) = service,
    "supervisor" Supervisor(supervisor::SupervisorArgs) = supervisor,
    "command" Command(command::CommandArgs) = command,
);

impl Op {
    /// What a handler does when it is notified; `None` for operations that cannot be one.
    pub(crate) fn handler_change(&self) -> Option<Change> {
        match self {
            Self::Service(args) => args.handler_change(),
            Self::Supervisor(args) => args.handler_change(),
            Self::Command(args) => Some(args.change()),
            _ => None,
        }
    }

    /// What a person should know before this changes anything on a host of which `facts` are true.
    pub(crate) fn caution(&self, facts: &Facts) -> Option<&'static str> {
        match self {
            Self::Supervisor(args) => args.caution(facts),
            _ => None,
        }
    }

    /// Whether this makes sense only as a handler.
    pub(crate) fn is_handler_only(&self) -> bool {
        match self {
            Self::Service(args) => args.handler_change().is_some(),
            Self::Supervisor(args) => args.handler_change().is_some(),
            Self::Command(args) => args.guard.is_none(),
            _ => false,
        }
    }

    /// The path this operation owns: no other task may manage it too.
    pub(crate) fn managed_path(&self) -> Option<&str> {
        match self {
            Self::Directory(args) => Some(&args.path),
            Self::File(args) | Self::Template(args) => Some(&args.path),
            Self::Symlink(args) => Some(&args.path),
            _ => None,
        }
    }
}
