//! A bill after it was prepared: its code, its end before payment, and bills made singly.
//!
//! | act | who | what it posts |
//! |---|---|---|
//! | cancel a draft | cashier or head | nothing; its charge keys are free again |
//! | cancel an issued bill without money on it | head | each line's transfer in the other direction, naming it |
//! | write off | accountant proposes, chief accountant or head approves, another person | `expense/write_off` (thu hộ: `uncollected`) debit, receivable credit, for what is unpaid |
//! | reissue | head cancels; a new draft is computed now and names the old bill | as issue |
//! | make | cashier of a clinic or desk: one bill, issued at once; of a school: a draft | as issue |

use super::bill_credit::to_credit;
use super::bill_state::{BillChange, BillState};
use super::biller;
use super::price::{FeeKind, Price, Whom, price_for};
use super::pupil_list_check::ListedPupil;
use super::run::{PrepareBills, PrepareReply};
use super::run_charge::{Charge, Terms};
use super::run_draft::draft_bills;
use super::run_issue;
use super::school::open_debtors;
use super::sql::bill::{self as sql, BillEvent, BillRow, RunRow};
use super::sql::fee as fee_sql;
use super::sql::people::{self, PupilRow};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject, check_reason};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::programme;
use crate::store::keys::KeyRing;
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::{Dong, PayCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// The payment code of the `number`th code of a book: see `settlement::PayCode`.
pub fn pay_code(book: i64, number: i64) -> Result<String, Fault> {
    let beyond = || Fault::Corrupt(format!("no payment code for {book}/{number}"));
    let code = PayCode::new(
        u32::try_from(book).map_err(|_| beyond())?,
        u32::try_from(number).map_err(|_| beyond())?,
    );
    code.map(|c| c.to_string()).map_err(|_| beyond())
}

/// A bill by id, number or payment code.
pub async fn find(tx: &mut Tx, book: &Book, word: &str) -> Result<BillRow, Failure> {
    let named = sql::find_named(tx, book.id, word).await?;
    let found = match (named, word.parse::<i64>()) {
        (Some(bill), _) => Some(bill),
        (None, Ok(id)) => sql::find_bill(tx, book.id, id).await?,
        (None, Err(_)) => None,
    };
    Ok(found.ok_or_else(|| Reject::NotFound {
        what: "bill".into(),
        id: word.into(),
    })?)
}

/// Whether a bill is paid, for whoever waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillStatus {
    pub number: String,
    pub pay_code: String,
    pub state: String,
    pub is_paid: bool,
    /// đồng; `open` is what is still to be paid, 0 for a bill that takes no money.
    pub total: i64,
    pub paid: i64,
    pub open: i64,
}

pub fn status(bill: &BillRow) -> BillStatus {
    BillStatus {
        number: bill.number.clone(),
        pay_code: bill.pay_code.clone(),
        state: bill.state.name().into(),
        is_paid: bill.state == BillState::Paid,
        total: bill.total,
        paid: bill.paid,
        open: if bill.state.is_open() {
            bill.total - bill.paid
        } else {
            0
        },
    }
}

/// The status of the bill of a book with this payment code.
pub async fn status_of(
    tx: &mut Tx,
    book: i64,
    pay_code: &str,
) -> Result<Option<BillStatus>, Fault> {
    let found = sql::find_named(tx, book, pay_code).await?;
    Ok(found
        .filter(|b| b.pay_code == pay_code)
        .as_ref()
        .map(status))
}

fn event(ctx: &Ctx, name: &str, amount: i64, why: &str) -> BillEvent {
    BillEvent {
        event: name.into(),
        amount,
        actor: ctx.actor.clone(),
        at: ctx.now.0,
        why: why.into(),
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillReply {
    pub bill: String,
    pub number: String,
    pub state: String,
    pub total: i64,
    pub paid: i64,
}

impl BillReply {
    fn of(bill: &BillRow, state: BillState) -> BillReply {
        BillReply {
            bill: bill.id.to_string(),
            number: bill.number.clone(),
            state: state.name().into(),
            total: bill.total,
            paid: bill.paid,
        }
    }
}

/// `bill cancel`.
pub struct CancelBill {
    pub book: Book,
    pub bill: String,
    pub reason: String,
}

impl Command for CancelBill {
    const NAME: &'static str = "bill.cancel";
    type Reply = BillReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "bill": self.bill, "reason": self.reason})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<BillReply, Failure> {
        check_reason("bill cancel", &self.reason)?;
        let bill = find(tx, &self.book, &self.bill).await?;
        let roles: &[Role] = match bill.state {
            BillState::Draft => &[Role::SchoolCashier, Role::SchoolHead],
            _ => &[Role::SchoolHead],
        };
        access::require(tx, ctx, self.book.id, &self.book.code, roles).await?;
        let state = cancel(tx, ctx, &self.book, &bill, &self.reason).await?;
        Ok(BillReply::of(&bill, state))
    }
}

/// Cancels a draft or an issued bill; what was paid on it becomes credit.
async fn cancel(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    bill: &BillRow,
    reason: &str,
) -> Result<BillState, Failure> {
    let state = bill.state.next(bill.name(), BillChange::Cancel)?;
    let lines = sql::lines_of(tx, book.id, &[bill.id]).await?;
    let lines = lines.get(&bill.id).map_or(&[][..], Vec::as_slice);
    if bill.state != BillState::Draft {
        let posted: Vec<i64> = lines
            .iter()
            .map(|l| client_id(l.id, Code::Billed))
            .collect();
        let earlier = ledger::load_earlier(tx, book.id, &posted).await?;
        let mut transfers = Vec::new();
        for (line, client) in lines.iter().zip(&posted) {
            let Some((was, seq)) = earlier.get(client) else {
                continue;
            };
            transfers.push(NewTransfer {
                client_id: client_id(line.id, Code::BillCancelled),
                debit_id: was.credit_id,
                credit_id: was.debit_id,
                amount: was.amount,
                code: Code::BillCancelled,
                cause_id: bill.id,
                reverses_seq: Some(*seq),
            });
        }
        let info = PostingInfo::new("bill_cancelled", ctx, ctx.now.day(), bill.id);
        ledger::post_all(tx, book.id, &info, &transfers).await?;
        to_credit(tx, ctx, book.id, bill, "bill_cancelled").await?;
    }
    let ids: Vec<i64> = lines.iter().map(|l| l.id).collect();
    fee_sql::free_days(tx, book.id, &ids).await?;
    sql::free_keys(tx, book.id, bill.id).await?;
    sql::set_state(tx, book.id, bill.id, state, Some((ctx.now.0, reason))).await?;
    sql::insert_event(
        tx,
        book.id,
        bill.id,
        &event(ctx, "cancelled", bill.total, reason),
        None,
    )
    .await?;
    Ok(state)
}

/// `bill write-off`: proposed, or with `approve` approved by another person.
pub struct WriteOffBill {
    pub book: Book,
    pub bill: String,
    pub reason: String,
    pub approve: bool,
}

impl Command for WriteOffBill {
    const NAME: &'static str = "bill.write_off";
    type Reply = BillReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "bill": self.bill, "reason": self.reason, "approve": self.approve})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<BillReply, Failure> {
        let bill = find(tx, &self.book, &self.bill).await?;
        let state = bill.state.next(bill.name(), BillChange::WriteOff)?;
        let open = bill.total - bill.paid;
        if !self.approve {
            check_reason("bill write-off", &self.reason)?;
            access::require(tx, ctx, self.book.id, &self.book.code, &[Role::Accountant]).await?;
            let proposed = event(ctx, "write_off_proposed", open, &self.reason);
            sql::insert_event(tx, self.book.id, bill.id, &proposed, None).await?;
            return Ok(BillReply::of(&bill, bill.state));
        }
        let roles = [Role::ChiefAccountant, Role::SchoolHead];
        access::require(tx, ctx, self.book.id, &self.book.code, &roles).await?;
        let events = sql::events_of(tx, self.book.id, bill.id).await?;
        let proposed = events
            .iter()
            .rev()
            .find(|e| e.event == "write_off_proposed");
        // What was proposed is what is approved: a payment in between asks for a new proposal.
        let proposed = proposed
            .filter(|p| p.amount == open)
            .ok_or_else(|| Reject::StateWrong {
                what: "bill".into(),
                id: bill.name().into(),
                state: bill.state.name().into(),
                needed: format!("write_off_proposed {open}"),
            })?;
        access::other_than(ctx, &proposed.actor, "bill write-off")?;
        let reason = proposed.why.clone();
        self.post(tx, ctx, &bill).await?;
        sql::set_state(tx, self.book.id, bill.id, state, Some((ctx.now.0, &reason))).await?;
        sql::insert_event(
            tx,
            self.book.id,
            bill.id,
            &event(ctx, "written_off", open, &reason),
            None,
        )
        .await?;
        Ok(BillReply::of(&bill, state))
    }
}

impl WriteOffBill {
    async fn post(&self, tx: &mut Tx, ctx: &Ctx, bill: &BillRow) -> Result<(), Failure> {
        let info = PostingInfo::new("bill_written_off", ctx, ctx.now.day(), bill.id);
        let expense = ledger::open_account(tx, self.book.id, &info, "expense/write_off").await?;
        let lines = sql::lines_of(tx, self.book.id, &[bill.id]).await?;
        let mut transfers = Vec::new();
        for line in lines.get(&bill.id).into_iter().flatten() {
            let (Some(receivable), open) = (line.receivable_id, line.amount - line.paid) else {
                continue;
            };
            if open == 0 {
                continue;
            }
            let debit = if line.kind == FeeKind::Agency {
                line.against_id
            } else {
                expense
            };
            let amount = Dong::new(open).map_err(|e| Fault::Corrupt(e.to_string()))?;
            transfers.push(NewTransfer::new(
                client_id(line.id, Code::WrittenOff),
                debit,
                receivable,
                amount,
                Code::WrittenOff,
                bill.id,
            ));
        }
        ledger::post_all(tx, self.book.id, &info, &transfers).await?;
        Ok(())
    }
}

/// `bill reissue`: cancels and prepares anew, as prices stand now.
pub struct ReissueBill {
    pub book: Book,
    pub bill: String,
    pub reason: String,
}

impl Command for ReissueBill {
    const NAME: &'static str = "bill.reissue";
    type Reply = PrepareReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "bill": self.bill, "reason": self.reason})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PrepareReply, Failure> {
        check_reason("bill reissue", &self.reason)?;
        access::require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::SchoolHead, Role::SchoolCashier],
        )
        .await?;
        let bill = find(tx, &self.book, &self.bill).await?;
        if bill.state != BillState::Draft {
            access::require(tx, ctx, self.book.id, &self.book.code, &[Role::SchoolHead]).await?;
        }
        cancel(tx, ctx, &self.book, &bill, &self.reason).await?;
        let run = run_issue::find(tx, &self.book, bill.run_id).await?;
        let year = people::year_by_id(tx, self.book.id, run.year_id).await?;
        let debtor = people::debtor_by_id(tx, self.book.id, bill.debtor_id).await?;
        let period = programme::Period::parse(&programme::period_text(bill.period))
            .map_err(|_| Fault::Corrupt("period".into()))?;
        let prepare = PrepareBills {
            book: self.book.clone(),
            year: year.code,
            period,
            class: None,
            debtor: Some(debtor.code),
        };
        let reply = prepare.prepare(tx, ctx).await?;
        if let Ok(new) = reply.run.parse::<i64>() {
            sql::set_replaces(tx, self.book.id, new, bill.id).await?;
        }
        Ok(reply)
    }
}

/// `bill make`: one bill for one thing, as a clinic or a desk makes them.
pub struct MakeBill {
    pub book: Book,
    /// The debtor's code; made with `name` where it is not known yet.
    pub debtor: String,
    pub name: Option<String>,
    pub fee: String,
    pub quantity: i64,
    /// The dossier, the visit: stands in the line's words.
    pub reference: String,
    pub keys: KeyRing,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBill {
    pub run: String,
    pub bill: String,
    pub number: String,
    pub state: String,
    pub pay_code: String,
    pub total: i64,
    pub due_on: String,
}

impl Command for MakeBill {
    const NAME: &'static str = "bill.make";
    type Reply = MadeBill;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "debtor": self.debtor, "fee": self.fee, "quantity": self.quantity,
               "reference": self.reference})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<MadeBill, Failure> {
        access::require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::SchoolCashier],
        )
        .await?;
        let biller = biller::of(tx, &self.book).await?;
        let bad = |place: &str, found: String, expected: &str| Reject::BadInput {
            what: "bill make".into(),
            place: place.into(),
            found,
            expected: expected.into(),
        };
        if !(1..=10_000).contains(&self.quantity) {
            return Err(bad("--quantity", self.quantity.to_string(), "1-10000").into());
        }
        let today = ctx.now.day();
        let year = people::year_on(tx, self.book.id, today)
            .await?
            .ok_or_else(|| Reject::NotFound {
                what: "school_year".into(),
                id: today.to_string(),
            })?;
        let year = biller::year(tx, &self.book, &year).await?;
        let pupil = self.debtor(tx, ctx, &biller.kind).await?;
        let fees = fee_sql::fees(tx, self.book.id).await?;
        let at = fees
            .iter()
            .position(|f| f.code == self.fee)
            .ok_or_else(|| Reject::NotFound {
                what: "fee".into(),
                id: self.fee.clone(),
            })?;
        let prices: Vec<Price> = fee_sql::prices(tx, self.book.id, year.id)
            .await?
            .into_iter()
            .filter(|p| p.fee_id == fees[at].id)
            .collect();
        let whom = Whom {
            grade: None,
            class_id: None,
            debtor_id: pupil.debtor_id,
        };
        let price = price_for(&prices, &whom, today, today).ok_or_else(|| Reject::NotFound {
            what: "price".into(),
            id: self.fee.clone(),
        })?;
        let period = i64::from(today.year()) * 100 + i64::from(today.month());
        let gross = price
            .price
            .checked_mul(self.quantity)
            .filter(|g| (1..=Dong::PAYMENT_LIMIT.get()).contains(g))
            .ok_or(Reject::AmountInvalid {
                amount: price.price,
            })?;
        let due_on = price.due_on(period).unwrap_or(today).max(today);
        let why = match self.reference.as_str() {
            "" => price.ground.clone(),
            reference => format!("{}; {reference}", price.ground),
        };
        let charge = Charge {
            fee: at,
            price_id: price.id,
            name: fees[at].name.clone(),
            quantity: self.quantity,
            price: price.price,
            gross,
            reduction: 0,
            amount: gross,
            part: 1,
            parts: 1,
            due_on,
            key: String::new(),
            by_day: false,
            why,
            settles: Vec::new(),
        };
        let (no_prices, no_plans) = (HashMap::new(), HashMap::new());
        let terms = Terms {
            fees: &fees,
            prices: &no_prices,
            plans: &no_plans,
            ceilings: &[],
            school: biller.kind == "school",
            ownership: &biller.ownership,
            year_id: year.id,
            period,
            on: today,
            known_on: today,
        };
        let drafted = draft_bills(
            tx,
            &self.book,
            &biller,
            &terms,
            &[pupil],
            &[(0, vec![charge])],
        )
        .await?;
        let run = RunRow {
            id: drafted.run,
            year_id: year.id,
            period,
            class_id: None,
            report: "{}".into(),
            bills: 1,
            total: gross,
            made_by: ctx.actor.clone(),
            issued_by: None,
        };
        drafted.record(tx, ctx, self.book.id, &run).await?;
        // The price is the head's, loaded before; a desk's applicant waits for the code.
        if biller.kind != "school" {
            run_issue::issue(tx, ctx, &self.book, &run).await?;
        }
        let bill = sql::bills_of_run(tx, self.book.id, run.id).await?;
        let bill = bill
            .first()
            .ok_or_else(|| Fault::Corrupt("a run without its bill".into()))?;
        Ok(MadeBill {
            run: run.id.to_string(),
            bill: bill.id.to_string(),
            number: bill.number.clone(),
            state: bill.state.name().into(),
            pay_code: bill.pay_code.clone(),
            total: bill.total,
            due_on: bill.due_on.to_string(),
        })
    }
}

impl MakeBill {
    /// The debtor, made now where the code is new and a name was given.
    async fn debtor(&self, tx: &mut Tx, ctx: &Ctx, kind: &str) -> Result<PupilRow, Failure> {
        let (id, name) = match (
            people::find_debtor(tx, self.book.id, &self.debtor).await?,
            &self.name,
        ) {
            (Some(d), _) => (d.id, d.full_name),
            (None, Some(name)) => {
                let digits = self.debtor.bytes().all(|b| b.is_ascii_digit());
                if self.debtor.is_empty() || (digits && self.debtor.len() == 12) {
                    return Err(Reject::BadInput {
                        what: "bill make".into(),
                        place: "--debtor".into(),
                        found: "***".into(),
                        expected: "a code that is no personal number".into(),
                    }
                    .into());
                }
                let listed = ListedPupil {
                    code: self.debtor.clone(),
                    number: None,
                    full_name: name.clone(),
                    birth: String::new(),
                    class: String::new(),
                    payers: Vec::new(),
                    row: 0,
                };
                let what = match kind {
                    "clinic" => "patient",
                    "one_stop" => "applicant",
                    _ => "pupil",
                };
                let fresh = [(0, &listed, None)];
                let id = open_debtors(
                    tx,
                    ctx,
                    &self.book,
                    what,
                    &self.keys,
                    &fresh,
                    &HashSet::new(),
                )
                .await?;
                (id, name.clone())
            }
            (None, None) => {
                return Err(Reject::NotFound {
                    what: "debtor".into(),
                    id: self.debtor.clone(),
                }
                .into());
            }
        };
        Ok(PupilRow {
            debtor_id: id,
            code: self.debtor.clone(),
            full_name: name,
            number_hash: None,
            class_id: 0,
            class_code: String::new(),
            grade: 0,
        })
    }
}
