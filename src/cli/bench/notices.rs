//! Credit notices over HTTP: the server in this process on a loopback port, and as many
//! clients as connections, each keeping its own open and waiting for an answer before it
//! sends the next. Every notice pays one issued bill and is signed as SePay signs.
//!
//! Making the bills, bodies and signatures is outside the clock; client and server share
//! the processors. Beside the figures stands how many commits a second the same database
//! makes when each holds one row: what it would be without group commit.

use super::bills;
use super::sql::lone_commits;
use crate::cli::demo;
use crate::clock::{Clock, Instant, stopwatch};
use crate::collection::bill_state::BillState;
use crate::collection::notice_source::{AddSource, Scheme};
use crate::collection::sql::bill::{self as bill_sql, BillFilter};
use crate::collection::sql::notice as notice_sql;
use crate::error::{Failure, Fault, Lang, Reject};
use crate::http::{self, Limits, Serve};
use crate::ledger::{self, Book};
use crate::payment;
use crate::store::keys::{KeyRing, hex};
use crate::store::{self, Ctx, Db};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::json;
use sha2::Sha256;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

const SECRET: &[u8] = b"a secret of the benchmark";
const SOURCE: &str = "bench";
const DAY: &str = "2026-09-08";

/// What was measured.
pub struct Taken {
    pub took: Duration,
    pub commits: i64,
    /// Of each notice, from the first byte sent to the answer read, in order of length.
    pub waits: Vec<Duration>,
    /// Commits a second of the bare database, one row each.
    pub lone_commits_per_s: i64,
}

pub async fn notices(
    db: &Db,
    folder: &Path,
    count: i64,
    connections: i64,
) -> Result<Taken, Failure> {
    bills::bills(db, folder, count).await?;
    let keys = KeyRing::load(&folder.join("bills.keys"))?;
    let now = demo::at(DAY);
    let (book, bodies) = prepare(db, &keys, now, count).await?;
    db.analyze().await?;
    let lone_commits_per_s = lone_commits(db).await?;
    let fault = |e: std::io::Error| Fault::Gateway(format!("loopback: {e}"));
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(fault)?;
    let serve = Serve {
        db: db.clone(),
        keys,
        clock: Clock::Fixed(now),
        lang: Lang::En,
        limits: Limits::default(),
    };
    let server = http::start(serve, listener)?;
    let mut shares: Vec<Vec<(Bytes, String)>> = Vec::new();
    shares.resize_with(usize::try_from(connections).unwrap_or(1), Vec::new);
    let n = shares.len();
    for (at, body) in bodies.into_iter().enumerate() {
        shares[at % n].push(body);
    }
    let time = (now.0 / 1_000_000).to_string();
    let since = stopwatch();
    let clients: Vec<_> = shares
        .into_iter()
        .map(|share| tokio::spawn(client(server.address, share, time.clone())))
        .collect();
    let mut waits = Vec::new();
    for client in clients {
        let done = client
            .await
            .map_err(|e| Fault::Gateway(format!("a client: {e}")))?;
        waits.extend(done?);
    }
    let took = since.elapsed();
    let (notices, commits) = server.counts.seen();
    server.stop().await;
    waits.sort_unstable();
    let mut tx = db.begin_read().await?;
    let booked = notice_sql::notices(&mut tx, book.id, "booked", i64::MAX).await?;
    let paid = BillFilter {
        state: Some(BillState::Paid),
        ..BillFilter::default()
    };
    let paid = bill_sql::list(&mut tx, book.id, &paid, i64::MAX).await?;
    tx.rollback().await?;
    let all = usize::try_from(count).unwrap_or(0);
    if booked.len() != all || paid.len() != all || notices != count.unsigned_abs() {
        return Err(Fault::Corrupt(format!(
            "{count} notices were sent, {notices} committed, {} booked, {} bills paid",
            booked.len(),
            paid.len()
        ))
        .into());
    }
    Ok(Taken {
        took,
        commits: i64::try_from(commits).unwrap_or(i64::MAX),
        waits,
        lone_commits_per_s,
    })
}

/// Adds the source, and makes a signed notice for each issued bill: (body, signature).
async fn prepare(
    db: &Db,
    keys: &KeyRing,
    now: Instant,
    count: i64,
) -> Result<(Book, Vec<(Bytes, String)>), Failure> {
    let missing = || Reject::NotSetUp {
        what: "book".into(),
    };
    let mut tx = db.begin_read().await?;
    let book = ledger::find_book(&mut tx, "TH")
        .await?
        .ok_or_else(missing)?;
    let accounts = payment::sql::bank_accounts(&mut tx, book.id).await?;
    let bills = bill_sql::list(&mut tx, book.id, &BillFilter::default(), count).await?;
    tx.rollback().await?;
    let bank = accounts.into_iter().next().ok_or_else(missing)?;
    let number = keys.open_text(store::keys::Purpose::BankAccount, &bank.sealed)?;
    let source = AddSource {
        book: book.clone(),
        bank,
        code: SOURCE.into(),
        scheme: Scheme::Sepay,
        key_id: String::new(),
        secret: SECRET.to_vec(),
        posts: true,
        days_max: 2,
        owner: None,
        keys: keys.clone(),
    };
    store::run(db, &Ctx::new("hieu", now), &source).await?;
    let time = (now.0 / 1_000_000).to_string();
    let at: String = now
        .local_text()
        .replace('T', " ")
        .chars()
        .take(19)
        .collect();
    let mut out = Vec::with_capacity(bills.len());
    for (n, b) in (1i64..).zip(bills) {
        let body = json!({"id": n, "gateway": "Agribank", "transactionDate": at, "accountNumber": number,
            "subAccount": null, "code": null, "content": format!("{} hoc phi thang 9", b.bill.pay_code),
            "transferType": "in", "description": "", "transferAmount": b.bill.total, "accumulated": 0,
            "referenceCode": format!("FT26251{n:08}")})
        .to_string();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(SECRET).map_err(|e| Fault::Corrupt(e.to_string()))?;
        mac.update(time.as_bytes());
        mac.update(b".");
        mac.update(body.as_bytes());
        let signature = format!("sha256={}", hex(&mac.finalize().into_bytes()));
        out.push((Bytes::from(body), signature));
    }
    Ok((book, out))
}

/// Sends a share over one connection; the wait of each.
async fn client(
    address: SocketAddr,
    share: Vec<(Bytes, String)>,
    time: String,
) -> Result<Vec<Duration>, Fault> {
    let wrong = |e: &dyn std::fmt::Display| Fault::Gateway(format!("a client: {e}"));
    let stream = TcpStream::connect(address).await.map_err(|e| wrong(&e))?;
    stream.set_nodelay(true).map_err(|e| wrong(&e))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|e| wrong(&e))?;
    let driver = tokio::spawn(connection);
    let mut waits = Vec::with_capacity(share.len());
    for (body, signature) in share {
        let request = Request::post(format!("/notices/{SOURCE}"))
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .header("x-sepay-timestamp", &time)
            .header("x-sepay-signature", signature)
            .body(Full::new(body))
            .map_err(|e| wrong(&e))?;
        let since = stopwatch();
        let response = sender.send_request(request).await.map_err(|e| wrong(&e))?;
        let status = response.status();
        let answer = response
            .into_body()
            .collect()
            .await
            .map_err(|e| wrong(&e))?
            .to_bytes();
        waits.push(since.elapsed());
        if !status.is_success() {
            let answer = String::from_utf8_lossy(&answer).into_owned();
            return Err(wrong(&format!("{status}: {answer}")));
        }
    }
    driver.abort();
    Ok(waits)
}
