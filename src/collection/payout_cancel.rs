//! Taking a payout back before it is paid, and giving it another account.

use super::payout::{
    PayTo, PayoutReply, REQUESTED, cancelled_reply, insert_address, part_of, payee, reply,
};
use super::sql::cash;
use super::sql::payout::{self as sql, PayoutRow};
use crate::access::{self, Role};
use crate::disbursement::owed;
use crate::error::{Failure, Fault, Reject, check_reason};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::store::keys::KeyRing;
use crate::store::{Command, Ctx, INSTALLATION, Tx};
use ansinh_settlement::Dong;
use serde_json::{Value, json};

const ROLES: &[Role] = &[Role::SchoolCashier, Role::SchoolHead];

async fn find(tx: &mut Tx, book: &Book, id: i64) -> Result<PayoutRow, Failure> {
    Ok(sql::find(tx, book.id, id)
        .await?
        .ok_or_else(|| Reject::NotFound {
            what: "payout".into(),
            id: id.to_string(),
        })?)
}

fn wrong(p: &PayoutRow, state: &str, needed: &str) -> Reject {
    Reject::StateWrong {
        what: "payout".into(),
        id: p.id.to_string(),
        state: state.into(),
        needed: needed.into(),
    }
}

/// `payout cancel`: what was not paid goes back to where it came from.
pub struct CancelPayout {
    pub book: Book,
    pub payout: i64,
    pub reason: String,
}

impl Command for CancelPayout {
    const NAME: &'static str = "payout.cancel";
    type Reply = PayoutReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "payout": self.payout, "reason": self.reason})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PayoutReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, ROLES).await?;
        check_reason("payout cancel", &self.reason)?;
        let CancelledMoney { row, back } =
            cancel(tx, ctx, &self.book, self.payout, &self.reason).await?;
        if row.kind == "send_back" {
            // It would stand in suspense without a break.
            return Err(wrong(&row, "send_back", "refund / remittance").into());
        }
        Ok(cancelled_reply(&row, back))
    }
}

/// A payout as it was, and the đồng that stand again where they stood before it.
pub struct CancelledMoney {
    pub row: PayoutRow,
    pub back: i64,
}

/// Cancels what was not paid of a payout; the caller has checked who asks.
pub async fn cancel(
    tx: &mut Tx,
    ctx: &Ctx,
    of: &Book,
    payout: i64,
    reason: &str,
) -> Result<CancelledMoney, Failure> {
    let book = of.id;
    let p = find(tx, of, payout).await?;
    if p.state != "requested" {
        return Err(wrong(&p, &p.state, "requested / returned").into());
    }
    let owed = owed::load(tx, book, &[p.id]).await?.remove(&p.id);
    let position = owed.as_ref().map(owed::Owed::position).unwrap_or_default();
    let open = owed.is_some_and(|o| o.parts.iter().any(|x| x.is_open()));
    if open || position.in_clearing > 0 {
        return Err(wrong(&p, "under_way", "requested / returned").into());
    }
    // Set aside and not granted, and granted and come back.
    let stands = position.stands;
    let back = p.amount - position.delivered;
    let in_pool = back - stands;
    if back <= 0 || in_pool < 0 {
        return Err(wrong(&p, "paid", "requested / returned").into());
    }
    if p.kind == "remittance" && position.delivered > 0 {
        return Err(wrong(&p, "paid", "requested / returned").into());
    }
    let info = PostingInfo::new("payout_cancelled", ctx, ctx.now.day(), p.id);
    let pool = ledger::open_account(tx, book, &info, REQUESTED).await?;
    let mut transfers = Vec::new();
    for (account, amount) in [(pool, in_pool), (p.account_id, stands)] {
        if amount == 0 {
            continue;
        }
        let id = tx.reserve_ids(book, 1)?;
        let code = Code::PayoutCancelled;
        let amount = Dong::new(amount).map_err(|e| Fault::Corrupt(e.to_string()))?;
        transfers.push(NewTransfer::new(
            client_id(id, code),
            account,
            p.from_id,
            amount,
            code,
            p.id,
        ));
    }
    ledger::post_all(tx, book, &info, &transfers).await?;
    match p.kind.as_str() {
        "remittance" => sql::undo_parts(tx, book, p.id, ctx.now.0).await?,
        // The bank took the payment back meanwhile: no part of it stands anywhere.
        "send_back" if is_taken_back(tx, book, p.id).await? => {
            sql::undo_parts(tx, book, p.id, ctx.now.0).await?;
        }
        _ => give_back(tx, ctx, book, &p, back).await?,
    }
    sql::set_cancelled(tx, book, p.id, &ctx.actor, ctx.now.0, reason.trim()).await?;
    Ok(CancelledMoney { row: p, back })
}

/// True when the bank took back the payment that a payout sends back.
pub async fn is_taken_back(tx: &mut Tx, book: i64, payout: i64) -> Result<bool, Failure> {
    let parts = sql::parts(tx, book, payout).await?;
    Ok(!parts.is_empty() && parts.iter().all(|(_, lives)| !lives))
}

/// `back` đồng of a refund are the debtor's credit again, of what was to be sent back they
/// stand in suspense. What the bank took back meanwhile is a claim on the debtor, so its
/// money is credit that no payment left.
async fn give_back(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    p: &PayoutRow,
    back: i64,
) -> Result<(), Failure> {
    let (target, debtor) = match p.debtor_id {
        Some(debtor) => ("credit", Some(debtor)),
        None => ("suspense", None),
    };
    let mut left = back;
    let mut made = Vec::new();
    let mut kept_parts = Vec::new();
    for (piece, lives) in sql::parts(tx, book, p.id).await?.iter().rev() {
        if left == 0 {
            break;
        }
        let taken = piece.amount.min(left);
        left -= taken;
        let credit = tx.reserve_ids(book, 1)?;
        let of = if *lives { piece.collection_id } else { 0 };
        made.push(part_of(credit, of, target, debtor, taken));
        let (id, rest) = (piece.allocation_id, piece.amount - taken);
        if !*lives && rest > 0 {
            sql::shrink_part(tx, book, p.id, id, rest).await?;
            continue;
        }
        sql::undo_part(tx, book, p.id, id, ctx.now.0).await?;
        cash::undo_allocation(tx, book, id, ctx.now.0, "refund_cancelled").await?;
        if rest > 0 {
            let kept = tx.reserve_ids(book, 1)?;
            let row = part_of(kept, piece.collection_id, "refund", debtor, rest);
            made.push(row);
            kept_parts.push((kept, rest));
        }
    }
    sql::insert_parts(tx, book, p.id, &kept_parts).await?;
    cash::insert_allocations(tx, book, &made, ctx.now.0, &ctx.actor).await?;
    Ok(())
}

/// `payout readdress`: another account for what came back or was not sent yet.
pub struct Readdress {
    pub book: Book,
    pub payout: i64,
    pub to: PayTo,
    pub name: String,
    pub keys: KeyRing,
}

impl Command for Readdress {
    const NAME: &'static str = "payout.readdress";
    type Reply = PayoutReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "payout": self.payout})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PayoutReply, Failure> {
        let book = self.book.id;
        let roles = [Role::SchoolCashier, Role::LabourMaker];
        access::require(tx, ctx, book, &self.book.code, &roles).await?;
        let p = find(tx, &self.book, self.payout).await?;
        let owed = owed::load(tx, book, &[p.id]).await?.remove(&p.id);
        let busy = owed.is_some_and(|o| o.parts.iter().any(|x| x.is_open()));
        if p.state != "requested" || busy {
            let state = if busy { "under_way" } else { p.state.as_str() };
            return Err(wrong(&p, state, "requested / returned").into());
        }
        let proven = p.kind != "remittance";
        if let PayTo::Source { collection } = self.to {
            // Only an account that money of this refund came from.
            let parts = sql::parts(tx, book, p.id).await?;
            if parts.iter().all(|(x, _)| x.collection_id != collection) {
                return Err(Reject::NotFound {
                    what: "collection".into(),
                    id: collection.to_string(),
                }
                .into());
            }
        }
        let payee = payee(tx, &self.keys, &self.book, &self.to, &self.name, proven).await?;
        let address = insert_address(tx, ctx, book, p.id, payee).await?;
        sql::set_address(tx, book, p.id, address).await?;
        Ok(reply(&p, 0))
    }
}
