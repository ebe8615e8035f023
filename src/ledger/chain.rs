//! The hash chain of a book's journal.
//!
//! Link n = SHA-256(link n-1 | kind | the fields of row n, each as 8 bytes little-endian).
//! Rows are, in order: a posting (with the digest of the accounts it opened and the digest
//! of its texts), then its transfers. A transfer row keeps the first 8 bytes of its link,
//! a posting row the whole link after its last transfer, the head row the newest link. A
//! changed, missing, added or moved row shows at the first row whose link differs.

use sha2::{Digest, Sha256};

/// A transfer as it enters the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub seq: i64,
    pub client_id: i64,
    pub posting_no: i64,
    pub debit_id: i64,
    pub credit_id: i64,
    pub amount: i64,
    pub code: i64,
    pub cause_id: i64,
    /// 0 where the transfer reverses none.
    pub reverses_seq: i64,
}

/// The link after `row`.
pub fn after_transfer(before: &[u8; 32], row: &Link) -> [u8; 32] {
    let mut bytes = [0u8; 105];
    bytes[..32].copy_from_slice(before);
    bytes[32] = b't';
    let fields = [
        row.seq,
        row.client_id,
        row.posting_no,
        row.debit_id,
        row.credit_id,
        row.amount,
        row.code,
        row.cause_id,
        row.reverses_seq,
    ];
    for (i, field) in fields.into_iter().enumerate() {
        bytes[33 + i * 8..41 + i * 8].copy_from_slice(&field.to_le_bytes());
    }
    Sha256::digest(bytes).into()
}

/// A posting as it enters the chain, before its transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingLink<'a> {
    pub no: i64,
    pub at: i64,
    pub day: i64,
    pub own_day: i64,
    pub cause_id: i64,
    pub first_seq: i64,
    pub code: &'a str,
    pub actor: &'a str,
    /// Digest of the accounts that it opened, see [`Accounts`].
    pub accounts: &'a [u8; 32],
}

/// The link after the posting's own row.
pub fn after_posting(before: &[u8; 32], p: &PostingLink) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(b"p");
    for n in [p.no, p.at, p.day, p.own_day, p.cause_id, p.first_seq] {
        hash.update(n.to_le_bytes());
    }
    for text in [p.code, p.actor] {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.update(p.accounts);
    hash.finalize().into()
}

/// The short form that a transfer row keeps.
pub fn short(link: &[u8; 32]) -> [u8; 8] {
    let mut out = [0u8; 8];
    out.copy_from_slice(&link[..8]);
    out
}

/// Digest over accounts in the order of their ids; all zeros for none.
pub struct Accounts {
    hash: Sha256,
    any: bool,
}

impl Default for Accounts {
    fn default() -> Accounts {
        Accounts {
            hash: Sha256::new(),
            any: false,
        }
    }
}

impl Accounts {
    pub fn push(&mut self, id: i64, name: &str, kind: &str, guarded: bool) {
        self.any = true;
        self.hash.update(id.to_le_bytes());
        self.hash.update([
            u8::from(guarded),
            u8::try_from(kind.len()).unwrap_or(u8::MAX),
        ]);
        self.hash.update(kind);
        self.hash.update((name.len() as u64).to_le_bytes());
        self.hash.update(name);
    }

    pub fn digest(self) -> [u8; 32] {
        if self.any {
            self.hash.finalize().into()
        } else {
            [0; 32]
        }
    }
}
