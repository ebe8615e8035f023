//! Money that came in: found, split, posted (taken off again: `credit_back.rs`).
//!
//! | what | entry |
//! |---|---|
//! | on a bill's line | clearing_in -> receivable; for thu hộ also uncollected -> onward |
//! | on a voluntary contribution | clearing_in -> income |
//! | more than is owed | clearing_in -> credit |
//! | not explained | clearing_in -> suspense |
//! | the line on the statement | nostro -> clearing_in |
//! | credit used for a bill | credit -> receivable |
//! | suspense explained by two people | suspense -> receivable, income or credit |
//!
//! Receipts are given and cancelled in the same Tx (`receipt::settle`).
//!
//! Everything here takes a slice and a Tx whose head of the book is locked; a transfer's
//! client id is made of its allocation, so one part is never posted twice. What a payment
//! caused names the payment as its cause; what moves the nostro names the statement.

use super::allocate::{BillDue, Money, Named, Part, Rule, allocate, by_due};
use super::receipt;
use super::sql::cash::{self, AllocationRow, BillCash, BillerCash, CollectionRow, DebtorCash};
use super::virtual_account::in_content;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Code, NewTransfer, PostingInfo, client_id};
use crate::payment::sql::BankAccountRow;
use crate::store::{Ctx, Tx};
use ansinh_settlement::{Day, Dong, find_codes};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A payment that nobody has booked yet.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub amount: i64,
    pub day: Day,
    /// UTC microseconds.
    pub at: i64,
    /// What the payer wrote and the bank made of it.
    pub content: String,
    pub virtual_account: Option<String>,
    /// The bank's own reference, blank where it gives none.
    pub bank_ref: String,
    /// Fingerprint of the payer's account; 0 where unknown.
    pub counter: i64,
    pub counter_sealed: Option<Vec<u8>>,
    pub source: Source,
}

/// Who says that the money came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Notice(i64),
    Line { statement: i64, line: i64 },
}

/// What became of a payment.
#[derive(Clone, Debug)]
pub struct Booked {
    pub collection_id: i64,
    pub rule: Rule,
    /// đồng on bills, in credit, in suspense.
    pub on_bills: i64,
    pub in_credit: i64,
    pub in_suspense: i64,
    /// Codes that one slip of the pen turns into what stands there, of bills that exist.
    pub candidates: Vec<String>,
}

/// What two tellings of one payment have in common: the codes in it, or else all its
/// letters and digits, hashed (a content may hold names).
pub fn content_key(content: &str) -> String {
    let found = find_codes(content);
    let text = if found.codes.is_empty() {
        ansinh_settlement::ascii_text(content, 400)
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .take(100)
            .collect()
    } else {
        let mut codes: Vec<&str> = found.codes.iter().map(|c| c.as_str()).collect();
        codes.sort_unstable();
        codes.join(" ")
    };
    crate::store::keys::hex(&Sha256::digest(text)[..16])
}

/// Books payments of one account in order, in one posting a day.
pub async fn book_credits(
    tx: &mut Tx,
    ctx: &Ctx,
    biller: &BillerCash,
    bank: &BankAccountRow,
    incoming: &[Incoming],
) -> Result<Vec<Booked>, Failure> {
    let mut known = Known::load(tx, biller.book_id, incoming).await?;
    let first = tx.reserve_ids(biller.book_id, length(incoming.len()))?;
    let mut sink = Sink::new(bank);
    let mut rows = Vec::with_capacity(incoming.len());
    let mut out = Vec::with_capacity(incoming.len());
    for (c, id) in incoming.iter().zip(first..) {
        let (named, candidates) = known.named(c);
        let money = Money {
            amount: c.amount,
            bank_account_id: bank.id,
        };
        let (rule, parts) = allocate(&mut known.due, money, &named, biller.agency_order);
        let sums = sink.take(tx, &known, biller.book_id, id, &parts, bank.clearing_in_id)?;
        sink.begin(c.day);
        let mut row = CollectionRow {
            id,
            bank_account_id: bank.id,
            amount: c.amount,
            day: c.day.number(),
            at: c.at,
            content: c.content.clone(),
            content_key: content_key(&c.content),
            virtual_account: c.virtual_account.clone(),
            bank_ref: c.bank_ref.clone(),
            counter: c.counter,
            counter_sealed: c.counter_sealed.clone(),
            rule: rule.name().into(),
            state: "announced".into(),
            notice_id: None,
            statement_id: None,
            line: None,
        };
        match c.source {
            Source::Notice(id) => row.notice_id = Some(id),
            Source::Line { statement, line } => {
                row.state = "confirmed".into();
                row.statement_id = Some(statement);
                row.line = Some(line);
                sink.confirm(id, c.amount, statement)?;
            }
        }
        rows.push(row);
        out.push(Booked {
            collection_id: id,
            rule,
            on_bills: sums.0,
            in_credit: sums.1,
            in_suspense: sums.2,
            candidates,
        });
        sink.end(c.day);
    }
    cash::insert_collections(tx, biller.book_id, &rows, ctx.now.0).await?;
    sink.record(tx, ctx, biller.book_id, &known, "credits_in", first)
        .await?;
    let willing: Vec<i64> = known
        .debtors
        .values()
        .filter(|d| d.use_credit)
        .map(|d| d.id)
        .collect();
    if !willing.is_empty() {
        use_credit(tx, ctx, biller, &willing).await?;
    }
    receipt::settle(tx, ctx, biller.book_id).await?;
    Ok(out)
}

/// The bills and debtors that payments name.
pub(super) struct Known {
    pub due: Vec<BillDue>,
    by_code: BTreeMap<String, usize>,
    foreign: BTreeSet<String>,
    debtors: BTreeMap<i64, DebtorCash>,
    virtuals: BTreeMap<String, i64>,
}

/// Where a payment went, as a debtor's own number: as told, else what its content may say
/// (a statement has no place of its own for it).
fn own_numbers(c: &Incoming) -> Vec<String> {
    match &c.virtual_account {
        Some(number) => vec![number.to_uppercase()],
        None => in_content(&c.content),
    }
}

impl Known {
    async fn load(tx: &mut Tx, book: i64, incoming: &[Incoming]) -> Result<Known, Fault> {
        let mut codes = BTreeSet::new();
        let mut virtuals = BTreeSet::new();
        for c in incoming {
            let found = find_codes(&c.content);
            codes.extend(found.codes.iter().map(|c| c.as_str().to_owned()));
            let near = found.suggestions.iter().flat_map(|s| &s.candidates);
            codes.extend(near.map(|c| c.as_str().to_owned()));
            virtuals.extend(own_numbers(c));
        }
        let codes: Vec<String> = codes.into_iter().collect();
        let all = cash::bills_by_code(tx, &codes).await?;
        let (mut bills, others): (Vec<BillCash>, Vec<BillCash>) =
            all.into_iter().partition(|b| b.book_id == book);
        let virtuals: Vec<String> = virtuals.into_iter().collect();
        let holders = cash::debtors_by_virtual(tx, book, &virtuals).await?;
        let ids: Vec<i64> = holders.iter().map(|d| d.id).collect();
        for bill in cash::open_bills_of(tx, book, &ids).await? {
            if bills.iter().all(|b| b.due.id != bill.due.id) {
                bills.push(bill);
            }
        }
        let mut known = Known::of(tx, book, bills, holders).await?;
        known.foreign = others.into_iter().map(|b| b.pay_code).collect();
        Ok(known)
    }

    /// Loads lines and debtors of the bills.
    pub async fn of(
        tx: &mut Tx,
        book: i64,
        mut bills: Vec<BillCash>,
        holders: Vec<DebtorCash>,
    ) -> Result<Known, Fault> {
        cash::load_lines(tx, book, &mut bills).await?;
        let mut ids: Vec<i64> = bills.iter().map(|b| b.debtor_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut debtors: BTreeMap<i64, DebtorCash> = BTreeMap::new();
        for d in cash::debtors(tx, book, &ids)
            .await?
            .into_iter()
            .chain(holders)
        {
            debtors.insert(d.id, d);
        }
        Ok(Known {
            due: bills.iter().map(|b| b.due.clone()).collect(),
            by_code: bills
                .iter()
                .enumerate()
                .map(|(n, b)| (b.pay_code.clone(), n))
                .collect(),
            foreign: BTreeSet::new(),
            virtuals: debtors
                .values()
                .filter_map(|d| Some((d.virtual_account.clone()?, d.id)))
                .collect(),
            debtors,
        })
    }

    /// What a payment names, and the codes of bills that it may have meant.
    fn named(&self, c: &Incoming) -> (Named, Vec<String>) {
        let found = find_codes(&c.content);
        let mut named = Named {
            suggested: !found.suggestions.is_empty(),
            ..Named::default()
        };
        for code in &found.codes {
            match self.by_code.get(code.as_str()) {
                Some(bill) => named.bills.push(*bill),
                None if self.foreign.contains(code.as_str()) => named.foreign += 1,
                None => named.unknown += 1,
            }
        }
        let near = found.suggestions.iter().flat_map(|s| &s.candidates);
        let candidates = near
            .map(|c| c.as_str().to_owned())
            .filter(|c| self.by_code.contains_key(c))
            .collect();
        let mut holders: Vec<i64> = own_numbers(c)
            .iter()
            .filter_map(|number| self.virtuals.get(number).copied())
            .collect();
        holders.sort_unstable();
        holders.dedup();
        if let [debtor] = holders[..] {
            let own = (0..self.due.len()).filter(|n| self.due[*n].debtor_id == debtor);
            named.virtual_account = Some((debtor, own.collect()));
        }
        (named, candidates)
    }

    pub fn credit_account(&self, debtor: i64) -> Result<i64, Fault> {
        self.debtors
            .get(&debtor)
            .map(|d| d.credit_id)
            .ok_or_else(|| Fault::Corrupt(format!("debtor {debtor} is not there")))
    }
}

/// Collects allocations and transfers, to write them together.
struct Sink<'a> {
    bank: &'a BankAccountRow,
    allocations: Vec<AllocationRow>,
    transfers: Vec<NewTransfer>,
    /// Transfers by day of posting.
    days: BTreeMap<Day, Vec<NewTransfer>>,
    touched: BTreeSet<usize>,
}

impl<'a> Sink<'a> {
    fn new(bank: &'a BankAccountRow) -> Sink<'a> {
        Sink {
            bank,
            allocations: Vec::new(),
            transfers: Vec::new(),
            days: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }

    fn begin(&mut self, day: Day) {
        self.days.entry(day).or_default();
    }

    fn end(&mut self, day: Day) {
        let made = std::mem::take(&mut self.transfers);
        self.days.entry(day).or_default().extend(made);
    }

    fn confirm(&mut self, collection: i64, amount: i64, statement: i64) -> Result<(), Fault> {
        let transfer = NewTransfer::new(
            client_id(collection, Code::Confirmed),
            self.bank.nostro_id,
            self.bank.clearing_in_id,
            dong(amount)?,
            Code::Confirmed,
            statement,
        );
        self.transfers.push(transfer);
        Ok(())
    }

    /// Notes the parts of a payment whose money stands on `from`; what they sum to on
    /// bills, in credit and in suspense.
    fn take(
        &mut self,
        tx: &mut Tx,
        known: &Known,
        book: i64,
        collection: i64,
        parts: &[Part],
        from: i64,
    ) -> Result<(i64, i64, i64), Fault> {
        let mut sums = (0, 0, 0);
        let ids = tx.reserve_ids(book, length(parts.len()))?;
        let waited = from == self.bank.suspense_id;
        let from_credit = from != self.bank.clearing_in_id && !waited;
        for (part, id) in parts.iter().zip(ids..) {
            let amount = part.amount();
            let (target, bill, line, debtor, to, code) = match part {
                Part::Line { bill, line, .. } => {
                    sums.0 += amount;
                    self.touched.insert(*bill);
                    let due = &known.due[*bill];
                    let l = &due.lines[*line];
                    let to = l.receivable_id.unwrap_or(l.against_id);
                    let code = match l.receivable_id {
                        _ if from_credit => Code::CreditUsed,
                        _ if waited => Code::Identified,
                        Some(_) => Code::Collected,
                        None => Code::Contributed,
                    };
                    ("bill", Some(due.id), Some(l), Some(due.debtor_id), to, code)
                }
                Part::Credit { debtor_id, .. } => {
                    sums.1 += amount;
                    let code = if waited {
                        Code::Identified
                    } else {
                        Code::Overpaid
                    };
                    let to = known.credit_account(*debtor_id)?;
                    ("credit", None, None, Some(*debtor_id), to, code)
                }
                Part::Suspense { .. } => {
                    sums.2 += amount;
                    (
                        "suspense",
                        None,
                        None,
                        None,
                        self.bank.suspense_id,
                        Code::CameIn,
                    )
                }
            };
            let dong = dong(amount)?;
            let move_it = NewTransfer::new(client_id(id, code), from, to, dong, code, collection);
            self.transfers.push(move_it);
            if let Some(l) = line
                && let Some(onward) = l.onward_id
            {
                let code = Code::PassedOn;
                let pass = NewTransfer::new(
                    client_id(id, code),
                    l.against_id,
                    onward,
                    dong,
                    code,
                    collection,
                );
                self.transfers.push(pass);
            }
            self.allocations.push(AllocationRow {
                id,
                collection_id: collection,
                target,
                bill_id: bill,
                bill_line_id: line.map(|l| l.id),
                debtor_id: debtor,
                amount,
                from_credit,
                undone: false,
            });
        }
        Ok(sums)
    }

    /// Writes allocations and what bills have been paid, and posts, a voucher a day.
    async fn record(
        self,
        tx: &mut Tx,
        ctx: &Ctx,
        book: i64,
        known: &Known,
        code: &str,
        cause: i64,
    ) -> Result<(), Failure> {
        cash::insert_allocations(tx, book, &self.allocations, ctx.now.0, &ctx.actor).await?;
        let reached: BTreeSet<i64> = self
            .allocations
            .iter()
            .filter_map(|a| a.bill_line_id)
            .collect();
        let mut bills = Vec::new();
        let mut lines = Vec::new();
        for index in &self.touched {
            let due = &known.due[*index];
            bills.push((due.id, due.paid()));
            let paid = due.lines.iter().filter(|l| reached.contains(&l.id));
            lines.extend(paid.map(|l| (l.id, l.paid)));
        }
        cash::set_paid(tx, book, &bills, &lines).await?;
        for (day, transfers) in &self.days {
            let info = PostingInfo::new(code, ctx, *day, cause);
            ledger::post_all(tx, book, &info, transfers).await?;
        }
        Ok(())
    }
}

/// Uses what debtors have in credit for their open bills by due date, oldest credit first.
/// Returns the đồng used.
pub async fn use_credit(
    tx: &mut Tx,
    ctx: &Ctx,
    biller: &BillerCash,
    debtors: &[i64],
) -> Result<i64, Failure> {
    let book = biller.book_id;
    let mut left = cash::credit_pieces(tx, book, debtors).await?;
    if left.is_empty() {
        return Ok(0);
    }
    let bills = cash::open_bills_of(tx, book, debtors).await?;
    if bills.is_empty() {
        return Ok(0);
    }
    let holders = cash::debtors(tx, book, debtors).await?;
    let mut known = Known::of(tx, book, bills, holders).await?;
    let banks: BTreeSet<i64> = known.due.iter().map(|b| b.bank_account_id).collect();
    let mut used = 0;
    let cause = tx.reserve_ids(book, 1)?;
    for bank_id in banks {
        let bank = crate::payment::sql::bank_account_by_id(tx, book, bank_id).await?;
        let mut sink = Sink::new(&bank);
        for piece in &mut left {
            let debtor = piece.debtor_id.unwrap_or_default();
            let own: Vec<usize> = (0..known.due.len())
                .filter(|n| known.due[*n].debtor_id == debtor)
                .collect();
            let money = Money {
                amount: piece.amount,
                bank_account_id: bank_id,
            };
            let mut parts = by_due(&mut known.due, debtor, &own, money, biller.agency_order);
            parts.retain(|p| matches!(p, Part::Line { .. }));
            if parts.is_empty() {
                continue;
            }
            let credit = known.credit_account(debtor)?;
            let spent = sink
                .take(tx, &known, book, piece.collection_id, &parts, credit)?
                .0;
            used += spent;
            // The piece is replaced by what it paid and what is left of it.
            cash::undo_allocation(tx, book, piece.id, ctx.now.0, "credit_used").await?;
            piece.amount -= spent;
            if piece.amount > 0 {
                piece.id = tx.reserve_ids(book, 1)?;
                sink.allocations.push(piece.clone());
            }
        }
        left.retain(|piece| piece.amount > 0);
        sink.end(ctx.now.day());
        sink.record(tx, ctx, book, &known, "credit_used", cause)
            .await?;
    }
    Ok(used)
}

/// Uses the credit of those debtors who want it used, for their open bills; also what a
/// payment left that was given to them later, or that another one made room for.
pub async fn use_wanted_credit(
    tx: &mut Tx,
    ctx: &Ctx,
    biller: &BillerCash,
    debtors: &[i64],
) -> Result<i64, Failure> {
    let mut ids = debtors.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let willing: Vec<i64> = cash::debtors(tx, biller.book_id, &ids)
        .await?
        .iter()
        .filter(|d| d.use_credit)
        .map(|d| d.id)
        .collect();
    if willing.is_empty() {
        return Ok(0);
    }
    let used = use_credit(tx, ctx, biller, &willing).await?;
    if used > 0 {
        receipt::settle(tx, ctx, biller.book_id).await?;
    }
    Ok(used)
}

/// To whom a payment in suspense is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Payment code of a bill of this book.
    Bill(String),
    /// Code of a debtor: open bills by due date, the rest is credit.
    Debtor(String),
}

/// Moves a payment from suspense to a bill or debtor; the đồng moved.
pub async fn assign(
    tx: &mut Tx,
    ctx: &Ctx,
    biller: &BillerCash,
    bank: &BankAccountRow,
    collection: &CollectionRow,
    target: &Target,
) -> Result<i64, Failure> {
    let book = biller.book_id;
    let waiting: Vec<AllocationRow> = cash::allocations_of(tx, book, collection.id)
        .await?
        .into_iter()
        .filter(|a| !a.undone && a.target == "suspense")
        .collect();
    let amount: i64 = waiting.iter().map(|a| a.amount).sum();
    let (mut known, debtor) = find_target(tx, book, target).await?;
    let money = Money {
        amount,
        bank_account_id: bank.id,
    };
    let all: Vec<usize> = (0..known.due.len()).collect();
    let (rule, parts) = match debtor {
        Some(debtor) => {
            let parts = by_due(&mut known.due, debtor, &all, money, biller.agency_order);
            (Rule::VirtualAccount, parts)
        }
        None => {
            let named = Named {
                bills: all,
                ..Named::default()
            };
            allocate(&mut known.due, money, &named, biller.agency_order)
        }
    };
    if parts.iter().any(|p| matches!(p, Part::Suspense { .. })) {
        return Err(Reject::ResolutionUnfit {
            kind: rule.name().into(),
            action: "assign".into(),
        }
        .into());
    }
    let mut sink = Sink::new(bank);
    sink.take(tx, &known, book, collection.id, &parts, bank.suspense_id)?;
    sink.end(ctx.now.day());
    for a in &waiting {
        cash::undo_allocation(tx, book, a.id, ctx.now.0, "assigned").await?;
    }
    sink.record(tx, ctx, book, &known, "credit_assigned", collection.id)
        .await?;
    cash::set_rule(tx, book, collection.id, "assigned").await?;
    receipt::settle(tx, ctx, book).await?;
    let debtors: Vec<i64> = known.debtors.keys().copied().collect();
    use_wanted_credit(tx, ctx, biller, &debtors).await?;
    Ok(amount)
}

/// The bills of a target, and the debtor where it is one. An unknown one is refused.
pub async fn check_target(tx: &mut Tx, book: i64, target: &Target) -> Result<(), Failure> {
    find_target(tx, book, target).await.map(|_| ())
}

async fn find_target(
    tx: &mut Tx,
    book: i64,
    target: &Target,
) -> Result<(Known, Option<i64>), Failure> {
    let missing = |what: &str, id: &str| Reject::NotFound {
        what: what.into(),
        id: id.into(),
    };
    match target {
        Target::Bill(code) => {
            let mut bills = cash::bills_by_code(tx, std::slice::from_ref(code)).await?;
            bills.retain(|b| b.book_id == book);
            if bills.is_empty() {
                return Err(missing("bill", code).into());
            }
            Ok((Known::of(tx, book, bills, Vec::new()).await?, None))
        }
        Target::Debtor(code) => {
            let debtor = cash::debtor_by_code(tx, book, code)
                .await?
                .ok_or_else(|| missing("debtor", code))?;
            let id = debtor.id;
            let bills = cash::open_bills_of(tx, book, &[id]).await?;
            Ok((Known::of(tx, book, bills, vec![debtor]).await?, Some(id)))
        }
    }
}

/// Lines of a statement that confirm announced payments: nostro <- clearing_in.
pub async fn confirm(
    tx: &mut Tx,
    info: &PostingInfo,
    bank: &BankAccountRow,
    collections: &[(i64, i64)],
) -> Result<(), Failure> {
    let mut transfers = Vec::with_capacity(collections.len());
    for (id, amount) in collections {
        let code = Code::Confirmed;
        let amount = dong(*amount)?;
        let (debit, credit) = (bank.nostro_id, bank.clearing_in_id);
        transfers.push(NewTransfer::new(
            client_id(*id, code),
            debit,
            credit,
            amount,
            code,
            info.cause_id,
        ));
    }
    if !transfers.is_empty() {
        ledger::post_all(tx, bank.book_id, info, &transfers).await?;
    }
    Ok(())
}

pub(super) fn dong(amount: i64) -> Result<Dong, Fault> {
    Dong::new(amount).map_err(|e| Fault::Corrupt(e.to_string()))
}

fn length(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
