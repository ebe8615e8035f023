//! Statements on `entitlement`: made once for ever, counted, compared.

use crate::args;
use crate::error::Fault;
use crate::store::Tx;

/// Who is payable: confirmed by the register and alive, social-security account open,
/// address active (design, invariant 8).
pub(super) const PAYABLE: &str = "s.state = 'open' and a.state = 'active' and p.level in ('registry_matched', 'presence_verified')";

const LISTED: &str = "from enrolment e cross join social_account s cross join person p cross join address a \
     where e.book_id = $1 and e.programme_id = $2 and e.listed_period = $3 \
     and s.book_id = e.book_id and s.id = e.social_account_id and p.id = e.person_id and a.id = e.address_id";

/// True when anybody has an entitlement of the programme's period already.
pub async fn any_entitlement(tx: &mut Tx, programme: i64, period: i64) -> Result<bool, Fault> {
    let row = tx
        .find(
            "select 1 as one from entitlement where programme_id = $1 and period = $2 limit 1",
            args![programme, period],
        )
        .await;
    // `1` is int4 on PostgreSQL, so only its presence is read.
    Ok(row?.is_some())
}

/// Grants entitlements to everybody listed and payable who has none of this key yet; ids
/// from `first_id` on in the order of enrolments. Returns how many.
#[allow(clippy::too_many_arguments)]
pub async fn insert_entitlements(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
    cycle: i64,
    component: &str,
    first_id: i64,
    some_exist: bool,
) -> Result<i64, Fault> {
    let unless = if some_exist {
        "and not exists (select 1 from entitlement x where x.programme_id = e.programme_id and x.period = $3 \
         and x.component = $5 and x.person_id = e.person_id)"
    } else {
        ""
    };
    let sql = format!(
        "insert into entitlement(book_id, id, programme_id, period, component, person_id, cycle_id, enrolment_id, category, \
         amount) \
         select e.book_id, $6 + row_number() over (order by e.id) - 1, e.programme_id, $3, $5, e.person_id, $4, e.id, \
         e.category, r.amount {} and {PAYABLE} {unless} order by e.id",
        LISTED.replace(
            "where",
            "cross join cycle_rate r where r.book_id = e.book_id and r.cycle_id = $4 \
         and r.category = e.category and r.unit = e.unit and"
        )
    );
    let n = tx
        .execute(
            &sql,
            args![book, programme, period, cycle, component, first_id],
        )
        .await?;
    i64::try_from(n).map_err(|_| Fault::Corrupt("too many entitlements".into()))
}

/// Something else that is to be paid once, to somebody who is no person of ours: the same
/// state machine pays it. `nobody` is below zero and of its own.
pub async fn insert_payout(
    tx: &mut Tx,
    book: i64,
    id: i64,
    programme: i64,
    period: i64,
    nobody: i64,
    amount: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into entitlement(book_id, id, programme_id, period, component, person_id, cycle_id, enrolment_id, category, amount) \
         values ($1, $2, $3, $4, 'payout', $5, 0, 0, 'payout', $6)",
        args![book, id, programme, period, nobody, amount],
    )
    .await?;
    Ok(())
}

/// A listed person who is not payable, and why.
#[derive(Clone, Debug, serde::Serialize)]
pub struct NotPaid {
    pub person_id: String,
    pub full_name: String,
    pub unit: String,
    pub reason: String,
}

/// Listed and not payable, with the first reason that applies; at most `limit`, and their number.
pub async fn not_paid(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
    limit: i64,
) -> Result<(i64, Vec<NotPaid>), Fault> {
    let from = "from enrolment e join person p on p.id = e.person_id join address a on a.id = e.address_id \
         left join social_account s on s.book_id = e.book_id and s.id = e.social_account_id \
         where e.book_id = $1 and e.programme_id = $2 and e.listed_period = $3 and (s.id is null or s.state <> 'open' \
         or a.state <> 'active' or p.level not in ('registry_matched', 'presence_verified'))";
    let count = tx
        .one(
            &format!("select count(*) {from}"),
            args![book, programme, period],
        )
        .await?
        .int(0)?;
    let sql = format!(
        "select e.person_id, p.full_name, e.unit, case \
         when p.level not in ('registry_matched', 'presence_verified') then p.level \
         when a.state <> 'active' then 'address_' || a.state || ':' || a.reason \
         when s.id is null then 'no_social_account' else 'social_account_' || s.state end {from} order by e.id limit $4"
    );
    let rows = tx.all(&sql, args![book, programme, period, limit]).await?;
    let people = rows
        .iter()
        .map(|r| {
            Ok(NotPaid {
                person_id: r.int(0)?.to_string(),
                full_name: r.text(1)?,
                unit: r.text(2)?,
                reason: r.text(3)?,
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    Ok((count, people))
}

/// (people listed for the period, those of them who have an entitlement of it, the latest
/// period that anybody is listed for; 0 for none).
pub async fn count_listed(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    component: &str,
    period: i64,
) -> Result<(i64, i64, i64), Fault> {
    let row = tx
        .one(
            "select cast(coalesce(sum(case when e.listed_period = $4 then 1 else 0 end), 0) as bigint), \
             cast(coalesce(sum(case when e.listed_period = $4 and exists (select 1 from entitlement t \
               where t.programme_id = e.programme_id and t.period = $4 and t.component = $3 \
               and t.person_id = e.person_id) then 1 else 0 end), 0) as bigint), \
             coalesce(max(e.listed_period), 0) from enrolment e where e.book_id = $1 and e.programme_id = $2",
            args![book, programme, component, period],
        )
        .await?;
    Ok((row.int(0)?, row.int(1)?, row.int(2)?))
}

/// (people, đồng) by category of a cycle's entitlements.
pub async fn by_category(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
) -> Result<Vec<(String, i64, i64)>, Fault> {
    let rows = tx
        .all(
            "select category, count(*), cast(sum(amount) as bigint) from entitlement \
             where book_id = $1 and id between $2 and $3 group by category order by category",
            args![book, first, last],
        )
        .await?;
    rows.iter()
        .map(|r| Ok((r.text(0)?, r.int(1)?, r.int(2)?)))
        .collect()
}

/// Against another period: (in both, in both with another amount, in the other period).
/// The `+` keeps SQLite from going by the book, which holds every period there ever was.
pub async fn compare_periods(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    component: &str,
    period: i64,
    before: i64,
) -> Result<(i64, i64, i64), Fault> {
    let row = tx
        .one(
            "select count(*), cast(coalesce(sum(case when b.amount <> t.amount then 1 else 0 end), 0) as bigint) \
             from entitlement t cross join entitlement b \
             where t.programme_id = $2 and t.period = $4 and t.component = $3 and +t.book_id = $1 \
             and b.programme_id = t.programme_id and b.period = $5 and b.component = t.component \
             and b.person_id = t.person_id and b.book_id = t.book_id",
            args![book, programme, component, period, before],
        )
        .await?;
    let other = count_of_period(tx, book, programme, component, before).await?;
    Ok((row.int(0)?, row.int(1)?, other))
}

/// How many entitlements a book has in a period.
pub async fn count_of_period(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    component: &str,
    period: i64,
) -> Result<i64, Fault> {
    tx.one(
        "select count(*) from entitlement where programme_id = $2 and period = $4 and component = $3 and book_id = $1",
        args![book, programme, component, period],
    )
    .await?
    .int(0)
}

/// How many typed amounts differ from the computed ones.
pub async fn typed_differ(tx: &mut Tx, book: i64, first: i64, last: i64) -> Result<i64, Fault> {
    tx.one(
        "select count(*) from entitlement t cross join enrolment e where t.book_id = $1 and t.id between $2 and $3 \
         and e.book_id = t.book_id and e.id = t.enrolment_id and e.typed_amount <> t.amount",
        args![book, first, last],
    )
    .await?
    .int(0)
}
