//! The payment file of a batch: pain.001.001.09, streamed from the database, the same
//! bytes every time, since all that is in them was fixed before the first byte.
//!
//! The file is written under a temporary name in the target folder, synced, and takes its
//! name only when it is whole; a file that lies there with other bytes is never replaced.
//! The temporary name of a batch is always the same and is locked while somebody writes, so
//! what a killed process left is overwritten by the next.

use crate::disbursement::send::PaymentFile;
use crate::error::{Failure, Fault, Reject, io_fault};
use crate::payment;
use crate::payment::sql::pay_lines;
use crate::store::Db;
use crate::store::keys::{KeyRing, Purpose, hex};
use ansinh_settlement::{CreditTransfer, Dong, GroupHeader, Pain001Writer, PaymentInfo, Reference};
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

/// A whole payment file that has not taken its name; removed unless it does.
pub struct Draft {
    part: PathBuf,
    path: PathBuf,
    file: PaymentFile,
    sha256: String,
    bytes: u64,
    /// Held as long as the draft lives: nobody else writes under the same name.
    _lock: File,
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.part);
    }
}

impl Draft {
    /// True when it is, byte for byte, the file that was fixed.
    pub fn is_of(&self, fixed: &PaymentFile) -> bool {
        let same_hash = fixed.sha256.as_ref().is_none_or(|was| *was == self.sha256);
        let unhashed = |file: &PaymentFile| PaymentFile {
            sha256: None,
            ..file.clone()
        };
        same_hash && unhashed(fixed) == unhashed(&self.file)
    }

    /// Gives the file its name, unless one with the same bytes has it.
    pub fn place(self) -> Result<Written, Failure> {
        let was_there = match std::fs::hard_link(&self.part, &self.path) {
            Ok(()) => {
                sync_folder(&self.path)?;
                false
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                if hex(&digest_of(&self.path)?) != self.sha256 {
                    return Err(Reject::FileExists {
                        path: self.path.display().to_string(),
                    }
                    .into());
                }
                true
            }
            Err(e) => return Err(io_fault(&self.path)(e).into()),
        };
        Ok(Written {
            path: self.path.clone(),
            sha256: self.sha256.clone(),
            bytes: self.bytes,
            was_there,
        })
    }
}

/// Writes the file into `folder`; `progress` hears of the lines written so far. Rejects with
/// `payee_changed` where an address is not what the line was planned for.
pub async fn write(
    db: &Db,
    keys: &KeyRing,
    book: i64,
    file: &PaymentFile,
    folder: &Path,
    progress: impl FnMut(i64),
) -> Result<Written, Failure> {
    let draft = draft(db, keys, book, file, folder, progress).await?;
    if !draft.is_of(file) {
        return Err(Fault::Corrupt(format!(
            "payment file {} no longer comes out as it was sent",
            file.message_id
        ))
        .into());
    }
    draft.place()
}

/// Writes the file under its temporary name, whole, every address compared with its line.
pub async fn draft(
    db: &Db,
    keys: &KeyRing,
    book: i64,
    file: &PaymentFile,
    folder: &Path,
    progress: impl FnMut(i64),
) -> Result<Draft, Failure> {
    std::fs::create_dir_all(folder).map_err(io_fault(folder))?;
    let part = folder.join(format!(".{}.part", file_name(file)));
    let out = open_locked(&part)?;
    let mut draft = Draft {
        path: folder.join(file_name(file)),
        file: file.clone(),
        sha256: String::new(),
        bytes: 0,
        _lock: out.try_clone().map_err(io_fault(&part))?,
        part,
    };
    (draft.sha256, draft.bytes) =
        write_part(db, keys, book, file, (out, &draft.part), progress).await?;
    Ok(draft)
}

/// Opens the temporary file empty and locked. Waits for another process that writes it; what
/// that one removed meanwhile is opened again.
fn open_locked(part: &Path) -> Result<File, Fault> {
    use std::os::unix::fs::MetadataExt as _;
    loop {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(part)
            .map_err(io_fault(part))?;
        match file.lock() {
            Err(e) if e.kind() != std::io::ErrorKind::Unsupported => return Err(io_fault(part)(e)),
            _ => {}
        }
        let mine = file.metadata().map_err(io_fault(part))?.ino();
        if std::fs::metadata(part).is_ok_and(|there| there.ino() == mine) {
            file.set_len(0).map_err(io_fault(part))?;
            return Ok(file);
        }
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
    (out, part): (File, &Path),
    mut progress: impl FnMut(i64),
) -> Result<(String, u64), Failure> {
    let mut tx = db.begin_read().await?;
    let bank = payment::sql::bank_account_by_id(&mut tx, book, file.bank_account_id).await?;
    let debtor_account = keys.open_text(Purpose::BankAccount, &bank.sealed)?;
    if keys.fingerprint(&bank.bin, &debtor_account) != bank.counter {
        return Err(Fault::Corrupt(format!("the number of bank account {}", bank.code)).into());
    }
    let out = Hashing {
        inner: out,
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
            let reference = payment::reference(book, line.id)?;
            let account = keys
                .open_text(Purpose::BankAccount, &line.sealed)
                .map_err(|_| payee_changed(&reference))?;
            let same = keys.payee(&line.bin, &account, &line.holder_name) == line.payee
                && keys.fingerprint(&line.bin, &account) == line.counter;
            if !same {
                return Err(payee_changed(&reference));
            }
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

fn payee_changed(reference: &Reference) -> Failure {
    Reject::PayeeChanged {
        instruction: reference.to_string(),
    }
    .into()
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
