//! Statements on `switch_counter`: how many numbers of a day a channel has taken.

use crate::args;
use crate::error::Fault;
use crate::store::Tx;
use ansinh_settlement::Day;

/// Takes `count` numbers of a day; the first of them, counted from 0.
pub async fn take(tx: &mut Tx, channel: &str, day: Day, count: i64) -> Result<i64, Fault> {
    tx.execute(
        "insert into switch_counter(channel, day, taken) values ($1, $2, $3) \
         on conflict (channel, day) do update set taken = switch_counter.taken + excluded.taken",
        args![channel, day, count],
    )
    .await?;
    let row = tx
        .one(
            "select taken from switch_counter where channel = $1 and day = $2",
            args![channel, day],
        )
        .await?;
    Ok(row.int(0)? - count)
}
