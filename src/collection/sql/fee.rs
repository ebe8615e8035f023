//! Statements on `fee`, `fee_price`, `fee_plan`, `fee_ceiling`, `ground_rate`, `reduction`
//! and `attendance`.

use crate::args;
use crate::collection::fee_law::Ceiling;
use crate::collection::price::{FeeKind, Form, Instalment, Per, Price, Reduction, SurchargeRule};
use crate::error::Fault;
use crate::store::{Column, Row, Tx, number_list};
use ansinh_settlement::Day;
use std::collections::HashMap;

/// A fee of a biller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeRow {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub kind: FeeKind,
    pub third_party: Option<String>,
    pub receipt_kind: String,
    /// `income/<kind>` or `uncollected/<third party>`.
    pub against_id: i64,
}

pub async fn fees(tx: &mut Tx, book: i64) -> Result<Vec<FeeRow>, Fault> {
    let rows = tx
        .all(
            "select id, code, name, kind, third_party, receipt_kind, against_id from fee where book_id = $1 order by id",
            args![book],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(FeeRow {
                id: r.int(0)?,
                code: r.text(1)?,
                name: r.text(2)?,
                kind: kind(&r.text(3)?)?,
                third_party: r.opt_text(4)?,
                receipt_kind: r.text(5)?,
                against_id: r.int(6)?,
            })
        })
        .collect()
}

fn kind(text: &str) -> Result<FeeKind, Fault> {
    FeeKind::parse(text).ok_or_else(|| Fault::Corrupt(format!("fee kind {text}")))
}

pub async fn insert_fee(tx: &mut Tx, book: i64, f: &FeeRow, at: i64) -> Result<(), Fault> {
    tx.execute(
        "insert into fee(book_id, id, code, name, kind, third_party, receipt_kind, against_id, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![book, f.id, &f.code, &f.name, f.kind.name(), f.third_party.clone(), &f.receipt_kind, f.against_id, at],
    )
    .await?;
    Ok(())
}

const PRICE: &str = "select id, fee_id, grade, class_id, debtor_id, per, price, due_day, surcharge_kind, surcharge_value, \
                     surcharge_after_days, instalments, ground, valid_from, valid_to, known_from from fee_price";

fn price_row(r: &Row) -> Result<Price, Fault> {
    let per = r.text(5)?;
    let instalments: Vec<Instalment> = serde_json::from_str(&r.text(11)?)
        .map_err(|e| Fault::Corrupt(format!("instalments: {e}")))?;
    let surcharge = match (r.opt_text(8)?, r.opt_text(9)?, r.opt_int(10)?) {
        (Some(kind), Some(value), Some(after_days)) => Some(SurchargeRule {
            kind,
            value,
            after_days,
        }),
        _ => None,
    };
    Ok(Price {
        id: r.int(0)?,
        fee_id: r.int(1)?,
        grade: r.opt_int(2)?,
        class_id: r.opt_int(3)?,
        debtor_id: r.opt_int(4)?,
        per: Per::parse(&per).ok_or_else(|| Fault::Corrupt(format!("price per {per}")))?,
        price: r.int(6)?,
        due_day: r.int(7)?,
        surcharge,
        instalments,
        ground: r.text(12)?,
        valid_from: r.day(13)?,
        valid_to: r.opt_day(14)?,
        known_from: r.day(15)?,
    })
}

pub async fn prices(tx: &mut Tx, book: i64, year: i64) -> Result<Vec<Price>, Fault> {
    let sql = format!("{PRICE} where book_id = $1 and year_id = $2 order by id");
    tx.all(&sql, args![book, year])
        .await?
        .iter()
        .map(price_row)
        .collect()
}

/// The surcharge rules of prices, by price.
pub async fn surcharge_rules(tx: &mut Tx, book: i64) -> Result<HashMap<i64, SurchargeRule>, Fault> {
    let sql = format!("{PRICE} where book_id = $1 and surcharge_kind is not null");
    let rows = tx.all(&sql, args![book]).await?;
    let prices: Vec<Price> = rows.iter().map(price_row).collect::<Result<_, _>>()?;
    Ok(prices
        .into_iter()
        .filter_map(|p| Some((p.id, p.surcharge?)))
        .collect())
}

pub async fn insert_price(
    tx: &mut Tx,
    book: i64,
    year: i64,
    p: &Price,
    made_by: &str,
) -> Result<(), Fault> {
    let instalments =
        serde_json::to_string(&p.instalments).map_err(|e| Fault::Corrupt(e.to_string()))?;
    let surcharge = p.surcharge.as_ref();
    tx.execute(
        "insert into fee_price(book_id, id, fee_id, year_id, grade, class_id, debtor_id, per, price, due_day, \
         surcharge_kind, surcharge_value, surcharge_after_days, instalments, ground, valid_from, valid_to, known_from, made_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        args![
            book, p.id, p.fee_id, year, p.grade, p.class_id, p.debtor_id, p.per.name(), p.price, p.due_day,
            surcharge.map(|s| s.kind.clone()), surcharge.map(|s| s.value.clone()), surcharge.map(|s| s.after_days),
            instalments, &p.ground, p.valid_from, p.valid_to, p.known_from, made_by
        ],
    )
    .await?;
    Ok(())
}

/// Planned days of a month by fee, as known on a day.
pub async fn plans(
    tx: &mut Tx,
    book: i64,
    period: i64,
    known_on: Day,
) -> Result<HashMap<i64, i64>, Fault> {
    let rows = tx
        .all(
            "select fee_id, days from fee_plan where book_id = $1 and period = $2 and known_from <= $3 order by known_from",
            args![book, period, known_on],
        )
        .await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.int(1)?))).collect()
}

pub async fn put_plan(
    tx: &mut Tx,
    book: i64,
    fee: i64,
    period: i64,
    days: i64,
    known_from: Day,
    made_by: &str,
) -> Result<(), Fault> {
    tx.execute(
        "insert into fee_plan(book_id, fee_id, period, days, known_from, made_by) values ($1, $2, $3, $4, $5, $6) \
         on conflict (book_id, fee_id, period, known_from) do update set days = excluded.days, made_by = excluded.made_by",
        args![book, fee, period, days, known_from, made_by],
    )
    .await?;
    Ok(())
}

fn ceiling_row(r: &Row) -> Result<Ceiling, Fault> {
    Ok(Ceiling {
        province: r.text(0)?,
        fee_code: r.text(1)?,
        ownership: r.text(2)?,
        grade_from: r.int(3)?,
        grade_to: r.int(4)?,
        per: r.text(5)?,
        ceiling: r.int(6)?,
        ground: r.text(7)?,
        valid_from: r.day(8)?,
        valid_to: r.opt_day(9)?,
        known_from: r.day(10)?,
    })
}

/// The ceilings of a province and ownership, as known on a day.
pub async fn ceilings(
    tx: &mut Tx,
    province: &str,
    ownership: &str,
    known_on: Day,
) -> Result<Vec<Ceiling>, Fault> {
    let rows = tx
        .all(
            "select province, fee_code, ownership, grade_from, grade_to, per, ceiling, ground, valid_from, valid_to, known_from \
             from fee_ceiling where province = $1 and ownership = $2 and known_from <= $3 order by valid_from, known_from",
            args![province, ownership, known_on],
        )
        .await?;
    rows.iter().map(ceiling_row).collect()
}

pub async fn put_ceiling(tx: &mut Tx, c: &Ceiling) -> Result<u64, Fault> {
    tx.execute(
        "insert into fee_ceiling(province, fee_code, ownership, grade_from, grade_to, per, ceiling, ground, valid_from, \
         valid_to, known_from) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
        args![
            &c.province, &c.fee_code, &c.ownership, c.grade_from, c.grade_to, &c.per, c.ceiling, &c.ground, c.valid_from,
            c.valid_to, c.known_from
        ],
    )
    .await
}

/// What a biller takes off for a ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroundRate {
    pub ground: String,
    pub fee_id: Option<i64>,
    pub kind: Option<String>,
    /// Percent.
    pub rate: String,
    pub basis: String,
    pub valid_from: Day,
    pub valid_to: Option<Day>,
}

pub async fn ground_rates(tx: &mut Tx, book: i64, known_on: Day) -> Result<Vec<GroundRate>, Fault> {
    let rows = tx
        .all(
            "select ground, fee_id, kind, rate, basis, valid_from, valid_to from ground_rate \
             where book_id = $1 and known_from <= $2 order by id",
            args![book, known_on],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(GroundRate {
                ground: r.text(0)?,
                fee_id: r.opt_int(1)?,
                kind: r.opt_text(2)?,
                rate: r.text(3)?,
                basis: r.text(4)?,
                valid_from: r.day(5)?,
                valid_to: r.opt_day(6)?,
            })
        })
        .collect()
}

pub async fn insert_ground_rate(
    tx: &mut Tx,
    book: i64,
    id: i64,
    g: &GroundRate,
    known_from: Day,
    made_by: &str,
) -> Result<(), Fault> {
    tx.execute(
        "insert into ground_rate(book_id, id, ground, fee_id, kind, rate, basis, valid_from, valid_to, known_from, made_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            book, id, &g.ground, g.fee_id, g.kind.clone(), &g.rate, &g.basis, g.valid_from, g.valid_to, known_from, made_by
        ],
    )
    .await?;
    Ok(())
}

/// A reduction by decision.
#[derive(Clone, Debug)]
pub struct ReductionRow {
    pub id: i64,
    pub debtor_id: i64,
    pub form: String,
    pub value: String,
    pub evidence: String,
    pub made_by: String,
    pub reduction: Reduction,
}

pub async fn insert_reduction(
    tx: &mut Tx,
    book: i64,
    r: &ReductionRow,
    at: i64,
) -> Result<(), Fault> {
    let x = &r.reduction;
    tx.execute(
        "insert into reduction(book_id, id, debtor_id, fee_id, kind, form, value, ground, source, evidence, valid_from, \
         valid_to, made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, 'decision', $9, $10, $11, $12, $13)",
        args![
            book, r.id, r.debtor_id, x.fee_id, x.kind.map(FeeKind::name), &r.form, &r.value, &x.ground, &r.evidence,
            x.valid_from, x.valid_to, &r.made_by, at
        ],
    )
    .await?;
    Ok(())
}

/// Ends a reduction: from `day` on it counts no more.
pub async fn end_reduction(
    tx: &mut Tx,
    book: i64,
    id: i64,
    last: Day,
    by: &str,
    at: i64,
) -> Result<u64, Fault> {
    tx.execute(
        "update reduction set valid_to = $3, ended_by = $4, ended_at = $5 \
         where book_id = $1 and id = $2 and ended_at is null",
        args![book, id, last, by, at],
    )
    .await
}

/// The decisions that touch a day, of all debtors of the book or of one.
pub async fn reductions_on(
    tx: &mut Tx,
    book: i64,
    on: Day,
    debtor: Option<i64>,
) -> Result<Vec<ReductionRow>, Fault> {
    let of = debtor.map_or(String::new(), |d| format!(" and debtor_id = {d}"));
    let sql = format!(
        "select id, debtor_id, fee_id, kind, form, value, ground, valid_from, valid_to, evidence, made_by from reduction \
         where book_id = $1 and valid_from <= $2 and (valid_to is null or valid_to >= $2){of} order by debtor_id, id"
    );
    let mut out = Vec::new();
    tx.for_each(&sql, args![book, on], |r| {
        let (form, value) = (r.text(4)?, r.text(5)?);
        let parsed = Form::parse(&form, &value)
            .ok_or_else(|| Fault::Corrupt(format!("reduction {form} {value}")))?;
        let kind = r.opt_text(3)?.map(|k| kind(&k)).transpose()?;
        out.push(ReductionRow {
            id: r.int(0)?,
            debtor_id: r.int(1)?,
            evidence: r.text(9)?,
            made_by: r.text(10)?,
            reduction: Reduction {
                fee_id: r.opt_int(2)?,
                kind,
                form: parsed,
                ground: r.text(6)?,
                valid_from: r.day(7)?,
                valid_to: r.opt_day(8)?,
            },
            form,
            value,
        });
        Ok(())
    })
    .await?;
    Ok(out)
}

/// Absences of a month that a billed line stands for and nothing has settled.
#[derive(Clone, Debug)]
pub struct AbsenceRow {
    pub debtor_id: i64,
    pub fee_id: i64,
    pub period: i64,
    pub planned_days: i64,
    pub absent_days: i64,
    /// Amount of the line that billed those days, and its bill's state.
    pub line_id: i64,
    pub billed: i64,
    pub bill_state: String,
    pub against_id: i64,
    pub onward_id: Option<i64>,
}

/// Unsettled absences of months before `period`, of all debtors or of one.
pub async fn open_absences(tx: &mut Tx, book: i64, period: i64) -> Result<Vec<AbsenceRow>, Fault> {
    let mut out = Vec::new();
    tx.for_each(
        "select a.debtor_id, a.fee_id, a.period, a.planned_days, a.absent_days, l.id, l.amount, b.state, l.against_id, l.onward_id \
         from attendance a join bill_line l on l.book_id = a.book_id and l.id = a.billed_line_id \
         join bill b on b.book_id = l.book_id and b.id = l.bill_id \
         where a.book_id = $1 and a.period < $2 and a.absent_days > 0 and a.settled_line_id is null \
         and b.state in ('issued', 'partly_paid', 'paid') order by a.debtor_id, a.period, a.fee_id",
        args![book, period],
        |r| {
            out.push(AbsenceRow {
                debtor_id: r.int(0)?,
                fee_id: r.int(1)?,
                period: r.int(2)?,
                planned_days: r.int(3)?,
                absent_days: r.int(4)?,
                line_id: r.int(5)?,
                billed: r.int(6)?,
                bill_state: r.text(7)?,
                against_id: r.int(8)?,
                onward_id: r.opt_int(9)?,
            });
            Ok(())
        },
    )
    .await?;
    Ok(out)
}

/// Says which line billed the days of a month: (debtor, fee, period, planned days, line).
pub async fn put_billed_days(
    tx: &mut Tx,
    book: i64,
    rows: &[(i64, i64, i64, i64, i64)],
    by: &str,
    at: i64,
) -> Result<(), Fault> {
    let n = rows.len();
    tx.insert_rows(
        "attendance(book_id, debtor_id, fee_id, period, planned_days, billed_line_id, absent_days, noted_by, noted_at)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(rows.iter().map(|r| r.0).collect()),
            Column::Ints(rows.iter().map(|r| r.1).collect()),
            Column::Ints(rows.iter().map(|r| r.2).collect()),
            Column::Ints(rows.iter().map(|r| r.3).collect()),
            Column::Ints(rows.iter().map(|r| r.4).collect()),
            Column::Ints(vec![0; n]),
            Column::Texts(vec![by.to_owned(); n]),
            Column::Ints(vec![at; n]),
        ],
        "on conflict (book_id, debtor_id, fee_id, period) do update set planned_days = excluded.planned_days, \
         billed_line_id = excluded.billed_line_id",
    )
    .await?;
    Ok(())
}

/// The days of a month and whether they are settled: (planned, absent, billed, settled).
pub async fn attendance_of(
    tx: &mut Tx,
    book: i64,
    fee: i64,
    period: i64,
) -> Result<HashMap<i64, (i64, i64, Option<i64>, Option<i64>)>, Fault> {
    let rows = tx
        .all(
            "select debtor_id, planned_days, absent_days, billed_line_id, settled_line_id from attendance \
             where book_id = $1 and fee_id = $2 and period = $3",
            args![book, fee, period],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok((
                r.int(0)?,
                (r.int(1)?, r.int(2)?, r.opt_int(3)?, r.opt_int(4)?),
            ))
        })
        .collect()
}

/// Notes the absent days of a month.
#[allow(clippy::too_many_arguments)]
pub async fn put_absence(
    tx: &mut Tx,
    book: i64,
    debtor: i64,
    fee: i64,
    period: i64,
    planned: i64,
    absent: i64,
    by: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into attendance(book_id, debtor_id, fee_id, period, planned_days, absent_days, noted_by, noted_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (book_id, debtor_id, fee_id, period) do update set \
         absent_days = excluded.absent_days, noted_by = excluded.noted_by, noted_at = excluded.noted_at",
        args![book, debtor, fee, period, planned, absent, by, at],
    )
    .await?;
    Ok(())
}

/// Marks absences as settled by a line.
pub async fn settle_absence(
    tx: &mut Tx,
    book: i64,
    debtor: i64,
    fee: i64,
    period: i64,
    line: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update attendance set settled_line_id = $5 where book_id = $1 and debtor_id = $2 and fee_id = $3 and period = $4",
        args![book, debtor, fee, period, line],
    )
    .await?;
    Ok(())
}

/// Frees the days that lines billed or settled: their bill was cancelled.
pub async fn free_days(tx: &mut Tx, book: i64, lines: &[i64]) -> Result<(), Fault> {
    let list = number_list(lines);
    if lines.is_empty() {
        return Ok(());
    }
    for column in ["billed_line_id", "settled_line_id"] {
        let sql = format!(
            "update attendance set {column} = null where book_id = $1 and {column} in ({list})"
        );
        tx.execute(&sql, args![book]).await?;
    }
    Ok(())
}
