//! Statements on `entitlement` with its payee: what may be paid now, and what must not.

use super::entitlement::PAYABLE;
use crate::args;
use crate::error::Fault;
use crate::store::{Tx, Value, number_list};
use ansinh_settlement::Dong;

/// An entitlement that may be paid (again) now, with where its money goes.
#[derive(Clone, Debug)]
pub struct DueEntitlement {
    pub id: i64,
    pub account_id: i64,
    pub address_id: i64,
    pub counter: i64,
    pub payee: i64,
    pub amount: Dong,
}

const DUE: &str = "select t.id, e.account_id, a.id, a.counter, a.payee, t.amount from entitlement t \
     join enrolment e on e.book_id = t.book_id and e.id = t.enrolment_id \
     join social_account s on s.book_id = e.book_id and s.id = e.social_account_id \
     join person p on p.id = t.person_id join address a on a.id = e.address_id where t.book_id = $1 ";

async fn due(tx: &mut Tx, sql: &str, args: Vec<Value>) -> Result<Vec<DueEntitlement>, Fault> {
    let rows = tx.all(sql, args).await?;
    rows.iter()
        .map(|r| {
            Ok(DueEntitlement {
                id: r.int(0)?,
                account_id: r.int(1)?,
                address_id: r.int(2)?,
                counter: r.int(3)?,
                payee: r.int(4)?,
                amount: r.dong(5)?,
            })
        })
        .collect()
}

/// Payable entitlements of a period from earlier cycles that no live instruction pays:
/// those of rejected batches and withdrawn lines. Money that came back from the bank is not
/// among them: it stands on the account and goes out by a follow-up batch.
pub async fn due_again(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
    before_cycle: i64,
) -> Result<Vec<DueEntitlement>, Fault> {
    let sql = format!(
        "{DUE} and t.programme_id = $2 and t.period = $3 and t.cycle_id < $4 and {PAYABLE} \
         and not exists (select 1 from instruction i where i.book_id = t.book_id and i.cause_id = t.id and i.ended_at is null) \
         and not exists (select 1 from instruction i join instruction_event v on v.book_id = i.book_id \
                         and v.instruction_id = i.id and v.state in ('rejected', 'returned') \
                         where i.book_id = t.book_id and i.cause_id = t.id) \
         order by t.id"
    );
    due(tx, &sql, args![book, programme, period, before_cycle]).await
}

/// The entitlements `ids` that are payable now, with their present addresses.
pub async fn due_of(tx: &mut Tx, book: i64, ids: &[i64]) -> Result<Vec<DueEntitlement>, Fault> {
    let mut out = Vec::new();
    for chunk in ids.chunks(500) {
        let sql = format!(
            "{DUE} and {PAYABLE} and t.id in ({}) order by t.id",
            number_list(chunk)
        );
        out.extend(due(tx, &sql, args![book]).await?);
    }
    Ok(out)
}

/// The lines of a batch that are asked about.
#[derive(Clone, Copy, Debug)]
pub struct LineRange<'a> {
    pub programme: i64,
    pub period: i64,
    pub component: &'a str,
    pub first: i64,
    pub last: i64,
}

/// Live instructions of the range whose payee must not be paid now, with the reason. The
/// joins go from the few people who are blocked to their lines, never through the lines.
pub async fn blocked_lines(
    tx: &mut Tx,
    book: i64,
    range: &LineRange<'_>,
) -> Result<Vec<(i64, String)>, Fault> {
    let from = |blocked: &str, reason: &str, also: &str| {
        format!(
            "select i.id, {reason} from {blocked} cross join entitlement t cross join instruction i \
             where {also} and t.programme_id = $4 and t.period = $5 and t.component = $6 and t.person_id = b.person_id \
             and t.book_id = $1 and i.book_id = t.book_id and i.cause_id = t.id and i.ended_at is null \
             and i.id between $2 and $3"
        )
    };
    let texts = [
        from(
            "(select id as person_id, level from person where level not in ('registry_matched', 'presence_verified')) b",
            "b.level",
            "b.person_id > 0",
        ),
        from(
            "(select person_id, state from social_account where book_id = $1 and state <> 'open') b",
            "'social_account_' || b.state",
            "b.person_id > 0",
        ),
        from(
            "(select person_id, id as address_id, state, reason from address where state <> 'active') b",
            "'address_' || b.state || ':' || b.reason",
            "i.address_id = b.address_id",
        ),
    ];
    let mut out = std::collections::BTreeMap::new();
    for sql in texts {
        let args = args![
            book,
            range.first,
            range.last,
            range.programme,
            range.period,
            range.component
        ];
        for row in tx.all(&sql, args).await? {
            out.entry(row.int(0)?).or_insert(row.text(1)?);
        }
    }
    Ok(out.into_iter().collect())
}
