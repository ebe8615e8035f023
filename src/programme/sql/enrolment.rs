//! Statements on `enrolment`: who belongs to a programme.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Tx, number_list, number_rows};
use std::collections::HashMap;

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
            "with wanted(person_id) as (values {}) \
             select e.id, e.person_id, e.social_account_id, e.account_id, e.address_id, e.category, e.coefficient, e.unit, \
             e.listed_period, e.typed_amount from wanted w cross join enrolment e \
             where e.book_id = $1 and e.programme_id = $2 and e.person_id = w.person_id",
            number_rows(chunk)
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

/// The (category, unit) pairs that a period's lists name. The `+` lets SQLite read the book's
/// enrolments in their order.
pub async fn listed_groups(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
) -> Result<Vec<(String, String)>, Fault> {
    let rows = tx
        .all(
            "select distinct category, unit from enrolment where book_id = $1 and +programme_id = $2 and listed_period = $3 \
             order by category, unit",
            args![book, programme, period],
        )
        .await?;
    rows.iter().map(|r| Ok((r.text(0)?, r.text(1)?))).collect()
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
