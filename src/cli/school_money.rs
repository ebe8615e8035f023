//! `suspense`: a payment that named nobody goes to a bill or a debtor, or back to its sender.

use super::args::{Cli, SendBackArgs, SuspenseArgs};
use super::out::{ACCOUNTANT, CASHIER, Out, money};
use super::session::Session;
use crate::error::Failure;
use crate::reconcile::assign::AssignCredit;
use crate::reconcile::send_back::SendBack;
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

pub async fn send_back(cli: &Cli, out: &Out, a: &SendBackArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let command = SendBack {
        book: session.book().await?,
        id: a.id,
        name: a.name.clone(),
        to: a.bin.clone().zip(a.account.clone()),
        reason: a.reason.clone(),
        approve: a.approve,
        keys: session.keys.clone(),
    };
    let reply = session.run(&command).await?;
    out.done(&reply, || {
        let next = match &reply.payout {
            Some(_) => out.next(CASHIER, "ansinh payout prepare --as …"),
            None => out.next(
                ("một người khác", "another person"),
                &format!("ansinh suspense send-back {} --approve --as …", reply.id),
            ),
        };
        let payout = reply.payout.as_ref().map_or_else(String::new, |p| {
            format!(", {} {p}", out.t("khoản trả lại số", "payout"))
        });
        format!(
            "{} {}: {}, {} đồng{payout}\n{next}",
            out.t("Sai lệch", "Break"),
            reply.id,
            out.say(codes::BREAK_STATES, &reply.state),
            money(reply.amount)
        )
    });
    Ok(())
}
