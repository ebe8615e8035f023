//! What was stored is not what the program wrote: a batch changed after its approval, a
//! ledger changed behind the books' back, keys or a database of others.

use crate::office::{APPROVER, CHIEF, Engine, MAKER, Office, engines};

const NOW: &str = "2026-06-02T14:00";

/// What a thief with the database's password would do to the lines of a batch.
fn changes(office: &Office, batch: &str) -> Vec<(&'static str, String)> {
    let rows = office.rows(
        &format!("select id, address_id, counter, account_id from instruction where batch_id = {batch} order by id"),
        "iiii",
    );
    let (first, second) = (&rows[0], &rows[1]);
    let line = &first[0];
    let set = |what: &str| format!("update instruction set {what} where id = {line}");
    let address = format!("address_id = {}, counter = {}", second[1], second[2]);
    let added = format!(
        "insert into instruction select book_id, 900001, batch_id, account_id, address_id, counter, payee, amount, 900001, ended_at \
         from instruction where id = {line}"
    );
    vec![
        ("amount", set("amount = amount + 1000000")),
        ("address", set(&address)),
        (
            "account number alone",
            set(&format!("counter = {}", second[2])),
        ),
        (
            "ledger account",
            set(&format!("account_id = {}", second[3])),
        ),
        ("payee alone", set("payee = payee + 1")),
        ("entitlement", set("cause_id = 900002")),
        (
            "a line removed",
            format!("delete from instruction where id = {line}"),
        ),
        (
            "a line added",
            format!(
                "{added}; update batch set count = (select max(id) - min(id) + 1 from instruction \
                 where batch_id = {batch}) where id = {batch}"
            ),
        ),
        (
            "the total",
            format!("update batch set total = total + 1 where id = {batch}"),
        ),
        (
            "the fund",
            format!("update batch set fund_id = fund_id + 1 where id = {batch}"),
        ),
        (
            "the maker",
            format!("update batch set made_by = 'nobody' where id = {batch}"),
        ),
        (
            "the paying account's holder",
            "update bank_account set holder_name = 'KHAC'".into(),
        ),
    ]
}

/// What the same thief would do to the address of the first line: whom the bank would pay.
fn address_changes(office: &Office, batch: &str) -> Vec<(&'static str, String)> {
    let sql = format!("select min(address_id) from instruction where batch_id = {batch}");
    let address = office.number(&sql);
    let set = |what: &str| format!("update address set {what} where id = {address}");
    let other = format!("(select sealed from address where id <> {address} order by id limit 1)");
    vec![
        ("the holder's name", set("holder_name = 'Trần Văn Khác'")),
        ("the bank", set("bin = '999999'")),
        ("the number", set(&format!("sealed = {other}"))),
        (
            "all of it",
            set(&format!(
                "sealed = {other}, counter = counter + 1, payee = payee + 1"
            )),
        ),
        ("a number that no key opens", set("sealed = bin_garbage")),
    ]
}

/// Catches a line that the approvers never saw and that is approved, granted or sent.
#[test]
fn a_batch_changed_after_it_was_signed_goes_no_further() {
    for engine in engines("stored") {
        let office = Office::with_people(engine, "stored", 8, 40);
        let batch = &office.prepare()[0];
        office.ok(MAKER, NOW, &["batch", "submit", batch]);
        let approved = office.copy();
        approved.ok(APPROVER, NOW, &["batch", "approve", batch]);
        let released = approved.copy();
        released.ok(APPROVER, NOW, &["batch", "release", batch]);
        let send = ["batch", "send", batch, "--out", "out"];
        for (office, actor, next) in [
            (&office, APPROVER, &["batch", "approve", batch][..]),
            (&approved, APPROVER, &["batch", "release", batch][..]),
            (&released, MAKER, &send[..]),
        ] {
            for (what, sql) in changes(office, batch) {
                let office = office.copy();
                office.tamper(&sql);
                eprintln!("{what}: {next:?} on {engine:?}");
                let data = office.refused_as_it_is("batch_changed", actor, NOW, next);
                assert_ne!(data["signed"], data["now"], "{what}");
            }
        }
        // Whom the bank would pay: found before anything is posted, and no file stays.
        for (what, sql) in address_changes(&released, batch) {
            let garbage = match engine {
                Engine::Sqlite => "sealed = x'00'",
                Engine::Postgres => r"sealed = '\x00'",
            };
            let office = released.copy();
            office.tamper(&sql.replace("sealed = bin_garbage", garbage));
            eprintln!("{what} on {engine:?}");
            office.refused_as_it_is("payee_changed", MAKER, NOW, &send);
            let left = std::fs::read_dir(office.path("out")).map_or(0, Iterator::count);
            assert_eq!(left, 0, "{what}");
        }
    }
}

/// A month's first half on the books: granted, sent, settled in part, a day closed.
fn half_a_month(engine: Engine) -> Office {
    let office = Office::with_people(engine, "stored", 8, 40);
    let batch = &office.prepare()[0];
    office.bring(batch, "sent");
    office
}

/// Catches an edit, deletion, insertion or reordering anywhere in the books that a
/// verification does not find, or finds without naming the place.
#[test]
fn a_tampered_ledger_is_found_and_the_place_named() {
    for engine in engines("stored") {
        let office = half_a_month(engine);
        let last = office.number("select max(seq) from transfer");
        let granted = office.number(
            "select min(seq) from transfer where code = (select code from transfer where seq = 5)",
        );
        let beneficiary =
            "(select id from account where name like 'beneficiary/%' order by id limit 1)";
        let other =
            "(select id from account where name like 'beneficiary/%' order by id desc limit 1)";
        for (sql, place) in [
            (
                format!("update transfer set amount = amount + 1 where seq = {granted}"),
                "transfer",
            ),
            (
                format!("update transfer set credit_id = {other} where seq = {granted}"),
                "transfer",
            ),
            (
                format!("delete from transfer where seq = {granted}"),
                "transfer",
            ),
            (
                format!("delete from transfer where seq = {last}"),
                "transfer",
            ),
            (
                format!(
                    "insert into transfer select book_id, {last} + 1, client_id + 999999999, posting_no, debit_id, credit_id, \
                     amount, code, cause_id, reverses_seq, link from transfer where seq = {last}"
                ),
                "",
            ),
            (
                format!(
                    "update transfer set seq = 900000 where seq = {granted}; \
                     update transfer set seq = {granted} where seq = {granted} + 1; \
                     update transfer set seq = {granted} + 1 where seq = 900000"
                ),
                "transfer",
            ),
            (
                "update posting set at = at + 1 where no = 3".into(),
                "posting 3",
            ),
            (
                "update posting set actor = 'vinh' where no = 3".into(),
                "posting 3",
            ),
            (
                "update posting set day = day + 1 where no = 4".into(),
                "posting 4",
            ),
            (
                format!(
                    "update balance set credits = credits + 1 where account_id = {beneficiary}"
                ),
                "account",
            ),
            (
                format!("update account set name = 'beneficiary/9/x' where id = {beneficiary}"),
                "",
            ),
            (
                "update audit set actor = 'vinh' where seq = 2 and book_id = 1".into(),
                "audit",
            ),
            (
                "delete from audit where seq = 3 and book_id = 1".into(),
                "audit",
            ),
            (
                "update head set transfer_seq = transfer_seq - 1 where book_id = 1".into(),
                "",
            ),
            ("update bank_day set signed_by = 'hoa'".into(), "bank day"),
            (
                "update bank_day set proof = replace(proof, '\"claim\":0', '\"claim\":1')".into(),
                "bank day",
            ),
        ] {
            let office = office.copy();
            office.tamper(&sql);
            let answer = office.run(CHIEF, NOW, &["ledger", "verify"]);
            let what = format!("{sql} on {engine:?}: {answer:?}");
            assert_eq!(
                (answer.code, answer.error()),
                (Some(4), "ledger_broken"),
                "{what}"
            );
            let data = &answer.json["error"]["data"];
            assert_eq!(data["book"], "BL", "{what}");
            let found = data["place"].as_str().unwrap();
            assert!(!found.is_empty() && found.contains(place), "{what}");
        }
        let head = office.books().1["chain_head"].as_str().unwrap().to_owned();
        office.ok(CHIEF, NOW, &["ledger", "verify", "--head", &head]);
        let wrong = "0".repeat(64);
        let answer = office.run(CHIEF, NOW, &["ledger", "verify", "--head", &wrong]);
        assert_eq!((answer.code, answer.error()), (Some(4), "ledger_broken"));
    }
}

/// Catches books that are opened with other keys, or with none, or made anew beside them.
#[test]
fn the_key_ring_is_the_right_one_or_nothing_is_done() {
    for engine in engines("stored") {
        let office = half_a_month(engine);
        let ring = std::fs::read_to_string(office.path("ansinh.keys")).unwrap();
        let other = Office::set_up(engine, "stored");
        std::fs::copy(other.path("ansinh.keys"), office.path("other.keys")).unwrap();
        std::fs::write(office.path("half.keys"), &ring[..ring.len() / 2]).unwrap();
        std::fs::write(office.path("empty.keys"), "").unwrap();
        for (keys, code) in [
            ("other.keys", "keys_wrong"),
            ("half.keys", "keys_wrong"),
            ("empty.keys", "keys_wrong"),
            ("nowhere.keys", "keys_missing"),
        ] {
            for act in [
                &["holders", "load", "june-holders.csv", "--keys", keys][..],
                &["batch", "export", "1", "--out", "out", "--keys", keys][..],
                &["setup", "setup.toml", "--keys", keys][..],
            ] {
                office.refused(code, MAKER, NOW, act);
            }
        }
        std::fs::remove_file(office.path("ansinh.keys")).unwrap();
        for act in [
            &["ledger", "verify"][..],
            &["migrate"][..],
            &["setup", "setup.toml"][..],
        ] {
            let answer = office.run(CHIEF, NOW, act);
            if act[0] != "migrate" {
                assert_eq!(
                    (answer.code, answer.error()),
                    (Some(3), "keys_missing"),
                    "{answer:?}"
                );
            }
            assert!(
                !office.path("ansinh.keys").exists(),
                "a new ring was made: {act:?}"
            );
        }
    }
}

/// Catches a program that writes into a database of another version, or into none.
#[test]
fn a_database_of_another_version_is_left_alone() {
    for engine in engines("stored") {
        let office = Office::set_up(engine, "stored");
        let newer = office.copy();
        newer.tamper("insert into migration(version, name, at) values (99, '0099_later', 0)");
        for act in [
            &["ledger", "verify"][..],
            &["migrate"][..],
            &["setup", "setup.toml"][..],
        ] {
            let answer = newer.run(CHIEF, NOW, act);
            assert_eq!(
                (answer.code, answer.error()),
                (Some(3), "newer_database"),
                "{answer:?}"
            );
        }
        let empty = Office::empty(engine, "stored");
        if engine == Engine::Postgres {
            let answer = empty.run(CHIEF, NOW, &["ledger", "verify"]);
            assert_eq!(
                (answer.code, answer.error()),
                (Some(3), "not_migrated"),
                "{answer:?}"
            );
        }
        empty.ok(CHIEF, NOW, &["migrate"]);
        empty.ok(CHIEF, NOW, &["migrate"]);
        let answer = empty.run(CHIEF, NOW, &["cycle", "prepare", "--period", "2026-06"]);
        assert_eq!(
            (answer.code, answer.error()),
            (Some(3), "not_set_up"),
            "{answer:?}"
        );
        std::fs::write(
            office.path("noise.db"),
            "this is no database at all, only words",
        )
        .unwrap();
        let answer = office.run(
            CHIEF,
            NOW,
            &["ledger", "verify", "--database-url", "sqlite:noise.db"],
        );
        assert_eq!(answer.code, Some(1), "{answer:?}");
        for url in ["mysql://x/y", "noise.db", ""] {
            let answer = office.run(CHIEF, NOW, &["ledger", "verify", "--database-url", url]);
            assert_eq!(
                (answer.code, answer.error()),
                (Some(2), "bad_input"),
                "{url}: {answer:?}"
            );
        }
    }
}
