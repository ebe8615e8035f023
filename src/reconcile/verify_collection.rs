//! Money that came in for bills against the ledger and the statements: each payment split
//! whole, confirmed by its line, on its bills once; each debtor's credit as the books have it.

use super::sql::verify_collection as texts;
use super::verify::{Found, wrong};
use crate::args;
use crate::collection::receipt;
use crate::collection::sql::receipt as receipt_sql;
use crate::ledger::Code;
use crate::store::Tx;
use ansinh_settlement::PayCode;

/// How many payments were compared.
pub(super) async fn check(tx: &mut Tx, book: i64) -> Found<i64> {
    for (text, thing, what) in [
        (
            texts::SPLIT,
            "collection",
            "its parts do not come to its amount",
        ),
        (
            texts::CONFIRMED,
            "collection",
            "the statement does not confirm it as it stands",
        ),
        (
            texts::LINE_LOST,
            "statement id",
            "a line was taken as a payment, and no payment names it",
        ),
        (
            texts::LINE_PAID,
            "bill",
            "a line says other than the payments what was paid",
        ),
        (
            texts::BILL_PAID,
            "bill",
            "what it says was paid, its lines and its state differ",
        ),
        (
            texts::CREDIT,
            "debtor",
            "the credit is not what payments left",
        ),
        (
            texts::REFUND_STRAY,
            "collection",
            "a part of it is refunded, and no refund names it",
        ),
    ] {
        if let Some(row) = tx.find(text, args![book]).await? {
            return wrong(format!("{thing} {}", row.int(0)?), what);
        }
    }
    if let Err(wrong) = bills(tx, book).await? {
        return Ok(Err(wrong));
    }
    let [refunded, remitted, sent_back] =
        [Code::Refunded, Code::Remitted, Code::SentBack].map(Code::number);
    let codes = args![book, refunded, remitted, sent_back];
    if let Some(row) = tx.find(texts::PAYOUT, codes).await? {
        return wrong(
            format!("payout {}", row.int(0)?),
            "its money or its parts are not those that it says",
        );
    }
    if let Err(wrong) = receipts(tx, book).await? {
        return Ok(Err(wrong));
    }
    Ok(Ok(tx.one(texts::COLLECTIONS, args![book]).await?.int(0)?))
}

/// Bills against what the ledger posted for them; payment codes run from 1 without a gap in
/// the order in which bills were made, so two that are swapped are found.
async fn bills(tx: &mut Tx, book: i64) -> Found<()> {
    let (billed, cancelled) = (Code::Billed.number(), Code::BillCancelled.number());
    for (text, code, what) in [
        (
            texts::BILL_POSTED,
            Some(billed),
            "a line is not what the ledger posted for it",
        ),
        (
            texts::BILL_CANCELLED,
            Some(cancelled),
            "the ledger does not say whether it is cancelled",
        ),
        (
            texts::BILL_LOST,
            Some(billed),
            "the ledger has it, and it is not there",
        ),
        (
            texts::BILL_OWNER,
            None,
            "its debtor, its lines and its total differ",
        ),
    ] {
        let mut given = args![book];
        given.extend(code.map(crate::store::Value::from));
        if let Some(row) = tx.find(text, given).await? {
            return wrong(format!("bill {}", row.int(0)?), what);
        }
    }
    let mut number = 0u32;
    let mut bad = None;
    tx.for_each(texts::BILL_CODES, args![book], |r| {
        number = number.saturating_add(1);
        let code = PayCode::parse(&r.text(1)?);
        let right = code.is_ok_and(|c| i64::from(c.book()) == book && c.number() == number);
        if !right && bad.is_none() {
            bad = Some(r.int(0)?);
        }
        Ok(())
    })
    .await?;
    match bad {
        Some(id) => wrong(
            format!("bill {id}"),
            "its payment code is not the one that it was made with",
        ),
        None => Ok(Ok(())),
    }
}

/// Receipts: numbers without a gap, amounts as the live parts, undone money cancelled, every
/// row as it was written.
async fn receipts(tx: &mut Tx, book: i64) -> Found<()> {
    for (text, what) in [
        (texts::RECEIPT_GAP, "the numbers have a gap"),
        (texts::RECEIPT_STRAY, "the numbers have a gap"),
    ] {
        if let Some(row) = tx.find(text, args![book]).await? {
            return wrong(format!("receipts {}/{}", row.text(0)?, row.int(1)?), what);
        }
    }
    if let Some(row) = tx.find(texts::RECEIPT_MISSING, args![book]).await? {
        return wrong(
            format!("collection {}", row.int(0)?),
            "its receipts do not say what it paid",
        );
    }
    for (text, what) in [
        (texts::RECEIPT_SUM, "its amount is not what was paid"),
        (texts::RECEIPT_OTHERS, "it says another payment"),
        (texts::RECEIPT_CANCELS, "it cancels no such receipt"),
    ] {
        if let Some(row) = tx.find(text, args![book]).await? {
            let name = receipt::name(&row.text(0)?, row.int(1)?, row.int(2)?);
            return wrong(format!("receipt {name}"), what);
        }
    }
    let mut bad: Option<String> = None;
    receipt_sql::each(tx, book, |r| {
        let lines = || -> Option<i64> {
            let body = r.body().ok()?;
            Some(body.lines.iter().map(|l| l.amount).sum())
        };
        if bad.is_none() && (r.digest != r.digest_now() || lines() != Some(r.amount)) {
            bad = Some(r.name());
        }
        Ok(())
    })
    .await?;
    match bad {
        Some(name) => wrong(format!("receipt {name}"), "the row was changed"),
        None => Ok(Ok(())),
    }
}
