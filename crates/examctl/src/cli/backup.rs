//! The arguments of `examctl backup`.

use clap::{Args, Subcommand};

use super::Hosts;

#[derive(Debug, Subcommand)]
pub(crate) enum Backup {
    /// Copy the database while it is in use, read the copy back and count its rows
    Create(Hosts),
    /// The backups of each host, the newest last
    List(Hosts),
    /// Restore a backup into a scratch database and compare it with its manifest
    Verify(BackupVerify),
    /// Put a backup in the place of the database, after showing what that loses
    Restore(BackupRestore),
}

impl Backup {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "backup create",
            Self::List(_) => "backup list",
            Self::Verify(_) => "backup verify",
            Self::Restore(_) => "backup restore",
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct BackupVerify {
    /// A name as `backup list` shows it, a unique beginning of one, or `latest`
    #[arg(default_value = "latest", value_name = "BACKUP")]
    pub(crate) backup: String,
    #[command(flatten)]
    pub(crate) hosts: Hosts,
}

#[derive(Args, Debug)]
pub(crate) struct BackupRestore {
    /// A name as `backup list` shows it, a unique beginning of one, or `latest`
    #[arg(value_name = "BACKUP")]
    pub(crate) backup: String,
    /// The release that is started on it [default: the one that serves, if it fits, or the one of the backup]
    #[arg(long, value_name = "ID")]
    pub(crate) release: Option<String>,
    #[command(flatten)]
    pub(crate) hosts: Hosts,
    /// Restore although attempts are open
    #[arg(long)]
    pub(crate) during_exam: bool,
    /// Wait before this step until killed (for tests of interrupted restores)
    #[arg(long, hide = true, value_name = "STEP")]
    pub(crate) pause_before: Option<String>,
}
