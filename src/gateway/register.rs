//! The population register over HTTP, as `docs/formats/register.md` says.
//!
//! Anything but a whole, right answer is a service error: asked again three times with
//! growing pauses, then said so. It is never taken for "not found".

use crate::roster::{RegisterFault, RegisterLookup, RegisterRecord};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;

/// Attempts at the same numbers, the first included.
const ATTEMPTS_MAX: u32 = 4;
/// The whole of one attempt.
const TIMEOUT_S: u64 = 20;
/// The first pause; each later one is three times as long.
const PAUSE_MS: u64 = 100;
/// An answer of 1,000 people stays far below.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// A register behind a URL.
pub struct HttpRegister {
    host: String,
    port: u16,
    path: String,
    /// Makes request ids new for every request of this run.
    run: String,
    asked: AtomicU64,
}

#[derive(Serialize)]
struct Ask<'a> {
    request_id: &'a str,
    numbers: &'a [String],
}

#[derive(Deserialize)]
struct Answer {
    request_id: String,
    records: Vec<RegisterRecord>,
}

impl HttpRegister {
    /// `http://host:port/path`; `run` makes request ids unique, such as the instant.
    pub fn new(url: &str, run: &str) -> Result<HttpRegister, RegisterFault> {
        let fault = |why: &str| RegisterFault {
            detail: format!("{url}: {why}"),
        };
        let uri: Uri = url.parse().map_err(|_| fault("not a URL"))?;
        if uri.scheme_str() != Some("http") {
            return Err(fault(
                "only http:// (put a TLS proxy in front of it for https)",
            ));
        }
        let host = uri.host().ok_or_else(|| fault("no host"))?.to_owned();
        Ok(HttpRegister {
            host,
            port: uri.port_u16().unwrap_or(80),
            path: uri.path().trim_end_matches('/').to_owned(),
            run: run.to_owned(),
            asked: AtomicU64::new(0),
        })
    }

    async fn ask(&self, numbers: &[String]) -> Result<Vec<RegisterRecord>, RegisterFault> {
        let mut pause = PAUSE_MS;
        let mut last = RegisterFault {
            detail: String::new(),
        };
        for attempt in 1..=ATTEMPTS_MAX {
            let once =
                tokio::time::timeout(Duration::from_secs(TIMEOUT_S), self.ask_once(numbers)).await;
            match once {
                Ok(Ok(records)) => return Ok(records),
                Ok(Err(fault)) => last = fault,
                Err(_) => {
                    last = RegisterFault {
                        detail: format!("no answer in {TIMEOUT_S} s"),
                    }
                }
            }
            if attempt < ATTEMPTS_MAX {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                pause *= 3;
            }
        }
        Err(last)
    }

    async fn ask_once(&self, numbers: &[String]) -> Result<Vec<RegisterRecord>, RegisterFault> {
        let n = self.asked.fetch_add(1, Ordering::Relaxed);
        let hash = Sha256::digest(format!("{}/{n}", self.run));
        let request_id = crate::store::keys::hex(&hash[..12]);
        let body = serde_json::to_vec(&Ask {
            request_id: &request_id,
            numbers,
        })
        .map_err(|e| fault(&e))?;
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|e| fault(&e))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|e| fault(&e))?;
        let driver = tokio::spawn(connection);
        let request = Request::post(format!("{}/lookup", self.path))
            .header("host", format!("{}:{}", self.host, self.port))
            .header("content-type", "application/json")
            .header("connection", "close")
            .body(Full::new(Bytes::from(body)))
            .map_err(|e| fault(&e))?;
        let response = sender.send_request(request).await.map_err(|e| fault(&e))?;
        let status = response.status();
        let answer = Limited::new(response.into_body(), ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(|e| RegisterFault {
                detail: e.to_string(),
            })?
            .to_bytes();
        driver.abort();
        if status != StatusCode::OK {
            return Err(RegisterFault {
                detail: format!("HTTP {status}"),
            });
        }
        let answer: Answer = serde_json::from_slice(&answer).map_err(|e| fault(&e))?;
        if answer.request_id != request_id {
            return Err(RegisterFault {
                detail: "an answer to another request".into(),
            });
        }
        Ok(answer.records)
    }
}

fn fault(e: &impl ToString) -> RegisterFault {
    RegisterFault {
        detail: e.to_string(),
    }
}

impl RegisterLookup for HttpRegister {
    fn lookup(&self, numbers: &[String]) -> Result<Vec<RegisterRecord>, RegisterFault> {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(self.ask(numbers))
        })
    }
}
