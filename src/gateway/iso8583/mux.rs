//! Many requests under way on one connection: each answer finds its request.
//!
//! A request is named by the class of its MTI and its STAN, and where its message has them
//! by RRN and terminal too: fields that every host must send back (a host that sends an
//! 0810 without a terminal would else never be heard). A name that is under way is refused
//! a second time. What waits and is not answered is told that its fate is unknown.

use super::guard::Refusal;
use super::message::Message;
use super::response::check_repeats;
use super::spec::Mti;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// What names a request while it is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    class: Mti,
    stan: String,
    rrn: String,
    terminal: String,
}

impl Key {
    /// The name of a request, and of its answer.
    #[must_use]
    pub fn of(message: &Message) -> Key {
        let class = message.mti.answer();
        let named = matches!(class, Mti::FinancialAnswer | Mti::ReversalAnswer);
        let text = |de: u8| message.text(de).unwrap_or_default().to_owned();
        let more = |de: u8| if named { text(de) } else { String::new() };
        Key {
            class,
            stan: text(11),
            rrn: more(37),
            terminal: more(41),
        }
    }
}

/// A message that no request waits for.
#[derive(Clone, Debug)]
pub struct Unmatched {
    pub why: UnmatchedWhy,
    /// None where it could not be read or trusted.
    pub message: Option<Message>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnmatchedWhy {
    /// An answer that came after its time, or a second time, or that nobody asked for.
    NobodyWaits,
    /// Malformed, with a wrong MAC, of the wrong direction, or of other content than asked.
    Refused(Refusal),
}

struct Waiting {
    answer: oneshot::Sender<Message>,
    /// What the answer must repeat.
    repeats: Vec<(u8, String)>,
    /// Tells this waiting from a later one under the same name.
    ticket: u64,
}

#[derive(Default)]
struct Pending {
    waiting: HashMap<Key, Waiting>,
    tickets: u64,
}

/// The requests that are under way.
#[derive(Clone, Default)]
pub struct Mux(Arc<Mutex<Pending>>);

impl fmt::Debug for Mux {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} under way", self.len())
    }
}

/// The same name is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateKey;

/// A place in the mux; left when it is dropped, whatever became of the request.
#[derive(Debug)]
pub struct Place {
    mux: Mux,
    key: Key,
    ticket: u64,
    answer: oneshot::Receiver<Message>,
}

impl Place {
    /// Waits for the answer; none when the connection ended before it came.
    pub async fn answer(&mut self) -> Option<Message> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut pending = self.mux.pending();
        let ours = pending.waiting.get(&self.key);
        if ours.is_some_and(|w| w.ticket == self.ticket) {
            pending.waiting.remove(&self.key);
        }
    }
}

impl Mux {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a request that is about to be sent.
    ///
    /// # Errors
    /// Where a request of that name is under way.
    pub fn register(&self, key: Key, repeats: Vec<(u8, String)>) -> Result<Place, DuplicateKey> {
        let (sender, answer) = oneshot::channel();
        let mut pending = self.pending();
        if pending.waiting.contains_key(&key) {
            return Err(DuplicateKey);
        }
        pending.tickets += 1;
        let ticket = pending.tickets;
        let waiting = Waiting {
            answer: sender,
            repeats,
            ticket,
        };
        pending.waiting.insert(key.clone(), waiting);
        drop(pending);
        Ok(Place {
            mux: self.clone(),
            key,
            ticket,
            answer,
        })
    }

    /// Hands an answer to its request.
    ///
    /// # Errors
    /// The message comes back where no request waits for it. One that differs from its
    /// request leaves the request waiting: it may be a forgery, the true one may come.
    pub fn resolve(&self, message: Message) -> Result<(), Unmatched> {
        let key = Key::of(&message);
        let mut pending = self.pending();
        let nobody = |message| Unmatched {
            why: UnmatchedWhy::NobodyWaits,
            message: Some(message),
        };
        let Some(waiting) = pending.waiting.get(&key) else {
            return Err(nobody(message));
        };
        if let Err(refusal) = check_repeats(&waiting.repeats, &message) {
            return Err(Unmatched {
                why: UnmatchedWhy::Refused(refusal),
                message: Some(message),
            });
        }
        let Some(waiting) = pending.waiting.remove(&key) else {
            return Err(nobody(message));
        };
        drop(pending);
        waiting.answer.send(message).map_err(nobody)
    }

    /// Tells every request that waits that its connection is gone.
    pub fn fail_all(&self) {
        let gone = std::mem::take(&mut self.pending().waiting);
        drop(gone);
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.pending().waiting.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::iso8583::response::repeated;

    fn request(stan: &str) -> Message {
        Message::new(Mti::Financial)
            .with(4, "000000000100")
            .with(11, stan)
            .with(37, "632800000001")
            .with(41, "T1")
            .with(63, "P1")
    }

    fn answer(stan: &str) -> Message {
        let mut message = request(stan).with(39, "00").with(41, "T1      ");
        message.mti = Mti::FinancialAnswer;
        message
    }

    fn place(mux: &Mux, message: &Message) -> Result<Place, DuplicateKey> {
        mux.register(Key::of(message), repeated(message))
    }

    /// Catches an answer given to another request, and a name used twice at once.
    #[test]
    fn each_answer_finds_its_request_once() {
        let mux = Mux::default();
        let (mut a, b) = (
            place(&mux, &request("000001")).unwrap(),
            place(&mux, &request("000002")).unwrap(),
        );
        assert_eq!(place(&mux, &request("000001")).unwrap_err(), DuplicateKey);
        mux.resolve(answer("000001")).unwrap();
        let got = a.answer.try_recv().unwrap();
        assert_eq!(got.get(11), Some("000001"));
        let again = mux.resolve(answer("000001")).unwrap_err();
        assert_eq!(again.why, UnmatchedWhy::NobodyWaits);
        assert_eq!(mux.len(), 1);
        drop(b);
        assert!(mux.is_empty());
        let late = mux.resolve(answer("000002")).unwrap_err();
        assert_eq!(late.why, UnmatchedWhy::NobodyWaits);
    }

    /// Catches a forged or confused answer that ends the waiting for the true one.
    #[test]
    fn an_answer_of_other_content_leaves_its_request_waiting() {
        let mux = Mux::default();
        let mut place = place(&mux, &request("000001")).unwrap();
        let other = answer("000001").with(4, "000000000200");
        let Err(Unmatched {
            why: UnmatchedWhy::Refused(refusal),
            ..
        }) = mux.resolve(other)
        else {
            panic!("taken")
        };
        assert_eq!((refusal.kind.code(), refusal.de), ("answer_differs", 4));
        mux.resolve(answer("000001")).unwrap();
        assert!(place.answer.try_recv().is_ok());
    }

    /// Catches a place that, when it is dropped late, takes away a newer request's.
    #[test]
    fn an_old_place_leaves_a_newer_one_alone() {
        let mux = Mux::default();
        let old = place(&mux, &request("000001")).unwrap();
        mux.fail_all();
        let new = place(&mux, &request("000001")).unwrap();
        drop(old);
        assert_eq!(mux.len(), 1);
        drop(new);
        assert!(mux.is_empty());
    }
}
