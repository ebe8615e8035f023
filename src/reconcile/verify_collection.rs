//! Money that came in for bills against the ledger and the statements: each payment split
//! whole, confirmed by its line, on its bills once; each debtor's credit as the books have it.

use super::sql::verify_collection as texts;
use super::verify::{Found, wrong};
use crate::args;
use crate::store::Tx;

/// How many payments were compared.
pub(super) async fn check(tx: &mut Tx, book: i64) -> Found<i64> {
    for (text, thing, what) in [
        (
            texts::SPLIT,
            "collection",
            "its parts do not come to its amount",
        ),
        (
            texts::CONFIRMED,
            "collection",
            "the statement does not confirm it as it stands",
        ),
        (
            texts::LINE_LOST,
            "statement id",
            "a line was taken as a payment, and no payment names it",
        ),
        (
            texts::LINE_PAID,
            "bill",
            "a line says other than the payments what was paid",
        ),
        (
            texts::BILL_PAID,
            "bill",
            "what it says was paid, its lines and its state differ",
        ),
        (
            texts::CREDIT,
            "debtor",
            "the credit is not what payments left",
        ),
    ] {
        if let Some(row) = tx.find(text, args![book]).await? {
            return wrong(format!("{thing} {}", row.int(0)?), what);
        }
    }
    Ok(Ok(tx.one(texts::COLLECTIONS, args![book]).await?.int(0)?))
}
