//! Statements on `programme`, `enrolment`, `standard`, `rate`, `cycle`, `cycle_rate` and
//! `entitlement`.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, Value, number_list};
use ansinh_settlement::{Day, Dong};
use std::collections::HashMap;

#[derive(Clone, Debug)]
pub struct ProgrammeRow {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub component: String,
}

pub async fn find_programme(tx: &mut Tx, code: &str) -> Result<Option<ProgrammeRow>, Fault> {
    let row = tx
        .find(
            "select id, code, name, component from programme where code = $1",
            args![code],
        )
        .await?;
    row.map(|r| programme_row(&r)).transpose()
}

pub async fn programme_by_id(tx: &mut Tx, id: i64) -> Result<ProgrammeRow, Fault> {
    programme_row(
        &tx.one(
            "select id, code, name, component from programme where id = $1",
            args![id],
        )
        .await?,
    )
}

fn programme_row(r: &Row) -> Result<ProgrammeRow, Fault> {
    Ok(ProgrammeRow {
        id: r.int(0)?,
        code: r.text(1)?,
        name: r.text(2)?,
        component: r.text(3)?,
    })
}

pub async fn insert_programme(
    tx: &mut Tx,
    id: i64,
    code: &str,
    name: &str,
    component: &str,
) -> Result<(), Fault> {
    tx.execute(
        "insert into programme(id, code, name, component) values ($1, $2, $3, $4)",
        args![id, code, name, component],
    )
    .await?;
    Ok(())
}

/// A standard by unit (empty for the whole country) and its two times.
#[derive(Clone, Debug)]
pub struct StandardRow {
    pub unit: String,
    pub amount: Dong,
    pub valid_from: Day,
    pub known_from: Day,
    pub source: String,
}

pub async fn put_standard(tx: &mut Tx, programme: i64, s: &StandardRow) -> Result<(), Fault> {
    tx.execute(
        "insert into standard(programme_id, unit, amount, valid_from, known_from, source) values ($1, $2, $3, $4, $5, $6) \
         on conflict do nothing",
        args![programme, &s.unit, s.amount, s.valid_from, s.known_from, &s.source],
    )
    .await?;
    Ok(())
}

/// Standards that are valid on `on` and known on `known_on`, the newest first.
pub async fn standards(
    tx: &mut Tx,
    programme: i64,
    on: Day,
    known_on: Day,
) -> Result<Vec<StandardRow>, Fault> {
    let rows = tx
        .all(
            "select unit, amount, valid_from, known_from, source from standard where programme_id = $1 \
             and valid_from <= $2 and known_from <= $3 order by valid_from desc, known_from desc",
            args![programme, on, known_on],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(StandardRow {
                unit: r.text(0)?,
                amount: r.dong(1)?,
                valid_from: r.day(2)?,
                known_from: r.day(3)?,
                source: r.text(4)?,
            })
        })
        .collect()
}

/// A category's rate: `multiple` (a coefficient) or `fixed` (đồng), as text.
#[derive(Clone, Debug)]
pub struct RateRow {
    pub category: String,
    pub kind: String,
    pub value: String,
    pub valid_from: Day,
    /// The last day it applies to; none while in force.
    pub valid_to: Option<Day>,
    pub known_from: Day,
    pub source: String,
}

pub async fn put_rates(tx: &mut Tx, programme: i64, rates: &[RateRow]) -> Result<(), Fault> {
    tx.insert_rows(
        "rate(programme_id, category, kind, value, valid_from, valid_to, known_from, source)",
        &[
            Column::Ints(vec![programme; rates.len()]),
            Column::Texts(rates.iter().map(|r| r.category.clone()).collect()),
            Column::Texts(rates.iter().map(|r| r.kind.clone()).collect()),
            Column::Texts(rates.iter().map(|r| r.value.clone()).collect()),
            Column::Ints(rates.iter().map(|r| r.valid_from.number()).collect()),
            Column::OptInts(rates.iter().map(|r| r.valid_to.map(Day::number)).collect()),
            Column::Ints(rates.iter().map(|r| r.known_from.number()).collect()),
            Column::Texts(rates.iter().map(|r| r.source.clone()).collect()),
        ],
        "on conflict do nothing",
    )
    .await?;
    Ok(())
}

/// Rates valid on `on` and known on `known_on`, the newest first.
pub async fn rates(
    tx: &mut Tx,
    programme: i64,
    on: Day,
    known_on: Day,
) -> Result<Vec<RateRow>, Fault> {
    let rows = tx
        .all(
            "select category, kind, value, valid_from, valid_to, known_from, source from rate where programme_id = $1 \
             and valid_from <= $2 and known_from <= $3 order by valid_from desc, known_from desc",
            args![programme, on, known_on],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(RateRow {
                category: r.text(0)?,
                kind: r.text(1)?,
                value: r.text(2)?,
                valid_from: r.day(3)?,
                valid_to: r.opt_day(4)?,
                known_from: r.day(5)?,
                source: r.text(6)?,
            })
        })
        .collect()
}

/// A person's membership of a programme in a book.
#[derive(Clone, Debug)]
pub struct EnrolmentRow {
    pub id: i64,
    pub person_id: i64,
    pub social_account_id: Option<i64>,
    pub account_id: Option<i64>,
    pub address_id: i64,
    pub category: String,
    pub coefficient: String,
    pub unit: String,
    pub listed_period: i64,
    pub typed_amount: Option<i64>,
}

pub async fn enrolments_of(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    persons: &[i64],
) -> Result<HashMap<i64, EnrolmentRow>, Fault> {
    let mut out = HashMap::with_capacity(persons.len());
    for chunk in persons.chunks(500) {
        let sql = format!(
            "select id, person_id, social_account_id, account_id, address_id, category, coefficient, unit, listed_period, \
             typed_amount from enrolment where book_id = $1 and programme_id = $2 and person_id in ({})",
            number_list(chunk)
        );
        tx.for_each(&sql, args![book, programme], |r| {
            let row = EnrolmentRow {
                id: r.int(0)?,
                person_id: r.int(1)?,
                social_account_id: r.opt_int(2)?,
                account_id: r.opt_int(3)?,
                address_id: r.int(4)?,
                category: r.text(5)?,
                coefficient: r.text(6)?,
                unit: r.text(7)?,
                listed_period: r.int(8)?,
                typed_amount: r.opt_int(9)?,
            };
            out.insert(row.person_id, row);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

/// Writes enrolments, new ones and new versions of known ones alike.
pub async fn put_enrolments(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    rows: &[EnrolmentRow],
    at: i64,
) -> Result<(), Fault> {
    let n = rows.len();
    tx.insert_rows(
        "enrolment(book_id, id, programme_id, person_id, social_account_id, account_id, address_id, category, coefficient, \
         unit, listed_period, typed_amount, updated_at)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(rows.iter().map(|e| e.id).collect()),
            Column::Ints(vec![programme; n]),
            Column::Ints(rows.iter().map(|e| e.person_id).collect()),
            Column::OptInts(rows.iter().map(|e| e.social_account_id).collect()),
            Column::OptInts(rows.iter().map(|e| e.account_id).collect()),
            Column::Ints(rows.iter().map(|e| e.address_id).collect()),
            Column::Texts(rows.iter().map(|e| e.category.clone()).collect()),
            Column::Texts(rows.iter().map(|e| e.coefficient.clone()).collect()),
            Column::Texts(rows.iter().map(|e| e.unit.clone()).collect()),
            Column::Ints(rows.iter().map(|e| e.listed_period).collect()),
            Column::OptInts(rows.iter().map(|e| e.typed_amount).collect()),
            Column::Ints(vec![at; n]),
        ],
        "on conflict (book_id, id) do update set social_account_id = excluded.social_account_id, \
         account_id = excluded.account_id, address_id = excluded.address_id, category = excluded.category, \
         coefficient = excluded.coefficient, unit = excluded.unit, listed_period = excluded.listed_period, \
         typed_amount = excluded.typed_amount, updated_at = excluded.updated_at",
    )
    .await?;
    Ok(())
}

/// Enrolments that have no account yet although their address is active and the person
/// confirmed: (enrolment, person), after `id`.
pub async fn enrolments_to_open(
    tx: &mut Tx,
    book: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, i64, i64)>, Fault> {
    let rows = tx
        .all(
            "select e.id, e.person_id, e.programme_id from enrolment e cross join address a cross join person p \
             where e.book_id = $1 and e.id > $2 and e.account_id is null and a.id = e.address_id and a.state = 'active' \
             and p.id = e.person_id and p.level in ('registry_matched', 'presence_verified') order by e.id limit $3",
            args![book, after, limit],
        )
        .await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, r.int(1)?, r.int(2)?)))
        .collect()
}

pub async fn set_accounts(
    tx: &mut Tx,
    book: i64,
    enrolment: i64,
    social: i64,
    account: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update enrolment set social_account_id = $3, account_id = $4 where book_id = $1 and id = $2",
        args![book, enrolment, social, account],
    )
    .await?;
    Ok(())
}

/// The (category, unit) pairs that a period's lists name.
pub async fn listed_groups(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
) -> Result<Vec<(String, String)>, Fault> {
    let rows = tx
        .all(
            "select distinct category, unit from enrolment where book_id = $1 and programme_id = $2 and listed_period = $3 \
             order by category, unit",
            args![book, programme, period],
        )
        .await?;
    rows.iter().map(|r| Ok((r.text(0)?, r.text(1)?))).collect()
}

/// Policy categories of people that are valid in a period, in any book: an enrolment counts
/// while a list of the period or a later one names it, or the newest list of its unit does.
pub async fn categories_of(
    tx: &mut Tx,
    persons: &[i64],
    period: i64,
) -> Result<HashMap<i64, Vec<String>>, Fault> {
    let mut out: HashMap<i64, Vec<String>> = HashMap::new();
    if persons.is_empty() {
        return Ok(out);
    }
    let mut newest: HashMap<(i64, i64, String), i64> = HashMap::new();
    tx.for_each(
        "select book_id, programme_id, unit, max(listed_period) from enrolment group by book_id, programme_id, unit",
        args![],
        |r| {
            newest.insert((r.int(0)?, r.int(1)?, r.text(2)?), r.int(3)?);
            Ok(())
        },
    )
    .await?;
    for chunk in persons.chunks(500) {
        let sql = format!(
            "select person_id, category, book_id, programme_id, unit, listed_period from enrolment \
             where person_id in ({}) order by person_id, category",
            number_list(chunk)
        );
        tx.for_each(&sql, args![], |r| {
            let listed = r.int(5)?;
            let group = (r.int(2)?, r.int(3)?, r.text(4)?);
            if listed >= period || newest.get(&group) == Some(&listed) {
                out.entry(r.int(0)?).or_default().push(r.text(1)?);
            }
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

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

pub async fn set_cycle_report(tx: &mut Tx, book: i64, id: i64, report: &str) -> Result<(), Fault> {
    tx.execute(
        "update cycle set report = $3 where book_id = $1 and id = $2",
        args![book, id, report],
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

/// Who is payable: confirmed by the register and alive, social-security account open,
/// address active (design, invariant 8).
const PAYABLE: &str = "s.state = 'open' and a.state = 'active' and p.level in ('registry_matched', 'presence_verified')";

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
             from entitlement t join entitlement b on b.programme_id = t.programme_id and b.period = $5 \
             and b.component = t.component and b.person_id = t.person_id and b.book_id = t.book_id \
             where t.programme_id = $2 and t.period = $4 and t.component = $3 and t.book_id = $1",
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

/// An entitlement that may be paid (again) now, with where its money goes.
#[derive(Clone, Debug)]
pub struct DueEntitlement {
    pub id: i64,
    pub account_id: i64,
    pub address_id: i64,
    pub counter: i64,
    pub amount: Dong,
}

const DUE: &str = "select t.id, e.account_id, a.id, a.counter, t.amount from entitlement t \
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
                amount: r.dong(4)?,
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

/// A commune or other unit of a book.
pub async fn put_unit(
    tx: &mut Tx,
    book: i64,
    name: &str,
    key: &str,
    from: Day,
) -> Result<(), Fault> {
    tx.execute(
        "insert into unit(book_id, code, name, name_key, valid_from) values ($1, $2, $3, $2, $4) on conflict do nothing",
        args![book, key, name, from],
    )
    .await?;
    Ok(())
}

/// Lists every enrolment of a book again for another period, as a list that did not change
/// would.
pub async fn list_everybody(
    db: &crate::store::Db,
    book: i64,
    period: i64,
) -> Result<(), crate::error::Failure> {
    let mut tx = db.begin().await?;
    tx.execute(
        "update enrolment set listed_period = $2 where book_id = $1 and listed_period <> $2",
        args![book, period],
    )
    .await?;
    tx.commit().await
}
