//! Starting a shell, as root where that is wanted and sudo lets us.

use std::time::{Duration, Instant};

use super::program::{mark, script_words, shell_words};
use super::{Failure, Link, Received, Shell};
use crate::secret::Secret;

/// How long sudo may take to accept or refuse a password; PAM waits some seconds after a wrong one.
const SUDO_LIMIT: Duration = Duration::from_secs(20);

/// How a shell as root is had from one of the connection's user.
#[derive(Clone, Debug)]
pub(in crate::connections) enum Root {
    /// The way leads to root's shell by itself.
    Already,
    /// Through sudo, which asks for no password.
    Sudo { user: String },
    /// Through sudo with the password that the variable holds.
    Password {
        user: String,
        variable: String,
        password: Secret,
    },
}

/// A shell that is about to be started.
pub(in crate::connections) struct Start {
    /// The command that starts it, as words.
    pub(in crate::connections) words: Vec<String>,
    ready: String,
    prompt: String,
}

impl Start {
    /// A shell that runs one script after the other.
    pub(in crate::connections) fn new(root: &Root) -> Self {
        Self::words(root, shell_words)
    }

    /// A shell that runs one script, whose input and output are the link's from then on.
    pub(in crate::connections) fn script(root: &Root, script: &str) -> Self {
        Self::words(root, |ready| script_words(ready, script))
    }

    fn words(root: &Root, shell: impl FnOnce(&str) -> Vec<String>) -> Self {
        let (ready, prompt) = (mark(), mark());
        let sudo = match root {
            Root::Already => Vec::new(),
            Root::Sudo { .. } => vec!["sudo", "-n", "--"],
            // With a prompt of our own it can be told, in any language, when sudo asks again.
            Root::Password { .. } => vec!["sudo", "-S", "-p", &prompt, "--"],
        };
        let mut words: Vec<String> = sudo.into_iter().map(str::to_owned).collect();
        words.extend(shell(&ready));
        Self {
            words,
            ready,
            prompt,
        }
    }

    /// The shell behind `link`. Nothing is waited for where nothing can be asked: what is wrong
    /// shows when the first script runs.
    pub(in crate::connections) fn open(
        &self,
        link: Box<dyn Link>,
        root: &Root,
        deadline: Instant,
    ) -> Result<Shell, Failure> {
        let mut shell = Shell::new(link);
        if let Root::Password {
            user,
            variable,
            password,
        } = root
        {
            let deadline = deadline.min(Instant::now() + SUDO_LIMIT);
            self.answer_sudo(&mut shell, password, deadline)
                .map_err(|failure| refused(failure, user, variable))?;
        }
        Ok(shell)
    }

    /// Waits until the shell is there, answering sudo's question if it has one.
    fn answer_sudo(
        &self,
        shell: &mut Shell,
        password: &Secret,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let mut unsent: Vec<u8> = Vec::new();
        let mut at = 0;
        loop {
            let Received {
                stdout,
                stderr,
                ended,
            } = &shell.received;
            if contains(stdout, &self.ready) {
                return Ok(());
            }
            let asked = String::from_utf8_lossy(stderr)
                .matches(&self.prompt)
                .count();
            if asked > 1 {
                return Err(Failure::NotRoot(String::new()));
            }
            if *ended {
                let said = String::from_utf8_lossy(stderr).replace(&self.prompt, "");
                return Err(Failure::NotRoot(said.trim().to_owned()));
            }
            if asked == 1 && unsent.is_empty() {
                unsent = format!("{}\n", password.expose()).into_bytes();
            }
            at += shell
                .link
                .step(&unsent[at..], &mut shell.received, deadline, None)?;
        }
    }

    /// Waits until the shell is there.
    pub(in crate::connections) fn wait(
        &self,
        shell: &mut Shell,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let line = format!("{}\n", self.ready);
        while !contains(&shell.received.stdout, &line) {
            if shell.received.ended {
                let said = String::from_utf8_lossy(&shell.received.stderr);
                return Err(Failure::NoShell(said.trim().to_owned()));
            }
            shell.link.step(&[], &mut shell.received, deadline, None)?;
        }
        Ok(())
    }

    /// The link behind a shell that was waited for, and what its script has printed so far.
    pub(in crate::connections) fn into_program(self, shell: Shell) -> (Box<dyn Link>, Vec<u8>) {
        let mut printed = shell.received.stdout;
        let line = format!("{}\n", self.ready);
        if let Some(at) = find(&printed, &line) {
            printed.drain(..at + line.len());
        }
        (shell.link, printed)
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    find(bytes, text).is_some()
}

fn find(bytes: &[u8], text: &str) -> Option<usize> {
    bytes
        .windows(text.len())
        .position(|window| window == text.as_bytes())
}

fn refused(failure: Failure, user: &str, variable: &str) -> Failure {
    match failure {
        Failure::NotRoot(said) if said.is_empty() => Failure::NotRoot(format!(
            "sudo refused the password from variable {variable} for user {user}"
        )),
        Failure::NotRoot(said) => Failure::NotRoot(format!("sudo as user {user}: {said}")),
        Failure::TimedOut => Failure::NotRoot(format!(
            "sudo did not take the password from variable {variable} for user {user} in time"
        )),
        other => other,
    }
}

impl Root {
    /// What a shell that did not come means: sudo has said why.
    pub(in crate::connections) fn explain(&self, said: &str) -> Option<String> {
        match self {
            Self::Already => None,
            Self::Sudo { user } => {
                let help = "; if sudo asks for a password, name the variable that holds it with \
                            `become_password_var` in the inventory";
                Some(format!("sudo as user {user}: {said}{help}"))
            }
            Self::Password { user, .. } => Some(format!("sudo as user {user}: {said}")),
        }
    }
}
