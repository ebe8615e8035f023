//! AnSinh as the client of a bank's host: one kept connection, many requests under way.
//!
//! [`SwitchClient::start`] keeps the connection up in the background: connect, sign on,
//! echo when it is quiet, connect again with a growing pause. [`SwitchClient::send`] sends
//! once and never again. It tells apart what surely did not leave ([`NotSent`]) from what
//! left and was not answered ([`Answer::Unknown`]).

use super::codec::Codec;
use super::frame::FrameKind;
use super::guard::Refusal;
use super::mac::MacKey;
use super::message::Message;
use super::mux::{Key, Mux, Unmatched};
use super::numbers::Numbers;
use super::request::{Body, NetworkCode, Profile, Request};
use super::response::{Answer, Why, read_answer, repeated};
use super::session;
use crate::clock::Clock;
use crate::error::Failure;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub connect: Duration,
    /// From a request to its answer; then its fate is unknown.
    pub answer: Duration,
    /// From the first byte of a message to its last; also one write.
    pub frame: Duration,
    /// An echo is sent after so long without a byte of the host.
    pub idle: Duration,
    /// The pause before connecting again: the first, doubled up to the longest.
    pub pause_first: Duration,
    pub pause_longest: Duration,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            frame: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            pause_first: Duration::from_millis(500),
            pause_longest: Duration::from_secs(60),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Config {
    /// `host:port`.
    pub address: String,
    pub frame: FrameKind,
    pub profile: Profile,
    pub timing: Timing,
    /// Requests under way at once; more wait for a place.
    pub in_flight_max: u32,
}

/// Why nothing left the house: the request may be sent later, under the same numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// No connection, not signed on, or closing.
    NotConnected,
    /// A request under these numbers is under way.
    DuplicateKey,
    /// The request does not fit its message.
    Refused(Refusal),
}

impl NotSent {
    /// Stable code; listed in `docs/formats/iso8583.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            NotSent::NotConnected => "not_connected",
            NotSent::DuplicateKey => "duplicate_key",
            NotSent::Refused(refusal) => refusal.kind.code(),
        }
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotSent::Refused(refusal) => refusal.fmt(f),
            other => f.write_str(other.code()),
        }
    }
}

impl std::error::Error for NotSent {}

/// How the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Down,
    /// Signed on: payments may be sent.
    Up,
    /// Connected, and the host has signed off.
    SignedOff,
    Closed,
}

/// What happened so far.
#[derive(Debug, Default)]
pub struct Counts {
    pub sent: AtomicU64,
    pub answered: AtomicU64,
    pub unmatched: AtomicU64,
    pub sign_ons: AtomicU64,
    pub echoes: AtomicU64,
}

pub(super) type OnUnmatched = Arc<dyn Fn(Unmatched) + Send + Sync>;

pub(super) struct Shared {
    pub config: Config,
    pub codec: Codec,
    pub key: MacKey,
    pub numbers: Arc<Numbers>,
    pub clock: Clock,
    pub mux: Mux,
    /// To the connection's writer; none while there is no connection.
    pub out: Mutex<Option<mpsc::Sender<Vec<u8>>>>,
    pub link: watch::Sender<Link>,
    pub places: Semaphore,
    pub on_unmatched: OnUnmatched,
    /// A byte came since the last look.
    pub heard: AtomicBool,
    pub counts: Counts,
}

/// The client of one host.
pub struct SwitchClient {
    shared: Arc<Shared>,
    close: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl SwitchClient {
    /// Starts to keep a connection; `on_unmatched` hears of every message that no request
    /// waits for, late and second answers among them. It is called on the connection's own
    /// task and must return at once.
    ///
    /// # Errors
    /// Where the layout cannot be loaded ([`Codec::load`]).
    pub fn start(
        config: Config,
        key: MacKey,
        numbers: Arc<Numbers>,
        clock: Clock,
        on_unmatched: impl Fn(Unmatched) + Send + Sync + 'static,
    ) -> Result<SwitchClient, Failure> {
        let places = usize::try_from(config.in_flight_max.max(1)).unwrap_or(1);
        let shared = Arc::new(Shared {
            codec: Codec::load()?,
            config,
            key,
            numbers,
            clock,
            mux: Mux::default(),
            out: Mutex::new(None),
            link: watch::Sender::new(Link::Down),
            places: Semaphore::new(places),
            on_unmatched: Arc::new(on_unmatched),
            heard: AtomicBool::new(false),
            counts: Counts::default(),
        });
        let (close, closing) = watch::channel(false);
        let task = tokio::spawn(session::keep(shared.clone(), closing));
        Ok(SwitchClient {
            shared,
            close,
            task,
        })
    }

    #[must_use]
    pub fn link(&self) -> Link {
        *self.shared.link.borrow()
    }

    /// Waits until payments may be sent; false when that took longer than `within`.
    pub async fn is_up_within(&self, within: Duration) -> bool {
        let mut link = self.shared.link.subscribe();
        let up = link.wait_for(|l| *l == Link::Up);
        matches!(tokio::time::timeout(within, up).await, Ok(Ok(_)))
    }

    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// The source of numbers for [`Request::trace`].
    #[must_use]
    pub fn numbers(&self) -> &Numbers {
        &self.shared.numbers
    }

    /// Sends a request once and waits for its answer. When the caller gives up waiting,
    /// an answer that still comes goes to `on_unmatched`.
    ///
    /// # Errors
    /// [`NotSent`]: surely no byte of it has left.
    pub async fn send(&self, request: &Request) -> Result<Answer, NotSent> {
        let closed = |_| NotSent::NotConnected;
        let place = self.shared.places.acquire().await.map_err(closed)?;
        if self.link() != Link::Up {
            return Err(NotSent::NotConnected);
        }
        let answer = self.shared.exchange(request).await;
        drop(place);
        answer
    }

    /// Takes no more requests, waits for those under way, signs off and ends.
    pub async fn close(self) {
        self.close.send_replace(true);
        // The task ends by itself; it fails only where it panicked, and then it has ended.
        let _ = self.task.await;
    }
}

impl Shared {
    /// Sends a request whether signed on or not.
    pub(super) async fn exchange(&self, request: &Request) -> Result<Answer, NotSent> {
        let message = request
            .message(&self.config.profile)
            .map_err(NotSent::Refused)?;
        let wire = self
            .codec
            .pack(&message, &self.key)
            .map_err(NotSent::Refused)?;
        let out = self.writer().ok_or(NotSent::NotConnected)?;
        let mut place = self
            .mux
            .register(Key::of(&message), repeated(&message))
            .map_err(|_| NotSent::DuplicateKey)?;
        // From here on bytes may leave; a full queue is waited for, a closed one takes nothing.
        out.send(wire).await.map_err(|_| NotSent::NotConnected)?;
        self.counts.sent.fetch_add(1, Ordering::Relaxed);
        match tokio::time::timeout(self.config.timing.answer, place.answer()).await {
            Ok(Some(answer)) => {
                self.counts.answered.fetch_add(1, Ordering::Relaxed);
                Ok(read_answer(&request.body, &answer))
            }
            Ok(None) => Ok(Answer::Unknown(Why::ConnectionLost)),
            Err(_) => Ok(Answer::Unknown(Why::NoAnswer)),
        }
    }

    fn writer(&self) -> Option<mpsc::Sender<Vec<u8>>> {
        let out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.clone()
    }

    /// Sign-on, sign-off, echo; true where the host agreed.
    pub(super) async fn network(&self, code: NetworkCode) -> bool {
        let Ok(trace) = self.numbers.next().await else {
            return false;
        };
        let body = Body::Network(code);
        let answer = self.exchange(&Request { trace, body }).await;
        matches!(answer, Ok(Answer::Approved(_)))
    }

    pub(super) fn unmatched(&self, unmatched: Unmatched) {
        self.counts.unmatched.fetch_add(1, Ordering::Relaxed);
        (self.on_unmatched)(unmatched);
    }

    /// The answer to a request of the host, as wire.
    pub(super) fn answer_wire(&self, message: &Message) -> Result<Vec<u8>, Refusal> {
        self.codec.pack(message, &self.key)
    }
}
