//! Statements on `programme`, `standard`, `rate` and `unit`: what the law says, with its two times.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx};
use ansinh_settlement::{Day, Dong};

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
