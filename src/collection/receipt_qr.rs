//! The short text that a receipt carries as QR, and what its check says.
//!
//! ```text
//! ANSINHBL1|TH|bien_lai|BL|2026|12|1397100|20260925|4F1C...
//!           book kind     symbol year number đồng day  first 10 bytes of the keyed hash, hex
//! ```
//!
//! The hash is HMAC-SHA-256 of all before it with the installation's key ring, so only this
//! installation makes one and only it verifies one. A right hash is not enough: the text is
//! then compared with the row, which says whether the receipt was cancelled since.

use super::sql::receipt::{self as sql, ReceiptRow};
use crate::error::{Failure, Reject};
use crate::ledger;
use crate::store::Tx;
use crate::store::keys::{KeyRing, Purpose, hex};

const MARK: &str = "ANSINHBL1";

/// Bytes of the keyed hash that are printed: 80 bits.
const MAC_BYTES: usize = 10;

fn mac(keys: &KeyRing, text: &str) -> String {
    hex(&keys.hash(Purpose::Receipt, text.as_bytes())[..MAC_BYTES]).to_uppercase()
}

/// The text of a receipt of the book with this code.
pub fn text(keys: &KeyRing, book: &str, r: &ReceiptRow) -> String {
    let facts = format!(
        "{MARK}|{book}|{}|{}|{}|{}|{}|{}",
        r.kind,
        r.symbol,
        r.year,
        r.number,
        r.amount,
        r.day().number()
    );
    let mac = mac(keys, &facts);
    format!("{facts}|{mac}")
}

/// What a text that is genuine says.
#[derive(Clone, Debug)]
pub struct Genuine {
    /// Code of the book.
    pub book: String,
    pub receipt: ReceiptRow,
    /// The cancellation, where it was cancelled since.
    pub cancelled_by: Option<ReceiptRow>,
}

fn altered(why: &str, found: &str) -> Failure {
    Reject::ReceiptAltered {
        why: why.into(),
        found: found.chars().take(120).collect(),
    }
    .into()
}

/// Finds the receipt of a text. Rejects with `receipt_altered` what is no text of a receipt
/// (`form`), was not made with this key ring (`mac`), or says other than the books (`books`).
pub async fn verify(tx: &mut Tx, keys: &KeyRing, found: &str) -> Result<Genuine, Failure> {
    let found = found.trim();
    let parts: Vec<&str> = found.split('|').collect();
    let [MARK, book, _, symbol, year, number, _, _, given] = parts.as_slice() else {
        return Err(altered("form", found));
    };
    let facts = found.rsplit_once('|').map_or("", |(facts, _)| facts);
    // Hashed once more: the time of the comparison says nothing of the right one.
    let tag = |t: &str| keys.hash(Purpose::Receipt, t.as_bytes());
    if tag(&mac(keys, facts)) != tag(given) {
        return Err(altered("mac", found));
    }
    let books = ledger::all_books(tx).await?;
    let book = books
        .into_iter()
        .find(|b| b.code == *book)
        .ok_or_else(|| altered("books", found))?;
    let (Ok(year), Ok(number)) = (year.parse(), number.parse()) else {
        return Err(altered("form", found));
    };
    let receipt = sql::by_number(tx, book.id, symbol, year, number)
        .await?
        .filter(|r| text(keys, &book.code, r) == found && r.digest == r.digest_now())
        .ok_or_else(|| altered("books", found))?;
    let ids: Vec<i64> = receipt.cancelled_by.into_iter().collect();
    let cancelled_by = sql::by_ids(tx, book.id, &ids).await?.into_iter().next();
    Ok(Genuine {
        book: book.code,
        receipt,
        cancelled_by,
    })
}
