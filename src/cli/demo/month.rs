//! The two months, step by step, by the same commands that the command line runs.

use super::super::args::DemoArgs;
use super::super::batch::send_batch;
use super::super::checked::{
    CheckFor, Checked, answers_of, open_register, own_standards_in, read_and_check, take_over,
    write_refused_file,
};
use super::super::out::Out;
use super::super::roster::words;
use super::super::statements::import_file;
use super::world::{BANK_ACCOUNT, Lists, World};
use super::{ACCOUNTANT, APPROVER, CHIEF, Demo, MAKER, facts, on};
use crate::clock::stopwatch;
use crate::disbursement::approve::{ApproveBatch, SubmitBatch};
use crate::disbursement::follow_up::FollowUp;
use crate::disbursement::prepare::{BATCH_LINES_MAX, PrepareCycle};
use crate::disbursement::release::ReleaseBatch;
use crate::error::{Failure, Fault, Lang};
use crate::gateway::holders::{HolderList, LoadHolders};
use crate::gateway::load::{LoadRegister, list_refused};
use crate::identity::holders::Holder;
use crate::programme::Period;
use crate::reconcile::budget::ReceiveBudget;
use crate::reconcile::close::CloseDay;
use crate::reconcile::import::Imported;
use crate::reconcile::resolve::{Action, ResolveBreak, Turn};
use crate::roster::CsvRegister;
use ansinh_settlement::Day;
use serde_json::json;
use std::path::Path;

const PROGRAMME: &str = "social_assistance";
const SOURCE: &str = "central";

/// June: the list, accounts, the first payments, what comes back.
pub async fn first(demo: &mut Demo, world: &mut World, a: &DemoArgs) -> Result<(), Failure> {
    let period = period(2026, 6)?;
    let lists = world.first_lists()?;
    let checked = take_lists(demo, world, a, &lists, period, 20_260_601).await?;
    budget(demo, world, &checked, "KB260601", 20_260_601).await?;
    statement(demo, world, 20_260_601, false).await?;

    world.first_faults();
    let batches = prepare(demo, period, 20_260_602).await?;
    for batch in &batches {
        approve(demo, *batch, 20_260_602).await?;
        release_and_send(demo, world, *batch, 20_260_602).await?;
    }
    statement(demo, world, 20_260_602, false).await?;
    world.no_faults();
    statement(demo, world, 20_260_603, false).await?;
    resolve_fees(demo, 20_260_603).await?;
    Ok(())
}

/// July: deaths, moves, a follow-up, a doubled and a late line.
pub async fn second(demo: &mut Demo, world: &mut World, a: &DemoArgs) -> Result<(), Failure> {
    let june = period(2026, 6)?;
    let july = period(2026, 7)?;
    let lists = world.second_lists()?;
    let checked = take_lists(demo, world, a, &lists, july, 20_260_701).await?;
    budget(demo, world, &checked, "KB260701", 20_260_701).await?;
    statement(demo, world, 20_260_701, true).await?;

    world.second_faults();
    let batches = prepare(demo, july, 20_260_702).await?;
    for batch in &batches {
        approve(demo, *batch, 20_260_702).await?;
    }
    if let Some(path) = world.later_population()? {
        let since = stopwatch();
        let session = demo.session(MAKER, on(20_260_702, "10:00"));
        let reply = session
            .run(&LoadRegister::open(&path, None, &demo.keys)?)
            .await?;
        demo.step("register_after_approval", since, facts(&reply));
    }
    for batch in &batches {
        release_and_send(demo, world, *batch, 20_260_702).await?;
    }
    follow_up(demo, world, june, 20_260_702).await?;
    statement(demo, world, 20_260_702, true).await?;
    world.no_faults();
    statement(demo, world, 20_260_703, true).await?;
    again(demo, 20_260_703).await?;
    Ok(())
}

fn period(year: u16, month: u8) -> Result<Period, Failure> {
    Ok(Period::new(year, month).map_err(|_| Fault::Corrupt("period".into()))?)
}

/// Holders, register, check, import.
async fn take_lists(
    demo: &mut Demo,
    world: &World,
    a: &DemoArgs,
    lists: &Lists,
    period: Period,
    day: u32,
) -> Result<Checked, Failure> {
    let session = demo.session(MAKER, on(day, "08:00"));
    let since = stopwatch();
    if lists.any_period {
        // The user's own: what is wrong in it is told with its place.
        CsvRegister::open(&lists.population).map_err(|e| list_refused(&e))?;
    }
    let (url, register) = world.register(&lists.population, a.seed).await?;
    let lookup = open_register(&url, &session.ctx)?;
    let checked = read_and_check(
        &lists.roster,
        lookup.as_ref(),
        &CheckFor {
            period,
            programme: PROGRAMME,
            own_standards: own_standards_in(&demo.db, PROGRAMME, period, &session.ctx).await?,
            source: "population register",
            strict: !lists.any_period,
            as_of: session.ctx.now.0,
        },
        &session.ctx,
    )?;
    register
        .stop()
        .await
        .map_err(|e| Fault::Gateway(e.to_string()))?;
    for line in checked.result.lines.iter().filter(|l| !l.is_accepted()) {
        let reason = line.reasons().next();
        demo.refused.push(json!({
            "period": period.to_string(), "stt": line.stt, "category": line.category,
            "reason": reason.map(|f| f.code.code()), "message": reason.map(|f| words(f, demo.lang)),
        }));
    }
    let refused_file = demo.folder.join(format!("refused-{period}.xlsx"));
    write_refused_file(&checked, &refused_file)?;
    demo.step(
        "list_checked",
        since,
        json!({"period": period.to_string(), "lines": checked.result.lines.len(),
               "by_category": checked.result.totals.by_category, "repairs": checked.result.repairs.len(),
               "warnings": checked.result.warnings.len(), "accepted": checked.result.totals.accepted,
               "accepted_total": checked.result.totals.accepted_amount}),
    );

    let since = stopwatch();
    // A register of the user's own may have no date, or one of another year.
    let load = match lists.any_period {
        true => LoadRegister::open_as_of(&lists.population, session.ctx.now, &demo.keys)?,
        false => LoadRegister::open(&lists.population, None, &demo.keys)?,
    };
    let loaded = session.run(&load).await?;
    demo.step("register_loaded", since, facts(&loaded));

    let since = stopwatch();
    let list = match &lists.holders {
        Some(path) => HolderList::read(path, None)?,
        None => holders_of(&checked),
    };
    let holders = LoadHolders {
        books: vec![demo.book.clone()],
        list,
        keys: demo.keys.clone(),
    };
    let reply = session.run(&holders).await?;
    demo.step("holders_loaded", since, facts(&reply));

    let since = stopwatch();
    let reply = take_over(
        &session,
        &demo.book,
        &checked,
        &lists.roster,
        period,
        PROGRAMME,
        answers_of(&checked),
    )
    .await?;
    demo.step("list_imported", since, facts(&reply));
    Ok(checked)
}

/// For a list that came without its bank: the bank confirms every accepted line's holder,
/// once, before the first month.
fn holders_of(checked: &Checked) -> HolderList {
    let holders = checked
        .result
        .lines
        .iter()
        .filter(|l| l.is_accepted())
        .filter_map(|l| {
            Some(Holder {
                bin: l.bank_bin?.to_owned(),
                account_number: l.account_number.as_ref()?.to_string(),
                holder_name: l.proxy_name.as_deref().or(l.full_name())?.to_owned(),
                status: "open".into(),
            })
        })
        .collect();
    HolderList::of(on(20_260_601, "07:00"), holders)
}

/// The month's budget, with a margin, announced and sent by the treasury.
async fn budget(
    demo: &mut Demo,
    world: &mut World,
    checked: &Checked,
    reference: &str,
    day: u32,
) -> Result<(), Failure> {
    let since = stopwatch();
    let due = checked.result.totals.accepted_amount.get();
    let amount = due + due / 20 + 10_000_000;
    let command = ReceiveBudget {
        book: demo.book.clone(),
        programme: PROGRAMME.into(),
        source: SOURCE.into(),
        budget_year: 2026,
        bank_account: BANK_ACCOUNT.into(),
        amount,
        reference: reference.into(),
    };
    let reply = demo
        .session(ACCOUNTANT, on(day, "09:00"))
        .run(&command)
        .await?;
    world.credit(amount, reference, day)?;
    demo.step("budget_announced", since, facts(&reply));
    Ok(())
}

/// The bank closes its day, its statement is imported, the day is closed by a second person.
pub async fn statement(
    demo: &mut Demo,
    world: &mut World,
    day: u32,
    xml: bool,
) -> Result<Imported, Failure> {
    let since = stopwatch();
    let path = world.close_day(day, xml)?;
    demo.step(
        "bank_closed",
        since,
        json!({"day": iso(day), "file": name_of(&path)}),
    );

    let since = stopwatch();
    let reply = import_file(&demo.session(ACCOUNTANT, on(day, "18:00")), &path).await?;
    let mut shown = facts(&reply);
    if let Some(map) = shown.as_object_mut() {
        map.remove("breaks");
    }
    demo.step("statement_imported", since, shown);

    let since = stopwatch();
    let command = CloseDay {
        book: demo.book.clone(),
        bank_account: BANK_ACCOUNT.into(),
        day: Day::from_number(i64::from(day)).map_err(|e| Fault::Corrupt(e.to_string()))?,
        keys: demo.keys.clone(),
    };
    let closed = demo.session(CHIEF, on(day, "19:00")).run(&command).await?;
    demo.closed.push(
        json!({"book": demo.book.code, "bank_account": BANK_ACCOUNT, "day": closed.proof.day,
                            "holds": closed.proof.holds}),
    );
    demo.step("day_closed", since, json!({"day": closed.proof.day, "closing": closed.proof.closing,
                                          "carried": closed.proof.carried, "digest": closed.digest}));
    demo.proofs.push(closed);
    Ok(reply)
}

async fn prepare(demo: &mut Demo, period: Period, day: u32) -> Result<Vec<i64>, Failure> {
    let since = stopwatch();
    let command = PrepareCycle {
        book: demo.book.clone(),
        programme: PROGRAMME.into(),
        period,
        bank_account: BANK_ACCOUNT.into(),
        source: SOURCE.into(),
        budget_year: 2026,
        per_batch: BATCH_LINES_MAX,
    };
    let reply = demo.session(MAKER, on(day, "08:00")).run(&command).await?;
    demo.step("cycle_prepared", since, facts(&reply));
    Ok(reply
        .batches
        .iter()
        .filter_map(|b| b.batch.parse().ok())
        .collect())
}

async fn approve(demo: &mut Demo, batch: i64, day: u32) -> Result<(), Failure> {
    let since = stopwatch();
    let book = demo.book.clone();
    demo.session(MAKER, on(day, "08:30"))
        .run(&SubmitBatch {
            book: book.clone(),
            batch,
        })
        .await?;
    let command = ApproveBatch {
        book,
        batch,
        digest: None,
        keys: demo.keys.clone(),
    };
    let reply = demo
        .session(APPROVER, on(day, "09:00"))
        .run(&command)
        .await?;
    demo.step("batch_approved", since, facts(&reply));
    Ok(())
}

async fn release_and_send(
    demo: &mut Demo,
    world: &mut World,
    batch: i64,
    day: u32,
) -> Result<(), Failure> {
    let since = stopwatch();
    let book = demo.book.clone();
    let reply = demo
        .session(APPROVER, on(day, "10:30"))
        .run(&ReleaseBatch {
            book: book.clone(),
            batch,
            keys: demo.keys.clone(),
        })
        .await?;
    demo.step("batch_released", since, facts(&reply));

    let since = stopwatch();
    let quiet = Out::new(true, Lang::Vi);
    let session = demo.session(MAKER, on(day, "11:00"));
    let written = send_batch(&session, &quiet, &book, batch, &demo.folder.join("out")).await?;
    let again = send_batch(&session, &quiet, &book, batch, &demo.folder.join("out")).await?;
    let (payments, total) = world.take(&written.path)?;
    demo.step(
        "batch_sent",
        since,
        json!({"batch": batch.to_string(), "file": name_of(&written.path), "sha256": written.sha256,
               "sent_again_same_bytes": again.was_there, "bank_took": payments, "bank_total": total}),
    );
    Ok(())
}

/// What came back in June goes out again to the addresses that hold now.
async fn follow_up(
    demo: &mut Demo,
    world: &mut World,
    june: Period,
    day: u32,
) -> Result<(), Failure> {
    let since = stopwatch();
    let batches = super::books::batches_of(demo, PROGRAMME, june).await?;
    for before in batches {
        let command = FollowUp {
            book: demo.book.clone(),
            batch: before,
        };
        match demo.session(MAKER, on(day, "13:00")).run(&command).await {
            Ok(reply) => {
                let batch: i64 = reply.batch.batch.parse().unwrap_or(0);
                demo.step("follow_up_prepared", since, facts(&reply));
                approve(demo, batch, day).await?;
                release_and_send(demo, world, batch, day).await?;
            }
            Err(Failure::Reject(r))
                if matches!(r.code(), "batch_empty" | "follow_up_under_way") =>
            {
                demo.step(
                    "follow_up_prepared",
                    since,
                    json!({"follows": before.to_string(), "lines": 0}),
                );
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// Bank fees: the accountant proposes, the chief accountant approves.
async fn resolve_fees(demo: &mut Demo, day: u32) -> Result<(), Failure> {
    let since = stopwatch();
    let fees = super::books::fee_breaks(demo).await?;
    for id in &fees {
        let mut command = ResolveBreak {
            book: demo.book.clone(),
            id: *id,
            action: Some(Action::Fee),
            target: None,
            bank_reason: None,
            reason: "Phí dịch vụ theo biểu phí của ngân hàng".into(),
            turn: Turn::Propose,
        };
        demo.session(ACCOUNTANT, on(day, "20:00"))
            .run(&command)
            .await?;
        command.turn = Turn::Approve;
        demo.session(CHIEF, on(day, "20:10")).run(&command).await?;
    }
    demo.step("fees_resolved", since, json!({"breaks": fees.len()}));
    Ok(())
}

/// The same statement once more changes nothing.
async fn again(demo: &mut Demo, day: u32) -> Result<(), Failure> {
    let since = stopwatch();
    let before = super::books::end(demo).await?;
    let folder = demo.folder.join("statements");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .map_err(crate::error::io_fault(&folder))?
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|x| x == "stl" || x == "xml"))
        .collect();
    files.sort();
    let mut same = 0;
    for path in &files {
        let reply = import_file(&demo.session(ACCOUNTANT, on(day, "21:00")), path).await?;
        same += usize::from(reply.again);
    }
    let after = super::books::end(demo).await?;
    demo.step(
        "same_files_again",
        since,
        json!({"files": files.len(), "changed_nothing": same == files.len() && before.books_hash == after.books_hash}),
    );
    Ok(())
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// `2026-06-02` of 20260602.
fn iso(day: u32) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        day / 10_000,
        day / 100 % 100,
        day % 100
    )
}
