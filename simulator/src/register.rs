//! The population register over HTTP, as docs/formats/register.md has it, on a port
//! of this machine, with the faults that services have.
//!
//! Whether a request fails follows from the seed, the numbers asked for and how often
//! the same numbers were asked for before: not from time or order, so a run that asks
//! the same questions meets the same faults.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::people::{Population, Record};
use crate::rng::{hash, hash_text, to_usize};

const NUMBERS_MAX: usize = 1000;
/// A thousand numbers fit many times over.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// The records, by both numbers. Of a population only the index is kept.
#[derive(Clone, Debug)]
pub struct RegisterBook {
    places: HashMap<u64, u32>,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    People(Population),
    Records(Vec<Record>),
}

impl RegisterBook {
    #[must_use]
    pub fn from_records(records: Vec<Record>) -> Self {
        let mut places = HashMap::with_capacity(records.len() * 2);
        for (place, record) in (0..).zip(&records) {
            note(&mut places, record, place);
        }
        Self {
            places,
            source: Source::Records(records),
        }
    }

    /// Reads the CSV form.
    ///
    /// # Errors
    /// When the text is not such a CSV.
    pub fn from_csv(input: impl io::Read) -> io::Result<Self> {
        let records: Result<Vec<Record>, csv::Error> = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_reader(input)
            .deserialize()
            .collect();
        Ok(Self::from_records(records.map_err(io::Error::other)?))
    }

    /// The record of a personal number (12 digits) or an old one (9 digits).
    #[must_use]
    pub fn find(&self, number: &str) -> Option<Record> {
        let place = *self.places.get(&key(number)?)?;
        match &self.source {
            Source::People(people) => people.record_at(u64::from(place)),
            Source::Records(records) => records.get(to_usize(u64::from(place))).cloned(),
        }
    }
}

fn note(places: &mut HashMap<u64, u32>, record: &Record, place: u32) {
    let old = record.old_identity_number.as_deref();
    for number in [Some(record.identity_number.as_str()), old] {
        if let Some(key) = number.and_then(key) {
            places.insert(key, place);
        }
    }
}

/// The digits as a number, with their count, as 9 digits are not 12 with zeros.
fn key(number: &str) -> Option<u64> {
    if !matches!(number.len(), 9 | 12) || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: u64 = number.parse().ok()?;
    Some(number.len() as u64 * 1_000_000_000_000 + value)
}

impl From<&Population> for RegisterBook {
    fn from(people: &Population) -> Self {
        let slots = people.ever_listed() * 2;
        let mut places = HashMap::new();
        for slot in 0..u32::try_from(slots).unwrap_or(u32::MAX) {
            if let Some(record) = people.record_at(u64::from(slot)) {
                note(&mut places, &record, slot);
            }
        }
        Self {
            places,
            source: Source::People(people.clone()),
        }
    }
}

/// How often the service fails, per mille of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterFaults {
    pub seed: u64,
    pub http_500: u64,
    pub broken_json: u64,
    pub wrong_request_id: u64,
    pub slow: u64,
    /// What a slow answer waits, in milliseconds.
    pub slow_ms: u64,
    /// The first so many attempts at the same numbers fail, in turn by each fault
    /// that is not slowness.
    pub fail_first: u32,
}

/// What the service did, to compare with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    pub requests: u64,
    pub good: u64,
    pub http_500: u64,
    pub broken_json: u64,
    pub wrong_request_id: u64,
    pub slow: u64,
    /// Refused as not in the form.
    pub refused: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Http500,
    BrokenJson,
    WrongRequestId,
}

struct Service {
    book: RegisterBook,
    faults: RegisterFaults,
    state: Mutex<Diary>,
}

#[derive(Default)]
struct Diary {
    served: Served,
    attempts: HashMap<u64, u32>,
}

/// A running service; it stops when asked, after the requests under way.
#[derive(Debug)]
pub struct RegisterHandle {
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
    service: Arc<Service>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl RegisterHandle {
    #[must_use]
    pub fn served(&self) -> Served {
        self.service.diary(|diary| diary.served)
    }

    /// Stops taking requests and waits for those under way.
    ///
    /// # Errors
    /// When the service had failed.
    pub async fn stop(self) -> io::Result<()> {
        // gone already when the service has ended by itself
        let _ = self.stop.send(());
        self.task.await.map_err(io::Error::other)?
    }
}

/// Serves on a free port of 127.0.0.1. The URL is `http://{address}`.
///
/// # Errors
/// When no port can be had.
pub async fn serve_register(
    book: impl Into<RegisterBook>,
    faults: RegisterFaults,
) -> io::Result<(SocketAddr, RegisterHandle)> {
    serve_register_on((Ipv4Addr::LOCALHOST, 0).into(), book, faults).await
}

/// The same on an address of choice.
///
/// # Errors
/// When the address can't be had.
pub async fn serve_register_on(
    address: SocketAddr,
    book: impl Into<RegisterBook>,
    faults: RegisterFaults,
) -> io::Result<(SocketAddr, RegisterHandle)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let service = Arc::new(Service {
        book: book.into(),
        faults,
        state: Mutex::default(),
    });
    let router = Router::new()
        .route("/lookup", post(lookup))
        .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::clone(&service));
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async {
                // a dropped handle must not stop the service
                if stopped.await.is_err() {
                    std::future::pending::<()>().await;
                }
            })
            .await
    });
    let handle = RegisterHandle {
        stop,
        task,
        service,
    };
    Ok((address, handle))
}

#[derive(Deserialize)]
struct Request {
    request_id: String,
    numbers: Vec<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    request_id: &'a str,
    records: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    number: &'a str,
    #[serde(flatten)]
    record: Record,
}

async fn lookup(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let request = serde_json::from_slice::<Request>(&body).ok();
    let Some(request) = request.filter(|r| (1..=NUMBERS_MAX).contains(&r.numbers.len())) else {
        service.diary(|diary| {
            diary.served.requests += 1;
            diary.served.refused += 1;
        });
        return (StatusCode::BAD_REQUEST, "1 to 1000 numbers, as JSON").into_response();
    };
    let (fault, slow) = service.fault_of(&request);
    if slow {
        tokio::time::sleep(Duration::from_millis(service.faults.slow_ms)).await;
    }
    if fault == Some(Fault::Http500) {
        return (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the register is not well",
        )
            .into_response();
    }
    let wrong = format!("{}-of-another", request.request_id);
    let answer = Answer {
        request_id: match fault {
            Some(Fault::WrongRequestId) => &wrong,
            _ => &request.request_id,
        },
        records: request
            .numbers
            .iter()
            .filter_map(|number| {
                let record = service.book.find(number)?;
                Some(Found { number, record })
            })
            .collect(),
    };
    let mut json = serde_json::to_vec(&answer).unwrap_or_default();
    if fault == Some(Fault::BrokenJson) {
        json.truncate(json.len() / 2);
    }
    ([(header::CONTENT_TYPE, "application/json")], json).into_response()
}

impl Service {
    fn diary<T>(&self, act: impl FnOnce(&mut Diary) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides on a request and writes it down.
    fn fault_of(&self, request: &Request) -> (Option<Fault>, bool) {
        let faults = &self.faults;
        let asked = request
            .numbers
            .iter()
            .fold(faults.seed, |s, n| hash_text(s, n));
        self.diary(|diary| {
            let attempt = diary.attempts.entry(asked).or_default();
            let roll = hash(asked, u64::from(*attempt), 0) % 1000;
            let slow = hash(asked, u64::from(*attempt), 1) % 1000 < faults.slow;
            let fault = if *attempt < faults.fail_first {
                [Fault::Http500, Fault::BrokenJson, Fault::WrongRequestId]
                    .get(to_usize(u64::from(*attempt % 3)))
                    .copied()
            } else if roll < faults.http_500 {
                Some(Fault::Http500)
            } else if roll < faults.http_500 + faults.broken_json {
                Some(Fault::BrokenJson)
            } else if roll < faults.http_500 + faults.broken_json + faults.wrong_request_id {
                Some(Fault::WrongRequestId)
            } else {
                None
            };
            *attempt += 1;
            let served = &mut diary.served;
            served.requests += 1;
            served.slow += u64::from(slow);
            match fault {
                None => served.good += 1,
                Some(Fault::Http500) => served.http_500 += 1,
                Some(Fault::BrokenJson) => served.broken_json += 1,
                Some(Fault::WrongRequestId) => served.wrong_request_id += 1,
            }
            (fault, slow)
        })
    }
}
