//! How can a release misbehave, and which words in its program file make it do so?

/// What a release of `faulty-exam-service` does wrong; in everything else it is the real `exam-service`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `serve` ends at once, with a word on standard error.
    CrashAtStart,
    /// `serve` neither listens nor ends.
    HangAtStart,
    /// It serves, and always says that it is not ready.
    NeverReady,
    /// Every public request but those for health is answered with 500.
    ErrorsAfterCutover,
    /// Every public request takes nine times as long, and a second at the least.
    SlowAfterCutover,
    /// Whoever saves an answer waits for a second, on whichever interface.
    SlowAnswers,
    /// From its first public request on it takes memory, until it is killed as the kernel would.
    LeaksUntilKilled,
    /// `migrate` is killed in the middle of a transaction that it never ends.
    MigrateFailsHalfway,
    /// SIGTERM does nothing; only SIGKILL ends it.
    IgnoresSigterm,
    /// Answers are acknowledged before they are committed.
    AcknowledgesBeforeCommit,
}

/// Comes before the name of the fault, at the end of a program file.
const MARK: &str = "\nfault of this release: ";

impl Fault {
    pub const ALL: [Self; 10] = [
        Self::CrashAtStart,
        Self::HangAtStart,
        Self::NeverReady,
        Self::ErrorsAfterCutover,
        Self::SlowAfterCutover,
        Self::SlowAnswers,
        Self::LeaksUntilKilled,
        Self::MigrateFailsHalfway,
        Self::IgnoresSigterm,
        Self::AcknowledgesBeforeCommit,
    ];

    /// Its name, as [`Fault::in_program`] finds it.
    pub fn name(self) -> &'static str {
        match self {
            Self::CrashAtStart => "crash-at-start",
            Self::HangAtStart => "hang-at-start",
            Self::NeverReady => "never-ready",
            Self::ErrorsAfterCutover => "errors-after-cutover",
            Self::SlowAfterCutover => "slow-after-cutover",
            Self::SlowAnswers => "slow-answers",
            Self::LeaksUntilKilled => "leaks-until-killed",
            Self::MigrateFailsHalfway => "migrate-fails-halfway",
            Self::IgnoresSigterm => "ignores-sigterm",
            Self::AcknowledgesBeforeCommit => "acknowledges-before-commit",
        }
    }

    /// What to append to the program file `faulty-exam-service` to choose this fault.
    ///
    /// An ELF file ends where its headers say; what follows changes its hash and nothing else.
    pub fn words(self) -> String {
        format!("{MARK}{}\n", self.name())
    }

    /// The fault that the end of this program file chooses.
    pub fn in_program(program: &[u8]) -> Option<Self> {
        let end = &program[program.len().saturating_sub(1024)..];
        let end = String::from_utf8_lossy(end);
        let (_, name) = end.rsplit_once(MARK)?;
        let name = name.lines().next()?;
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_found_by_the_words_at_the_end_of_a_program() {
        for fault in Fault::ALL {
            let program = format!("\x7fELF...{}mark two", fault.words());
            assert_eq!(Fault::in_program(program.as_bytes()), Some(fault));
        }
        for none in ["", "\x7fELF... two", "\nfault of this release: none\n"] {
            assert_eq!(Fault::in_program(none.as_bytes()), None, "{none}");
        }
    }
}
