//! What senders say, once and again, alone and at once.

use super::*;

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
        assert_eq!(refusal(answer), "source_posts");
        let third = source(&s, "s1", Scheme::SepayKey, false);
        let answer = run(db, &ctx("truong"), &third).await;
        assert_eq!(refusal(answer), "bad_input", "one source of a provider");
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
