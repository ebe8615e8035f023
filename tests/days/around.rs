//! Edits by bare SQL in the tables around the ledger: each is found, and the place is named.

use crate::office::{CHIEF, Engine, OUR_NUMBER, Office, credit_from, engines, first_day, take};
use ansinh_simulator::{Faults, Share};

const NOW: &str = "2026-06-04T20:00";

/// A month with everything in it: settled, short, doubled, returned, missing, withdrawn; two
/// days closed, one reopened and closed again; a follow-up released.
fn month(engine: Engine) -> Office {
    let office = Office::with_people(engine, "around", 5, 60);
    let (mut bank, _) = first_day(5, crate::BUDGET);
    let batch = office.prepare().remove(0);
    office.bring(&batch, "sent");
    bank.set_faults(Faults {
        closed: Share::exactly(2),
        doubled: Share::exactly(1),
        late: Share::exactly(1),
        dropped: Share::exactly(1),
        fee: Share::exactly(1),
        ..Faults::NONE
    });
    take(&mut bank, &office.payment_file(&batch));
    credit_from(&mut bank, 250_000, "", 20_260_602);
    for (day, name) in [(20_260_602, "second.stl"), (20_260_603, "third.stl")] {
        let file = bank.close_day(OUR_NUMBER, day).unwrap();
        file.settlement_native(&office.path(name)).unwrap();
        let now = format!("{}T17:00", crate::dashed(day));
        crate::import(&office, &now, name);
        let now = format!("{}T18:00", crate::dashed(day));
        office.ok(CHIEF, &now, &["day", "close", &crate::dashed(day)]);
    }
    let now = "2026-06-04T08:00";
    let reopen = ["day", "reopen", "2026-06-03"];
    let reason = ["--reason", "kiểm tra lại dòng trả về"];
    office.ok(crate::ACCOUNTANT, now, &[&reopen[..], &reason[..]].concat());
    office.ok(CHIEF, now, &[&reopen[..], &["--approve"][..]].concat());
    office.ok(CHIEF, now, &["day", "close", "2026-06-03"]);
    office
}

/// Statement, and a part of the place that must be named.
fn damages(office: &Office) -> Vec<(String, &'static str)> {
    let one = |sql: &str| office.rows(sql, "i")[0][0].clone();
    let matched = "from statement_line where outcome = 'matched' and instruction_id is not null \
                   and statement_id = (select id from statement where number = 2)";
    let statement = one("select id from statement where number = 2");
    let line = one(&format!("select min(line) {matched}"));
    let other = one(&format!("select max(line) {matched}"));
    let paid = one(&format!("select min(instruction_id) {matched}"));
    let batch = one("select min(id) from batch");
    let at = |line: &str| format!("where statement_id = {statement} and line = {line}");
    let item = one("select min(id) from break where item_amount > 0");
    let s2 = "where number = 2";
    vec![
        // statements
        (format!("update statement set credits = credits + 1, closing = closing + 1 {s2}"), "statement 2"),
        (format!("update statement set debits = debits + 1 {s2}"), "statement 2"),
        (format!("update statement set lines = lines + 1 {s2}"), "statement 2"),
        (format!("update statement set opening = opening + 1, closing = closing + 1 {s2}"), "statement 2"),
        ("update statement set number = 9 where number = 3".into(), "statement 9"),
        ("update statement set digest = (select digest from statement where number = 1) where number = 2".into(), "statement 2"),
        (format!("update statement set imported_by = 'phuc' {s2}"), "statement 2"),
        (format!("update statement set state = 'matched' {s2}"), "statement 2"),
        (format!("update statement set day = 20260603 {s2}"), "statement 2"),
        ("delete from statement where number = 3; delete from statement_line where statement_id not in (select id from statement)".into(), ""),
        ("delete from statement where number = 1".into(), ""),
        // lines
        (format!("update statement_line set amount = amount + 1 {}", at(&line)), "statement 2"),
        (
            format!("update statement_line set amount = amount + 1000 {}; update statement_line set amount = amount - 1000 {}", at(&line), at(&other)),
            "statement 2, line",
        ),
        (format!("update statement_line set direction = 'C' {}", at(&line)), "statement 2"),
        (format!("delete from statement_line {}", at(&line)), "statement 2"),
        (format!("update statement_line set instruction_id = instruction_id + 1 {}", at(&line)), "statement 2, line"),
        // matches
        (format!("update line_match set amount = amount + 1 {}", at(&line)), "statement 2, line"),
        (format!("update line_match set amount = amount - 1 {}", at(&line)), "statement 2, line"),
        (format!("delete from line_match {}", at(&line)), "statement 2, line"),
        (format!("update line_match set instruction_id = 7 {}", at(&line)), "statement 2, line"),
        ("delete from line_match".into(), "statement 2, line"),
        (
            format!("drop index line_match_live; insert into line_match select book_id, instruction_id, statement_id, 9000, amount, null from line_match {}", at(&line)),
            "statement 2, line 9000",
        ),
        // batches and their lines
        (format!("update batch set state = 'released' where id = {batch}"), "batch"),
        (format!("update batch set state = 'completed' where id = {batch}"), "batch"),
        (format!("update batch set open_count = open_count - 1 where id = {batch}"), "batch"),
        (format!("update batch set total = total + 1 where id = {batch}"), "batch"),
        (format!("update instruction set amount = amount + 1 where id = {paid}"), ""),
        (format!("update instruction set counter = counter + 1 where id = {paid}"), "batch"),
        (format!("update instruction set address_id = address_id + 1 where id = {paid}"), "batch"),
        (format!("delete from instruction where id = {paid}"), ""),
        (format!("update instruction set ended_at = 1 where id = {paid}"), "instruction"),
        ("delete from instruction_event where state = 'returned'".into(), "instruction"),
        ("update instruction set ended_at = null where ended_at is not null".into(), ""),
        ("delete from batch_event where event = 'approved'".into(), "batch"),
        ("update batch_event set signature = digest where event = 'approved'".into(), "batch"),
        // entitlements
        (format!("update entitlement set amount = amount + 500000 where id = (select cause_id from instruction where id = {paid})"), "entitlement"),
        (format!("update entitlement set amount = amount - 1 where id = (select cause_id from instruction where id = {paid})"), "entitlement"),
        (format!("delete from entitlement where id = (select cause_id from instruction where id = {paid})"), "entitlement"),
        // breaks
        (format!("update break set item_amount = item_amount + 1 where id = {item}"), "account"),
        (format!("update break set item_cleared = item_amount, state = 'resolved' where id = {item}"), "account"),
        (format!("update break set state = 'resolved' where id = {item}"), "break"),
        (format!("delete from break where id = {item}"), "account"),
        // events of payments, budgets, closed breaks
        ("update instruction_event set amount = amount + 1 where state = 'returned'".into(), "account id"),
        ("update instruction_event set state = 'rejected' where state = 'returned'".into(), "account id"),
        ("update budget set received = received + 1".into(), "budget of fund"),
        ("update budget set received = 0".into(), "budget of fund"),
        ("update break set state = 'resolved' where kind = 'missing_at_bank' and state = 'open'".into(), "break"),
        // signed days
        ("update bank_day set signed_by = 'phuc' where no = 2".into(), "bank day 2026-06-02"),
        ("update bank_day set day = 20260604 where no = 5".into(), "bank day"),
        ("delete from bank_day where no = 2".into(), "bank day"),
        ("delete from bank_day where no = 5; update statement set state = 'matched' where number = 3; update posting_day set state = 'open' where day = 20260603".into(), "bank day head"),
        ("delete from bank_day; update statement set state = 'matched'; update posting_day set state = 'open'".into(), "bank day head"),
        ("delete from bank_day; update statement set state = 'matched'; update posting_day set state = 'open'; delete from setting where name like 'bank_days/%'".into(), "bank day 2026-06-01"),
        ("update setting set value = replace(value, '5 ', '4 ') where name like 'bank_days/%'".into(), "bank day head"),
        ("delete from setting where name like 'bank_days/%'".into(), "bank day head"),
        ("update posting_day set state = 'open'".into(), "posting day"),
        // addresses
        ("update address set holder_name = 'Trần Văn Khác' where id = (select max(id) from address)".into(), "address"),
        ("update address set bin = '999999' where id = (select max(id) from address)".into(), "address"),
        ("update address set counter = counter + 1 where id = (select max(id) from address)".into(), "address"),
        ("update address set payee = payee + 1 where id = (select max(id) from address)".into(), "address"),
        (
            "update address set sealed = (select sealed from address order by id limit 1) where id = (select max(id) from address)".into(),
            "address",
        ),
    ]
}

/// Catches an edit of a table around the ledger that a verification passes over, or finds
/// without naming the place.
#[test]
fn an_edit_around_the_ledger_is_found_and_the_place_named() {
    for engine in engines("around") {
        let office = month(engine);
        office.books();
        let mut unseen = Vec::new();
        for (sql, place) in damages(&office) {
            let office = office.copy();
            office.tamper(&sql);
            let answer = office.run(CHIEF, NOW, &["ledger", "verify"]);
            let found = answer.json["error"]["data"]["place"].as_str().unwrap_or("");
            let right = answer.code == Some(4) && !found.is_empty() && found.contains(place);
            if !right {
                unseen.push(format!("{sql}: not at {place:?}, but {answer:?}"));
            }
        }
        assert!(unseen.is_empty(), "{engine:?}: {unseen:#?}");
    }
}

/// Catches an audit that was computed anew as a whole, without the keys, after a row of it
/// was changed: its chain holds, and only what was signed with a day tells.
#[test]
fn an_audit_computed_anew_without_the_keys_is_found() {
    use ansinh::args;
    use ansinh::store::{Ctx, Db, audit, keys::hex};
    for engine in engines("around") {
        let office = month(engine);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let db = Db::connect(&office.url()).await.unwrap();
            let mut tx = db.begin().await.unwrap();
            let sql = "select at, actor, act, detail from audit where book_id = 1 order by seq";
            let rows = tx.all(sql, args![]).await.unwrap();
            tx.execute("delete from audit where book_id = 1", args![])
                .await
                .unwrap();
            let zero = "update head set audit_seq = 0, audit_chain = $1 where book_id = 1";
            tx.execute(zero, args![[0u8; 32]]).await.unwrap();
            tx.lock_heads(&[1]).await.unwrap();
            for (n, r) in rows.iter().enumerate() {
                let actor = if n == 3 {
                    "vinh".into()
                } else {
                    r.text(1).unwrap()
                };
                let ctx = Ctx::new(&actor, ansinh::clock::Instant(r.int(0).unwrap()));
                let detail = serde_json::from_str(&r.text(3).unwrap()).unwrap();
                let act = r.text(2).unwrap();
                audit::record(&mut tx, 1, &ctx, &act, &detail)
                    .await
                    .unwrap();
            }
            assert_eq!(hex(&tx.head(1).unwrap().audit_chain).len(), 64);
            tx.commit().await.unwrap();
            db.close().await;
        });
        let answer = office.run(CHIEF, NOW, &["ledger", "verify"]);
        let data = &answer.json["error"]["data"];
        assert_eq!(answer.code, Some(4), "{answer:?}");
        assert_eq!(data["place"], "bank day 2026-06-01", "{answer:?}");
        assert!(
            data["what"].as_str().unwrap().contains("audit"),
            "{answer:?}"
        );
    }
}
