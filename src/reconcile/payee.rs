//! What a payment that did not arrive says about its payee, by whatever way we learn of it:
//! a return on a statement, a return whose reference was lost, the bank's written word.
//!
//! The address is not paid to again until the bank confirms it anew; a closed
//! social-security account reopens suspended; one of a person whom the bank reports dead
//! is suspended. Reasons are ISO 20022 codes: `AC04` closed account, `MD07` payee dead.

use crate::beneficiary::{self, AccountEvent};
use crate::error::Failure;
use crate::identity::sql::{person_of_address, set_address_state};
use crate::payment::sql::Instruction;
use crate::store::{Ctx, Tx};

/// Marks the payee of an instruction whose money did not arrive or came back; `reason` is
/// the bank's code, or empty.
pub async fn mark_payee(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    instruction: &Instruction,
    reason: &str,
) -> Result<(), Failure> {
    let state = if reason == "AC04" {
        "closed"
    } else {
        "unverified"
    };
    let code = if reason.is_empty() {
        "no_reason"
    } else {
        reason
    };
    let note = format!("returned_{code}");
    set_address_state(tx, instruction.address_id, state, &note, ctx.now.0).await?;
    let Some(person) = person_of_address(tx, instruction.address_id).await? else {
        return Ok(());
    };
    let Some(account) = beneficiary::find(tx, book, person).await? else {
        return Ok(());
    };
    let event = match (account.as_str(), reason) {
        ("closed", _) => AccountEvent::Reopen,
        ("open", "MD07") => AccountEvent::Suspend,
        _ => return Ok(()),
    };
    beneficiary::change(tx, book, ctx, person, event, &note).await?;
    Ok(())
}
