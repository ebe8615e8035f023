//! `bill issue RUN`: one Tx of any size. Another person than the maker issues.
//!
//! Missing receivable accounts are opened in bulk; the lines are posted set-based, one
//! posting an account they stand against (`receivable` debit, `income/<kind>` or
//! `uncollected/<third party>` credit); the bills get their numbers, without a gap; then
//! credit of debtors whose payer wants that is used, oldest first. An invitation posts
//! nothing.

use super::credit;
use super::receipt;
use super::sql::bill::{self as sql, LINES_SELECT, RunRow};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::bulk::{Lines, Side, post_lines};
use crate::ledger::{self, AccountKind, Book, Code, PostingInfo};
use crate::store::{Command, Ctx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `bill issue`.
pub struct IssueRun {
    pub book: Book,
    pub run: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueReply {
    pub run: String,
    pub bills: i64,
    pub first_number: String,
    pub last_number: String,
    /// đồng, without invitations.
    pub total: i64,
    pub lines_posted: i64,
    pub credit_used: i64,
    #[serde(default)]
    pub again: bool,
}

impl Command for IssueRun {
    const NAME: &'static str = "bill.issue";
    type Reply = IssueReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "run": self.run.to_string()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<IssueReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, &[Role::SchoolHead]).await?;
        let run = find(tx, &self.book, self.run).await?;
        access::other_than(ctx, &run.made_by, "bill issue")?;
        if let Some(by) = &run.issued_by {
            return Err(Reject::StateWrong {
                what: "bill_run".into(),
                id: run.id.to_string(),
                state: format!("issued ({by})"),
                needed: "draft".into(),
            }
            .into());
        }
        issue(tx, ctx, &self.book, &run).await
    }
}

pub(super) async fn find(tx: &mut Tx, book: &Book, run: i64) -> Result<RunRow, Failure> {
    Ok(sql::find_run(tx, book.id, run)
        .await?
        .ok_or_else(|| Reject::NotFound {
            what: "bill_run".into(),
            id: run.to_string(),
        })?)
}

/// Issues the drafts of a run.
pub(super) async fn issue(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    run: &RunRow,
) -> Result<IssueReply, Failure> {
    let (drafts, total) = sql::drafts_of(tx, book.id, run.id).await?;
    if drafts == 0 {
        return Err(Reject::StateWrong {
            what: "bill_run".into(),
            id: run.id.to_string(),
            state: "cancelled".into(),
            needed: "draft".into(),
        }
        .into());
    }
    let info = PostingInfo::new("bills_issued", ctx, ctx.now.day(), run.id);
    open_receivables(tx, book, run.id, &info).await?;
    let posts = sql::to_post(tx, book.id, run.id).await?;
    let mut posted = 0;
    for (against, first_key, last_key, count, sum) in &posts {
        let lines = Lines {
            select: LINES_SELECT,
            args: crate::args![*against, run.id],
            first_key: *first_key,
            last_key: *last_key,
        };
        let done = post_lines(
            tx,
            book.id,
            &info,
            Code::Billed,
            *against,
            Side::Debit,
            &lines,
        )
        .await?;
        if (done.count, done.total) != (*count, *sum) {
            return Err(
                Fault::Corrupt(format!("{} of {count} lines were posted", done.count)).into(),
            );
        }
        posted += done.count;
    }
    let year = i64::from(ctx.now.day().year());
    let last = sql::last_number(tx, book.id, year).await?;
    if last + drafts > 9_999_999 {
        return Err(Reject::SumTooLarge {
            account: format!("bill numbers of {year}"),
        }
        .into());
    }
    let numbered = sql::issue_run(tx, book.id, run.id, year, last, ctx.now.0).await?;
    if i64::try_from(numbered).ok() != Some(drafts) {
        return Err(Fault::Corrupt(format!("{numbered} of {drafts} bills were numbered")).into());
    }
    sql::put_last_number(tx, book.id, year, last + drafts).await?;
    sql::note_issued(tx, book.id, run.id, &ctx.actor, ctx.now.0).await?;
    let credit_used = credit::use_for_run(tx, ctx, book, run.id).await?;
    receipt::settle(tx, ctx, book.id).await?;
    Ok(IssueReply {
        run: run.id.to_string(),
        bills: drafts,
        first_number: number_text(year, last + 1),
        last_number: number_text(year, last + drafts),
        total,
        lines_posted: posted,
        credit_used,
        again: false,
    })
}

fn number_text(year: i64, n: i64) -> String {
    format!("{year}/{n:07}")
}

async fn open_receivables(
    tx: &mut Tx,
    book: &Book,
    run: i64,
    info: &PostingInfo,
) -> Result<(), Failure> {
    let missing = sql::receivables_missing(tx, book.id, run).await?;
    if !missing.is_empty() {
        let names: Vec<(String, AccountKind, bool)> = missing
            .iter()
            .map(|(debtor, kind)| {
                (
                    format!("receivable/{debtor}/{kind}"),
                    AccountKind::Asset,
                    false,
                )
            })
            .collect();
        let first = ledger::open_accounts(tx, book.id, info, &names).await?;
        sql::insert_receivables(tx, book.id, &missing, first).await?;
        tx.analyze(&["receivable"]).await?;
    }
    sql::set_receivables(tx, book.id, run).await?;
    Ok(())
}
