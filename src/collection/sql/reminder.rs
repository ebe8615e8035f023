//! Statements on `reminder`.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Tx, number_list};
use ansinh_settlement::Day;
use std::collections::HashMap;

/// A bill as a reminder needs it.
#[derive(Clone, Debug)]
pub struct OwedBill {
    pub bill_id: i64,
    pub number: String,
    pub pay_code: String,
    pub due_on: Day,
    /// đồng still owed; 0 where nothing is asked any more.
    pub open: i64,
    pub debtor_id: i64,
    pub debtor_name: String,
    pub class: String,
    /// The latest step that was written.
    pub last_step: Option<i64>,
}

const FROM: &str = "from bill b join debtor d on d.book_id = b.book_id and d.id = b.debtor_id \
     left join class k on k.book_id = b.book_id and k.id = b.class_id";

/// Bills that are owed and due up to a day. Invitations are never owed.
pub async fn owed(tx: &mut Tx, book: i64, until: Day) -> Result<Vec<OwedBill>, Fault> {
    let sql = format!(
        "select b.id, b.number, b.pay_code, b.due_on, b.total - b.paid, d.id, d.full_name, coalesce(k.code, ''), m.step {FROM} \
         left join (select bill_id, max(step) as step from reminder where book_id = $1 group by bill_id) m on m.bill_id = b.id \
         where b.book_id = $1 and b.state in ('issued', 'partly_paid') and b.kind <> 'invitation' and b.total > b.paid \
         and b.due_on <= $2 order by b.id"
    );
    let rows = tx.all(&sql, args![book, until]).await?;
    rows.iter()
        .map(|r| {
            Ok(OwedBill {
                bill_id: r.int(0)?,
                number: r.text(1)?,
                pay_code: r.text(2)?,
                due_on: r.day(3)?,
                open: r.int(4)?,
                debtor_id: r.int(5)?,
                debtor_name: r.text(6)?,
                class: r.text(7)?,
                last_step: r.opt_int(8)?,
            })
        })
        .collect()
}

/// Bills with a message that waits, and its step; `open` is 0 where the bill is paid,
/// cancelled or written off.
pub async fn waiting(tx: &mut Tx, book: i64) -> Result<Vec<OwedBill>, Fault> {
    let sql = format!(
        "select b.id, b.number, b.pay_code, b.due_on, \
         case when b.state in ('issued', 'partly_paid') and b.kind <> 'invitation' then b.total - b.paid else 0 end, \
         d.id, d.full_name, coalesce(k.code, ''), r.step {FROM} \
         join reminder r on r.book_id = b.book_id and r.bill_id = b.id \
         where b.book_id = $1 and r.sent_at is null and r.stopped_at is null order by b.id, r.step"
    );
    let rows = tx.all(&sql, args![book]).await?;
    rows.iter()
        .map(|r| {
            Ok(OwedBill {
                bill_id: r.int(0)?,
                number: r.text(1)?,
                pay_code: r.text(2)?,
                due_on: r.day(3)?,
                open: r.int(4)?,
                debtor_id: r.int(5)?,
                debtor_name: r.text(6)?,
                class: r.text(7)?,
                last_step: r.opt_int(8)?,
            })
        })
        .collect()
}

/// A message: bill, step, đồng, text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub bill_id: i64,
    pub step: i64,
    pub amount: i64,
    pub text: String,
}

pub async fn insert(
    tx: &mut Tx,
    book: i64,
    rows: &[Message],
    at: i64,
    by: &str,
) -> Result<(), Fault> {
    let n = rows.len();
    tx.insert_rows(
        "reminder(book_id, bill_id, step, amount, text, made_at, made_by)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(rows.iter().map(|m| m.bill_id).collect()),
            Column::Ints(rows.iter().map(|m| m.step).collect()),
            Column::Ints(rows.iter().map(|m| m.amount).collect()),
            Column::Texts(rows.iter().map(|m| m.text.clone()).collect()),
            Column::Ints(vec![at; n]),
            Column::Texts(vec![by.to_owned(); n]),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// A message that waited is sent, as it is now.
pub async fn set_sent(
    tx: &mut Tx,
    book: i64,
    m: &Message,
    sent_as: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update reminder set amount = $4, text = $5, sent_at = $6, sent_as = $7 \
         where book_id = $1 and bill_id = $2 and step = $3 and sent_at is null and stopped_at is null",
        args![book, m.bill_id, m.step, m.amount, m.text.as_str(), at, sent_as],
    )
    .await?;
    Ok(())
}

pub async fn set_stopped(
    tx: &mut Tx,
    book: i64,
    bill: i64,
    step: i64,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update reminder set stopped_at = $4 where book_id = $1 and bill_id = $2 and step = $3 \
         and sent_at is null and stopped_at is null",
        args![book, bill, step, at],
    )
    .await?;
    Ok(())
}

/// True when a file of this digest holds messages that are sent.
pub async fn is_sent_as(tx: &mut Tx, book: i64, digest: &str) -> Result<bool, Fault> {
    let sql = "select 1 from reminder where book_id = $1 and sent_as = $2 limit 1";
    Ok(tx.find(sql, args![book, digest]).await?.is_some())
}

/// A payer's name and sealed phone.
pub type Reached = (String, Option<Vec<u8>>);

/// Payers of debtors, by debtor.
pub async fn payers(
    tx: &mut Tx,
    book: i64,
    debtors: &[i64],
) -> Result<HashMap<i64, Vec<Reached>>, Fault> {
    let mut out: HashMap<i64, Vec<Reached>> = HashMap::new();
    for chunk in debtors.chunks(500) {
        let sql = format!(
            "select p.debtor_id, y.full_name, y.phone_sealed from debtor_payer p \
             join payer y on y.book_id = p.book_id and y.id = p.payer_id \
             where p.book_id = $1 and p.debtor_id in ({}) order by p.debtor_id, y.id",
            number_list(chunk)
        );
        for row in tx.all(&sql, args![book]).await? {
            let of = out.entry(row.int(0)?).or_default();
            of.push((row.text(1)?, row.opt_bytes(2)?));
        }
    }
    Ok(out)
}

/// A message of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub bill: String,
    pub step: i64,
    pub amount: i64,
    pub text: String,
    /// UTC microseconds.
    pub made_at: i64,
    pub sent_at: Option<i64>,
    pub sent_as: Option<String>,
    pub stopped_at: Option<i64>,
}

/// Messages of a book, newest last.
pub async fn list(tx: &mut Tx, book: i64, limit: i64) -> Result<Vec<Listed>, Fault> {
    let rows = tx
        .all(
            "select b.number, r.step, r.amount, r.text, r.made_at, r.sent_at, r.sent_as, r.stopped_at from reminder r \
             join bill b on b.book_id = r.book_id and b.id = r.bill_id where r.book_id = $1 \
             order by r.made_at desc, r.bill_id desc, r.step desc limit $2",
            args![book, limit],
        )
        .await?;
    rows.iter()
        .rev()
        .map(|r| {
            Ok(Listed {
                bill: r.text(0)?,
                step: r.int(1)?,
                amount: r.int(2)?,
                text: r.text(3)?,
                made_at: r.int(4)?,
                sent_at: r.opt_int(5)?,
                sent_as: r.opt_text(6)?,
                stopped_at: r.opt_int(7)?,
            })
        })
        .collect()
}
