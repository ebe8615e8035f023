//! A school made by bare rows: debtors with bills of two lines, one of them thu hộ.

use super::harness::{ctx, info, locked, now, open_book};
use ansinh::args;
use ansinh::ledger::{self, Book};
use ansinh::payment::bank_account::{self, NewBankAccount};
use ansinh::payment::sql::BankAccountRow;
use ansinh::store::keys::KeyRing;
use ansinh::store::{Db, Tx};
use ansinh_settlement::{Day, Dong, PayCode};
use std::path::{Path, PathBuf};

/// The school's account, at the bank 970405.
pub const NUMBER: &str = "1300200099999";

pub struct School {
    pub book: Book,
    pub bank: BankAccountRow,
    pub keys: KeyRing,
    /// Codes of the bills.
    pub codes: Vec<String>,
    /// Where the bank's files and their sealed copies lie.
    pub folder: PathBuf,
}

/// (debtor, own amount, thu hộ amount), one for each bill.
pub type Bills<'a> = &'a [(usize, i64, i64)];

pub async fn school(db: &Db, folder: &Path, bills: Bills<'_>, use_credit: bool) -> School {
    let keys = KeyRing::make(&folder.join("ansinh.keys")).unwrap();
    let id = open_book(db, "TH").await;
    let mut tx = locked(db, id).await;
    let new = NewBankAccount {
        code: "TH-AGRI".into(),
        bin: "970405".into(),
        bank_name: "Agribank".into(),
        account_number: NUMBER.into(),
        holder_name: "TRUONG TH".into(),
        opening: Dong::ZERO,
        opened_on: Day::parse("2026-05-29").unwrap(),
        unsigned_allowed: true,
    };
    let bank = bank_account::open(&mut tx, &keys, &ctx("setup"), id, &new)
        .await
        .unwrap();
    tx.execute(
        "insert into biller(book_id, kind, province, ownership, tax_code, address, bank_account_id, agency_order, settings) \
         values ($1, 'school', '37', 'public', '0700123456', 'Xã A', $2, 'first', '{}')",
        args![id, bank.id],
    )
    .await
    .unwrap();
    for (staff, role) in [("ketoan", "accountant"), ("truong", "chief_accountant")] {
        tx.execute(
            "insert into staff(code, name) values ($1, $1)",
            args![staff],
        )
        .await
        .unwrap();
        tx.execute(
            "insert into staff_role(staff, book_id, role) values ($1, $2, $3)",
            args![staff, id, role],
        )
        .await
        .unwrap();
    }
    let mut codes = Vec::new();
    let mut debtors: Vec<i64> = Vec::new();
    let most = bills.iter().map(|b| b.0).max().unwrap_or(0);
    for n in 0..=most {
        let debtor = tx.reserve_ids(id, 1).unwrap();
        let credit = account(&mut tx, id, &format!("credit/{debtor}")).await;
        tx.execute(
            "insert into debtor(book_id, id, kind, code, full_name, birth, virtual_account, credit_id, use_credit, state, created_at) \
             values ($1, $2, 'pupil', $3, $3, '2015', $4, $5, $6, 'active', 0)",
            args![id, debtor, format!("HS{n}"), format!("VA{n}"), credit, use_credit],
        )
        .await
        .unwrap();
        debtors.push(debtor);
    }
    for (n, (debtor, own, agency)) in (1i64..).zip(bills) {
        codes.push(bill(&mut tx, id, bank.id, n, debtors[*debtor], *own, *agency).await);
    }
    tx.commit().await.unwrap();
    let book = Book {
        id,
        code: "TH".into(),
        name: "TH".into(),
        kind: "school".into(),
    };
    School {
        book,
        bank,
        keys,
        codes,
        folder: folder.to_owned(),
    }
}

async fn account(tx: &mut Tx, book: i64, name: &str) -> i64 {
    ledger::open_account(tx, book, &info("setup"), name)
        .await
        .unwrap()
}

async fn bill(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    n: i64,
    debtor: i64,
    own: i64,
    agency: i64,
) -> String {
    let id = tx.reserve_ids(book, 1).unwrap();
    let code = PayCode::new(u32::try_from(book).unwrap(), u32::try_from(n).unwrap()).unwrap();
    tx.execute(
        "insert into bill(book_id, id, run_id, kind, number, debtor_id, period, part, parts, state, pay_code, bank_account_id, \
         total, paid, due_on, snapshot, issued_at) values ($1, $2, 0, 'bill', $3, $4, 202606, 1, 1, 'issued', $5, $6, $7, 0, $8, '{}', 0)",
        args![book, id, n.to_string(), debtor, code.to_string(), bank, own + agency, 20_260_600 + n],
    )
    .await
    .unwrap();
    let lines = [
        ("service", own, "income/service", None),
        ("agency", agency, "uncollected/bhxh", Some("onward/bhxh")),
    ];
    for ((kind, amount, against, onward), no) in lines.into_iter().zip(1i64..) {
        let line = tx.reserve_ids(book, 1).unwrap();
        let receivable = account(tx, book, &format!("receivable/{debtor}/{kind}")).await;
        let against = account(tx, book, against).await;
        let onward = match onward {
            Some(name) => Some(account(tx, book, name).await),
            None => None,
        };
        tx.execute(
            "insert into bill_line(book_id, id, bill_id, no, debtor_id, fee_id, kind, name, quantity, price, gross, reduction, amount, \
             paid, receivable_id, against_id, onward_id, price_id, why) \
             values ($1, $2, $3, $4, $5, 1, $6, $6, 1, $7, $7, 0, $7, 0, $8, $9, $10, 1, '')",
            args![book, line, id, no, debtor, kind, amount, receivable, against, onward],
        )
        .await
        .unwrap();
        if amount > 0 {
            let billed = ledger::NewTransfer::new(
                ledger::client_id(line, ledger::Code::Billed),
                receivable,
                against,
                Dong::new(amount).unwrap(),
                ledger::Code::Billed,
                id,
            );
            ledger::post_all(
                tx,
                book,
                &ledger::PostingInfo::new("billed", &ctx("setup"), now().day(), id),
                &[billed],
            )
            .await
            .unwrap();
        }
    }
    code.to_string()
}
