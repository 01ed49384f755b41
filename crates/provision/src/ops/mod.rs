//! The operations a task can ask for: arguments, the facts they need, and pure plans.
//!
//! A plan is a list of changes that takes the host from the facts to what the arguments ask for;
//! an empty one means that the host is right already. Nothing here touches a host.

pub(crate) mod accounts;
#[cfg(test)]
mod cases;
pub(crate) mod control;
pub(crate) mod databases;
pub(crate) mod effects;
pub(crate) mod files;
pub(crate) mod network;
pub(crate) mod owned;
pub(crate) mod packages;
pub(crate) mod services;
pub(crate) mod session;
pub(crate) mod spec;
pub(crate) mod staged;
pub(crate) mod system;

use std::time::Duration;

use serde_json::{Map, Value};

use crate::connections::Command;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, Findings};
use crate::ops::spec::Spec;
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
    /// Writes files that belong together, once all of them are judged together.
    PutAll(PutAll),
    /// Removes a file or link.
    Remove(String),
    /// Boots the host anew; for at most this long it is waited for.
    Reboot(Duration),
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

/// Files that go live together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PutAll {
    /// Each is validated by [`PutAll::judge`] alone; directories above them are made as needed.
    pub(crate) files: Vec<PutFile>,
    /// Shell that judges the staged files, `$d/0`, `$d/1`, ...; its failure leaves the old ones.
    pub(crate) judge: String,
    /// Shell that makes them live once they are in place.
    pub(crate) finish: String,
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

/// One kind of thing that a playbook can ask of a host.
pub(crate) trait Operation: Sized {
    const SPEC: Spec;

    /// Reads the arguments, whose keys are those of [`Operation::SPEC`].
    fn parse(fields: Fields<'_>, sources: &dyn Sources) -> Option<Self>;

    /// The facts its plan needs.
    fn requests(&self) -> Vec<Request>;

    /// What has to be done to a host of which `facts` are true.
    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError>;

    /// While planning: whether a change made by this may change the answer to `key`.
    fn may_change(&self, key: &FactKey) -> bool;

    /// While applying, whatever comes after foreign code is read again.
    fn runs_foreign_code(&self) -> bool {
        true
    }

    /// What a handler does when it is notified; `None` for operations that cannot be one.
    fn handler_change(&self) -> Option<Change> {
        None
    }

    /// Whether this makes sense only as a handler.
    fn is_handler_only(&self) -> bool {
        false
    }

    /// What a person should know before this changes anything on a host of which `facts` are true.
    fn caution(&self, _: &Facts) -> Option<String> {
        None
    }

    /// What a person should know although nothing has to be changed.
    fn warning(&self, _: &Facts) -> Option<String> {
        None
    }

    /// The path this owns: no other task may manage it too.
    fn managed_path(&self) -> Option<&str> {
        None
    }

    /// How the host itself takes the change back where it could lock examctl out.
    fn revert(&self, _: &Facts) -> Option<Revert> {
        None
    }
}

/// Two scripts for a change that may cut the connection it is made over. They run as root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revert {
    /// Saves what is there into the directory `$EXAMCTL_SAVED`, which exists and is empty.
    pub(crate) prepare: String,
    /// Puts it back from there.
    pub(crate) restore: String,
}

macro_rules! operations {
    ($($key:literal $variant:ident($args:ty)),+ $(,)?) => {
        /// One operation with its arguments.
        #[derive(Clone, Debug)]
        pub(crate) enum Op {
            $($variant($args)),+
        }

        /// The keys that name an operation in a task.
        pub(crate) const OPERATIONS: &[&str] = &[$($key),+];

        /// Every operation as its user sees it.
        pub(crate) const SPECS: &[Spec] = &[$(<$args as Operation>::SPEC),+];

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
                    $($key => {
                        let known = <$args as Operation>::SPEC.keys();
                        let fields = Fields::open(value, place, $key, &known, findings)?;
                        <$args as Operation>::parse(fields, sources).map(Self::$variant)
                    })+
                    _ => None,
                }
            }

            pub(crate) fn requests(&self) -> Vec<Request> {
                match self {
                    $(Self::$variant(args) => args.requests()),+
                }
            }

            pub(crate) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
                match self {
                    $(Self::$variant(args) => args.plan(facts)),+
                }
            }

            pub(crate) fn may_change(&self, key: &FactKey) -> bool {
                match self {
                    $(Self::$variant(args) => args.may_change(key)),+
                }
            }

            pub(crate) fn runs_foreign_code(&self) -> bool {
                match self {
                    $(Self::$variant(args) => args.runs_foreign_code()),+
                }
            }

            pub(crate) fn handler_change(&self) -> Option<Change> {
                match self {
                    $(Self::$variant(args) => args.handler_change()),+
                }
            }

            pub(crate) fn is_handler_only(&self) -> bool {
                match self {
                    $(Self::$variant(args) => args.is_handler_only()),+
                }
            }

            pub(crate) fn caution(&self, facts: &Facts) -> Option<String> {
                match self {
                    $(Self::$variant(args) => args.caution(facts)),+
                }
            }

            pub(crate) fn warning(&self, facts: &Facts) -> Option<String> {
                match self {
                    $(Self::$variant(args) => args.warning(facts)),+
                }
            }

            pub(crate) fn managed_path(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(args) => args.managed_path()),+
                }
            }

            pub(crate) fn revert(&self, facts: &Facts) -> Option<Revert> {
                match self {
                    $(Self::$variant(args) => args.revert(facts)),+
                }
            }
        }
    };
}

// One line each: `"key" Variant(room::file::Args)`.
operations!(
    "directory" Directory(files::directory::DirectoryArgs),
    "file" File(files::file::FileArgs),
    "template" Template(files::template::TemplateArgs),
    "symlink" Symlink(files::symlink::SymlinkArgs),
    "line" Line(files::line::LineArgs),
    "block" Block(files::block::BlockArgs),
    "archive" Archive(files::archive::ArchiveArgs),
    "download" Download(files::download::DownloadArgs),
    "package" Package(packages::package::PackageArgs),
    "apt_repository" AptRepository(packages::apt_repository::AptRepositoryArgs),
    "unattended_upgrades" UnattendedUpgrades(packages::unattended_upgrades::UnattendedUpgradesArgs),
    "user" User(accounts::user::UserArgs),
    "group" Group(accounts::group::GroupArgs),
    "authorized_key" AuthorizedKey(accounts::authorized_key::AuthorizedKeyArgs),
    "sudoers" Sudoers(accounts::sudoers::SudoersArgs),
    "service" Service(services::service::ServiceArgs),
    "systemd_unit" SystemdUnit(services::systemd_unit::SystemdUnitArgs),
    "systemd_timer" SystemdTimer(services::systemd_timer::SystemdTimerArgs),
    "cron" Cron(services::cron::CronArgs),
    "supervisor" Supervisor(services::supervisor::SupervisorArgs),
    "sysctl" Sysctl(system::sysctl::SysctlArgs),
    "limits" Limits(system::limits::LimitsArgs),
    "hostname" Hostname(system::hostname::HostnameArgs),
    "timezone" Timezone(system::timezone::TimezoneArgs),
    "swap" Swap(system::swap::SwapArgs),
    "mount" Mount(system::mount::MountArgs),
    "kernel_module" KernelModule(system::kernel_module::KernelModuleArgs),
    "logrotate" Logrotate(system::logrotate::LogrotateArgs),
    "mysql_database" MysqlDatabase(databases::mysql_database::MysqlDatabaseArgs),
    "mysql_user" MysqlUser(databases::mysql_user::MysqlUserArgs),
    "mysql_settings" MysqlSettings(databases::mysql_settings::MysqlSettingsArgs),
    "sshd" Sshd(system::sshd::SshdArgs),
    "reboot" Reboot(system::reboot::RebootArgs),
    "firewall" Firewall(network::firewall::FirewallArgs),
    "fail2ban_jail" Fail2banJail(network::fail2ban_jail::Fail2banJailArgs),
    "nginx_site" NginxSite(network::nginx_site::NginxSiteArgs),
    "tls_certificate" TlsCertificate(network::tls_certificate::TlsCertificateArgs),
    "postgresql_database" PostgresqlDatabase(databases::postgresql_database::PostgresqlDatabaseArgs),
    "postgresql_user" PostgresqlUser(databases::postgresql_user::PostgresqlUserArgs),
    "postgresql_grants" PostgresqlGrants(databases::postgresql_grants::PostgresqlGrantsArgs),
    "postgresql_settings" PostgresqlSettings(databases::postgresql_settings::PostgresqlSettingsArgs),
    "postgresql_hba" PostgresqlHba(databases::postgresql_hba::PostgresqlHbaArgs),
    "redis_settings" RedisSettings(databases::redis_settings::RedisSettingsArgs),
    "command" Command(control::command::CommandArgs),
    "read" Read(control::read::ReadArgs),
    "script" Script(control::script::ScriptArgs),
    "wait_for" WaitFor(control::wait_for::WaitForArgs),
    "assert" Assert(control::assert::AssertArgs),
);
