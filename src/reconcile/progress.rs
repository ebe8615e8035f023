//! How far the entitlements of a period have come: the state of each is that of its newest
//! instruction, which is the batch's unless an event or a match says otherwise.

use super::sql;
use crate::error::Fault;
use crate::store::Tx;
use serde::Serialize;

/// Entitlements of one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub state: String,
    pub people: i64,
    pub total: i64,
}

/// Counts and đồng by state, in the order of states.
pub async fn of_period(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
) -> Result<Vec<Progress>, Fault> {
    let rows = sql::states_of_period(tx, book, programme, period).await?;
    Ok(rows
        .into_iter()
        .map(|(state, people, total)| Progress {
            state,
            people,
            total,
        })
        .collect())
}
