//! The server over real sockets, on both databases: what each sender says is booked once
//! and only once, whatever is sent, however often, and wherever the server dies.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

mod harness;
#[path = "serve/senders.rs"]
mod senders;
#[path = "serve/statement.rs"]
mod statement;
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
fn refused<T>(result: Result<T, Failure>) -> String {
    match result {
        Err(Failure::Reject(r)) => r.code().to_owned(),
        Err(Failure::Fault(f)) => panic!("fault: {f}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// Catches a sender whose signature, time or fields are read otherwise than it makes them,
/// an answer that it does not take for done, and a second provider that books again.
#[test]
fn each_sender_is_heard_and_its_money_booked_once() {
    both("serve_senders", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let bills: Vec<(usize, i64, i64)> = (0..5).map(|n| (n, 100, 40)).collect();
        let s = school(db, folder.path(), &bills, false).await;
        // One of an account posts: another may only when that one is shut.
        add(db, &s, "shut", Scheme::Sepay, true).await;
        let second = source(&s, "s5", Scheme::Ansinh, true);
        let answer = run(db, &ctx("truong"), &second).await;
        assert_eq!(refused(answer), "source_posts");
        let third = source(&s, "s1", Scheme::SepayKey, false);
        let answer = run(db, &ctx("truong"), &third).await;
        assert_eq!(refused(answer), "bad_input", "one source of a provider");
        let book = s.book.clone();
        let code = "shut".into();
        let shut = DisableSource { book, code };
        run(db, &ctx("truong"), &shut).await.unwrap();
        add(db, &s, "s5", Scheme::Ansinh, true).await;
        let credit = |n: usize| Credit::new(n, 140, &format!("HOC PHI {}", s.codes[n]));
        let told = [
            ("s1", Scheme::Sepay, sepay(&credit(0), time())),
            ("s1", Scheme::SepayKey, sepay_key(&credit(1))),
            ("s3", Scheme::Payos, payos(&credit(2))),
            ("s4", Scheme::Casso, casso(&credit(3), time())),
        ];
        for (code, scheme, request) in &told {
            // The same source anew: its secret and scheme are replaced.
            add(db, &s, code, *scheme, false).await;
            let server = serving(db, &s, Limits::default()).await;
            let answer = post(server.address, code, request);
            assert_eq!(answer.status, 200, "{code}: {answer:?}");
            assert_eq!(answer.body, serde_json::json!({"success": true}));
            let gone = post(server.address, "shut", request);
            assert_eq!(gone.code(), "source_unknown");
            server.stop().await;
        }
        let server = serving(db, &s, Limits::default()).await;
        let at = server.address;
        assert_eq!(sums(db, &s).await, [0, 0, 0, 0], "those only compare");
        for n in 0..5 {
            let answer = post(at, "s5", &ansinh(&credit(n), time()));
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.body["outcome"], "booked");
            let again = post(at, "s5", &ansinh(&credit(n), time() + 200));
            assert_eq!(again.body["again"], true);
            assert_eq!(again.body["notice"], answer.body["notice"]);
        }
        assert_eq!(sums(db, &s).await, [700, 0, 0, 700]);
        // What is told after the source that posts agrees with it.
        let answer = post(
            at,
            "s4",
            &casso(
                &Credit {
                    id: "77".into(),
                    ..credit(4)
                },
                time(),
            ),
        );
        assert_eq!(answer.status, 200);
        let outcomes = "select count(*) from notice where outcome = ";
        assert_eq!(number(db, &format!("{outcomes}'compared'")).await, 1);
        assert_eq!(
            number(db, &format!("{outcomes}'compared_missing'")).await,
            4
        );
        assert_eq!(sums(db, &s).await, [700, 0, 0, 700]);
        server.stop().await;
        // The bank's statement afterwards: every line confirms its notice, nothing is left.
        let lines: Vec<(i64, String, String)> = (0..5)
            .map(|n| (140, format!("FT{n}"), credit(n).content))
            .collect();
        let imported = statement::import(db, &s, &lines).await;
        assert!(imported.breaks.is_empty() && imported.proof.holds);
        assert_eq!(sums(db, &s).await, [700, 0, 0, 0]);
        let open = "select count(*) from collection where state <> 'confirmed'";
        assert_eq!(number(db, open).await, 0);
    });
}

/// Catches a forged, old or broken request that is kept or booked, that takes the server
/// down, or that gets another answer than its own.
#[test]
fn what_cannot_be_trusted_leaves_nothing_behind() {
    both("serve_refused", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 40)], false).await;
        add(db, &s, "sepay-th", Scheme::Sepay, true).await;
        let server = serving(db, &s, Limits::default()).await;
        let at = server.address;
        let credit = Credit::new(1, 140, &s.codes[0]);
        let (headers, body) = sepay(&credit, time());
        let (other, _) = sepay(
            &Credit {
                amount: 141,
                ..credit.clone()
            },
            time(),
        );
        let path = "/notices/sepay-th";
        let cases = [
            (send(at, "POST", path, &other, &body), 401, "bad_signature"),
            (
                send(at, "POST", path, &Vec::new(), &body),
                401,
                "missing_signature",
            ),
            (
                post(at, "sepay-th", &sepay(&credit, time() - 301)),
                401,
                "stale_time",
            ),
            (
                post(at, "sepay-th", &sepay(&credit, time() + 301)),
                401,
                "stale_time",
            ),
            (
                send(at, "POST", "/notices/other", &headers, &body),
                404,
                "source_unknown",
            ),
            (
                send(at, "GET", path, &headers, b""),
                405,
                "method_not_allowed",
            ),
            (
                send(at, "POST", "/notice", &headers, &body),
                404,
                "address_unknown",
            ),
            (
                send(at, "POST", "/healthz", &Vec::new(), b""),
                405,
                "method_not_allowed",
            ),
        ];
        for (n, (answer, status, code)) in cases.iter().enumerate() {
            assert_eq!(
                (answer.status, answer.code()),
                (*status, *code),
                "case {n}: {answer:?}"
            );
            assert!(
                answer.body["error"]["message"]
                    .as_str()
                    .is_some_and(|m| m.len() > 5)
            );
        }
        assert!(
            cases[5].0.headers.contains(&"allow: post".to_owned()),
            "{:?}",
            cases[5].0
        );
        // Said to be huge, and huge without saying so.
        let mut wire = Wire::to(at);
        wire.raw(
            format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999999\r\n\r\n")
                .as_bytes(),
        );
        assert_eq!(wire.answer().unwrap().code(), "too_large");
        let mut wire = Wire::to(at);
        wire.raw(
            format!("POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
                .as_bytes(),
        );
        let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
        (0..4).for_each(|_| wire.raw(chunk.as_bytes()));
        wire.raw(b"1\r\nx\r\n");
        assert_eq!(wire.answer().unwrap().code(), "too_large");
        // Half a body, and the client is gone: the signature is right, but over more than came.
        let mut wire = Wire::to(at);
        let head: String = headers
            .iter()
            .map(|(k, v)| format!("{k}: {v}\r\n"))
            .collect();
        wire.raw(
            format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\n{head}content-length: {}\r\n\r\n",
                body.len()
            )
            .as_bytes(),
        );
        wire.raw(&body[..body.len() / 2]);
        wire.end();
        assert!(wire.answer().is_none_or(|a| a.code() == "half_body"));
        // No HTTP at all.
        let mut wire = Wire::to(at);
        wire.raw(b"\x16\x03\x01 this is TLS\r\n\r\n");
        assert!(wire.answer().is_none_or(|a| a.status == 400));
        assert_eq!(number(db, "select count(*) from notice").await, 0);
        assert_eq!(post(at, "sepay-th", &(headers, body)).status, 200);
        assert_eq!(sums(db, &s).await, [140, 0, 0, 140]);
        server.stop().await;
    });
}

/// Catches a body that comes so slowly that it would hold its connection for ever.
#[test]
fn a_slow_body_is_given_up() {
    both("serve_slow", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let s = school(&test.db, folder.path(), &[(0, 100, 0)], false).await;
        add(&test.db, &s, "sepay-th", Scheme::Sepay, true).await;
        let limits = Limits {
            wait: std::time::Duration::from_millis(300),
            ..Limits::default()
        };
        let server = serving(&test.db, &s, limits).await;
        let mut wire = Wire::to(server.address);
        wire.raw(b"POST /notices/sepay-th HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc");
        assert_eq!(wire.answer().unwrap().code(), "too_slow");
        let mut silent = Wire::to(server.address);
        silent.raw(b"POST /notices/sepay-th HT");
        assert!(
            silent
                .answer()
                .is_none_or(|a| a.status == 408 || a.status == 400)
        );
        server.stop().await;
    });
}

/// Catches a changed amount that is booked or lost, money of a foreign account that is
/// booked, and a signed notice that is thrown away because it cannot be read.
#[test]
fn what_contradicts_or_belongs_elsewhere_is_kept_and_listed() {
    both("serve_kept", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 40)], false).await;
        add(db, &s, "sepay-th", Scheme::Sepay, true).await;
        let server = serving(db, &s, Limits::default()).await;
        let at = server.address;
        let credit = Credit::new(1, 140, &s.codes[0]);
        assert_eq!(post(at, "sepay-th", &sepay(&credit, time())).status, 200);
        let changed = Credit {
            amount: 150,
            ..credit.clone()
        };
        for _ in 0..2 {
            let answer = post(at, "sepay-th", &sepay(&changed, time()));
            assert_eq!((answer.status, answer.code()), (409, "notice_conflict"));
        }
        let foreign = Credit {
            account: "0001".into(),
            id: "5".into(),
            ..credit.clone()
        };
        let nobody = Credit::new(6, 7, "KHONG RO");
        for c in [&foreign, &foreign, &nobody, &credit] {
            assert_eq!(post(at, "sepay-th", &sepay(c, time())).status, 200);
        }
        let unread = sepay_body(b"{\"id\": 9, \"transferType\": \"in\"}".to_vec(), time());
        for _ in 0..2 {
            let answer = post(at, "sepay-th", &unread);
            assert_eq!((answer.status, answer.code()), (422, "malformed"));
        }
        let out = sepay_body(b"{\"id\": 10, \"transferType\": \"out\"}".to_vec(), time());
        assert_eq!(post(at, "sepay-th", &out).status, 200);
        server.stop().await;
        assert_eq!(sums(db, &s).await, [140, 0, 7, 147]);
        let outcomes = [
            ("booked", 2),
            ("conflict", 1),
            ("unknown_account", 1),
            ("unreadable", 1),
        ];
        for (outcome, n) in outcomes {
            let sql = format!("select count(*) from notice where outcome = '{outcome}'");
            assert_eq!(number(db, &sql).await, n, "{outcome}");
        }
        let kinds = [
            ("notice_conflict", 1),
            ("notice_not_booked", 2),
            ("credit_unmatched", 1),
        ];
        for (kind, n) in kinds {
            let sql =
                format!("select count(*) from break where kind = '{kind}' and owner = 'ketoan'");
            assert_eq!(number(db, &sql).await, n, "{kind}");
        }
    });
}

/// Catches one notice that is booked for each of the senders' attempts that come at once.
#[test]
fn the_same_notice_many_times_at_once_is_booked_once() {
    both("serve_at_once", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 40)], false).await;
        add(db, &s, "bank", Scheme::Ansinh, true).await;
        let server = serving(
            db,
            &s,
            Limits {
                group: 3,
                ..Limits::default()
            },
        )
        .await;
        let request = ansinh(&Credit::new(1, 140, &s.codes[0]), time());
        // Held back until all are there, so that they meet in the same and in later groups.
        let hold = locked(db, s.book.id).await;
        let mut wires: Vec<Wire> = (0..16).map(|_| Wire::to(server.address)).collect();
        for wire in &mut wires {
            wire.ask("POST", "/notices/bank", &request.0, &request.1);
        }
        until(server.address, "waiting", 16);
        hold.rollback().await.unwrap();
        let answers: Vec<Answer> = wires.iter_mut().map(|w| w.answer().unwrap()).collect();
        assert!(answers.iter().all(|a| a.status == 200), "{answers:?}");
        let new = answers.iter().filter(|a| a.body["again"] == false).count();
        assert_eq!(new, 1);
        assert_eq!(number(db, "select count(*) from notice").await, 1);
        assert_eq!(sums(db, &s).await, [140, 0, 0, 140]);
        server.stop().await;
    });
}

/// Catches neighbours that fail with a notice which the books refuse, waiting notices that
/// do not share a commit, and a queue without an end.
#[test]
fn a_group_shares_a_commit_and_no_fate() {
    both("serve_group", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let bills: Vec<(usize, i64, i64)> = (0..4).map(|n| (n, 100, 0)).collect();
        let s = school(db, folder.path(), &bills, false).await;
        add(db, &s, "bank", Scheme::Ansinh, true).await;
        let limits = Limits {
            queue: 4,
            ..Limits::default()
        };
        let server = serving(db, &s, limits).await;
        // Somebody broke the account of one pupil's credit.
        let mut tx = locked(db, s.book.id).await;
        let broken = "update debtor set credit_id = 999999 where code = 'HS1'";
        tx.execute(broken, Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
        let request = |n: usize, amount| ansinh(&Credit::new(n, amount, &s.codes[n]), time());
        let hold = locked(db, s.book.id).await;
        let mut wires: Vec<Wire> = (0..6).map(|_| Wire::to(server.address)).collect();
        let ask = |wire: &mut Wire, (headers, body): (wire::Headers, Vec<u8>)| {
            wire.ask("POST", "/notices/bank", &headers, &body);
        };
        // The first is in the writer's hands, four wait, the sixth finds no room.
        ask(&mut wires[0], request(0, 100));
        until(server.address, "waiting", 1);
        until(server.address, "queued", 0);
        for (n, amount) in [(1, 150), (2, 100), (3, 100)] {
            ask(&mut wires[n], request(n, amount));
        }
        until(server.address, "waiting", 4);
        ask(&mut wires[4], request(2, 100));
        until(server.address, "waiting", 5);
        ask(&mut wires[5], request(3, 100));
        let busy = wires[5].answer().unwrap();
        assert_eq!((busy.status, busy.code()), (503, "busy"));
        assert!(busy.headers.contains(&"retry-after: 1".to_owned()));
        hold.rollback().await.unwrap();
        let answers: Vec<Answer> = wires[..5].iter_mut().map(|w| w.answer().unwrap()).collect();
        let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
        assert_eq!(statuses, [200, 503, 200, 200, 200], "{answers:?}");
        assert_eq!(
            number(db, "select cast(sum(amount) as bigint) from collection").await,
            300
        );
        assert_eq!(number(db, "select count(*) from notice").await, 3);
        // Whole again, five that wait share one commit.
        let mended = "update debtor set credit_id = (select credit_id from debtor where code = 'HS0') where code = 'HS1'";
        let mut tx = locked(db, s.book.id).await;
        tx.execute(mended, Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
        let (_, before) = server.counts.seen();
        let hold = locked(db, s.book.id).await;
        ask(&mut wires[0], request(1, 150));
        until(server.address, "waiting", 1);
        for (n, wire) in wires[1..5].iter_mut().enumerate() {
            ask(wire, ansinh(&Credit::new(20 + n, 1, "KHONG RO"), time()));
        }
        until(server.address, "waiting", 5);
        hold.rollback().await.unwrap();
        for wire in &mut wires[..5] {
            assert_eq!(wire.answer().unwrap().status, 200);
        }
        assert!(server.counts.seen().1 - before <= 2, "{:?}", server.counts);
        server.stop().await;
    });
}

/// Catches a stop that forgets what it accepted, or that takes more.
#[test]
fn a_stop_finishes_what_was_accepted() {
    both("serve_stop", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 0)], false).await;
        add(db, &s, "bank", Scheme::Ansinh, true).await;
        let server = serving(db, &s, Limits::default()).await;
        let at = server.address;
        let hold = locked(db, s.book.id).await;
        let mut wire = Wire::to(at);
        let (headers, body) = ansinh(&Credit::new(1, 100, &s.codes[0]), time());
        wire.ask("POST", "/notices/bank", &headers, &body);
        until(at, "waiting", 1);
        let stopping = tokio::spawn(server.stop());
        while std::net::TcpStream::connect(at).is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!stopping.is_finished(), "a notice is still to be answered");
        hold.rollback().await.unwrap();
        assert_eq!(wire.answer().unwrap().body["outcome"], "booked");
        stopping.await.unwrap();
        assert_eq!(sums(db, &s).await, [100, 0, 0, 100]);
    });
}

/// Catches a bill shown to a stranger, to a caller of another book, or after its token was
/// taken back; and a status that does not follow the money.
#[test]
fn a_caller_sees_its_bills_and_no_others() {
    both("serve_bills", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 40)], false).await;
        add(db, &s, "bank", Scheme::Ansinh, true).await;
        let server = serving(db, &s, Limits::default()).await;
        let at = server.address;
        let elsewhere = harness::open_book(db, "MC").await;
        let mut tx = locked(db, elsewhere).await;
        tx.execute(
            "insert into staff_role(staff, book_id, role) values ('truong', $1, 'admin')",
            ansinh::args![elsewhere],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let caller = |book: i64, token: &str| AddCaller {
            book,
            book_code: "x".into(),
            code: "mot-cua".into(),
            token: token.into(),
            keys: s.keys.clone(),
        };
        assert_eq!(
            refused(run(db, &ctx("ketoan"), &caller(s.book.id, "t")).await),
            "role_missing"
        );
        run(db, &ctx("truong"), &caller(s.book.id, "token-th"))
            .await
            .unwrap();
        run(db, &ctx("truong"), &caller(elsewhere, "token-mc"))
            .await
            .unwrap();
        let path = format!("/bills/{}", s.codes[0]);
        let get = |path: &str, token: &str| {
            let headers = vec![("authorization", format!("Bearer {token}"))];
            send(at, "GET", path, &headers, b"")
        };
        let stranger = send(at, "GET", &path, &Vec::new(), b"");
        assert_eq!((stranger.status, stranger.code()), (401, "not_let_in"));
        assert_eq!(get(&path, "token").status, 401);
        assert_eq!(get(&path, "token-mc").code(), "not_found");
        assert_eq!(get("/bills/AS0000000000", "token-th").status, 404);
        let open = get(&path, "token-th");
        assert_eq!((open.status, &open.body["state"]), (200, &"issued".into()));
        assert_eq!(
            (&open.body["open"], &open.body["is_paid"]),
            (&140.into(), &false.into())
        );
        for (n, state) in [(1, "partly_paid"), (2, "paid")] {
            let paid = post(
                at,
                "bank",
                &ansinh(&Credit::new(n, 70, &s.codes[0]), time()),
            );
            assert_eq!(paid.status, 200);
            let seen = get(&path, "token-th").body;
            assert_eq!(
                (&seen["state"], &seen["paid"]),
                (&state.into(), &(70 * n).into())
            );
        }
        let shut = DisableCaller {
            book: s.book.id,
            book_code: "x".into(),
            code: "mot-cua".into(),
        };
        run(db, &ctx("truong"), &shut).await.unwrap();
        assert_eq!(get(&path, "token-th").status, 401);
        server.stop().await;
    });
}

/// A server as a process of its own.
struct Process {
    child: Child,
    out: BufReader<ChildStdout>,
    at: SocketAddr,
}

impl Process {
    fn start(test: &TestDb, keys: &Path) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ansinh"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--json",
                "--now",
                "2026-06-05T09:00",
            ])
            .args(["--database-url", &test.url, "--keys"])
            .arg(keys)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        let at = said["listening"].as_str().unwrap().parse().unwrap();
        Process { child, out, at }
    }

    /// Tells it to stop; its last line.
    fn stop(mut self) -> serde_json::Value {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(told.success());
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        assert!(self.child.wait().unwrap().success());
        serde_json::from_str(&line).unwrap()
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Catches a notice that is lost or booked twice when the server dies (SIGKILL) between
/// taking it and answering: before the commit, and at some moment among many commits.
#[test]
fn a_killed_server_loses_nothing_and_books_nothing_twice() {
    both("serve_kill", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let bills: Vec<(usize, i64, i64)> = (0..60).map(|n| (n, 100, 0)).collect();
        let s = school(db, folder.path(), &bills, false).await;
        add(db, &s, "bank", Scheme::Ansinh, true).await;
        let keys = folder.path().join("ansinh.keys");
        let request = |n: usize| ansinh(&Credit::new(n, 100, &s.codes[n]), time());
        // Accepted, and not yet committed.
        let process = Process::start(test, &keys);
        let hold = locked(db, s.book.id).await;
        let mut wire = Wire::to(process.at);
        let (headers, body) = request(0);
        wire.ask("POST", "/notices/bank", &headers, &body);
        until(process.at, "waiting", 1);
        process.kill();
        hold.rollback().await.unwrap();
        assert!(wire.answer().is_none(), "nobody may say that it was taken");
        // Killed when the nth answer came: others are before, in and after their commit.
        for round in 1..=3 {
            let process = Process::start(test, &keys);
            let mut wires: Vec<(usize, Wire)> =
                (0..60).map(|n| (n, Wire::to(process.at))).collect();
            for (n, wire) in &mut wires {
                let (headers, body) = request(*n);
                wire.ask("POST", "/notices/bank", &headers, &body);
            }
            for (_, wire) in &mut wires[..round * 10] {
                assert_eq!(wire.answer().unwrap().status, 200);
            }
            process.kill();
        }
        let process = Process::start(test, &keys);
        for n in 0..60 {
            let answer = post(process.at, "bank", &request(n));
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        process.kill();
        assert_eq!(number(db, "select count(*) from notice").await, 60);
        assert_eq!(number(db, "select count(*) from collection").await, 60);
        assert_eq!(sums(db, &s).await, [6_000, 0, 0, 6_000]);
    });
}

/// Catches a server on PostgreSQL whose statements stay planned for empty tables: each
/// group would read every notice of the book.
#[test]
fn the_planner_is_told_of_tables_that_grew() {
    both("serve_planner", async |test| {
        let db = &test.db;
        db.analyze().await.unwrap();
        let mut tx = locked(db, 0).await;
        for id in 0..600i64 {
            tx.execute(
                "insert into notice(book_id, id, provider, provider_ref, bank_account_id, digest, body_sealed, amount, at, \
                 received_at, outcome, detail) values (1, $1, 'x', $2, 1, $3, $3, 1, 1, 1, 'x', '{}')",
                ansinh::args![id, id.to_string(), vec![0u8]],
            )
            .await
            .unwrap();
        }
        if test.engine() == Engine::Sqlite {
            tx.commit().await.unwrap();
            return db.analyze_grown().await.unwrap();
        }
        // What was counted is seen by others at the commit, not at some later moment.
        let flush = "select pg_stat_force_next_flush() is null";
        tx.all(flush, Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
        let known = "select cast(reltuples as bigint) from pg_class where relname = ";
        let notice = format!("{known}'notice'");
        let collection = format!("{known}'collection'");
        let before = number(db, &collection).await;
        assert!(number(db, &notice).await < 600);
        db.analyze_grown().await.unwrap();
        assert_eq!(number(db, &notice).await, 600);
        assert_eq!(number(db, &collection).await, before);
    });
}

/// Runs a command of the clerk; its answer as text.
fn clerk(test: &TestDb, keys: &Path, who: &str, words: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ansinh"))
        .args(words)
        .args(["--json", "--now", "2026-06-05T09:00", "--as", who])
        .args(["--database-url", &test.url, "--keys"])
        .arg(keys)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), text)
}

/// Catches a secret or token that is shown or stored in clear, commands that anybody may
/// give, a clerk who cannot see what came, and a server that a signal ends in the middle.
#[test]
fn clerks_set_the_server_up_and_see_what_came() {
    both("serve_clerk", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let s = school(&test.db, folder.path(), &[(0, 100, 40)], false).await;
        let keys = folder.path().join("ansinh.keys");
        let file = folder.path().join("secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        let file = file.to_str().unwrap();
        let say = |who: &str, words: &[&str]| clerk(test, &keys, who, words);
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let add = [
            "notice",
            "source",
            "add",
            "bank",
            "--scheme",
            "ansinh",
            "--secret-file",
            file,
        ];
        let (done, text) = say("ketoan", &add);
        assert!(!done && text.contains("role_missing"), "{text}");
        let (done, text) = say("truong", &[&add[..], &["--owner", "ketoan"]].concat());
        assert!(done && !text.contains(SECRET), "{text}");
        let (done, text) = say(
            "truong",
            &[
                "notice",
                "source",
                "add",
                "Bank",
                "--scheme",
                "ansinh",
                "--secret-file",
                file,
            ],
        );
        assert!(
            !done && json(&text)["error"]["data"]["place"] == "CODE",
            "{text}"
        );
        let (_, text) = say("ketoan", &["notice", "source", "list"]);
        assert_eq!(json(&text)["sources"][0]["path"], "/notices/bank");
        assert!(!text.contains(SECRET));
        let (_, text) = say("truong", &["caller", "add", "mot-cua"]);
        let token = json(&text)["token"].as_str().unwrap().to_owned();
        assert!(!say("ketoan", &["caller", "list"]).1.contains(&token));
        let mut tx = test.db.begin_read().await.unwrap();
        for sql in [
            "select sealed from notice_source",
            "select token_hash from api_caller",
        ] {
            let stored = tx.one(sql, Vec::new()).await.unwrap().bytes(0).unwrap();
            let clear = |secret: &[u8]| stored.windows(secret.len()).any(|w| w == secret);
            assert!(
                !clear(SECRET.as_bytes()) && !clear(token.as_bytes()),
                "{sql}"
            );
        }
        tx.rollback().await.unwrap();
        let process = Process::start(test, &keys);
        let answer = post(
            process.at,
            "bank",
            &ansinh(&Credit::new(1, 140, &s.codes[0]), time()),
        );
        assert_eq!(answer.status, 200);
        let headers = vec![("authorization", format!("Bearer {token}"))];
        let path = format!("/bills/{}", s.codes[0]);
        let bill = send(process.at, "GET", &path, &headers, b"");
        assert_eq!(bill.body["is_paid"], true, "{bill:?}");
        let last = process.stop();
        assert_eq!((&last["notices"], &last["commits"]), (&1.into(), &1.into()));
        let (_, text) = say("ketoan", &["notice", "list", "--outcome", "booked"]);
        let listed = json(&text);
        assert_eq!(listed["notices"][0]["notice"], answer.body["notice"]);
        assert_eq!(listed["notices"][0]["on_bills"], 140);
        let id = answer.body["notice"].as_str().unwrap();
        let (_, text) = say("ketoan", &["notice", "show", id]);
        let body = json(&text)["body"].as_str().unwrap().to_owned();
        assert_eq!(json(&body)["content"], s.codes[0]);
        let read = "select count(*) from audit where act = 'people.read' and actor = 'ketoan'";
        assert_eq!(number(&test.db, read).await, 1);
        let (done, text) = say("truong", &["notice", "source", "disable", "none"]);
        assert!(!done && text.contains("not_found"), "{text}");
    });
}

/// Catches notices that are lost, or said to be taken, when the connection to the database
/// breaks under them. SQLite has none that could.
#[test]
fn a_broken_connection_is_told_and_the_notice_taken_when_it_comes_again() {
    both("serve_broken", async |test| {
        if test.engine() == Engine::Sqlite {
            return;
        }
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 0), (1, 100, 0)], false).await;
        add(db, &s, "bank", Scheme::Ansinh, true).await;
        let process = Process::start(test, &folder.path().join("ansinh.keys"));
        let mut hold = locked(db, s.book.id).await;
        let mut wires: Vec<Wire> = (0..2).map(|_| Wire::to(process.at)).collect();
        let request = |n: usize| ansinh(&Credit::new(n, 100, &s.codes[n]), time());
        for (n, wire) in wires.iter_mut().enumerate() {
            let (headers, body) = request(n);
            wire.ask("POST", "/notices/bank", &headers, &body);
        }
        until(process.at, "waiting", 2);
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() \
                   and wait_event_type = 'Lock'";
        let mut cuts = 0;
        while cuts == 0 {
            cuts = hold.one(cut, Vec::new()).await.unwrap().int(0).unwrap();
        }
        // The first group is told; what came after it may be taken as soon as the lock goes.
        let first = wires[0].answer().unwrap();
        assert_eq!((first.status, first.code()), (503, "fault"));
        hold.rollback().await.unwrap();
        let second = wires[1].answer().unwrap();
        assert!([200, 503].contains(&second.status), "{second:?}");
        for n in 0..2 {
            assert_eq!(post(process.at, "bank", &request(n)).status, 200);
        }
        process.stop();
        assert_eq!(number(db, "select count(*) from collection").await, 2);
        assert_eq!(sums(db, &s).await, [200, 0, 0, 200]);
    });
}

/// Catches a benchmark that does not run, loses a notice, or shows no shared commit.
#[test]
fn the_benchmark_takes_every_notice_in_shared_commits() {
    both("serve_bench", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_ansinh"))
            .args([
                "bench",
                "notices",
                "--count",
                "300",
                "--connections",
                "16",
                "--json",
            ])
            .args(["--database-url", &test.url])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(said["count"], 300, "{text}");
        let commits = said["commits"].as_i64().unwrap();
        assert!((1..300).contains(&commits), "{text}");
        assert!(said["p99_ms"].as_f64() >= said["p50_ms"].as_f64(), "{text}");
        let booked = "select count(*) from notice where outcome = 'booked'";
        assert_eq!(number(&test.db, booked).await, 300);
    });
}

/// Catches a source of the set-up file that is not made, made twice, opened again after it
/// was shut, or changed by somebody who may not.
#[test]
fn the_setup_file_names_sources() {
    both("serve_setup", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let sample = std::fs::read_to_string("samples/school/setup.toml").unwrap();
        let account = "opened_on = \"2026-08-31\"";
        let source =
            "notices = [{ source = \"th\", scheme = \"casso\", file = \"c.key\", owner = \"ke\" }]";
        let admin =
            "[[staff]]\ncode = \"qt\"\nname = \"Quản trị\"\nroles = { \"*\" = [\"admin\"] }\n";
        assert!(sample.contains(account));
        let text = sample.replace(account, &format!("{account}\n{source}")) + admin;
        std::fs::write(at("setup.toml"), &text).unwrap();
        std::fs::write(at("c.key"), SECRET).unwrap();
        let keys = at("ansinh.keys");
        let file = at("setup.toml");
        let set_up = |who: &str| clerk(test, &keys, who, &["setup", file.to_str().unwrap()]);
        let (done, text) = set_up("qt");
        assert!(done && !text.contains(SECRET), "{text}");
        let open = "select count(*) from notice_source where code = 'th' and posts = 1 and owner = 'ke' and disabled_at is null";
        assert_eq!(number(&test.db, open).await, 1);
        let (done, text) = set_up("quy");
        assert!(
            done && text.contains("\"made\":0"),
            "the same file is free: {text}"
        );
        std::fs::write(at("c.key"), format!("{SECRET}!")).unwrap();
        let (done, text) = set_up("quy");
        assert!(!done && text.contains("role_missing"), "{text}");
        assert!(clerk(test, &keys, "hieu", &["notice", "source", "disable", "th"]).0);
        assert!(set_up("qt").0);
        assert_eq!(number(&test.db, open).await, 0);
        std::fs::write(
            at("setup.toml"),
            std::fs::read_to_string(at("setup.toml"))
                .unwrap()
                .replace("casso", "cassa"),
        )
        .unwrap();
        assert!(set_up("qt").1.contains("bad_input"));
    });
}
