//! Payments to a biller between notice and statement.
//!
//! | what | what happens |
//! |---|---|
//! | notices | booked by `collection`; what stands in suspense, a conflict, and what could not be booked, is listed as a break |
//! | credit line, announced before | nostro <- clearing_in; its `notice_unconfirmed` is resolved |
//! | credit line, not announced | booked as its notice would have been, and settled in the same group |
//! | debit line under the bank's reference of a payment | the payment is taken back |
//! | announced, and no line within the days of its source | break `notice_unconfirmed` |
//! | `break resolve --action not_received`, two people | the payment is undone |
//! | `suspense assign`, two people | suspense -> bill or credit |
//!
//! Only accounts at which a biller collects are looked at; credits of any other account, also
//! of the same book, are explained as ever.
//! A line and a notice are one payment when the amount is the same and the bank's reference
//! or the content is (codes in it, else all its letters), within 12 days.

use super::Outcomes;
use super::sql::{self, BreakRow, CreditLine};
use crate::collection::credit_back;
use crate::collection::credit_in::{self, Incoming, Source};
use crate::collection::notice::{self, NoticeReply, Taken, Told};
use crate::collection::sql::cash::{self, BillerCash, CollectionRow};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{Book, PostingInfo};
use crate::payment::{self, sql::BankAccountRow};
use crate::store::keys::KeyRing;
use crate::store::{Command, Ctx, INSTALLATION, Tx, audit};
use ansinh_settlement::{Day, Reference, find_codes};
use serde_json::{Value, json};

/// What the payer wrote: the note; where only the reference holds a payment code (some
/// banks put the content there), both.
fn content_of(line: &CreditLine) -> String {
    let has_code = |text: &str| !find_codes(text).codes.is_empty();
    if !has_code(&line.note) && has_code(&line.reference) {
        return format!("{} {}", line.reference, line.note);
    }
    line.note.clone()
}

/// Prefix letter of the references of payments that came in.
pub const PREFIX: u8 = b'C';

/// The reference of a payment that came in, under which its breaks stand.
pub fn reference(book: i64, id: i64) -> Result<String, Fault> {
    let corrupt = || Fault::Corrupt(format!("no reference for collection {book}/{id}"));
    let number = u32::try_from(book).map_err(|_| corrupt())?;
    let sequence = u64::try_from(id).map_err(|_| corrupt())?;
    Reference::new(PREFIX, number, sequence)
        .map(|r| r.to_string())
        .map_err(|_| corrupt())
}

/// The payment that a reference names.
fn collection_of(book: i64, reference: &str) -> Option<i64> {
    let reference = Reference::parse(reference).ok()?;
    (reference.prefix() == PREFIX && i64::from(reference.book()) == book)
        .then(|| i64::try_from(reference.sequence()).ok())
        .flatten()
}

/// Notices that came in together, of any books: all of them in one Tx.
pub struct TakeNotices {
    pub told: Vec<Told>,
    pub keys: KeyRing,
}

impl Command for TakeNotices {
    const NAME: &'static str = "notices.take";
    type Reply = Vec<NoticeReply>;

    fn books(&self) -> Vec<i64> {
        let mut books: Vec<i64> = self.told.iter().map(|t| t.book_id).collect();
        books.sort_unstable();
        books.dedup();
        if books.is_empty() {
            books.push(INSTALLATION);
        }
        books
    }

    fn input(&self) -> Value {
        let one = |t: &Told| json!([t.book_id, t.provider, t.provider_ref, t.amount]);
        json!(self.told.iter().map(one).collect::<Vec<_>>())
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<NoticeReply>, Failure> {
        let mut replies: Vec<Option<NoticeReply>> = vec![None; self.told.len()];
        let books = self.books();
        for (n, book) in books.iter().enumerate() {
            let mine: Vec<usize> = (0..self.told.len())
                .filter(|i| self.told[*i].book_id == *book)
                .collect();
            let told: Vec<Told> = mine.iter().map(|i| self.told[*i].clone()).collect();
            let biller = cash::find_biller(tx, *book).await?;
            let taken = notice::take(tx, ctx, &self.keys, biller.as_ref(), *book, &told).await?;
            list_breaks(tx, ctx, *book, &told, &taken).await?;
            if n + 1 < books.len() {
                // The runner writes the audit row of the last book.
                audit::record(tx, *book, ctx, Self::NAME, &json!({"notices": told.len()})).await?;
            }
            for (i, t) in mine.into_iter().zip(taken) {
                replies[i] = Some(t.reply);
            }
        }
        replies
            .into_iter()
            .map(|r| r.ok_or_else(|| Fault::Corrupt("a notice without an answer".into()).into()))
            .collect()
    }
}

/// Breaks for what stands in suspense, and for notices that contradict themselves or could
/// not be booked.
async fn list_breaks(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    told: &[Told],
    taken: &[Taken],
) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for (t, source) in taken.iter().zip(told) {
        let Some(bank_id) = t.bank_account_id else {
            continue;
        };
        let owner = source.owner.clone().unwrap_or_else(|| ctx.actor.clone());
        let kept = [notice::UNKNOWN_ACCOUNT, notice::UNREADABLE];
        if !t.reply.again && kept.contains(&t.reply.outcome.as_str()) {
            let mut row = new_break(tx, ctx, book, bank_id, "notice_not_booked")?;
            row.owner = Some(owner.clone());
            row.reference = source.provider_ref.chars().take(35).collect();
            row.statement_amount = Some(source.amount).filter(|a| *a > 0);
            rows.push(row);
        }
        if let Some(was) = t.known_amount {
            let mut row = new_break(tx, ctx, book, bank_id, "notice_conflict")?;
            row.owner = Some(owner.clone());
            row.reference = source.provider_ref.chars().take(35).collect();
            row.expected_amount = Some(was);
            row.statement_amount = Some(source.amount);
            rows.push(row);
        }
        if let Some(b) = t.booked.as_ref().filter(|b| b.in_suspense > 0) {
            let bank = payment::sql::bank_account_by_id(tx, book, bank_id).await?;
            let mut row = new_break(tx, ctx, book, bank_id, "credit_unmatched")?;
            row.owner = Some(owner);
            row.reference = reference(book, b.collection_id)?;
            row.statement_amount = Some(source.amount);
            row.item_account_id = Some(bank.suspense_id);
            row.item_amount = b.in_suspense;
            row.note = candidates_note(&b.candidates);
            rows.push(row);
        }
    }
    Ok(sql::insert_breaks(tx, book, &rows, ctx.now.0).await?)
}

/// The codes that a mistyped one may have meant, for whoever assigns the money: a
/// suggestion, never a match.
fn candidates_note(candidates: &[String]) -> Option<String> {
    (!candidates.is_empty()).then(|| json!({"candidates": candidates}).to_string())
}

fn new_break(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    bank: i64,
    kind: &str,
) -> Result<BreakRow, Failure> {
    Ok(BreakRow {
        id: tx.reserve_ids(book, 1)?,
        bank_account_id: bank,
        kind: kind.into(),
        day: ctx.now.day(),
        statement_id: None,
        line: None,
        instruction_id: None,
        reference: String::new(),
        expected_amount: None,
        statement_amount: None,
        item_account_id: None,
        item_amount: 0,
        item_cleared: 0,
        state: "open".into(),
        owner: Some(ctx.actor.clone()),
        action: None,
        note: None,
        proposed_by: None,
        resolved_by: None,
    })
}

/// Lines a round.
const CHUNK: i64 = 2_000;

/// The lines of a statement that are payments to a biller.
pub struct Credits<'a> {
    pub ctx: &'a Ctx,
    pub book: &'a Book,
    pub bank: &'a BankAccountRow,
    pub info: &'a PostingInfo,
    pub statement: i64,
}

impl Credits<'_> {
    /// Settles and books them, before anything else is explained; the new breaks.
    pub async fn run(
        &self,
        tx: &mut Tx,
        outcomes: &mut Outcomes,
    ) -> Result<Vec<BreakRow>, Failure> {
        let book = self.book.id;
        let Some(biller) = cash::find_biller(tx, book).await? else {
            return Ok(Vec::new());
        };
        if !cash::collects(tx, book, self.bank.id).await? {
            return Ok(Vec::new());
        }
        let mut breaks = Vec::new();
        let mut after = 0;
        loop {
            let lines = sql::credit_lines(tx, book, self.statement, "C", after, CHUNK).await?;
            let Some(last) = lines.last() else { break };
            after = last.line;
            self.credits(tx, &biller, &lines, outcomes, &mut breaks)
                .await?;
        }
        self.debits(tx, &biller, outcomes, &mut breaks).await?;
        self.unconfirmed(tx, &mut breaks).await?;
        sql::insert_breaks(tx, book, &breaks, self.ctx.now.0).await?;
        Ok(breaks)
    }

    async fn credits(
        &self,
        tx: &mut Tx,
        biller: &BillerCash,
        lines: &[CreditLine],
        outcomes: &mut Outcomes,
        breaks: &mut Vec<BreakRow>,
    ) -> Result<(), Failure> {
        let book = self.book.id;
        let keys: Vec<String> = lines
            .iter()
            .map(|l| credit_in::content_key(&content_of(l)))
            .collect();
        let refs: Vec<String> = lines
            .iter()
            .flat_map(|l| [l.entry_ref.clone(), l.reference.clone()])
            .filter(|r| !r.is_empty())
            .collect();
        let mut open = cash::unpaired(tx, book, self.bank.id, true, &keys, &refs).await?;
        let mut confirmed = Vec::new();
        let mut incoming = Vec::new();
        let mut new_lines = Vec::new();
        for (line, key) in lines.iter().zip(&keys) {
            let Some(at) = pair(&open, line, key) else {
                incoming.push(self.incoming(line));
                new_lines.push(line);
                continue;
            };
            let c = open.remove(at);
            let sealed = line.counter_sealed.clone();
            cash::set_confirmed(
                tx,
                book,
                c.id,
                self.statement,
                line.line,
                line.counter,
                sealed,
            )
            .await?;
            self.now_confirmed(tx, &c).await?;
            confirmed.push((c.id, c.amount));
            outcomes.count("matched");
        }
        credit_in::confirm(tx, self.info, self.bank, &confirmed).await?;
        let booked = credit_in::book_credits(tx, self.ctx, biller, self.bank, &incoming).await?;
        for (line, b) in new_lines.into_iter().zip(booked) {
            let waits = b.in_suspense > 0;
            outcomes.count(if waits { "unknown_at_us" } else { "matched" });
            if waits {
                let mut row = new_break(tx, self.ctx, book, self.bank.id, "credit_unmatched")?;
                row.day = self.info.day;
                row.statement_id = Some(self.statement);
                row.line = Some(line.line);
                row.reference = reference(book, b.collection_id)?;
                row.statement_amount = Some(line.amount);
                row.item_account_id = Some(self.bank.suspense_id);
                row.item_amount = b.in_suspense;
                row.note = candidates_note(&b.candidates);
                breaks.push(row);
            }
        }
        let all: Vec<i64> = lines.iter().map(|l| l.line).collect();
        Ok(sql::set_collected(tx, book, self.statement, &all).await?)
    }

    fn incoming(&self, line: &CreditLine) -> Incoming {
        Incoming {
            amount: line.amount,
            // The posting day is the statement's; the booking day stays on the line.
            day: self.info.day,
            at: crate::clock::Instant::midnight(line.booking_on).0,
            content: content_of(line),
            virtual_account: None,
            bank_ref: line.entry_ref.clone(),
            counter: line.counter,
            counter_sealed: line.counter_sealed.clone(),
            source: Source::Line {
                statement: self.statement,
                line: line.line,
            },
        }
    }

    /// A break that said the notice was never confirmed has its answer.
    async fn now_confirmed(&self, tx: &mut Tx, c: &CollectionRow) -> Result<(), Failure> {
        let name = reference(self.book.id, c.id)?;
        for b in sql::open_items(tx, self.book.id, self.bank.clearing_in_id, &name).await? {
            let note = format!("statement {}", self.statement);
            let (by, at) = (&self.ctx.actor, self.ctx.now.0);
            sql::clear_item(
                tx,
                self.book.id,
                b.id,
                b.open_amount(),
                "confirmed_by_bank",
                &note,
                by,
                at,
            )
            .await?;
        }
        Ok(())
    }

    async fn debits(
        &self,
        tx: &mut Tx,
        biller: &BillerCash,
        outcomes: &mut Outcomes,
        breaks: &mut Vec<BreakRow>,
    ) -> Result<(), Failure> {
        let book = self.book.id;
        let mut after = 0;
        let mut debtors = Vec::new();
        loop {
            let lines = sql::credit_lines(tx, book, self.statement, "D", after, CHUNK).await?;
            let Some(last) = lines.last() else { break };
            after = last.line;
            let mut taken = Vec::new();
            for line in lines.iter().filter(|l| !l.reference.is_empty()) {
                let bank = self.bank.id;
                let found =
                    cash::confirmed_by_ref(tx, book, bank, &line.reference, line.amount).await?;
                let [collection] = found.as_slice() else {
                    continue;
                };
                debtors.extend(debtors_of(tx, book, collection.id).await?);
                self.taken_back(tx, line, collection, breaks).await?;
                taken.push(line.line);
                outcomes.count("returned");
            }
            sql::set_collected(tx, book, self.statement, &taken).await?;
        }
        // Bills are open again; credit that other payments of this statement left may pay them.
        credit_in::use_wanted_credit(tx, self.ctx, biller, &debtors).await?;
        Ok(())
    }

    async fn taken_back(
        &self,
        tx: &mut Tx,
        line: &CreditLine,
        collection: &CollectionRow,
        breaks: &mut Vec<BreakRow>,
    ) -> Result<(), Failure> {
        let book = self.book.id;
        let name = reference(book, collection.id)?;
        for b in sql::open_items(tx, book, self.bank.suspense_id, &name).await? {
            let note = format!("statement {}", self.statement);
            let (by, at) = (&self.ctx.actor, self.ctx.now.0);
            sql::clear_item(
                tx,
                book,
                b.id,
                b.open_amount(),
                "taken_back_by_bank",
                &note,
                by,
                at,
            )
            .await?;
        }
        let claims = credit_back::take_back(tx, self.ctx, self.info, self.bank, collection).await?;
        for claim in claims {
            let mut row = new_break(tx, self.ctx, book, self.bank.id, "credit_taken_back")?;
            row.day = self.info.day;
            row.statement_id = Some(self.statement);
            row.line = Some(line.line);
            row.reference = name.clone();
            row.statement_amount = Some(line.amount);
            row.item_account_id = Some(claim.account_id);
            row.item_amount = claim.amount;
            breaks.push(row);
        }
        Ok(())
    }

    /// Breaks for what was announced so long ago that a statement should have it.
    async fn unconfirmed(&self, tx: &mut Tx, breaks: &mut Vec<BreakRow>) -> Result<(), Failure> {
        let book = self.book.id;
        let days = notice::sources(tx)
            .await?
            .iter()
            .filter(|s| s.book_id == book && s.bank_account_id == self.bank.id && s.posts)
            .map(|s| s.days_max)
            .max()
            .unwrap_or(DAYS_MAX);
        let until = business_days_before(self.info.day, days);
        for c in cash::announced_until(tx, book, self.bank.id, until.number()).await? {
            let name = reference(book, c.id)?;
            let known = sql::open_items(tx, book, self.bank.clearing_in_id, &name).await?;
            if !known.is_empty() {
                continue;
            }
            let mut row = new_break(tx, self.ctx, book, self.bank.id, "notice_unconfirmed")?;
            row.day = self.info.day;
            row.statement_id = Some(self.statement);
            row.reference = name;
            row.expected_amount = Some(c.amount);
            row.item_account_id = Some(self.bank.clearing_in_id);
            row.item_amount = c.amount;
            breaks.push(row);
        }
        Ok(())
    }
}

/// Business days within which a statement must confirm a notice, where its source says none.
pub const DAYS_MAX: i64 = 2;

fn business_days_before(day: Day, n: i64) -> Day {
    let mut at = day;
    let mut left = n;
    while left > 0 {
        at = at.plus_days(-1);
        if !at.is_weekend() {
            left -= 1;
        }
    }
    at
}

/// The announced payment that a line confirms.
fn pair(open: &[CollectionRow], line: &CreditLine, key: &str) -> Option<usize> {
    let fits =
        |c: &CollectionRow| Day::from_number(c.day).is_ok_and(|d| notice::near(d, line.booking_on));
    let by_reference = [&line.entry_ref, &line.reference]
        .into_iter()
        .filter(|r| !r.is_empty())
        .find_map(|r| {
            open.iter()
                .position(|c| c.amount == line.amount && c.bank_ref == *r && fits(c))
        });
    by_reference.or_else(|| notice::best(open, line.amount, "", key, fits))
}

/// Whose bills and credit a payment is on.
async fn debtors_of(tx: &mut Tx, book: i64, collection: i64) -> Result<Vec<i64>, Failure> {
    let parts = cash::allocations_of(tx, book, collection).await?;
    Ok(parts.iter().filter_map(|a| a.debtor_id).collect())
}

/// `not_received`: undoes the payment of a `notice_unconfirmed`, and its receipts; the đồng.
pub async fn not_received(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    row: &BreakRow,
    why: &str,
) -> Result<i64, Failure> {
    let collection = find(tx, book, &row.reference).await?;
    let name = &row.reference;
    let bank = payment::sql::bank_account_by_id(tx, book, row.bank_account_id).await?;
    for b in sql::open_items(tx, book, bank.suspense_id, name).await? {
        let (by, at) = (&ctx.actor, ctx.now.0);
        sql::clear_item(tx, book, b.id, b.open_amount(), "not_received", why, by, at).await?;
    }
    let debtors = debtors_of(tx, book, collection.id).await?;
    credit_back::undo(tx, ctx, book, &collection, "not_received").await?;
    if let Some(biller) = cash::find_biller(tx, book).await? {
        credit_in::use_wanted_credit(tx, ctx, &biller, &debtors).await?;
    }
    Ok(collection.amount)
}

/// The payment of a break, by its name there.
pub(super) async fn find(tx: &mut Tx, book: i64, name: &str) -> Result<CollectionRow, Failure> {
    let missing = || Reject::NotFound {
        what: "collection".into(),
        id: name.to_owned(),
    };
    let id = collection_of(book, name).ok_or_else(missing)?;
    Ok(cash::find_collection(tx, book, id)
        .await?
        .ok_or_else(missing)?)
}
