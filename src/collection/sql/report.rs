//! Statements that sum bills up for reports.

use crate::args;
use crate::error::Fault;
use crate::store::Tx;
use ansinh_settlement::Day;
use std::collections::BTreeMap;

/// What a class stands at, in đồng.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassSums {
    pub bills: i64,
    pub billed: i64,
    pub exempt: i64,
    pub paid: i64,
    pub short: i64,
    pub over: i64,
    pub open: i64,
    /// Overdue by 1-30, 31-60, 61-90 and more days.
    pub overdue: [i64; 4],
}

/// Sums by class code (empty for bills without a class), of a year's bills up to now; of
/// one period where it is given.
pub async fn by_class(
    tx: &mut Tx,
    book: i64,
    year: i64,
    period: Option<i64>,
    day: Day,
) -> Result<BTreeMap<String, ClassSums>, Fault> {
    let of = period.map_or(String::new(), |p| format!(" and b.period = {p}"));
    let live =
        "b.state in ('issued', 'partly_paid', 'paid', 'written_off') and b.kind <> 'invitation'";
    let open = "b.state in ('issued', 'partly_paid')";
    let sum = |case: &str, what: &str| {
        format!("cast(coalesce(sum(case when {case} then {what} else 0 end), 0) as bigint)")
    };
    let unpaid = "b.total - b.paid";
    let aged: Vec<String> = [(1i64, 30i64), (31, 60), (61, 90), (91, 36_500)]
        .iter()
        .map(|(from, to)| {
            let (first, last) = (day.plus_days(-*to).number(), day.plus_days(-*from).number());
            sum(
                &format!("{open} and b.due_on between {first} and {last}"),
                unpaid,
            )
        })
        .collect();
    let sql = format!(
        "select coalesce(c.code, ''), count(*), cast(sum(b.total) as bigint), cast(sum(b.paid) as bigint), {}, {}, {} \
         from bill b join bill_run r on r.book_id = b.book_id and r.id = b.run_id \
         left join class c on c.book_id = b.book_id and c.id = b.class_id \
         where b.book_id = $1 and r.year_id = $2 and {live}{of} group by coalesce(c.code, '')",
        sum("b.state = 'partly_paid'", unpaid),
        sum(open, unpaid),
        aged.join(", ")
    );
    let mut out: BTreeMap<String, ClassSums> = BTreeMap::new();
    tx.for_each(&sql, args![book, year], |r| {
        let sums = ClassSums {
            bills: r.int(1)?,
            billed: r.int(2)?,
            paid: r.int(3)?,
            short: r.int(4)?,
            open: r.int(5)?,
            overdue: [r.int(6)?, r.int(7)?, r.int(8)?, r.int(9)?],
            ..ClassSums::default()
        };
        out.insert(r.text(0)?, sums);
        Ok(())
    })
    .await?;
    let sql = format!(
        "select coalesce(c.code, ''), cast(sum(l.reduction) as bigint) \
         from bill b join bill_run r on r.book_id = b.book_id and r.id = b.run_id \
         join bill_line l on l.book_id = b.book_id and l.bill_id = b.id \
         left join class c on c.book_id = b.book_id and c.id = b.class_id \
         where b.book_id = $1 and r.year_id = $2 and {live}{of} group by coalesce(c.code, '')"
    );
    tx.for_each(&sql, args![book, year], |r| {
        out.entry(r.text(0)?).or_default().exempt = r.int(1)?;
        Ok(())
    })
    .await?;
    tx.for_each(
        "select coalesce(c.code, ''), cast(sum(a.amount) as bigint) from allocation a \
         left join class_member m on m.book_id = a.book_id and m.debtor_id = a.debtor_id and m.to_on is null \
         and m.class_id in (select id from class where book_id = $1 and year_id = $2) \
         left join class c on c.book_id = m.book_id and c.id = m.class_id \
         where a.book_id = $1 and a.target = 'credit' and a.undone_at is null group by coalesce(c.code, '')",
        args![book, year],
        |r| {
            out.entry(r.text(0)?).or_default().over = r.int(1)?;
            Ok(())
        },
    )
    .await?;
    Ok(out)
}

/// What came in for a debtor: (collection, first allocated, amount); collection 0 is credit
/// that no payment brought.
pub async fn received_by(
    tx: &mut Tx,
    book: i64,
    debtor: i64,
) -> Result<Vec<(i64, i64, i64)>, Fault> {
    let rows = tx
        .all(
            "select a.collection_id, min(a.made_at), cast(sum(a.amount) as bigint) from allocation a \
             left join bill b on b.book_id = a.book_id and b.id = a.bill_id \
             where a.book_id = $1 and coalesce(a.debtor_id, b.debtor_id) = $2 and a.undone_at is null \
             and a.target in ('bill', 'credit', 'refund') group by a.collection_id order by min(a.made_at), a.collection_id",
            args![book, debtor],
        )
        .await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, r.int(1)?, r.int(2)?)))
        .collect()
}

/// What came in on invitations of a debtor: (bill's number, first allocated, amount).
pub async fn given_by(
    tx: &mut Tx,
    book: i64,
    debtor: i64,
) -> Result<Vec<(String, i64, i64)>, Fault> {
    let rows = tx
        .all(
            "select b.number, min(a.made_at), cast(sum(a.amount) as bigint) from bill b \
             join allocation a on a.book_id = b.book_id and a.bill_id = b.id \
             where b.book_id = $1 and b.debtor_id = $2 and b.kind = 'invitation' and a.undone_at is null \
             group by b.number order by b.number",
            args![book, debtor],
        )
        .await?;
    rows.iter()
        .map(|r| Ok((r.text(0)?, r.int(1)?, r.int(2)?)))
        .collect()
}
