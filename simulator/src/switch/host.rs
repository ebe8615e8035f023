//! The host's socket: a task a connection that reads and answers, a task that writes what
//! is due, at once or later.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::SwitchConfig;
use super::faults::SwitchFault;
use super::ledger::{Booked, Ledger, answer_to};
use super::wire::Msg;
use crate::rng::Rng;

/// What goes onto a connection.
enum Out {
    /// Whole, in its frame.
    Frame(Vec<u8>),
    /// Byte by byte, so far apart.
    Slowly(Vec<u8>, Duration),
    /// These bytes, then the end.
    Last(Vec<u8>),
}

struct Shared {
    config: SwitchConfig,
    ledger: Mutex<Ledger>,
    /// Connections are closed as soon as they are made.
    down: watch::Sender<bool>,
    /// Nothing is answered, not even an echo.
    mute: AtomicBool,
    /// Messages of the host to every connection.
    said: broadcast::Sender<Vec<u8>>,
    requests: AtomicU64,
    /// Messages that could not be read.
    unread: AtomicU64,
    met: Mutex<BTreeMap<SwitchFault, u64>>,
    own_stan: AtomicU64,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A host that runs.
pub struct SwitchHandle {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// Serves on `address`; the address it really has.
///
/// # Errors
/// Where the port can't be had.
pub async fn serve_switch(
    address: SocketAddr,
    config: SwitchConfig,
) -> io::Result<(SocketAddr, SwitchHandle)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let shared = Arc::new(Shared {
        ledger: Mutex::new(Ledger::new(&config)),
        config,
        down: watch::Sender::new(false),
        mute: AtomicBool::new(false),
        said: broadcast::Sender::new(64),
        requests: AtomicU64::new(0),
        unread: AtomicU64::new(0),
        met: Mutex::default(),
        own_stan: AtomicU64::new(0),
    });
    let task = tokio::spawn(accept(listener, shared.clone()));
    Ok((address, SwitchHandle { shared, task }))
}

impl SwitchHandle {
    /// What was really booked, in order.
    #[must_use]
    pub fn booked(&self) -> Vec<Booked> {
        held(&self.shared.ledger).booked()
    }

    /// How often each fault happened.
    #[must_use]
    pub fn faults_met(&self) -> Vec<(SwitchFault, u64)> {
        let met = held(&self.shared.met);
        met.iter().map(|(fault, n)| (*fault, *n)).collect()
    }

    /// Messages that came and could be read.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Messages that came and could not be read, or had a wrong MAC.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.shared.unread.load(Ordering::Relaxed)
    }

    /// Ends every connection and takes no new one until it is up again.
    pub fn set_down(&self, down: bool) {
        self.shared.down.send_replace(down);
    }

    /// Takes messages and does what they ask, and says nothing.
    pub fn set_mute(&self, mute: bool) {
        self.shared.mute.store(mute, Ordering::Relaxed);
    }

    /// Says a message of the host's own to whoever is connected: `fields` beside its STAN.
    pub fn say(&self, mti: &str, fields: &[(u8, &str)]) {
        let n = self.shared.own_stan.fetch_add(1, Ordering::Relaxed) + 1;
        let mut message = Msg {
            mti: mti.to_owned(),
            ..Msg::default()
        };
        message.set(11, &format!("{n:06}"));
        for (de, value) in fields {
            message.set(*de, value);
        }
        self.say_bytes(message.pack(&self.shared.config.key));
    }

    /// Says these bytes as a message to whoever is connected.
    pub fn say_bytes(&self, bytes: Vec<u8>) {
        // Nobody connected is nobody to hear it.
        let _ = self.shared.said.send(bytes);
    }

    /// Ends every connection.
    pub async fn stop(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    let mut down = shared.down.subscribe();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                if !*down.borrow() {
                    connections.spawn(serve(stream, shared.clone()));
                }
            }
            _ = down.changed() => {
                if *down.borrow() {
                    connections.shutdown().await;
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let (read, write) = stream.into_split();
    let (out, queue) = mpsc::unbounded_channel();
    let mut said = shared.said.subscribe();
    let reads = read_requests(BufReader::with_capacity(64 * 1024, read), &shared, &out);
    let writes = write_answers(write, queue, &shared);
    let speaks = async {
        while let Ok(bytes) = said.recv().await {
            if out.send(Out::Frame(bytes)).is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = reads => {}
        () = writes => {}
        () = speaks => {}
    }
}

async fn read_requests(
    mut from: BufReader<OwnedReadHalf>,
    shared: &Arc<Shared>,
    out: &mpsc::UnboundedSender<Out>,
) {
    let length = shared.config.length;
    let mut signed_on = false;
    let mut header = vec![0; length.bytes()];
    loop {
        if from.read_exact(&mut header).await.is_err() {
            return;
        }
        let Some(len) = length.read(&header) else {
            return;
        };
        let mut wire = vec![0; len];
        if from.read_exact(&mut wire).await.is_err() {
            return;
        }
        if len == 0 {
            continue;
        }
        let Ok(message) = Msg::unpack(&wire, &shared.config.key) else {
            shared.unread.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        shared.requests.fetch_add(1, Ordering::Relaxed);
        if message.mti.ends_with("10") || message.mti.ends_with("30") {
            continue;
        }
        if message.mti == "0800" {
            network(&message, &mut signed_on, shared, out);
        } else if signed_on {
            money(&message, shared, out);
        } else {
            let mut answer = answer_to(&message);
            answer.set(39, "58");
            send(answer, shared, out);
        }
    }
}

fn send(answer: Msg, shared: &Shared, out: &mpsc::UnboundedSender<Out>) {
    if !shared.mute.load(Ordering::Relaxed) {
        // A connection that has ended needs no answer.
        let _ = out.send(Out::Frame(answer.pack(&shared.config.key)));
    }
}

fn network(message: &Msg, signed_on: &mut bool, shared: &Shared, out: &mpsc::UnboundedSender<Out>) {
    let mut answer = answer_to(message);
    let rc = match message.text(70).as_str() {
        "001" => {
            *signed_on = true;
            "00"
        }
        "002" => {
            *signed_on = false;
            "00"
        }
        "301" => "00",
        _ => "12",
    };
    answer.set(39, rc);
    send(answer, shared, out);
}

fn money(message: &Msg, shared: &Arc<Shared>, out: &mpsc::UnboundedSender<Out>) {
    let faults = &shared.config.faults;
    let rrn = message.text(37);
    let mut ledger = held(&shared.ledger);
    let fault = if message.mti == "0500" {
        None
    } else {
        let attempt = ledger.attempt(&rrn);
        faults.of(&rrn, attempt)
    };
    if let Some(fault) = fault {
        *held(&shared.met).entry(fault).or_default() += 1;
    }
    let mut answer = match fault {
        Some(SwitchFault::NoAnswer) => return,
        Some(SwitchFault::Refuse(_) | SwitchFault::LateResponse { booked: false }) => {
            answer_to(message)
        }
        _ => ledger.answer(message),
    };
    drop(ledger);
    match fault {
        Some(SwitchFault::Refuse(rc)) => answer.set(39, rc),
        Some(SwitchFault::LateResponse { .. }) => answer.set(39, "68"),
        _ => {}
    }
    if shared.mute.load(Ordering::Relaxed) {
        return;
    }
    let mut wire = answer.pack(&shared.config.key);
    let length = shared.config.length;
    let due = match fault {
        Some(SwitchFault::LostAfterBooking) => return,
        Some(SwitchFault::HostDown) => {
            shared.down.send_replace(true);
            let (shared, pause) = (shared.clone(), Duration::from_millis(faults.down_ms));
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                shared.down.send_replace(false);
            });
            return;
        }
        Some(SwitchFault::Late) => {
            let (out, wait) = (out.clone(), Duration::from_millis(faults.late_ms));
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                let _ = out.send(Out::Frame(wire));
            });
            return;
        }
        Some(SwitchFault::Duplicate) => {
            let _ = out.send(Out::Frame(wire.clone()));
            Out::Frame(wire)
        }
        Some(SwitchFault::WrongMac) => {
            if let Some(last) = wire.last_mut() {
                *last ^= 0x55;
            }
            Out::Frame(wire)
        }
        Some(SwitchFault::Garbage) => Out::Frame(garbage(&rrn, wire.len())),
        Some(SwitchFault::HalfFrame) => {
            let mut half = length.frame(&wire);
            half.truncate(half.len() / 2);
            Out::Last(half)
        }
        Some(SwitchFault::SlowFrame) => {
            let apart = Duration::from_millis(faults.slow_ms);
            Out::Slowly(length.frame(&wire), apart)
        }
        _ => Out::Frame(wire),
    };
    let _ = out.send(due);
}

/// Bytes from a seed.
fn garbage(rrn: &str, len: usize) -> Vec<u8> {
    let mut rng = Rng::new(crate::rng::hash_text(7, rrn));
    (0..len).map(|_| rng.roll().to_le_bytes()[0]).collect()
}

async fn write_answers(
    mut to: OwnedWriteHalf,
    mut queue: mpsc::UnboundedReceiver<Out>,
    shared: &Shared,
) {
    let (mut batch, mut bytes) = (Vec::new(), Vec::new());
    while queue.recv_many(&mut batch, 256).await > 0 {
        bytes.clear();
        for due in batch.drain(..) {
            match due {
                Out::Frame(wire) => bytes.extend_from_slice(&shared.config.length.frame(&wire)),
                Out::Slowly(slow, apart) => {
                    if to.write_all(&bytes).await.is_err() {
                        return;
                    }
                    bytes.clear();
                    for byte in slow {
                        if to.write_all(&[byte]).await.is_err() {
                            return;
                        }
                        tokio::time::sleep(apart).await;
                    }
                }
                Out::Last(last) => {
                    bytes.extend_from_slice(&last);
                    let _ = to.write_all(&bytes).await;
                    return;
                }
            }
        }
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
