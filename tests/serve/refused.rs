//! Whom the server does not listen to, and to whom it says nothing.

use super::*;

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
            refusal(run(db, &ctx("ketoan"), &caller(s.book.id, "t")).await),
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
