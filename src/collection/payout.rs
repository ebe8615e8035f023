//! Money that goes out again: a refund to a payer, a remittance of what was collected for
//! others. Both are made by the cashier and paid as batches (`payout_batch.rs`), with the
//! approval, file, statement, return and follow-up of any other payment.
//!
//! | what | entry |
//! |---|---|
//! | `refund make` | credit -> payable/requested |
//! | `remittance make` | onward -> payable/requested |
//! | `suspense send-back` (`reconcile/send_back.rs`) | suspense -> payable/requested |
//! | the batch is released | payable/requested -> payable/ID (a grant) |
//! | sent, settled, returned | payable/ID -> clearing_out -> nostro, and back |
//! | `payout cancel` | payable -> credit, onward or suspense |
//!
//! Only money that a statement confirmed goes out, and it is set aside at once, so that no
//! bill uses it meanwhile. A refund goes to the account that the money came from, or to one
//! that a bank's list of holders confirms under that name.

use super::biller;
use super::credit_back::to_take;
use super::school::find_debtor;
use super::sql::cash::{self, AllocationRow};
use super::sql::payout::{self as sql, PayoutRow, Piece};
use crate::access::{self, Role};
use crate::disbursement::{REFUND, REMITTANCE, SEND_BACK};
use crate::error::{Failure, Fault, Reject, check_reason};
use crate::identity::holder_agrees;
use crate::identity::sql::{self as identity_sql, AddressRow};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::programme::sql::insert_payout;
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Command, Ctx, INSTALLATION, Tx};
use ansinh_settlement::{Day, Dong};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Where money stands that was set aside and not granted yet.
pub const REQUESTED: &str = "payable/requested";

/// To which account a payout goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayTo {
    /// The one that this payment came from.
    Source {
        collection: i64,
    },
    Account {
        bin: String,
        number: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutReply {
    pub payout: String,
    pub kind: String,
    pub state: String,
    /// đồng.
    pub amount: i64,
    /// đồng left out of a remittance: of an earlier one whose payments were taken back.
    pub deducted: i64,
    /// Payments that a remittance passes on.
    pub parts: i64,
}

/// `refund make`.
pub struct MakeRefund {
    pub book: Book,
    pub debtor: String,
    pub amount: i64,
    pub to: PayTo,
    /// The holder of the account.
    pub name: String,
    pub reason: String,
    pub keys: KeyRing,
}

impl Command for MakeRefund {
    const NAME: &'static str = "refund.make";
    type Reply = PayoutReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        let to = match &self.to {
            PayTo::Source { collection } => json!({"collection": collection}),
            PayTo::Account { bin, number } => json!({"bin": bin, "account": masked(number)}),
        };
        json!({"book": self.book.code, "debtor": self.debtor, "amount": self.amount, "to": to, "reason": self.reason})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PayoutReply, Failure> {
        let book = self.book.id;
        access::require(tx, ctx, book, &self.book.code, &[Role::SchoolCashier]).await?;
        check_reason("refund make", &self.reason)?;
        let amount = dong(self.amount)?;
        let debtor = find_debtor(tx, &self.book, &self.debtor).await?;
        let payee = payee(tx, &self.keys, &self.book, &self.to, &self.name, true).await?;
        let of = match self.to {
            PayTo::Source { collection } => Some(collection),
            PayTo::Account { .. } => None,
        };
        let pieces = sql::confirmed_credit(tx, book, debtor.id, of).await?;
        let free: i64 = pieces.iter().map(|p| p.amount).sum();
        if free < self.amount {
            return Err(Reject::RefundTooMuch {
                debtor: debtor.code,
                available: Dong::new(free).unwrap_or(Dong::ZERO),
                needed: amount,
            }
            .into());
        }
        let credit = cash::debtors(tx, book, &[debtor.id]).await?;
        let from_id = credit.first().map_or(0, |d| d.credit_id);
        let mut row = new_payout(tx, ctx, &self.book, "refund", self.amount).await?;
        row.debtor_id = Some(debtor.id);
        row.from_id = from_id;
        row.why = self.reason.trim().to_owned();
        row.bank_account_id = payee.bank_account_id;
        take_pieces(tx, ctx, book, row.id, Some(debtor.id), &pieces, self.amount).await?;
        set_aside(tx, ctx, &self.book, &mut row, payee, Code::Refunded).await?;
        Ok(reply(&row, 0))
    }
}

/// `remittance make`: what was collected for a third party and a statement confirmed.
pub struct MakeRemittance {
    pub book: Book,
    pub third_party: String,
    pub bin: String,
    pub number: String,
    pub name: String,
    /// Payments up to this day.
    pub until: Day,
    pub keys: KeyRing,
}

impl Command for MakeRemittance {
    const NAME: &'static str = "remittance.make";
    type Reply = PayoutReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "third_party": self.third_party, "bin": self.bin, "account": masked(&self.number),
               "until": self.until.to_string()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PayoutReply, Failure> {
        let book = self.book.id;
        access::require(tx, ctx, book, &self.book.code, &[Role::SchoolCashier]).await?;
        let name = format!("onward/{}", self.third_party);
        let onward = ledger::find_account(tx, book, &name)
            .await?
            .ok_or_else(|| Reject::NotFound {
                what: "third party".into(),
                id: self.third_party.clone(),
            })?;
        let to = PayTo::Account {
            bin: self.bin.clone(),
            number: self.number.clone(),
        };
        let payee = payee(tx, &self.keys, &self.book, &to, &self.name, false).await?;
        let parts = sql::unremitted(tx, book, onward.id, self.until).await?;
        let listed: i64 = parts.iter().map(|p| p.piece.amount).sum();
        // What the bank took back of a payment that was passed on is taken off the next one.
        let amount = listed.min(to_take(tx, book, onward.id).await?);
        if amount <= 0 {
            return Err(Reject::NothingToRemit {
                third_party: self.third_party.clone(),
            }
            .into());
        }
        let mut row = new_payout(tx, ctx, &self.book, "remittance", amount).await?;
        row.third_party = Some(self.third_party.clone());
        row.from_id = onward.id;
        row.deducted = listed - amount;
        row.bank_account_id = payee.bank_account_id;
        let taken: Vec<(i64, i64)> = parts
            .iter()
            .map(|p| (p.piece.allocation_id, p.piece.amount))
            .collect();
        sql::insert_parts(tx, book, row.id, &taken).await?;
        set_aside(tx, ctx, &self.book, &mut row, payee, Code::Remitted).await?;
        Ok(reply(&row, parts.len()))
    }
}

/// An account that money goes to.
pub struct Account {
    pub bin: String,
    pub number: String,
    /// Its holder.
    pub name: String,
    /// It must be on a bank's list under that name; not so the account that paid.
    pub proven: bool,
}

/// Money in suspense that goes back to who sent it.
pub struct SendBackMoney {
    pub break_id: i64,
    /// The payment, where it came in at a biller's account.
    pub collection: Option<i64>,
    pub bank_account_id: i64,
    /// `suspense/<our account>`.
    pub from_id: i64,
    /// đồng.
    pub amount: i64,
    pub why: String,
    pub to: Account,
}

/// Sets money aside that is to be sent back; the payout's id. The caller holds the
/// decision of two people.
pub async fn set_aside_sent_back(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    keys: &KeyRing,
    money: SendBackMoney,
) -> Result<i64, Failure> {
    let payee = check_account(tx, keys, &money.to, money.bank_account_id).await?;
    dong(money.amount)?;
    let mut row = new_payout(tx, ctx, book, "send_back", money.amount).await?;
    row.from_id = money.from_id;
    row.bank_account_id = money.bank_account_id;
    row.break_id = Some(money.break_id);
    row.why = money.why;
    if let Some(collection) = money.collection {
        let waiting: Vec<Piece> = cash::allocations_of(tx, book.id, collection)
            .await?
            .iter()
            .filter(|a| !a.undone && a.target == "suspense")
            .map(|a| Piece {
                allocation_id: a.id,
                collection_id: collection,
                amount: a.amount,
            })
            .collect();
        let stands: i64 = waiting.iter().map(|p| p.amount).sum();
        if stands != money.amount {
            let what = format!("collection {collection}: {stands} đ in suspense");
            return Err(Fault::Corrupt(what).into());
        }
        take_pieces(tx, ctx, book.id, row.id, None, &waiting, money.amount).await?;
    }
    set_aside(tx, ctx, book, &mut row, payee, Code::SentBack).await?;
    Ok(row.id)
}

/// The programme of a payout's batches.
pub(super) fn programme_of(kind: &str) -> i64 {
    match kind {
        "refund" => REFUND,
        "send_back" => SEND_BACK,
        _ => REMITTANCE,
    }
}

/// What the cancellation of a payout answers: `back` đồng stand again where they stood.
pub fn cancelled_reply(row: &PayoutRow, back: i64) -> PayoutReply {
    PayoutReply {
        state: "cancelled".into(),
        amount: back,
        ..reply(row, 0)
    }
}

pub(super) fn reply(row: &PayoutRow, parts: usize) -> PayoutReply {
    PayoutReply {
        payout: row.id.to_string(),
        kind: row.kind.clone(),
        state: row.state.clone(),
        amount: row.amount,
        deducted: row.deducted,
        parts: i64::try_from(parts).unwrap_or(i64::MAX),
    }
}

/// The last three digits of an account number.
pub fn masked(number: &str) -> String {
    let end: Vec<char> = number.chars().rev().take(3).collect();
    format!("***{}", end.iter().rev().collect::<String>())
}

fn dong(amount: i64) -> Result<Dong, Reject> {
    Dong::new(amount)
        .ok()
        .filter(|d| (1..=1_000_000_000_000_000).contains(&d.get()))
        .ok_or(Reject::AmountInvalid { amount })
}

async fn new_payout(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    kind: &str,
    amount: i64,
) -> Result<PayoutRow, Failure> {
    Ok(PayoutRow {
        id: tx.reserve_ids(book.id, 1)?,
        kind: kind.into(),
        debtor_id: None,
        third_party: None,
        break_id: None,
        bank_account_id: 0,
        from_id: 0,
        account_id: 0,
        amount,
        deducted: 0,
        why: String::new(),
        address_id: 0,
        state: "requested".into(),
        made_by: ctx.actor.clone(),
        made_at: ctx.now.0,
        ended_by: None,
        ended_at: None,
        ended_why: None,
    })
}

/// Who is paid, and by which of our accounts.
pub struct Payee {
    bin: String,
    number: String,
    name: String,
    counter: i64,
    number_sealed: Vec<u8>,
    payee: i64,
    pub bank_account_id: i64,
}

/// The account of a payout. With `proven` it is the one that the money came from, or one
/// that a bank's list names under this holder (design, invariant 8).
pub(super) async fn payee(
    tx: &mut Tx,
    keys: &KeyRing,
    book: &Book,
    to: &PayTo,
    name: &str,
    proven: bool,
) -> Result<Payee, Failure> {
    let (bin, number, bank_account_id) = match to {
        PayTo::Source { collection } => {
            let id = collection.to_string();
            let found = cash::find_collection(tx, book.id, *collection)
                .await?
                .ok_or_else(|| Reject::NotFound {
                    what: "collection".into(),
                    id: id.clone(),
                })?;
            let sealed = found
                .counter_sealed
                .as_ref()
                .ok_or_else(|| bad("--collection", &id, "a payment whose account the bank told"))?;
            let text = keys.open_text(Purpose::BankAccount, sealed)?;
            let (bin, number) = text
                .split_once('|')
                .ok_or_else(|| Fault::Corrupt(format!("account of collection {id}")))?;
            (bin.to_owned(), number.to_owned(), found.bank_account_id)
        }
        PayTo::Account { bin, number } => {
            let biller = biller::of(tx, book).await?;
            (bin.clone(), number.clone(), biller.bank_account_id)
        }
    };
    let account = Account {
        bin,
        number,
        name: name.to_owned(),
        proven: proven && matches!(to, PayTo::Account { .. }),
    };
    check_account(tx, keys, &account, bank_account_id).await
}

fn bad(place: &str, found: &str, expected: &str) -> Reject {
    Reject::BadInput {
        what: "payout".into(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    }
}

/// The account as one that can be paid by our account; rejects a malformed one, a payee
/// without a name, and one that had to be proven and is not.
pub async fn check_account(
    tx: &mut Tx,
    keys: &KeyRing,
    to: &Account,
    bank_account_id: i64,
) -> Result<Payee, Failure> {
    let Account {
        bin, number, name, ..
    } = to;
    if ansinh_settlement::ascii_text(name, 140).trim().is_empty() {
        return Err(bad("--name", name, "a name").into());
    }
    if bin.len() != 6 || !bin.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad("--bin", bin, "6 digits").into());
    }
    let fits =
        (1..=19).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
    if !fits {
        let expected = "1-19 letters or digits, as text";
        return Err(bad("--account", &masked(number), expected).into());
    }
    let counter = keys.fingerprint(bin, number);
    if to.proven {
        let holders = identity_sql::holders(tx, &[counter]).await?;
        let agrees = holders
            .get(&counter)
            .is_some_and(|h| h.status == "open" && holder_agrees(name, &h.name));
        if !agrees {
            return Err(Reject::PayeeUnverified {
                account: masked(number),
                name: name.to_owned(),
            }
            .into());
        }
    }
    Ok(Payee {
        counter,
        number_sealed: keys.seal_text(Purpose::BankAccount, number)?,
        payee: keys.payee(bin, number, name),
        name: name.to_owned(),
        bin: bin.clone(),
        number: number.clone(),
        bank_account_id,
    })
}

/// A number below zero that stands for nobody: addresses and entitlements of payouts name
/// no person of ours.
fn nobody(book: i64, payout: i64) -> i64 {
    -((book << 40) + payout)
}

/// Writes the address of a payout.
pub(super) async fn insert_address(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    payout: i64,
    p: Payee,
) -> Result<i64, Failure> {
    let person_id = nobody(book, payout);
    let known = identity_sql::addresses_of(tx, &[person_id]).await?;
    let known = known.get(&(person_id, p.counter));
    if let Some(row) = known.filter(|row| row.payee == p.payee) {
        identity_sql::set_address_state(tx, row.id, "active", "payout", ctx.now.0).await?;
        return Ok(row.id);
    }
    if known.is_some() {
        // The same account under another holder's name: what makes up a payee never changes.
        return Err(Reject::PayeeUnverified {
            account: masked(&p.number),
            name: p.name,
        }
        .into());
    }
    let id = tx.reserve_ids(INSTALLATION, 1)?;
    let row = AddressRow {
        id,
        person_id,
        holder: "own".into(),
        holder_number: None,
        holder_name: p.name,
        bin: p.bin,
        sealed: p.number_sealed,
        counter: p.counter,
        payee: p.payee,
        restored: false,
        state: "active".into(),
        reason: "payout".into(),
        state_at: ctx.now.0,
    };
    identity_sql::insert_addresses(tx, &[row], ctx.now.0).await?;
    Ok(id)
}

/// Posts and writes a payout whose amount and source are known.
async fn set_aside(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    row: &mut PayoutRow,
    payee: Payee,
    code: Code,
) -> Result<(), Failure> {
    let info = PostingInfo::new("payout_requested", ctx, ctx.now.day(), row.id);
    let pool = ledger::open_account(tx, book.id, &info, REQUESTED).await?;
    row.account_id =
        ledger::open_account(tx, book.id, &info, &format!("payable/{}", row.id)).await?;
    let transfer = NewTransfer::new(
        client_id(row.id, code),
        row.from_id,
        pool,
        dong(row.amount)?,
        code,
        row.id,
    );
    ledger::post_all(tx, book.id, &info, &[transfer]).await?;
    row.address_id = insert_address(tx, ctx, book.id, row.id, payee).await?;
    sql::insert(tx, book.id, row).await?;
    let programme = programme_of(&row.kind);
    let today = ctx.now.day();
    let period = i64::from(today.year()) * 100 + i64::from(today.month());
    let nobody = nobody(book.id, row.id);
    insert_payout(tx, book.id, row.id, programme, period, nobody, row.amount).await?;
    Ok(())
}

/// Turns pieces of credit into pieces of the refund, oldest first; of the last one the rest
/// stays credit.
async fn take_pieces(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    payout: i64,
    debtor: Option<i64>,
    pieces: &[Piece],
    amount: i64,
) -> Result<(), Failure> {
    let mut left = amount;
    let mut made = Vec::new();
    let mut parts = Vec::new();
    for p in pieces {
        if left == 0 {
            break;
        }
        let taken = p.amount.min(left);
        left -= taken;
        cash::undo_allocation(tx, book, p.allocation_id, ctx.now.0, "refunded").await?;
        for (target, amount) in [("refund", taken), ("credit", p.amount - taken)] {
            if amount == 0 {
                continue;
            }
            let id = tx.reserve_ids(book, 1)?;
            if target == "refund" {
                parts.push((id, amount));
            }
            made.push(part_of(id, p.collection_id, target, debtor, amount));
        }
    }
    cash::insert_allocations(tx, book, &made, ctx.now.0, &ctx.actor).await?;
    sql::insert_parts(tx, book, payout, &parts).await?;
    Ok(())
}

pub(super) fn part_of(
    id: i64,
    collection_id: i64,
    target: &'static str,
    debtor_id: Option<i64>,
    amount: i64,
) -> AllocationRow {
    AllocationRow {
        id,
        collection_id,
        target,
        bill_id: None,
        bill_line_id: None,
        debtor_id,
        amount,
        from_credit: false,
        undone: false,
    }
}
