//! A bank's file comes in: whose it is, whether it may be trusted, and a sealed copy kept.
//!
//! The account in the header decides which keys count, so a bank can sign only for its own
//! accounts. What cannot be trusted is noted in quarantine with its reason, and nothing of
//! it is applied. Raw files lie sealed in `files/<sha256>`; the database holds the hash.

use super::payment_file::digest_of;
use crate::access::{self, Role};
use crate::error::{Failure, Reject, io_fault};
use crate::ledger::Book;
use crate::payment::sql::{self as payment_sql, BankAccountRow};
use crate::reconcile::import::{ImportStatement, quarantined};
use crate::store::keys::{KeyRing, Purpose, hex};
use crate::store::{Ctx, Db, INSTALLATION};
use ansinh_settlement::{StatementReader, verify_statement};
use std::fs::File;
use std::io::{BufReader, Read as _, Write as _};
use std::path::Path;

/// Checks the file and makes the command that imports it; a sealed copy stays in `folder`.
pub async fn statement(
    db: &Db,
    folder: &Path,
    ctx: &Ctx,
    keys: &KeyRing,
    path: &Path,
) -> Result<ImportStatement, Failure> {
    let unreadable = |e: std::io::Error| Reject::FileUnreadable {
        path: path.display().to_string(),
        why: crate::words::why_unread(&e),
    };
    let mut tx = db.begin_read().await?;
    let allowed = access::require_anywhere(
        &mut tx,
        ctx,
        &[Role::Accountant, Role::ChiefAccountant, Role::BankOfficer],
    )
    .await;
    tx.rollback().await?;
    allowed?;
    let digest = match digest_of(path) {
        Ok(digest) => digest,
        Err(crate::error::Fault::Io { source, .. }) => return Err(unreadable(source).into()),
        Err(fault) => return Err(fault.into()),
    };
    let open = || {
        File::open(path)
            .map(|f| BufReader::with_capacity(1 << 18, f))
            .map_err(unreadable)
    };
    let (header, reader) = match StatementReader::open(open()?) {
        Ok(opened) => opened,
        Err(e) => return Err(quarantine(db, ctx, &digest, quarantined(&e)).await),
    };
    drop(reader);
    let mut tx = db.begin_read().await?;
    let counter = keys.fingerprint(&header.bank_bin, &header.account_number);
    let bank = payment_sql::bank_account_by_counter(&mut tx, counter).await?;
    let Some(bank) = bank else {
        tx.rollback().await?;
        let reject = Reject::OurAccountUnknown {
            bank: header.bank_bin.clone(),
            account: mask(&header.account_number),
        };
        return Err(quarantine(db, ctx, &digest, reject).await);
    };
    let book = book_of(&mut tx, &bank).await?;
    let ring = keys_of(&mut tx, keys, &bank).await?;
    tx.rollback().await?;
    let signature = match std::fs::read_to_string(format!("{}.sig", path.display())) {
        Ok(text) => Some(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(unreadable(e).into()),
    };
    let find = |id: &str| {
        ring.iter()
            .find(|(name, _)| name == id)
            .map(|(_, key)| key.clone())
    };
    let summary =
        match verify_statement(open()?, &find, bank.unsigned_allowed, signature.as_deref()) {
            Ok(summary) => summary,
            Err(e) => return Err(quarantine(db, ctx, &digest, quarantined(&e)).await),
        };
    if !ctx.dry_run {
        keep(folder, keys, path, &digest)?;
    }
    Ok(ImportStatement {
        book,
        bank,
        path: path.to_owned(),
        summary,
        digest,
        keys: keys.clone(),
    })
}

async fn book_of(tx: &mut crate::store::Tx, bank: &BankAccountRow) -> Result<Book, Failure> {
    let books = crate::ledger::all_books(tx).await?;
    let book = books.into_iter().find(|b| b.id == bank.book_id);
    Ok(book.ok_or_else(|| Reject::NotFound {
        what: "book".into(),
        id: bank.book_id.to_string(),
    })?)
}

async fn keys_of(
    tx: &mut crate::store::Tx,
    keys: &KeyRing,
    bank: &BankAccountRow,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut out = Vec::new();
    for (book, account, id, sealed) in payment_sql::bank_keys(tx).await? {
        if (book, account) == (bank.book_id, bank.id) {
            out.push((id, keys.open(Purpose::BankKey, &sealed)?));
        }
    }
    Ok(out)
}

/// Notes the refused file; the reject is the answer whatever the note's fate.
async fn quarantine(db: &Db, ctx: &Ctx, digest: &[u8; 32], reject: Reject) -> Failure {
    if ctx.dry_run {
        return reject.into();
    }
    let noted = async {
        let mut tx = db.begin().await?;
        tx.lock_heads(&[INSTALLATION]).await?;
        let id = tx.reserve_ids(INSTALLATION, 1)?;
        let detail = reject.data().to_string();
        crate::store::audit::record(
            &mut tx,
            INSTALLATION,
            ctx,
            "statement.quarantine",
            &reject.data(),
        )
        .await?;
        crate::reconcile::sql::insert_quarantine(
            &mut tx,
            id,
            digest,
            reject.code(),
            &detail,
            ctx.now.0,
            &ctx.actor,
        )
        .await?;
        tx.commit().await
    };
    match noted.await {
        Ok(()) => reject.into(),
        Err(failure) => failure,
    }
}

/// The last four digits of an account number.
pub fn mask(account: &str) -> String {
    let shown: String = account
        .chars()
        .rev()
        .take(4)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    format!("***{shown}")
}

/// Bytes sealed at a time.
const BLOCK: usize = 1 << 20;

/// Keeps a sealed copy under the file's hash, once.
fn keep(folder: &Path, keys: &KeyRing, path: &Path, digest: &[u8; 32]) -> Result<(), Failure> {
    let folder = folder.join("files");
    std::fs::create_dir_all(&folder).map_err(io_fault(&folder))?;
    let target = folder.join(hex(digest));
    if target.exists() {
        return Ok(());
    }
    let part = folder.join(format!(".{}.{}.part", hex(digest), std::process::id()));
    let copy = || -> Result<(), Failure> {
        let mut input = File::open(path).map_err(io_fault(path))?;
        let mut out = File::create(&part).map_err(io_fault(&part))?;
        let mut block = Vec::with_capacity(BLOCK + 8);
        for number in 0u64.. {
            block.clear();
            block.extend_from_slice(&number.to_le_bytes());
            let n = (&mut input)
                .take(BLOCK as u64)
                .read_to_end(&mut block)
                .map_err(io_fault(path))?;
            let sealed = keys.seal(Purpose::File, &block)?;
            let length = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
            out.write_all(&length.to_le_bytes())
                .and_then(|()| out.write_all(&sealed))
                .map_err(io_fault(&part))?;
            if n < BLOCK {
                break;
            }
        }
        out.sync_all().map_err(io_fault(&part))?;
        Ok(())
    };
    let copied = copy();
    if copied.is_ok() {
        std::fs::rename(&part, &target).map_err(io_fault(&target))?;
    } else {
        let _ = std::fs::remove_file(&part);
    }
    copied
}
