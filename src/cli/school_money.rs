//! `suspense assign`: a payment that named nobody goes to a bill or a debtor.

use super::args::{Cli, SuspenseArgs};
use super::out::{ACCOUNTANT, Out, money};
use super::session::Session;
use crate::error::Failure;
use crate::reconcile::credits::AssignCredit;
use crate::words::codes;

pub async fn assign(cli: &Cli, out: &Out, a: &SuspenseArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let command = AssignCredit {
        book,
        id: a.id,
        bill: a.bill.clone(),
        debtor: a.debtor.clone(),
        reason: a.reason.clone(),
        approve: a.approve,
    };
    let reply = session.run(&command).await?;
    out.done(&reply, || {
        let next = if reply.state == "proposed" {
            out.next(
                ("một người khác", "another person"),
                &format!("ansinh suspense assign {} --approve --as …", reply.id),
            )
        } else {
            out.next(ACCOUNTANT, "ansinh break list --as …")
        };
        format!(
            "{} {}: {}, {} {}, {} đồng\n{next}",
            out.t("Sai lệch", "Break"),
            reply.id,
            out.say(codes::BREAK_STATES, &reply.state),
            out.t("cho", "for"),
            reply
                .bill
                .as_ref()
                .or(reply.debtor.as_ref())
                .map_or("", String::as_str),
            money(reply.amount)
        )
    });
    Ok(())
}
