//! The server over real sockets, on both databases: what each sender says is booked once
//! and only once, whatever is sent, however often, and wherever the server dies.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "serve/clerk.rs"]
mod clerk;
#[path = "serve/dies.rs"]
mod dies;
mod harness;
#[path = "serve/refused.rs"]
mod refused;
#[path = "serve/senders.rs"]
mod senders;
#[path = "serve/statement.rs"]
mod statement;
#[path = "serve/told.rs"]
mod told;
#[path = "serve/wire.rs"]
mod wire;
#[path = "school_cash/world.rs"]
mod world;

use ansinh::access::caller::{AddCaller, DisableCaller};
use ansinh::collection::notice_source::{AddSource, DisableSource, Scheme};
use ansinh::collection::sql::cash;
use ansinh::error::{Failure, Lang};
use ansinh::http::{self, Limits, Serve, Server};
use ansinh::ledger;
use ansinh::reconcile::verify::verify;
use ansinh::store::{Db, Engine, run};
use harness::{TestDb, both, clock, ctx, locked, now, number};
use senders::{Credit, SECRET, ansinh, casso, payos, sepay, sepay_body, sepay_key};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use wire::{Answer, Wire, send, until};
use world::{School, school};

/// The tests' time in Unix seconds.
fn time() -> i64 {
    now().0 / 1_000_000
}

fn source(s: &School, code: &str, scheme: Scheme, posts: bool) -> AddSource {
    AddSource {
        book: s.book.clone(),
        bank: s.bank.clone(),
        code: code.into(),
        scheme,
        key_id: "k1".into(),
        secret: SECRET.as_bytes().to_vec(),
        posts,
        days_max: 2,
        owner: Some("ketoan".into()),
        keys: s.keys.clone(),
    }
}

async fn add(db: &Db, s: &School, code: &str, scheme: Scheme, posts: bool) {
    run(db, &ctx("truong"), &source(s, code, scheme, posts))
        .await
        .unwrap();
}

async fn serving(db: &Db, s: &School, limits: Limits) -> Server {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let serve = Serve {
        db: db.clone(),
        keys: s.keys.clone(),
        clock: clock(),
        lang: Lang::En,
        limits,
    };
    http::start(serve, listener).unwrap()
}

/// (on bills, in credit, in suspense, announced) of the book; the books verify.
async fn sums(db: &Db, s: &School) -> [i64; 4] {
    let mut tx = db.begin_read().await.unwrap();
    let pupils = cash::debtor_sums(&mut tx, s.book.id).await.unwrap();
    let ids = [s.bank.suspense_id, s.bank.clearing_in_id];
    let held = ledger::load_balances(&mut tx, s.book.id, &ids)
        .await
        .unwrap();
    verify(&mut tx, &s.book, &s.keys).await.unwrap().unwrap();
    tx.rollback().await.unwrap();
    let side = |id: i64, sign: i64| sign * (held[&id].credits - held[&id].debits);
    [
        pupils.iter().map(|p| p.2).sum(),
        pupils.iter().map(|p| p.3).sum(),
        side(ids[0], 1),
        side(ids[1], -1),
    ]
}

fn post(at: SocketAddr, source: &str, (headers, body): &(wire::Headers, Vec<u8>)) -> Answer {
    send(at, "POST", &format!("/notices/{source}"), headers, body)
}

/// The code of a refusal.
fn refusal<T>(result: Result<T, Failure>) -> String {
    match result {
        Err(Failure::Reject(r)) => r.code().to_owned(),
        Err(Failure::Fault(f)) => panic!("fault: {f}"),
        Ok(_) => panic!("it was not refused"),
    }
}
