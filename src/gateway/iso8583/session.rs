//! The connection behind a client: kept up, read, written, and given up when it is dead.
//!
//! ```text
//! keep    : connect -> session -> pause -> connect ...            until closed
//! session : sign on -> { quiet? echo }                            until it ends or is closed
//!           beside it one task that reads and one that writes
//! ```
//!
//! When a session ends its writer is gone before its requests are told: what is told to
//! be unknown may have left, what is told not to be sent has not.

use super::client::{Link, Shared};
use super::frame::{Frame, FrameError, FrameReader};
use super::guard::{Refusal, RefusalKind};
use super::message::Message;
use super::mux::{Unmatched, UnmatchedWhy};
use super::request::NetworkCode;
use super::spec::Mti;
use crate::clock::Instant;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Messages that wait for the writer.
const QUEUE: usize = 256;

/// Refused messages in a row after which a host is not listened to any more.
const REFUSED_MAX: u32 = 16;

/// A request of the host may be so far from our clock, in seconds.
const STALE_S: i64 = 300;

/// Keeps a connection up until `close` says true.
pub(super) async fn keep(shared: Arc<Shared>, mut close: watch::Receiver<bool>) {
    let timing = shared.config.timing;
    let mut pause = timing.pause_first;
    while !*close.borrow() {
        let connecting = timeout(timing.connect, TcpStream::connect(&shared.config.address));
        let connected = tokio::select! {
            connected = connecting => connected,
            _ = close.changed() => break,
        };
        if let Ok(Ok(stream)) = connected
            && session(&shared, stream, &mut close).await
        {
            pause = timing.pause_first;
        }
        if *close.borrow() {
            break;
        }
        tokio::select! {
            () = sleep(pause) => {}
            _ = close.changed() => break,
        }
        pause = (pause * 2).min(timing.pause_longest);
    }
    shared.link.send_replace(Link::Closed);
}

/// One connection, from its first byte to its last; true where it was signed on.
async fn session(
    shared: &Arc<Shared>,
    stream: TcpStream,
    close: &mut watch::Receiver<bool>,
) -> bool {
    // Small messages go out at once; where the system refuses, they only go later.
    let _ = stream.set_nodelay(true);
    let (read, write) = stream.into_split();
    let (out, queue) = mpsc::channel(QUEUE);
    let mut tasks = JoinSet::new();
    tasks.spawn(write_out(shared.clone(), write, queue));
    tasks.spawn(read_in(shared.clone(), read, out.clone()));
    *shared.out.lock().unwrap_or_else(PoisonError::into_inner) = Some(out);
    let was_up = drive(shared, &mut tasks, close).await;
    shared.link.send_replace(Link::Down);
    *shared.out.lock().unwrap_or_else(PoisonError::into_inner) = None;
    tasks.shutdown().await;
    shared.mux.fail_all();
    was_up
}

async fn drive(
    shared: &Shared,
    tasks: &mut JoinSet<()>,
    close: &mut watch::Receiver<bool>,
) -> bool {
    let signed = tokio::select! {
        signed = shared.network(NetworkCode::SignOn) => signed,
        _ = tasks.join_next() => false,
    };
    if !signed {
        return false;
    }
    shared.counts.sign_ons.fetch_add(1, Ordering::Relaxed);
    shared.link.send_replace(Link::Up);
    loop {
        tokio::select! {
            _ = tasks.join_next() => return true,
            _ = close.changed() => {
                tokio::select! {
                    () = leave(shared) => {}
                    _ = tasks.join_next() => {}
                }
                return true;
            }
            () = sleep(shared.config.timing.idle) => {
                if shared.heard.swap(false, Ordering::Relaxed) {
                    continue;
                }
                shared.counts.echoes.fetch_add(1, Ordering::Relaxed);
                let alive = tokio::select! {
                    alive = shared.network(NetworkCode::Echo) => alive,
                    _ = tasks.join_next() => false,
                };
                if !alive {
                    return true;
                }
            }
        }
    }
}

/// Lets what is under way end, then signs off.
async fn leave(shared: &Shared) {
    shared.link.send_replace(Link::Closed);
    let all = shared
        .places
        .acquire_many(shared.config.in_flight_max.max(1));
    // What is not answered in its time is unknown by then, so this wait ends.
    let _ = timeout(shared.config.timing.answer, all).await;
    shared.network(NetworkCode::SignOff).await;
}

/// Writes what waits, as much as there is at once.
async fn write_out(
    shared: Arc<Shared>,
    mut to: OwnedWriteHalf,
    mut queue: mpsc::Receiver<Vec<u8>>,
) {
    let (mut batch, mut buffer) = (Vec::new(), Vec::new());
    while queue.recv_many(&mut batch, QUEUE).await > 0 {
        buffer.clear();
        for wire in batch.drain(..) {
            if shared.config.frame.put(&mut buffer, &wire).is_err() {
                return;
            }
        }
        let written = timeout(shared.config.timing.frame, to.write_all(&buffer)).await;
        if !matches!(written, Ok(Ok(()))) {
            return;
        }
    }
}

/// Reads until the stream ends or can't be followed any more.
async fn read_in(shared: Arc<Shared>, from: OwnedReadHalf, out: mpsc::Sender<Vec<u8>>) {
    let mut frames = FrameReader::new(from, shared.config.frame, shared.config.timing.frame);
    let mut refused = 0;
    loop {
        let frame = frames.next().await;
        shared.heard.store(true, Ordering::Relaxed);
        let wire = match frame {
            Ok(Frame::Message(wire)) => wire,
            Ok(Frame::Alive) => continue,
            Ok(Frame::End) | Err(FrameError::Io(_)) => return,
            Err(FrameError::Refused(refusal)) => {
                refuse(&shared, refusal, None);
                return;
            }
        };
        match shared.codec.unpack(wire, &shared.key) {
            Ok(message) => {
                refused = 0;
                hear(&shared, message, &out).await;
            }
            Err(refusal) => {
                refuse(&shared, refusal, None);
                refused += 1;
                if refused == REFUSED_MAX {
                    return;
                }
            }
        }
    }
}

fn refuse(shared: &Shared, refusal: Refusal, message: Option<Message>) {
    shared.unmatched(Unmatched {
        why: UnmatchedWhy::Refused(refusal),
        message,
    });
}

/// One message of the host that was read and whose MAC is right.
async fn hear(shared: &Shared, message: Message, out: &mpsc::Sender<Vec<u8>>) {
    if message.mti.is_answer() {
        if let Err(unmatched) = shared.mux.resolve(message) {
            shared.unmatched(unmatched);
        }
        return;
    }
    if message.mti != Mti::Network {
        let wrong = Refusal::new(RefusalKind::WrongDirection, 0, 0);
        return refuse(shared, wrong, Some(message));
    }
    if !is_fresh(message.get(7).unwrap_or_default(), shared.clock.now()) {
        let stale = Refusal::new(RefusalKind::StaleTime, 7, 0);
        return refuse(shared, stale, Some(message));
    }
    let mut answer = message.clone();
    answer.mti = Mti::NetworkAnswer;
    let code = NetworkCode::parse(message.get(70).unwrap_or_default());
    answer.set(39, if code.is_some() { "00" } else { "12" });
    let link = match code {
        Some(NetworkCode::SignOn) => Some((Link::SignedOff, Link::Up)),
        Some(NetworkCode::SignOff) => Some((Link::Up, Link::SignedOff)),
        _ => None,
    };
    if let Some((from, to)) = link {
        shared.link.send_if_modified(|now| {
            let moves = *now == from;
            if moves {
                *now = to;
            }
            moves
        });
    }
    match shared.answer_wire(&answer) {
        // A queue that is closed belongs to a connection that is gone.
        Ok(wire) => drop(out.send(wire).await),
        Err(refusal) => refuse(shared, refusal, Some(message)),
    }
}

/// Whether `MMddHHmmss` in UTC is near `now`, whose year it takes, or the one beside it.
fn is_fresh(stamp: &str, now: Instant) -> bool {
    if stamp.len() != 10 || !stamp.is_ascii() {
        return false;
    }
    let year = now.day().year();
    (year - 1..=year + 1).any(|year| {
        let (month, day) = (&stamp[..2], &stamp[2..4]);
        let (h, m, s) = (&stamp[4..6], &stamp[6..8], &stamp[8..]);
        Instant::parse(&format!("{year}-{month}-{day}T{h}:{m}:{s}Z"))
            .is_some_and(|at| at.0.abs_diff(now.0) <= STALE_S.unsigned_abs() * 1_000_000)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches an old sign-off that somebody kept and sends again, and one on New Year's
    /// Eve that is taken for old because its year is another.
    #[test]
    fn a_request_of_the_host_is_of_now() {
        let now = Instant::parse("2027-01-01T00:01:00Z").unwrap();
        for fresh in ["1231235600", "0101000100", "0101000600"] {
            assert!(is_fresh(fresh, now), "{fresh}");
        }
        for stale in [
            "1231235559",
            "0101000601",
            "0601000100",
            "1399999999",
            "",
            "010100010ầ",
        ] {
            assert!(!is_fresh(stale, now), "{stale}");
        }
    }
}
