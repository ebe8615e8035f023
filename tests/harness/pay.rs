//! A small command on money, for tests of the command runner, and what it may change.

use super::{ctx, open_accounts, open_book};
use ansinh::args;
use ansinh::error::{Failure, Reject};
use ansinh::ledger::{self, Code, NewTransfer, PostingInfo};
use ansinh::store::{Command, Ctx, Db, Tx, run};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Moves money between two accounts and reserves ids, as every command on money does.
#[derive(Clone)]
pub struct Pay {
    pub book: i64,
    pub client_id: i64,
    pub debit_id: i64,
    pub credit_id: i64,
    pub amount: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    pub seq: i64,
    pub first_id: i64,
}

pub const IDS: i64 = 3;

impl Command for Pay {
    const NAME: &'static str = "test.pay";
    type Reply = Paid;

    fn books(&self) -> Vec<i64> {
        vec![self.book]
    }

    fn input(&self) -> Value {
        json!({"client_id": self.client_id, "debit": self.debit_id, "credit": self.credit_id, "amount": self.amount})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<Paid, Failure> {
        let first_id = tx.reserve_ids(self.book, IDS)?;
        let amount = Dong::new(self.amount).map_err(|_| Reject::AmountInvalid {
            amount: self.amount,
        })?;
        let transfer = NewTransfer::new(
            self.client_id,
            self.debit_id,
            self.credit_id,
            amount,
            Code::Other,
            first_id,
        );
        let info = PostingInfo::new("test", ctx, ctx.now.day(), first_id);
        let posted = ledger::post_all(tx, self.book, &info, &[transfer]).await?;
        Ok(Paid {
            seq: posted[0].seq,
            first_id,
        })
    }
}

/// A book with 100 đồng in a guarded fund; the command that takes them all.
pub async fn funded(db: &Db, code: &str) -> Pay {
    let book = open_book(db, code).await;
    let ids = open_accounts(db, book, &["nostro/a", "fund/x", "beneficiary/1/x"]).await;
    let put = Pay {
        book,
        client_id: 1,
        debit_id: ids[0],
        credit_id: ids[1],
        amount: 100,
    };
    run(db, &ctx("bank"), &put).await.unwrap();
    Pay {
        book,
        client_id: 2,
        debit_id: ids[1],
        credit_id: ids[2],
        amount: 100,
    }
}

pub fn code<T: std::fmt::Debug>(result: Result<T, Failure>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(Failure::Reject(reject)) => reject.code(),
        Err(Failure::Fault(fault)) => panic!("fault: {fault}"),
    }
}

/// Everything that a command may change, as text.
pub async fn picture(db: &Db, book: i64) -> String {
    let mut tx = db.begin_read().await.unwrap();
    let head = "select next_id, transfer_seq, posting_no, chain, audit_seq, audit_chain from head where book_id = $1";
    let row = tx.one(head, args![book]).await.unwrap();
    let mut out = format!(
        "{} {} {} {:?} {} {:?}",
        row.int(0).unwrap(),
        row.int(1).unwrap(),
        row.int(2).unwrap(),
        row.bytes(3).unwrap(),
        row.int(4).unwrap(),
        row.bytes(5).unwrap()
    );
    for table in [
        "transfer", "posting", "account", "audit", "command", "outbox",
    ] {
        let sql = format!("select count(*) from {table} where book_id = $1");
        out += &format!(
            " {table} {}",
            tx.one(&sql, args![book]).await.unwrap().int(0).unwrap()
        );
    }
    let sums = "select cast(coalesce(sum(debits * 31 + credits * account_id), 0) as bigint) from balance where book_id = $1";
    out += &format!(
        " {}",
        tx.one(sums, args![book]).await.unwrap().int(0).unwrap()
    );
    tx.rollback().await.unwrap();
    out
}

pub async fn verify(db: &Db, book: i64) {
    let mut tx = db.begin_read().await.unwrap();
    ledger::verify::verify(&mut tx, book, |_| ())
        .await
        .unwrap()
        .unwrap();
    tx.rollback().await.unwrap();
}
