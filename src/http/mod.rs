//! The server: takes credit notices, and says whether a bill is paid.
//!
//! | address | who | what |
//! |---|---|---|
//! | `POST /notices/{source}` | a provider or bank, by its signature | booked, durable, then answered |
//! | `GET /bills/{pay_code}` | a caller, by its token | state and amounts of a bill of its book |
//! | `GET /healthz` | anybody who reaches the port | whether the database answers, and how much waits |
//!
//! A notice is answered with 200 only after the commit that holds it (`writer`). Nothing a
//! client does takes unbounded memory: bodies, connections and the queue have limits, and a
//! full queue is answered with 503, which every sender answers by sending again. A stop
//! takes no new connection and finishes what was accepted.
//!
//! No TLS here: a proxy in front has it (decision 0009). No rule of the business lives here.

mod answer;
mod bills;
mod connections;
mod log;
mod notices;
mod sources;
mod writer;

pub use answer::Wrong;
pub use writer::Counts;

use crate::clock::Clock;
use crate::error::{Failure, Fault, Lang};
use crate::store::Db;
use crate::store::keys::KeyRing;
use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// What a server holds at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Notices that wait for the writer; one more is answered with 503.
    pub queue: usize,
    /// Notices in one commit.
    pub group: usize,
    pub connections: usize,
    pub body_bytes: usize,
    /// For the head of a request, also the idle time of a connection; for its body; and for
    /// a notice to be committed.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            queue: 2_048,
            group: 256,
            connections: 1_024,
            body_bytes: 64 * 1024,
            wait: Duration::from_secs(20),
        }
    }
}

/// What the server works with.
pub struct Serve {
    pub db: Db,
    pub keys: KeyRing,
    pub clock: Clock,
    pub lang: Lang,
    pub limits: Limits,
}

/// What every request sees.
struct Shared {
    db: Db,
    keys: KeyRing,
    clock: Clock,
    lang: Lang,
    limits: Limits,
    sources: sources::Sources,
    queue: mpsc::Sender<writer::Waiting>,
    counts: Arc<Counts>,
}

/// A server that runs.
pub struct Server {
    pub address: SocketAddr,
    pub counts: Arc<Counts>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Begins to serve on a listener.
pub fn start(serve: Serve, listener: TcpListener) -> Result<Server, Failure> {
    let address = listener
        .local_addr()
        .map_err(|e| Fault::Gateway(format!("the address to listen on: {e}")))?;
    let (queue, waiting) = mpsc::channel(serve.limits.queue);
    let counts = Arc::new(Counts::default());
    let writer = writer::start(&serve, waiting, Arc::clone(&counts));
    let limits = serve.limits;
    let shared = Arc::new(Shared {
        sources: sources::Sources::default(),
        db: serve.db,
        keys: serve.keys,
        clock: serve.clock,
        lang: serve.lang,
        limits,
        queue,
        counts: Arc::clone(&counts),
    });
    let (stop, stopped) = watch::channel(false);
    let router = router(Arc::clone(&shared));
    let task = tokio::spawn(async move {
        connections::serve(listener, router, limits, stopped).await;
        // With the last request gone the queue closes, and the writer ends after what is in it.
        drop(shared);
        if let Err(e) = writer.await {
            eprintln!("ansinh: the writer ended: {e}");
        }
    });
    Ok(Server {
        address,
        counts,
        stop,
        task,
    })
}

impl Server {
    /// Takes nothing new, finishes what was accepted, and ends.
    pub async fn stop(self) {
        // A server that has ended already has nobody to tell.
        let _ = self.stop.send(true);
        if let Err(e) = self.task.await {
            eprintln!("ansinh: the server ended: {e}");
        }
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let only = |route: MethodRouter<Arc<Shared>>, allow: &'static str| {
        route.fallback(
            move |State(s): State<Arc<Shared>>, method: Method| async move {
                answer::wrong(
                    &s,
                    Wrong::Method,
                    json!({"found": method.as_str(), "expected": allow}),
                )
            },
        )
    };
    Router::new()
        .route("/notices/{source}", only(post(notices::take), "POST"))
        .route("/bills/{pay_code}", only(get(bills::show), "GET"))
        .route("/healthz", only(get(health), "GET"))
        .fallback(|State(s): State<Arc<Shared>>, uri: Uri| async move {
            answer::wrong(&s, Wrong::Address, json!({"found": uri.path()}))
        })
        .with_state(shared)
}

/// Longer than this and whoever asks takes the server for dead anyway.
const HEALTH_WAIT: Duration = Duration::from_secs(3);

async fn health(State(s): State<Arc<Shared>>) -> Response {
    let asked = tokio::time::timeout(HEALTH_WAIT, s.db.version()).await;
    match asked {
        Ok(Ok(database)) => {
            let (notices, commits) = s.counts.seen();
            answer::json(
                StatusCode::OK,
                &json!({"status": "ok", "database": database, "version": env!("CARGO_PKG_VERSION"),
                        "waiting": s.counts.waiting(), "queued": s.limits.queue - s.queue.capacity(), "notices": notices, "commits": commits}),
            )
        }
        Ok(Err(fault)) => {
            log::line(&s, "health", &json!({"fault": fault.to_string()}));
            answer::wrong(&s, Wrong::Fault, json!(null))
        }
        Err(_) => answer::wrong(&s, Wrong::Fault, json!(null)),
    }
}
