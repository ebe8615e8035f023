//! The payment file of a batch: pain.001.001.09, streamed from the database, the same
//! bytes every time, since all that is in them was fixed before the first byte.
//!
//! The file is written under a temporary name in the target folder, synced, and takes its
//! name only when it is whole; a file that lies there with other bytes is never replaced.

use crate::disbursement::send::PaymentFile;
use crate::error::{Failure, Fault, Reject, io_fault};
use crate::payment;
use crate::payment::sql::pay_lines;
use crate::store::Db;
use crate::store::keys::{KeyRing, Purpose, hex};
use ansinh_settlement::{CreditTransfer, Dong, GroupHeader, Pain001Writer, PaymentInfo};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

/// Where the file lies and what it is.
#[derive(Clone, Debug)]
pub struct Written {
    pub path: PathBuf,
    /// Hex.
    pub sha256: String,
    pub bytes: u64,
    /// True when it lay there already, byte for byte.
    pub was_there: bool,
}

/// Lines a round.
const CHUNK: i64 = 10_000;

/// Name of the file: the message id, which the bank refuses a second time.
pub fn file_name(file: &PaymentFile) -> String {
    format!("{}.xml", file.message_id)
}

/// Writes the file into `folder`; `progress` hears of the lines written so far.
pub async fn write(
    db: &Db,
    keys: &KeyRing,
    book: i64,
    file: &PaymentFile,
    folder: &Path,
    progress: impl FnMut(i64),
) -> Result<Written, Failure> {
    std::fs::create_dir_all(folder).map_err(io_fault(folder))?;
    let path = folder.join(file_name(file));
    let part = folder.join(format!(".{}.{}.part", file_name(file), std::process::id()));
    let made = write_part(db, keys, book, file, &part, progress).await;
    let (sha256, bytes) = match made {
        Ok(made) => made,
        Err(failure) => {
            let _ = std::fs::remove_file(&part);
            return Err(failure);
        }
    };
    if file.sha256.as_ref().is_some_and(|was| *was != sha256) {
        let _ = std::fs::remove_file(&part);
        return Err(Fault::Corrupt(format!(
            "payment file {} no longer comes out as it was sent",
            file.message_id
        ))
        .into());
    }
    let was_there = place(&part, &path, &sha256)?;
    Ok(Written {
        path,
        sha256,
        bytes,
        was_there,
    })
}

/// Gives the whole file its name, unless one with the same bytes has it.
fn place(part: &Path, path: &Path, sha256: &str) -> Result<bool, Failure> {
    let linked = std::fs::hard_link(part, path);
    std::fs::remove_file(part).map_err(io_fault(part))?;
    match linked {
        Ok(()) => {
            sync_folder(path)?;
            Ok(false)
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            if hex(&digest_of(path)?) == sha256 {
                Ok(true)
            } else {
                Err(Reject::FileExists {
                    path: path.display().to_string(),
                }
                .into())
            }
        }
        Err(e) => Err(io_fault(path)(e).into()),
    }
}

fn sync_folder(path: &Path) -> Result<(), Fault> {
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(io_fault(folder))
}

/// SHA-256 of a file.
pub fn digest_of(path: &Path) -> Result<[u8; 32], Fault> {
    let mut file = File::open(path).map_err(io_fault(path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; 1 << 16];
    loop {
        let n = file.read(&mut buffer).map_err(io_fault(path))?;
        if n == 0 {
            return Ok(hash.finalize().into());
        }
        hash.update(&buffer[..n]);
    }
}

async fn write_part(
    db: &Db,
    keys: &KeyRing,
    book: i64,
    file: &PaymentFile,
    part: &Path,
    mut progress: impl FnMut(i64),
) -> Result<(String, u64), Failure> {
    let mut tx = db.begin_read().await?;
    let bank = payment::sql::bank_account_by_id(&mut tx, book, file.bank_account_id).await?;
    let debtor_account = keys.open_text(Purpose::BankAccount, &bank.sealed)?;
    let out = Hashing {
        inner: File::create(part).map_err(io_fault(part))?,
        hash: Sha256::new(),
        bytes: 0,
    };
    let header = GroupHeader {
        message_id: &file.message_id,
        created_at: &file.created_at,
        count: file.lines.unsigned_abs(),
        sum: Dong::new(file.total).map_err(|e| Fault::Corrupt(e.to_string()))?,
        initiator_name: &bank.holder_name,
    };
    let info = PaymentInfo {
        id: &file.message_id,
        requested_on: file.requested_on,
        debtor_name: &bank.holder_name,
        debtor_account: &debtor_account,
        debtor_bin: &bank.bin,
    };
    let unwritable =
        |e: ansinh_settlement::WriteError| Fault::Corrupt(format!("{}: {e}", file.message_id));
    let mut writer = Pain001Writer::new(BufWriter::with_capacity(1 << 18, out), &header, &info)
        .map_err(unwritable)?;
    let mut from = file.first_id;
    while from <= file.last_id {
        let to = file.last_id.min(from + CHUNK - 1);
        for line in pay_lines(&mut tx, book, from, to).await? {
            let account = keys.open_text(Purpose::BankAccount, &line.sealed)?;
            if keys.fingerprint(&line.bin, &account) != line.counter {
                return Err(Fault::Corrupt(format!(
                    "the address of instruction {} was changed",
                    line.id
                ))
                .into());
            }
            let reference = payment::reference(book, line.id)?;
            writer
                .payment(&CreditTransfer {
                    end_to_end: reference.as_str(),
                    amount: line.amount,
                    creditor_name: &line.holder_name,
                    creditor_account: &account,
                    creditor_bin: &line.bin,
                    purpose: &file.purpose,
                })
                .map_err(unwritable)?;
        }
        progress(to - file.first_id + 1);
        from = to + 1;
    }
    let buffer = writer.finish().map_err(unwritable)?;
    let out = buffer
        .into_inner()
        .map_err(|e| io_fault(part)(e.into_error()))?;
    out.inner.sync_all().map_err(io_fault(part))?;
    tx.rollback().await?;
    Ok((hex(&out.hash.finalize()), out.bytes))
}

struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let n = self.inner.write(buffer)?;
        self.hash.update(&buffer[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
