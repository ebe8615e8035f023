//! `report cycle`: people and đồng of a period, from entitlement to settled.

use super::args::{Cli, CycleShowArgs};
use super::batch::programme_named;
use super::out::{Out, Table, money};
use super::session::{Session, parse_period};
use crate::error::{Failure, Reject};
use crate::programme::period_number;
use crate::reconcile::progress::{Progress, of_period};
use crate::words::codes;
use serde_json::json;

pub async fn cycle(cli: &Cli, out: &Out, a: &CycleShowArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let period = parse_period(&a.period)?;
    let mut tx = session.db.begin_read().await?;
    let programme = programme_named(&mut tx, &a.programme).await?;
    let rows = of_period(&mut tx, book.id, programme.id, period_number(period)).await?;
    tx.rollback().await?;
    if rows.is_empty() {
        return Err(Reject::NotFound {
            what: "cycle".into(),
            id: a.period.clone(),
        }
        .into());
    }
    out.done(
        &json!({"book": book.code, "period": period.to_string(), "states": rows}),
        || text(&rows, out),
    );
    Ok(())
}

pub fn text(rows: &[Progress], out: &Out) -> String {
    let mut table = Table::new(&[
        out.t("Khoản hưởng đang ở", "Entitlements that are"),
        out.t(">Người", ">People"),
        out.t(">Số tiền", ">Amount"),
    ]);
    for r in rows {
        table.row(vec![
            out.say(codes::PAYMENT_STATES, &r.state),
            money(r.people),
            money(r.total),
        ]);
    }
    table.row(vec![
        out.t("Cộng", "Total").into(),
        money(rows.iter().map(|r| r.people).sum()),
        money(rows.iter().map(|r| r.total).sum()),
    ]);
    table.show()
}
