//! Receipts: the numbered papers that say what money came for what.
//!
//! | what | what happens, in the Tx of the money |
//! |---|---|
//! | a payment (or credit that a payment left) goes on bill lines | a receipt for each payment, debtor and kind of paper |
//! | a part on a receipt is undone (never came, taken back) | the receipt is cancelled by a numbered cancellation |
//! | a part of a cancelled receipt is still on its bill | it gets a new receipt |
//! | money in suspense or in credit | none: what it is for is not known yet |
//! | credit that no payment brought (absences) | none: the payment of then has its receipt |
//!
//! Invariants (`ledger verify` proves them): numbers of a kind and symbol run from 1 in each
//! calendar year without a gap; a receipt that is not cancelled is the sum of the live parts
//! that stand on it; every live part on a bill stands on one such receipt; a number is never
//! used twice. [`settle`] is the only place that makes either: it looks at what has changed,
//! so calling it again changes nothing. The book's head must be locked; that orders the
//! numbers, and a rollback gives them back.

use super::price::FeeKind;
use super::receipt_kind::{self, CANCELLATION, NUMBER_MAX, PaperKind, Settings};
use super::sql::cash;
use super::sql::receipt::{self as sql, Part, ReceiptRow};
use crate::clock::Instant;
use crate::error::{Failure, Fault, Reject};
use crate::ledger;
use crate::store::{Ctx, Tx};
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What is printed on a paper, as it was when it was made: later changes of names change none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub title: String,
    pub issuer: String,
    pub tax_code: String,
    pub address: String,
    pub debtor_code: String,
    pub debtor_name: String,
    /// Code of the class; empty without.
    pub class: String,
    /// The debtor's only payer; empty where there is none, or several.
    pub payer: String,
    /// Day of the payment, `2026-06-05`.
    pub paid_on: String,
    /// The bank's reference of the payment; empty where it gave none.
    pub bank_ref: String,
    pub lines: Vec<BodyLine>,
    /// Name of the receipt that this cancels; empty on a receipt.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cancels: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Who proposed the cancellation, where people did it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub proposed_by: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyLine {
    pub bill: String,
    /// Month, `202609`.
    pub period: i64,
    /// `tuition`, `service`, `agency`, `voluntary`.
    pub kind: String,
    pub name: String,
    /// Whom thu hộ is passed on to; empty otherwise.
    pub third_party: String,
    pub amount: i64,
}

impl ReceiptRow {
    pub fn body(&self) -> Result<Body, Fault> {
        serde_json::from_str(&self.body)
            .map_err(|e| Fault::Corrupt(format!("receipt {}: {e}", self.id)))
    }

    /// What people call it: `BL/2026/0000012`.
    pub fn name(&self) -> String {
        name(&self.symbol, self.year, self.number)
    }

    pub fn day(&self) -> Day {
        Instant(self.issued_at).day()
    }

    /// Digest of everything that stands in the row.
    pub fn digest_now(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for n in [
            self.id,
            self.year,
            self.number,
            self.cancels_id.unwrap_or(0),
            self.collection_id.unwrap_or(0),
            self.debtor_id,
            self.amount,
            self.issued_at,
        ] {
            hash.update(n.to_le_bytes());
        }
        for text in [&self.kind, &self.symbol, &self.issued_by, &self.body] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hash.finalize().to_vec()
    }
}

/// The name under which a paper is found.
pub fn name(symbol: &str, year: i64, number: i64) -> String {
    format!("{symbol}/{year}/{number:07}")
}

/// Symbol, year and number of a name.
pub fn parse_name(text: &str) -> Option<(String, i64, i64)> {
    let parts: Vec<&str> = text.trim().split('/').collect();
    let [symbol, year, number] = parts.as_slice() else {
        return None;
    };
    let digits = |t: &str, most: usize| {
        let fits = !t.is_empty() && t.len() <= most && t.bytes().all(|c| c.is_ascii_digit());
        fits.then(|| t.parse::<i64>().ok()).flatten()
    };
    Some((symbol.to_uppercase(), digits(year, 4)?, digits(number, 8)?))
}

/// A paper or an unknown name.
pub async fn find(tx: &mut Tx, book: i64, text: &str) -> Result<ReceiptRow, Failure> {
    let missing = || Reject::NotFound {
        what: "receipt".into(),
        id: text.to_owned(),
    };
    let (symbol, year, number) = parse_name(text).ok_or_else(missing)?;
    Ok(sql::by_number(tx, book, &symbol, year, number)
        .await?
        .ok_or_else(missing)?)
}

/// The issuer's words and its kinds of paper.
struct Issuer {
    body: Body,
    kinds: Vec<PaperKind>,
}

async fn issuer(tx: &mut Tx, book: i64) -> Result<Issuer, Failure> {
    let corrupt = || Fault::Corrupt(format!("book {book} is no biller"));
    let biller = cash::find_biller(tx, book).await?.ok_or_else(corrupt)?;
    let books = ledger::all_books(tx).await?;
    let of = books.into_iter().find(|b| b.id == book);
    Ok(Issuer {
        body: Body {
            issuer: of.ok_or_else(corrupt)?.name,
            tax_code: biller.tax_code,
            address: biller.address,
            ..Body::default()
        },
        kinds: Settings::parse(&biller.settings)?.kinds(),
    })
}

/// A receipt that is to be made: one payment, one debtor, one kind of paper.
#[derive(Debug, PartialEq, Eq)]
struct Draft {
    kind: usize,
    collection_id: i64,
    debtor_id: i64,
    /// Places of its parts.
    parts: Vec<usize>,
}

/// Puts parts together on papers, in the order of the payments. Pure.
fn group(parts: &[Part], kinds: &[PaperKind]) -> Result<Vec<Draft>, Fault> {
    let place = |name: &str| kinds.iter().position(|k| k.kind == name);
    let mut out: Vec<Draft> = Vec::new();
    let mut open: BTreeMap<(i64, i64, usize), usize> = BTreeMap::new();
    for (n, part) in parts.iter().enumerate() {
        let usual = FeeKind::parse(&part.line_kind).map(receipt_kind::default_for);
        let kind = place(&part.receipt_kind)
            .filter(|_| part.receipt_kind != CANCELLATION)
            .or_else(|| usual.and_then(place))
            .ok_or_else(|| Fault::Corrupt(format!("fee kind {}", part.line_kind)))?;
        let key = (part.collection_id, part.debtor_id, kind);
        let at = *open.entry(key).or_insert_with(|| {
            out.push(Draft {
                kind,
                collection_id: part.collection_id,
                debtor_id: part.debtor_id,
                parts: Vec::new(),
            });
            out.len() - 1
        });
        out[at].parts.push(n);
    }
    Ok(out)
}

/// Gives out numbers, and writes how far each series came.
#[derive(Default)]
struct Series {
    last: BTreeMap<(String, String, i64), i64>,
}

impl Series {
    async fn next(
        &mut self,
        tx: &mut Tx,
        book: i64,
        kind: &PaperKind,
        year: i64,
    ) -> Result<i64, Failure> {
        let key = (kind.kind.clone(), kind.symbol.clone(), year);
        let last = match self.last.get(&key) {
            Some(last) => *last,
            None => sql::last_number(tx, book, &kind.kind, &kind.symbol, year).await?,
        };
        if last >= NUMBER_MAX {
            return Err(Reject::SumTooLarge {
                account: format!("receipt numbers {} of {year}", kind.symbol),
            }
            .into());
        }
        self.last.insert(key, last + 1);
        Ok(last + 1)
    }

    async fn record(&self, tx: &mut Tx, book: i64) -> Result<(), Fault> {
        for ((kind, symbol, year), last) in &self.last {
            sql::put_last_number(tx, book, kind, symbol, *year, *last).await?;
        }
        Ok(())
    }
}

/// What [`settle`] made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    pub receipts: Vec<i64>,
    pub cancelled: Vec<i64>,
}

/// Cancels the receipts of what was undone, and gives receipts for what has none.
pub async fn settle(tx: &mut Tx, ctx: &Ctx, book: i64) -> Result<Settled, Failure> {
    let mut out = Settled::default();
    let broken = sql::with_undone_parts(tx, book).await?;
    for (receipt, why) in &broken {
        let row = sql::by_ids(tx, book, &[*receipt]).await?;
        let row = row
            .first()
            .ok_or_else(|| Fault::Corrupt(format!("receipt {receipt} is not there")))?;
        cancel(tx, ctx, book, row, why, "").await?;
        out.cancelled.push(*receipt);
    }
    let parts = sql::parts_without(tx, book).await?;
    if parts.is_empty() {
        return Ok(out);
    }
    let issuer = issuer(tx, book).await?;
    let drafts = group(&parts, &issuer.kinds)?;
    let mut debtors: Vec<i64> = drafts.iter().map(|d| d.debtor_id).collect();
    debtors.sort_unstable();
    debtors.dedup();
    let payers = sql::only_payers(tx, book, &debtors).await?;
    let year = i64::from(ctx.now.day().year());
    let first = tx.reserve_ids(book, i64::try_from(drafts.len()).unwrap_or(i64::MAX))?;
    let mut series = Series::default();
    let mut rows = Vec::with_capacity(drafts.len());
    let mut pairs = Vec::with_capacity(parts.len());
    for (draft, id) in drafts.iter().zip(first..) {
        let kind = &issuer.kinds[draft.kind];
        let mine: Vec<&Part> = draft.parts.iter().map(|n| &parts[*n]).collect();
        let payer = payers.get(&draft.debtor_id).cloned().unwrap_or_default();
        let body = body(&issuer, kind, &mine, payer)?;
        let number = series.next(tx, book, kind, year).await?;
        let mut row = ReceiptRow {
            id,
            kind: kind.kind.clone(),
            symbol: kind.symbol.clone(),
            year,
            number,
            cancels_id: None,
            collection_id: Some(draft.collection_id),
            debtor_id: draft.debtor_id,
            amount: mine.iter().map(|p| p.amount).sum(),
            body: text(&body)?,
            digest: Vec::new(),
            issued_at: ctx.now.0,
            issued_by: ctx.actor.clone(),
            cancelled_by: None,
        };
        row.digest = row.digest_now();
        rows.push(row);
        pairs.extend(mine.iter().map(|p| (p.allocation_id, id)));
        out.receipts.push(id);
    }
    sql::insert(tx, book, &rows).await?;
    sql::put_on(tx, book, &pairs).await?;
    series.record(tx, book).await?;
    Ok(out)
}

fn text(body: &Body) -> Result<String, Fault> {
    serde_json::to_string(body).map_err(|e| Fault::Corrupt(e.to_string()))
}

fn body(issuer: &Issuer, kind: &PaperKind, parts: &[&Part], payer: String) -> Result<Body, Fault> {
    let first = parts
        .first()
        .ok_or_else(|| Fault::Corrupt("a receipt for nothing".into()))?;
    let mut lines: Vec<BodyLine> = Vec::new();
    for p in parts {
        let line = BodyLine {
            bill: p.bill_number.clone(),
            period: p.period,
            kind: p.line_kind.clone(),
            name: p.line_name.clone(),
            third_party: p.third_party.clone(),
            amount: p.amount,
        };
        // Credit and payment on one line of a bill are one line of the paper.
        let same = |l: &&mut BodyLine| (&l.bill, &l.name) == (&line.bill, &line.name);
        match lines.iter_mut().find(same) {
            Some(l) => l.amount += line.amount,
            None => lines.push(line),
        }
    }
    let paid_on = Day::from_number(first.paid_on)
        .map_err(|_| Fault::Corrupt(format!("day {}", first.paid_on)))?;
    Ok(Body {
        title: kind.title.clone(),
        debtor_code: first.debtor_code.clone(),
        debtor_name: first.debtor_name.clone(),
        class: first.class.clone(),
        payer,
        paid_on: paid_on.to_string(),
        bank_ref: first.bank_ref.clone(),
        lines,
        ..issuer.body.clone()
    })
}

/// Cancels a receipt by a numbered cancellation and takes its parts off it; the new row.
/// `proposed_by` is empty where no person did it.
pub async fn cancel(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    receipt: &ReceiptRow,
    why: &str,
    proposed_by: &str,
) -> Result<ReceiptRow, Failure> {
    if receipt.cancels_id.is_some() || receipt.cancelled_by.is_some() {
        return Err(Reject::StateWrong {
            what: "receipt".into(),
            id: receipt.name(),
            state: match receipt.cancels_id {
                Some(_) => "cancellation".into(),
                None => "cancelled".into(),
            },
            needed: "live".into(),
        }
        .into());
    }
    let issuer = issuer(tx, book).await?;
    let kind = issuer
        .kinds
        .iter()
        .find(|k| k.kind == CANCELLATION)
        .ok_or_else(|| Fault::Corrupt("no paper for a cancellation".into()))?;
    let year = i64::from(ctx.now.day().year());
    let mut series = Series::default();
    let number = series.next(tx, book, kind, year).await?;
    let body = Body {
        title: kind.title.clone(),
        cancels: receipt.name(),
        why: why.to_owned(),
        proposed_by: proposed_by.to_owned(),
        ..receipt.body()?
    };
    let mut row = ReceiptRow {
        id: tx.reserve_ids(book, 1)?,
        kind: kind.kind.clone(),
        symbol: kind.symbol.clone(),
        year,
        number,
        cancels_id: Some(receipt.id),
        collection_id: receipt.collection_id,
        debtor_id: receipt.debtor_id,
        amount: receipt.amount,
        body: text(&body)?,
        digest: Vec::new(),
        issued_at: ctx.now.0,
        issued_by: ctx.actor.clone(),
        cancelled_by: None,
    };
    row.digest = row.digest_now();
    sql::insert(tx, book, std::slice::from_ref(&row)).await?;
    sql::take_off(tx, book, &[receipt.id]).await?;
    series.record(tx, book).await?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(collection_id: i64, debtor_id: i64, line_kind: &str, receipt_kind: &str) -> Part {
        Part {
            allocation_id: 1,
            collection_id,
            debtor_id,
            amount: 5,
            line_kind: line_kind.into(),
            line_name: line_kind.into(),
            receipt_kind: receipt_kind.into(),
            third_party: String::new(),
            bill_number: "1".into(),
            period: 202_609,
            class: String::new(),
            debtor_code: "HS1".into(),
            debtor_name: "HS1".into(),
            paid_on: 20_260_901,
            bank_ref: String::new(),
        }
    }

    /// Catches income and thu hộ on one paper, two pupils on one receipt, a payment with two
    /// receipts of a kind, and money on the paper of cancellations.
    #[test]
    fn a_receipt_is_of_one_payment_debtor_and_kind() {
        let kinds = Settings::default().kinds();
        let parts = [
            part(1, 7, "service", "phieu_thu"),
            part(1, 7, "agency", "thu_ho"),
            part(1, 7, "service", "phieu_thu"),
            part(1, 8, "service", "phieu_thu"),
            part(2, 7, "service", ""),
            part(2, 7, "tuition", "huy"),
            part(2, 7, "tuition", "gone"),
        ];
        let drafts = group(&parts, &kinds).unwrap();
        let made: Vec<(&str, i64, i64, Vec<usize>)> = drafts
            .iter()
            .map(|d| {
                let kind = kinds[d.kind].kind.as_str();
                (kind, d.collection_id, d.debtor_id, d.parts.clone())
            })
            .collect();
        assert_eq!(
            made,
            [
                ("phieu_thu", 1, 7, vec![0, 2]),
                ("thu_ho", 1, 7, vec![1]),
                ("phieu_thu", 1, 8, vec![3]),
                ("phieu_thu", 2, 7, vec![4]),
                ("bien_lai", 2, 7, vec![5, 6]),
            ]
        );
        assert!(group(&[part(1, 1, "?", "")], &kinds).is_err());
    }

    /// Catches a name that is read as another, or read though it is none.
    #[test]
    fn names_are_read_as_they_are_written() {
        assert_eq!(
            parse_name(&name("BL", 2026, 12)),
            Some(("BL".into(), 2026, 12))
        );
        assert_eq!(parse_name("bl/2026/0000012"), Some(("BL".into(), 2026, 12)));
        for bad in [
            "BL/2026",
            "BL/2026/-1",
            "BL/26x/1",
            "BL/2026/1/2",
            "BL//1",
            "BL/2026/999999999",
        ] {
            assert_eq!(parse_name(bad), None, "{bad}");
        }
    }
}
