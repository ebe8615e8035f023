//! The tables around the ledger against the ledger: does each say the same of the same đồng?
//!
//! Checked in order, the first wrong place is named: statements against their lines, their
//! chain, and the transfers that moved the nostro; matches against lines and instructions;
//! batches against their lines, grants and sendings; entitlements against instructions; what
//! came back or settled late against the events of payments; budgets against their funds;
//! payments for bills against allocations and lines ([`super::verify_collection`]); breaks
//! against suspense, claim and clearing; the signed days ([`super::verify_days`]).
//! Everything is summed by the database or streamed: memory does not grow with the lines.
//! The ledger itself is proved by [`crate::ledger::verify`], which comes first.

use super::sql::{self, LineTotals, verify as texts};
use super::verify_days::verify_days;
use crate::args;
use crate::collection;
use crate::disbursement::{self, Batch, BatchState};
use crate::error::{Failure, Fault};
use crate::ledger::{self, Book, Code, verify::Wrong};
use crate::payment;
use crate::payment::sql::BankAccountRow;
use crate::store::Tx;
use crate::store::keys::KeyRing;
use serde::Serialize;
use std::collections::BTreeMap;

/// How much was compared.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Around {
    pub statements: i64,
    pub statement_lines: i64,
    pub matches: i64,
    pub batches: i64,
    pub instructions: i64,
    /// Payments that came in for bills.
    pub collections: i64,
    /// Closings and reopenings.
    pub signed_days: i64,
}

/// What a check found, inside what may fail.
pub(super) type Found<T> = Result<Result<T, Wrong>, Failure>;

pub(super) fn wrong<T>(place: impl Into<String>, what: impl Into<String>) -> Found<T> {
    Ok(Err(Wrong {
        place: place.into(),
        what: what.into(),
    }))
}

/// The value, or the caller's answer at once.
macro_rules! right {
    ($found:expr) => {
        match $found {
            Ok(value) => value,
            Err(wrong) => return Ok(Err(wrong)),
        }
    };
}

/// Verifies a book whose ledger was verified.
pub async fn verify(tx: &mut Tx, book: &Book, keys: &KeyRing) -> Found<Around> {
    let banks = payment::sql::bank_accounts(tx, book.id).await?;
    let mut around = Around::default();
    let mut sums = line_sums(tx, book.id).await?;
    for bank in &banks {
        let n = right!(check_statements(tx, bank, &mut sums, &mut around).await?);
        around.statements += n;
    }
    if let Some(id) = sums.keys().next() {
        return wrong(format!("statement id {id}"), "its lines stand without it");
    }
    around.matches = right!(check_matches(tx, book.id).await?);
    let open = right!(check_batches(tx, book.id, &banks, keys, &mut around).await?);
    right!(check_rows(tx, book.id).await?);
    right!(check_events(tx, book.id).await?);
    right!(check_budgets(tx, book.id).await?);
    around.collections = right!(super::verify_collection::check(tx, book.id).await?);
    right!(check_items(tx, book.id, &banks, &open).await?);
    around.signed_days = right!(verify_days(tx, book, keys).await?);
    Ok(Ok(around))
}

async fn line_sums(tx: &mut Tx, book: i64) -> Result<BTreeMap<i64, LineTotals>, Fault> {
    let mut sums = BTreeMap::new();
    tx.for_each(&texts::line_sums_by_statement(), args![book], |r| {
        let totals = LineTotals {
            lines: r.int(1)?,
            credits: r.int(2)?,
            debits: r.int(3)?,
        };
        sums.insert(r.int(0)?, totals);
        Ok(())
    })
    .await?;
    Ok(sums)
}

/// Each statement against its lines, the one before, and the nostro.
async fn check_statements(
    tx: &mut Tx,
    bank: &BankAccountRow,
    sums: &mut BTreeMap<i64, LineTotals>,
    around: &mut Around,
) -> Found<i64> {
    let mut moved: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    tx.for_each(
        texts::MOVED_BY_CAUSE,
        args![bank.book_id, bank.nostro_id],
        |r| {
            moved.insert(r.int(0)?, (r.int(1)?, r.int(2)?));
            Ok(())
        },
    )
    .await?;
    let nostro = format!("nostro/{}", bank.code);
    if moved.remove(&bank.id).unwrap_or_default() != (bank.opening, 0) {
        return wrong(nostro, "it was not opened with the balance of the set-up");
    }
    let (mut at, mut number, mut n) = (bank.opening, None, 0);
    for s in sql::all_statements(tx, bank.book_id, bank.id).await? {
        let place = format!("statement {} of {}", s.number, bank.code);
        let rows = sums.remove(&s.id).unwrap_or_default();
        let stored = LineTotals {
            lines: s.lines,
            credits: s.credits,
            debits: s.debits,
        };
        if rows != stored {
            return wrong(
                place,
                format!("it says {stored:?}, its lines come to {rows:?}"),
            );
        }
        if s.opening + s.credits - s.debits != s.closing {
            return wrong(place, "opening and movements do not come to its closing");
        }
        if s.opening != at || number.is_some_and(|before: i64| s.number != before + 1) {
            return wrong(place, "it does not follow the one before");
        }
        let (debits, credits) = moved.remove(&s.id).unwrap_or_default();
        if (debits, credits) != (s.credits, s.debits) {
            let what = format!(
                "it moved {debits} in and {credits} out of {nostro}, and says {} and {}",
                s.credits, s.debits
            );
            return wrong(place, what);
        }
        around.statement_lines += s.lines;
        (at, number) = (s.closing, Some(s.number));
        n += 1;
    }
    if let Some(cause) = moved.keys().next() {
        return wrong(
            nostro,
            format!("{cause} moved it, which is no statement of the account"),
        );
    }
    let balances = ledger::load_balances(tx, bank.book_id, &[bank.nostro_id]).await?;
    let balance = balances
        .get(&bank.nostro_id)
        .map_or(0, |a| a.debits - a.credits);
    if balance != at {
        return wrong(
            nostro,
            format!("balance {balance}, the last closing is {at}"),
        );
    }
    Ok(Ok(n))
}

async fn check_matches(tx: &mut Tx, book: i64) -> Found<i64> {
    for (text, what) in [
        (
            texts::wrong_match(),
            "its match is not what line and instruction say",
        ),
        (
            texts::LOST_MATCH.to_owned(),
            "it settled a payment, and no match says which",
        ),
    ] {
        if let Some(row) = tx.find(&text, args![book]).await? {
            let (id, line) = (row.int(0)?, row.int(1)?);
            let place = match sql::statement_number(tx, book, id).await? {
                Some(number) => format!("statement {number}, line {line}"),
                None => format!("statement id {id}, line {line}"),
            };
            return wrong(place, what);
        }
    }
    if let Some(row) = tx.find(texts::SETTLED_TWICE, args![book]).await? {
        return wrong(
            format!("instruction {}", row.int(0)?),
            "two lines settled it",
        );
    }
    Ok(Ok(tx.one(texts::MATCHES, args![book]).await?.int(0)?))
}

/// Each batch against its lines and what was posted for it; what is under way, by account.
async fn check_batches(
    tx: &mut Tx,
    book: i64,
    banks: &[BankAccountRow],
    keys: &KeyRing,
    around: &mut Around,
) -> Found<BTreeMap<i64, i64>> {
    let mut under_way: BTreeMap<i64, i64> = BTreeMap::new();
    for row in tx.all(texts::BATCHES, args![book]).await? {
        let id = row.int(0)?;
        let Some(batch) = disbursement::sql::find(tx, book, id).await? else {
            continue;
        };
        around.batches += 1;
        around.instructions += batch.count;
        let Some(bank) = banks.iter().find(|b| b.id == batch.bank_account_id) else {
            return wrong(place_of(&batch), "it pays from no account of the book");
        };
        right!(check_frozen(tx, keys, &batch).await?);
        right!(check_posted(tx, &batch, bank).await?);
        let open = right!(check_open(tx, &batch).await?);
        *under_way.entry(bank.id).or_default() += open;
    }
    Ok(Ok(under_way))
}

fn place_of(batch: &Batch) -> String {
    format!("batch {}", batch.id)
}

/// The lines are those of the batch, and what was signed.
async fn check_frozen(tx: &mut Tx, keys: &KeyRing, batch: &Batch) -> Found<()> {
    use BatchState as S;
    let bounds = args![batch.book_id, batch.first_id, batch.last_id(), batch.id];
    let row = tx.one(texts::LINES_OF, bounds).await?;
    if (row.int(0)?, row.int(1)?) != (batch.count, batch.total) {
        let what = format!(
            "its lines come to {} and {} dong, it says {} and {}",
            row.int(0)?,
            row.int(1)?,
            batch.count,
            batch.total
        );
        return wrong(place_of(batch), what);
    }
    if matches!(batch.state, S::Draft | S::Rejected) {
        return Ok(Ok(()));
    }
    let digest = disbursement::digest_now(tx, batch).await?;
    if batch.digest != Some(digest) {
        return wrong(place_of(batch), "a line differs from what was submitted");
    }
    if batch.state != S::Submitted
        && disbursement::approve::signers(tx, keys, batch, &digest)
            .await?
            .is_empty()
    {
        return wrong(place_of(batch), "nobody's signature is under these lines");
    }
    Ok(Ok(()))
}

/// The grants and sendings in the ledger are those of the lines, one each.
async fn check_posted(tx: &mut Tx, batch: &Batch, bank: &BankAccountRow) -> Found<()> {
    use BatchState as S;
    let sent = matches!(batch.state, S::Sent | S::Completed);
    let rejected = batch.state == S::Rejected;
    let (book, first, last) = (batch.book_id, batch.first_id, batch.last_id());
    let released = tx
        .one(texts::POSTED_FOR, args![book, "batch_released", batch.id])
        .await?;
    // A batch may be rejected after its release; then every grant was taken back.
    let granted = batch.follows_id.is_none()
        && (sent || batch.state == S::Released || (rejected && released.int(0)? > 0));
    let steps = [
        (
            granted,
            "batch_released",
            Code::Granted,
            texts::posted_lines("credit_id", "debit_id"),
            batch.fund_id,
        ),
        (
            sent,
            "batch_sent",
            Code::Sent,
            texts::posted_lines("debit_id", "credit_id"),
            bank.clearing_out_id,
        ),
    ];
    for (done, posting, code, text, other) in steps {
        let row = tx
            .one(texts::POSTED_FOR, args![book, posting, batch.id])
            .await?;
        let posted = (row.int(0)?, row.int(1)?);
        if !done {
            if posted != (0, 0) {
                let what = format!(
                    "it is {}, and {posting} stands in the ledger",
                    batch.state.name()
                );
                return wrong(place_of(batch), what);
            }
            continue;
        }
        let row = tx
            .one(&text, args![book, first, last, code.number(), other])
            .await?;
        if let Some(id) = row.opt_int(2)? {
            let what = format!("the ledger has not {} it as it stands", code.name());
            return wrong(format!("instruction {id}"), what);
        }
        if (row.int(0)?, row.int(1)?) != posted {
            let what = format!("{posting}: {posted:?} posted, its lines come to less or more");
            return wrong(place_of(batch), what);
        }
    }
    if granted {
        let codes = args![
            book,
            first,
            last,
            Code::Granted.number(),
            Code::WithdrawnGrant.number()
        ];
        let kept = if rejected {
            texts::GRANT_KEPT_WHOLE
        } else {
            texts::GRANT_KEPT
        };
        if let Some(row) = tx.find(kept, codes).await? {
            return wrong(
                format!("instruction {}", row.int(0)?),
                "it was withdrawn or rejected, and its grant was not taken back",
            );
        }
    }
    Ok(Ok(()))
}

/// đồng of a batch that are under way: what was sent and neither settled nor ended.
async fn check_open(tx: &mut Tx, batch: &Batch) -> Found<i64> {
    if !matches!(batch.state, BatchState::Sent | BatchState::Completed) {
        return Ok(Ok(0));
    }
    let bounds = args![batch.book_id, batch.first_id, batch.last_id()];
    let row = tx.one(texts::OPEN_LINES, bounds).await?;
    let (lines, total) = (row.int(0)?, row.int(1)?);
    let completed = batch.state == BatchState::Completed;
    if lines != batch.open_count || completed != (lines == 0) {
        let what = format!(
            "{lines} lines are under way, it is {} and says {}",
            batch.state.name(),
            batch.open_count
        );
        return wrong(place_of(batch), what);
    }
    Ok(Ok(total))
}

/// Rows that cannot be, whatever the sums say.
async fn check_rows(tx: &mut Tx, book: i64) -> Found<()> {
    for (text, thing, what) in [
        (
            texts::ENDED_WRONG,
            "instruction",
            "it ended and no event says why, or the other way round",
        ),
        (
            texts::ENTITLEMENT_WRONG,
            "entitlement",
            "its amount is not that of its payment",
        ),
        (
            texts::BREAK_WRONG,
            "break",
            "its amounts and state cannot be",
        ),
        (
            texts::MISSING_CLOSED,
            "break",
            "it is resolved, and its payment still waits for the bank",
        ),
    ] {
        if let Some(row) = tx.find(text, args![book]).await?
            && let Some(id) = row.opt_int(0)?
        {
            return wrong(format!("{thing} {id}"), what);
        }
    }
    Ok(Ok(()))
}

/// What the events of payments say came back is what the ledger gave back.
async fn check_events(tx: &mut Tx, book: i64) -> Found<()> {
    let codes = [Code::Returned, Code::Rejected, Code::Settled].map(Code::number);
    let bounds = args![book, codes[0], codes[1], codes[2]];
    let Some(row) = tx.find(texts::EVENTS_WRONG, bounds).await? else {
        return Ok(Ok(()));
    };
    let what = format!(
        "{} by its payments: {} dong, by the ledger: {}",
        row.text(1)?,
        row.int(2)?,
        row.int(3)?
    );
    wrong(format!("account id {}", row.int(0)?), what)
}

/// What the budgets say they received came in under their funds.
async fn check_budgets(tx: &mut Tx, book: i64) -> Found<()> {
    let codes = [Code::BudgetReceived, Code::Identified].map(Code::number);
    let bounds = args![book, codes[0], codes[1]];
    let Some(row) = tx.find(texts::BUDGET_WRONG, bounds).await? else {
        return Ok(Ok(()));
    };
    let what = format!(
        "its budgets received {} dong, {} came under their references and {} out of suspense",
        row.int(1)?,
        row.int(2)?,
        row.int(3)?
    );
    wrong(format!("budget of fund id {}", row.int(0)?), what)
}

/// suspense and claim = the open items; clearing_in = what was announced; clearing_out = what is under way, and the rests.
async fn check_items(
    tx: &mut Tx,
    book: i64,
    banks: &[BankAccountRow],
    under_way: &BTreeMap<i64, i64>,
) -> Found<()> {
    let mut due: BTreeMap<i64, i64> = sql::item_sums(tx, book).await?.into_iter().collect();
    let mut sides: BTreeMap<i64, (String, i64)> = BTreeMap::new();
    let mut in_advance = Vec::new();
    for bank in banks {
        sides.insert(bank.suspense_id, (format!("suspense/{}", bank.code), 1));
        sides.insert(
            bank.clearing_out_id,
            (format!("clearing_out/{}", bank.code), 1),
        );
        *due.entry(bank.clearing_out_id).or_default() +=
            under_way.get(&bank.id).copied().unwrap_or(0);
        sides.insert(
            bank.clearing_in_id,
            (format!("clearing_in/{}", bank.code), -1),
        );
        let announced = collection::sql::cash::announced_total(tx, book, bank.id).await?;
        in_advance.push((bank.clearing_in_id, announced));
    }
    for (id, name) in super::sql::claims(tx, book).await? {
        sides.insert(id, (name, -1));
    }
    // A break of what was announced names money that is counted as announced already.
    for (id, announced) in in_advance {
        due.insert(id, announced);
    }
    let ids: Vec<i64> = sides.keys().copied().collect();
    let balances = ledger::load_balances(tx, book, &ids).await?;
    for (id, (name, side)) in &sides {
        let balance = side * balances.get(id).map_or(0, |a| a.credits - a.debits);
        let listed = due.remove(id).unwrap_or(0);
        if balance != listed {
            let what = format!("balance {balance}, breaks and payments under way come to {listed}");
            return wrong(format!("account {name}"), what);
        }
    }
    match due.into_iter().find(|(_, amount)| *amount != 0) {
        Some((id, amount)) => wrong(
            format!("account id {id}"),
            format!("breaks of {amount} dong stand on it, where none may"),
        ),
        None => Ok(Ok(())),
    }
}
