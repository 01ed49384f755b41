//! Threads for what is slow on purpose: they take what processor time others leave.

use std::io;
#[cfg(unix)]
use std::sync::Once;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinError;

/// How much less urgent they are than everything else (`nice`, -20 to 19): at 10 the kernel gives a thread a tenth of
/// what it gives to one at 0 that wants the same processor, so that a storm of logins delays no answer.
#[cfg(unix)]
const LESS_URGENT: i32 = 10;

/// A runtime, because that is what starts threads, hands them work in turn and tells who waits that it is done.
pub(super) struct Threads {
    handle: Handle,
    /// Always there until dropped.
    runtime: Option<Runtime>,
}

impl Threads {
    /// # Errors
    /// When the system gives no threads.
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let mut threads = Builder::new_multi_thread();
        threads.worker_threads(count).thread_name("passwords");
        #[cfg(unix)]
        threads.on_thread_start(|| {
            static SAID: Once = Once::new();
            if let Err(error) = rustix::process::nice(LESS_URGENT) {
                SAID.call_once(|| {
                    tracing::warn!(
                        %error,
                        "passwords are hashed as urgently as answers are saved: let the service make its threads less \
                         urgent (the system call setpriority), or set EXAM_HASH_CONCURRENCY to fewer than there are cores"
                    );
                });
            }
        });
        let runtime = threads.build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Does `work` on one of them.
    ///
    /// # Errors
    /// When it panicked.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        self.handle.spawn(async move { work() }).await
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn they_are_less_urgent_than_who_asks_them() {
        let urgency = || rustix::process::getpriority_process(None).unwrap();
        let usual = urgency();
        let threads = Threads::start(2).unwrap();
        let theirs = threads.run(urgency).await.unwrap();
        assert_eq!(theirs, (usual + LESS_URGENT).min(19));
        assert_eq!(urgency(), usual);
    }
}
