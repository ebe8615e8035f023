//! Payments: one instruction table and one state machine for every outgoing payment, and
//! our own accounts at banks.
//!
//! An instruction is fixed when it is planned: payee account, address, amount, cause. Its
//! end-to-end reference is its book and id in writing, so it has one for ever and nobody
//! can give it a second. What is true of a whole batch is said once, by the batch; an
//! instruction has event rows only where it went another way, and a match row when a
//! statement settled it.

pub mod bank_account;
pub mod sql;
mod state;

pub use sql::{Instruction, LINES_SELECT};
pub use state::{Event, State};

use crate::error::Fault;
use crate::store::Tx;
use ansinh_settlement::Reference;
use sha2::{Digest, Sha256};

/// Prefix letter of the references of outgoing payments.
pub const PREFIX: u8 = b'P';

/// The end-to-end reference of an instruction.
pub fn reference(book: i64, id: i64) -> Result<Reference, Fault> {
    let corrupt = |_| Fault::Corrupt(format!("no reference for instruction {book}/{id}"));
    let (book, id) = (
        u32::try_from(book).map_err(corrupt)?,
        u64::try_from(id).map_err(corrupt)?,
    );
    Reference::new(PREFIX, book, id).map_err(|e| Fault::Corrupt(e.to_string()))
}

/// The instruction that a reference names, when it is one of this book's payments.
pub fn instruction_of(book: i64, reference: &str) -> Option<i64> {
    let reference = Reference::parse(reference).ok()?;
    (reference.prefix() == PREFIX && i64::from(reference.book()) == book)
        .then(|| i64::try_from(reference.sequence()).ok())
        .flatten()
}

/// SHA-256 over the frozen lines of a batch: id, payee account, address, account number and
/// payee as keyed numbers, amount, cause, in order. A changed, added or missing line changes
/// it. An address that no longer is what its payee's number says is found when the payment
/// file is made, before anything is posted.
pub async fn lines_digest(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
    header: &str,
) -> Result<[u8; 32], Fault> {
    let mut hash = Sha256::new();
    hash.update(header);
    sql::each_frozen(tx, book, first, last, |lines| {
        hash.update(lines);
        hash.update(b";");
    })
    .await?;
    Ok(hash.finalize().into())
}
