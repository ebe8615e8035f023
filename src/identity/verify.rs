//! Proof of the financial addresses: what is sealed is what the numbers beside it say.

use super::sql;
use crate::error::Fault;
use crate::store::Tx;
use crate::store::keys::{KeyRing, Purpose};

/// Addresses a round.
const CHUNK: i64 = 5_000;

/// Opens every address and recomputes its two keyed numbers. `Ok(Ok(n))`: all `n` are right;
/// `Ok(Err((place, what)))` names the first that is not.
pub async fn verify_addresses(
    tx: &mut Tx,
    keys: &KeyRing,
) -> Result<Result<i64, (String, String)>, Fault> {
    let (mut after, mut count) = (0, 0);
    loop {
        let rows = sql::addresses_after(tx, after, CHUNK).await?;
        let Some(last) = rows.last() else {
            return Ok(Ok(count));
        };
        after = last.id;
        for a in &rows {
            let place = || format!("address {}", a.id);
            let Ok(number) = keys.open_text(Purpose::BankAccount, &a.sealed) else {
                return Ok(Err((place(), "its number does not open".into())));
            };
            if keys.fingerprint(&a.bin, &number) != a.counter {
                return Ok(Err((place(), "bank or number were changed".into())));
            }
            if keys.payee(&a.bin, &number, &a.holder_name) != a.payee {
                return Ok(Err((place(), "the holder's name was changed".into())));
            }
            count += 1;
        }
    }
}
