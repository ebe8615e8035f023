//! Connections: accepted up to a limit, none held open by a client that sends nothing, all
//! let finish the request that they are in when the server stops.

use super::Limits;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// After a fault of accepting (no file handles left): not at once again.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stopped` says true, then until the last request is answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    mut stopped: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut open = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            _ = stopped.wait_for(|s| *s) => break,
        };
        while open.try_join_next().is_some() {}
        match (place, accepted) {
            (Ok(place), Ok((stream, _))) => {
                let (router, stopped) = (router.clone(), stopped.clone());
                open.spawn(async move {
                    one(stream, router, limits, stopped).await;
                    drop(place);
                });
            }
            (_, Err(e)) => {
                eprintln!("ansinh: no connection was accepted: {e}");
                // Out of file handles, mostly: it is tried again, unless the stop comes first.
                let _ = tokio::time::timeout(PAUSE, stopped.wait_for(|s| *s)).await;
            }
            (Err(_), _) => break,
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

async fn one(
    stream: TcpStream,
    router: Router,
    limits: Limits,
    mut stopped: watch::Receiver<bool>,
) {
    // An answer is one small packet; a socket that will not be told so only answers later.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.wait)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(connection);
    let told_to_stop = tokio::select! {
        // A client that went away or spoke no HTTP: what it sent whole has been answered.
        _ = connection.as_mut() => false,
        _ = stopped.wait_for(|s| *s) => true,
    };
    if told_to_stop {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
