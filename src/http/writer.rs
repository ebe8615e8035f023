//! The writer: one task that gathers the notices which wait and takes them in one Tx, so
//! that they share one commit; each gets its own answer after it (group commit).
//!
//! ```text
//! wait for one -> take up to `group` of what waits -> TakeNotices -> commit -> answer each
//! refused, or a fault of the data: each alone, so that one never fails its neighbours
//! the store is not there: all are told so, and their senders send again
//! ```
//! While a commit is under way the next group gathers by itself: nobody waits for company.

use super::Serve;
use crate::clock::{Clock, stopwatch};
use crate::collection::notice::{NoticeReply, Told};
use crate::error::{Failure, Fault};
use crate::reconcile::credits::TakeNotices;
use crate::store::keys::KeyRing;
use crate::store::{self, Ctx, Db, Engine};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// The actor of what the server does; no person.
const ACTOR: &str = "server";

/// A notice that waits for its commit.
pub struct Waiting {
    pub told: Told,
    pub answer: oneshot::Sender<Result<NoticeReply, Failure>>,
}

/// What the writer has done since it began.
#[derive(Debug, Default)]
pub struct Counts {
    notices: AtomicU64,
    commits: AtomicU64,
    waiting: AtomicU64,
}

/// A notice that was accepted and is not answered yet, while it lives.
pub struct Accepted(Arc<Counts>);

impl Drop for Accepted {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counts {
    pub fn accepted(self: &Arc<Counts>) -> Accepted {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Accepted(Arc::clone(self))
    }

    /// Notices that were accepted and are not answered yet.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Notices committed, and commits that held them.
    pub fn seen(&self) -> (u64, u64) {
        (
            self.notices.load(Ordering::Relaxed),
            self.commits.load(Ordering::Relaxed),
        )
    }
}

#[derive(Clone)]
struct Writer {
    db: Db,
    keys: KeyRing,
    clock: Clock,
    counts: Arc<Counts>,
}

/// Starts the writer; it ends when the queue is closed and empty.
pub fn start(
    serve: &Serve,
    mut queue: mpsc::Receiver<Waiting>,
    counts: Arc<Counts>,
) -> JoinHandle<()> {
    let writer = Writer {
        db: serve.db.clone(),
        keys: serve.keys.clone(),
        clock: serve.clock,
        counts,
    };
    let most = serve.limits.group.max(1);
    tokio::spawn(async move {
        let mut group = Vec::with_capacity(most);
        let mut planner = Planner::new(writer.db.clone());
        while queue.recv_many(&mut group, most).await > 0 {
            let own = writer.clone();
            let work = std::mem::take(&mut group);
            // A task of its own: a panic fails this group, whose senders send again, and
            // not the server.
            if let Err(e) = tokio::spawn(async move { own.take(work).await }).await {
                eprintln!("ansinh: a group of notices was not taken: {e}");
            }
            planner.tell();
        }
    })
}

/// Tells the database's planner how the tables grow, beside the work and once in a while.
struct Planner {
    db: Db,
    last: std::time::Instant,
    task: Option<JoinHandle<Result<(), Fault>>>,
}

impl Planner {
    const PAUSE: Duration = Duration::from_secs(1);

    fn new(db: Db) -> Planner {
        Planner {
            db,
            last: stopwatch(),
            task: None,
        }
    }

    fn tell(&mut self) {
        let under_way = self.task.as_ref().is_some_and(|t| !t.is_finished());
        if self.db.engine() == Engine::Sqlite || under_way || self.last.elapsed() < Planner::PAUSE {
            return;
        }
        self.last = stopwatch();
        let db = self.db.clone();
        // What it could not be told now it learns by itself within a minute.
        self.task = Some(tokio::spawn(async move { db.analyze_grown().await }));
    }
}

impl Writer {
    async fn take(&self, group: Vec<Waiting>) {
        let (told, answers): (Vec<Told>, Vec<_>) =
            group.into_iter().map(|w| (w.told, w.answer)).unzip();
        let results = self.results(told).await;
        for (answer, result) in answers.into_iter().zip(results) {
            // Whoever no longer waits sends the notice again and gets the recorded answer.
            let _ = answer.send(result);
        }
    }

    async fn results(&self, told: Vec<Told>) -> Vec<Result<NoticeReply, Failure>> {
        let n = told.len();
        let alone = match self.commit(told.clone()).await {
            Ok(replies) => return replies.into_iter().map(Ok).collect(),
            Err(failure) if n == 1 => return vec![Err(failure)],
            Err(failure) => !is_store(&failure),
        };
        let mut out = Vec::with_capacity(n);
        for one in told {
            out.push(if alone {
                self.commit(vec![one])
                    .await
                    .and_then(|mut r| r.pop().ok_or_else(lost))
            } else {
                Err(lost())
            });
        }
        out
    }

    async fn commit(&self, told: Vec<Told>) -> Result<Vec<NoticeReply>, Failure> {
        let n = told.len();
        let ctx = Ctx::new(ACTOR, self.clock.now());
        let command = TakeNotices {
            told,
            keys: self.keys.clone(),
        };
        let replies = store::run(&self.db, &ctx, &command).await?;
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        self.counts.notices.fetch_add(n, Ordering::Relaxed);
        if replies.len() == command.told.len() {
            Ok(replies)
        } else {
            Err(lost())
        }
    }
}

/// The store itself failed, so that trying each notice alone would only fail more often.
fn is_store(failure: &Failure) -> bool {
    match failure {
        Failure::Fault(fault @ Fault::Store(_)) => !fault.is_guard(),
        Failure::Fault(Fault::Io { .. }) => true,
        _ => false,
    }
}

fn lost() -> Failure {
    Fault::Gateway("a notice was not committed".into()).into()
}
