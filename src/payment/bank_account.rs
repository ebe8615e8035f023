//! Our accounts at banks or at the treasury, each with its four ledger accounts.

use super::sql::{self, BankAccountRow};
use crate::error::{Failure, Fault};
use crate::ledger::{self, NewTransfer, PostingInfo, client_id};
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Ctx, Tx};
use ansinh_settlement::{Day, Dong};

/// An account to open in a book.
#[derive(Clone, Debug)]
pub struct NewBankAccount {
    /// Short name in the installation, such as `LDTBXH-AGRI`.
    pub code: String,
    pub bin: String,
    pub bank_name: String,
    pub account_number: String,
    pub holder_name: String,
    /// đồng on the account when AnSinh starts; stands in suspense until it is identified.
    pub opening: Dong,
    pub opened_on: Day,
    pub unsigned_allowed: bool,
}

/// Opens the account with its ledger accounts; an opening balance is posted to suspense.
/// Returns the account; the caller lists the opening as a break.
pub async fn open(
    tx: &mut Tx,
    keys: &KeyRing,
    ctx: &Ctx,
    book: i64,
    new: &NewBankAccount,
) -> Result<BankAccountRow, Failure> {
    let id = tx.reserve_ids(book, 1)?;
    let info = PostingInfo::new("bank_account_opened", ctx, new.opened_on, id);
    let mut ids = [0i64; 4];
    for (slot, part) in ids
        .iter_mut()
        .zip(["nostro", "clearing_in", "clearing_out", "suspense"])
    {
        *slot = ledger::open_account(tx, book, &info, &format!("{part}/{}", new.code)).await?;
    }
    let row = BankAccountRow {
        book_id: book,
        id,
        code: new.code.clone(),
        bin: new.bin.clone(),
        bank_name: new.bank_name.clone(),
        holder_name: new.holder_name.clone(),
        sealed: keys.seal_text(Purpose::BankAccount, &new.account_number)?,
        unsigned_allowed: new.unsigned_allowed,
        nostro_id: ids[0],
        clearing_in_id: ids[1],
        clearing_out_id: ids[2],
        suspense_id: ids[3],
        opening: new.opening.get(),
        opened_on: new.opened_on,
        counter: keys.fingerprint(&new.bin, &new.account_number),
    };
    sql::insert_bank_account(tx, &row).await?;
    if new.opening > Dong::ZERO {
        let code = ledger::Code::Opening;
        let transfer = NewTransfer::new(
            client_id(id, code),
            row.nostro_id,
            row.suspense_id,
            new.opening,
            code,
            id,
        );
        ledger::post_all(tx, book, &info, &[transfer]).await?;
    }
    Ok(row)
}

/// The keys of one of our accounts, opened: (key id, key).
pub async fn keys_of(tx: &mut Tx, ring: &KeyRing) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let mut out = Vec::new();
    for (_, _, key_id, sealed) in sql::bank_keys(tx).await? {
        out.push((key_id, ring.open(Purpose::BankKey, &sealed)?));
    }
    Ok(out)
}
