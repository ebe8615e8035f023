//! Statements on `cycle` and `cycle_rate`: one preparation of a period, and the rates it used.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Tx};
use ansinh_settlement::Dong;

#[allow(clippy::too_many_arguments)]
pub async fn insert_cycle(
    tx: &mut Tx,
    book: i64,
    id: i64,
    programme: i64,
    period: i64,
    report: &str,
    actor: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into cycle(book_id, id, programme_id, period, report, prepared_by, prepared_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
        args![book, id, programme, period, report, actor, at],
    )
    .await?;
    Ok(())
}

/// The newest cycle of a period: (id, report).
pub async fn find_cycle(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
) -> Result<Option<(i64, String)>, Fault> {
    let row = tx
        .find(
            "select id, report from cycle where book_id = $1 and programme_id = $2 and period = $3 order by id desc limit 1",
            args![book, programme, period],
        )
        .await?;
    row.map(|r| Ok((r.int(0)?, r.text(1)?))).transpose()
}

pub async fn insert_cycle_rates(
    tx: &mut Tx,
    book: i64,
    cycle: i64,
    rates: &[(String, String, Dong)],
) -> Result<(), Fault> {
    let n = rates.len();
    tx.insert_rows(
        "cycle_rate(book_id, cycle_id, category, unit, amount)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(vec![cycle; n]),
            Column::Texts(rates.iter().map(|r| r.0.clone()).collect()),
            Column::Texts(rates.iter().map(|r| r.1.clone()).collect()),
            Column::Ints(rates.iter().map(|r| r.2.get()).collect()),
        ],
        "",
    )
    .await?;
    Ok(())
}
