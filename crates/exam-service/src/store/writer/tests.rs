//! The writer over a real database whose lock a test can hold.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Waker};

use chrono::DateTime;
use tempfile::TempDir;

use super::fair_queue::LANE_REQUESTS;
use super::*;
use crate::exam::{AttemptId, UserId};
use crate::http::ServiceMetrics;
use crate::settings::{Database, Environment};
use crate::store::DatabaseStore;

struct Fixture {
    store: Arc<dyn Store>,
    path: PathBuf,
    _directory: TempDir,
}

async fn open(path: &Path) -> DatabaseStore {
    let database = Database::Sqlite(path.to_owned());
    DatabaseStore::open(&database, Environment::Production)
        .await
        .unwrap()
}

async fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("exam.db");
    let store = open(&path).await;
    store.migrate(false).await.unwrap();
    Fixture {
        store: Arc::new(store),
        path,
        _directory: directory,
    }
}

impl Fixture {
    fn start(&self, limits: WriterLimits) -> (Writer, SaveQueue) {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        Writer::start(&self.store, &clock, limits, ServiceMetrics::new().writer).unwrap()
    }

    /// Holds the database's write lock until dropped, as another process would.
    fn lock(&self) -> WriteLock {
        WriteLock::take(&self.path)
    }
}

/// A transaction of another connection.
struct WriteLock(
    Option<tokio::sync::oneshot::Sender<()>>,
    Option<std::thread::JoinHandle<()>>,
);

impl WriteLock {
    fn take(path: &std::path::Path) -> Self {
        let (release, released) = tokio::sync::oneshot::channel();
        let (locked, is_locked) = std::sync::mpsc::channel();
        let path = path.to_owned();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let other = open(&path).await;
                let transaction = other.begin_write("hold the lock").await.unwrap();
                locked.send(()).unwrap();
                released.await.ok();
                drop(transaction);
                other.close().await.unwrap();
            });
        });
        is_locked.recv().unwrap();
        Self(Some(release), Some(thread))
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        drop(self.0.take());
        self.1.take().map(std::thread::JoinHandle::join);
    }
}

fn request() -> SaveRequest {
    SaveRequest::new(
        AttemptId::generate(),
        UserId::generate(),
        Vec::new(),
        DateTime::UNIX_EPOCH,
    )
}

type Saving = Pin<Box<dyn Future<Output = Result<SaveOutcome, SaveError>> + Send>>;

/// A save that is in the queue by the time this returns.
fn enqueue(queue: &SaveQueue) -> Saving {
    enqueue_request(queue, request())
}

fn enqueue_request(queue: &SaveQueue, request: SaveRequest) -> Saving {
    let queue = queue.clone();
    let mut saving: Saving = Box::pin(async move { queue.save(request, 100).await });
    let polled = saving
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "not queued: {polled:?}");
    saving
}

/// Waits until the writer has taken everything out of the queue.
async fn until_taken(queue: &SaveQueue) {
    while queue.depth() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let fixture = fixture().await;
    let (mut writer, queue) = fixture.start(WriterLimits {
        queue: 2,
        batch: 1,
        ..WriterLimits::default()
    });
    let lock = fixture.lock();
    let mut saves = vec![enqueue(&queue)];
    until_taken(&queue).await;
    // The writer waits for the lock with the first; two more fill the queue.
    saves.extend([enqueue(&queue), enqueue(&queue)]);
    assert_eq!(queue.save(request(), 100).await, Err(SaveError::QueueFull));
    drop(lock);
    for save in saves {
        assert_eq!(save.await, Ok(SaveOutcome::NotFound));
    }
    writer.flush().await;
}

#[tokio::test]
async fn a_flush_answers_everything_that_waits_and_then_refuses() {
    let fixture = fixture().await;
    let (mut writer, queue) = fixture.start(WriterLimits {
        queue: 64,
        batch: 4,
        ..WriterLimits::default()
    });
    let lock = fixture.lock();
    let mut saves = vec![enqueue(&queue)];
    until_taken(&queue).await;
    saves.extend((0..32).map(|_| enqueue(&queue)));
    let mut flushing = Box::pin(writer.flush());
    assert!(
        flushing
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    drop(lock);
    flushing.await;
    for save in saves {
        assert_eq!(save.await, Ok(SaveOutcome::NotFound));
    }
    assert_eq!(queue.save(request(), 100).await, Err(SaveError::Stopped));
}

#[tokio::test]
async fn a_batch_that_cannot_be_written_is_no_success() {
    let fixture = fixture().await;
    fixture.store.close().await.unwrap();
    let (mut writer, queue) = fixture.start(WriterLimits::default());
    assert_eq!(queue.save(request(), 100).await, Err(SaveError::NotStored));
    writer.flush().await;
}

#[tokio::test]
async fn an_account_that_floods_is_refused_and_nobody_else() {
    let fixture = fixture().await;
    let (mut writer, queue) = fixture.start(WriterLimits::default());
    let lock = fixture.lock();
    let mut saves = vec![enqueue(&queue)];
    until_taken(&queue).await;
    let flooding = request();
    for _ in 0..LANE_REQUESTS {
        saves.push(enqueue_request(&queue, flooding.clone()));
    }
    assert_eq!(queue.save(flooding, 100).await, Err(SaveError::AccountBusy));
    saves.push(enqueue(&queue));
    drop(lock);
    for save in saves {
        assert_eq!(save.await, Ok(SaveOutcome::NotFound));
    }
    writer.flush().await;
}

#[tokio::test]
async fn bodies_beyond_the_limit_of_bytes_are_refused() {
    let fixture = fixture().await;
    let (mut writer, queue) = fixture.start(WriterLimits {
        queue_bytes: 150,
        ..WriterLimits::default()
    });
    let lock = fixture.lock();
    let mut saves = vec![enqueue(&queue)];
    until_taken(&queue).await;
    saves.push(enqueue(&queue));
    assert_eq!(queue.save(request(), 100).await, Err(SaveError::QueueFull));
    drop(lock);
    for save in saves {
        assert_eq!(save.await, Ok(SaveOutcome::NotFound));
    }
    writer.flush().await;
}

#[tokio::test]
async fn a_database_that_hangs_is_not_waited_for_and_the_writer_goes_on() {
    let fixture = fixture().await;
    let (mut writer, queue) = fixture.start(WriterLimits {
        batch: 1,
        commit: Duration::from_millis(100),
        ..WriterLimits::default()
    });
    let lock = fixture.lock();
    let mut saves = vec![enqueue(&queue)];
    until_taken(&queue).await;
    // These wait behind it, and are not made to wait for a hang of their own each.
    saves.extend((0..20).map(|_| enqueue(&queue)));
    for save in saves {
        assert_eq!(save.await, Err(SaveError::TimedOut));
    }
    drop(lock);
    // The first after it may still find the connection at what was given up.
    while queue.save(request(), 100).await != Ok(SaveOutcome::NotFound) {}
    writer.flush().await;
}

#[tokio::test]
async fn nobody_waits_for_a_writer_that_has_ended() {
    let fixture = fixture().await;
    let (writer, queue) = fixture.start(WriterLimits {
        batch: 1,
        ..WriterLimits::default()
    });
    let lock = fixture.lock();
    let mut saves = vec![enqueue(&queue)];
    until_taken(&queue).await;
    saves.push(enqueue(&queue));
    writer.tasks.iter().for_each(JoinHandle::abort);
    queue.stopped().await;
    for save in saves {
        assert_eq!(save.await, Err(SaveError::Stopped));
    }
    assert_eq!(queue.save(request(), 100).await, Err(SaveError::Stopped));
    assert!(!queue.is_running());
    drop(lock);
}
