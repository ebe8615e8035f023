//! The server as a process: stopped, killed, cut off from its database.

use super::*;

/// A server as a process of its own.
pub struct Process {
    child: Child,
    out: BufReader<ChildStdout>,
    pub at: SocketAddr,
}

impl Process {
    pub fn start(test: &TestDb, keys: &Path) -> Process {
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
    pub fn stop(mut self) -> serde_json::Value {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(told.success());
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        assert!(self.child.wait().unwrap().success());
        serde_json::from_str(&line).unwrap()
    }

    pub fn kill(mut self) {
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
        let hold = locked(db, s.book.id).await;
        let mut wires: Vec<Wire> = (0..2).map(|_| Wire::to(process.at)).collect();
        let request = |n: usize| ansinh(&Credit::new(n, 100, &s.codes[n]), time());
        for (n, wire) in wires.iter_mut().enumerate() {
            let (headers, body) = request(n);
            wire.ask("POST", "/notices/bank", &headers, &body);
        }
        until(process.at, "waiting", 2);
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() \
                   and wait_event_type = 'Lock'";
        // Asked anew each time: within a Tx PostgreSQL tells what it saw first.
        let until = std::time::Instant::now() + wire::PATIENCE;
        while number(db, cut).await == 0 {
            assert!(
                std::time::Instant::now() < until,
                "nobody waits for the lock"
            );
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
