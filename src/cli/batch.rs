//! `cycle prepare|show` and the acts on a batch.

use super::args::{Cli, CycleArgs, CycleShowArgs};
use super::out::{APPROVER, MAKER, Out, Table, money};
use super::session::{Session, parse_period};
use crate::clock::Instant;
use crate::disbursement::approve::{ApproveBatch, BatchReply, SubmitBatch};
use crate::disbursement::follow_up::FollowUp;
use crate::disbursement::prepare::{PrepareCycle, Prepared};
use crate::disbursement::reject::RejectBatch;
use crate::disbursement::release::ReleaseBatch;
use crate::disbursement::send::{self, NoteExport, NoteSent, SendBatch};
use crate::disbursement::{self, Batch, BatchState, short_hex};
use crate::error::{Failure, Fault, Reject};
use crate::gateway::payment_file::{self, Draft, Written};
use crate::ledger::Book;
use crate::programme::catalogue;
use crate::programme::{period_number, sql as programme_sql};
use crate::words::{self, codes};
use serde_json::{Value, json};
use std::path::Path;

pub async fn prepare(cli: &Cli, out: &Out, a: &CycleArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let bank = session
        .bank_account(&book, a.bank_account.as_deref())
        .await?;
    let period = parse_period(&a.period)?;
    let command = PrepareCycle {
        book,
        programme: a.programme.clone(),
        period,
        bank_account: bank.code,
        source: a.source.clone(),
        budget_year: a.year.unwrap_or_else(|| i64::from(period.year())),
        per_batch: a.batch_lines,
    };
    let reply = session.run(&command).await?;
    out.done(&reply, || prepared_text(&reply, out, true));
    Ok(())
}

/// What a preparation came to; with `next`, what is to be done with its batches.
pub fn prepared_text(p: &Prepared, out: &Out, next: bool) -> String {
    let mut text = format!(
        "{} {} ({})\n{}: {}   {}: {} đồng\n{}: {}   {}: {}   {}: {}\n{}: {}   {}: {}\n\n",
        out.t("Kỳ", "Period"),
        out.day(&p.period),
        p.programme,
        out.t("Số người được chi", "People to pay"),
        money(p.lines),
        out.t("Tổng tiền", "Total"),
        money(p.total),
        out.t("Mới", "New"),
        money(p.new_people),
        out.t("Thôi hưởng", "Gone"),
        money(p.gone_people),
        out.t("Đổi mức", "Changed"),
        money(p.changed_amounts),
        out.t(
            "Trong danh sách nhưng chưa chi được",
            "Listed but not payable"
        ),
        money(p.not_paid),
        out.t("Số tiền gõ khác mức tính", "Typed amount differs"),
        money(p.typed_amount_differs),
    );
    let mut table = Table::new(&[
        out.t("Nhóm đối tượng", "Category"),
        out.t(">Người", ">People"),
        out.t(">Số tiền", ">Amount"),
    ]);
    for c in &p.by_category {
        let name =
            catalogue::category(&c.category).map_or(c.category.as_str(), |x| x.name.as_str());
        table.row(vec![name.to_owned(), money(c.people), money(c.total)]);
    }
    text.push_str(&table.show());
    for b in p.batches.iter().filter(|_| next) {
        text.push_str(&format!(
            "\n{} {}: {} {}, {} đồng",
            out.t("Đợt chi nháp số", "Draft batch"),
            b.batch,
            money(b.lines),
            out.t("dòng", "lines"),
            money(b.total),
        ));
        text.push('\n');
        text.push_str(&out.next(MAKER, &format!("ansinh batch submit {}", b.batch)));
    }
    text
}

/// The answer of `cycle show` before anything was prepared.
fn no_cycle(
    out: &Out,
    period: &str,
    programme: &str,
    listed: i64,
    not_paid: (i64, &[programme_sql::NotPaid]),
) {
    let value = json!({"cycle": null, "period": period, "programme": programme, "batches": [], "lines": 0, "total": 0,
                       "listed": listed, "not_paid": not_paid.0, "not_paid_people": not_paid.1, "batch_states": []});
    out.done(&value, || {
        let next = if listed == 0 {
            out.t(
                "nhập danh sách của kỳ (ansinh roster import)",
                "import a list of the period (ansinh roster import)",
            )
        } else {
            out.t(
                "lập kỳ chi (ansinh cycle prepare)",
                "prepare the cycle (ansinh cycle prepare)",
            )
        };
        let mut text = format!(
            "{} {} ({programme}): {}\n{}: {}   {}: {}\n{}: {next}\n",
            out.t("Kỳ", "Period"),
            out.day(period),
            out.t("chưa lập kỳ chi", "nothing was prepared yet"),
            out.t("Trong danh sách", "Listed"),
            money(listed),
            out.t("Chưa chi được", "Not payable"),
            money(not_paid.0),
            out.t("Tiếp theo", "Next"),
        );
        for person in not_paid.1.iter().take(30) {
            text.push_str(&format!(
                "{} ({}): {}\n",
                person.full_name,
                person.unit,
                words::not_paid(&person.reason, out.lang)
            ));
        }
        text
    });
}

pub async fn show_cycle(cli: &Cli, out: &Out, a: &CycleShowArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book_to_read().await?;
    let period = parse_period(&a.period)?;
    let asked = json!({"period": period.to_string(), "programme": a.programme});
    session.note_read(&book, "cycle show", asked).await?;
    let mut tx = session.db.begin_read().await?;
    let programme = programme_named(&mut tx, &a.programme).await?;
    let found = programme_sql::find_cycle(&mut tx, book.id, programme.id, period_number(period));
    let Some((_, report)) = found.await? else {
        let (listed, ..) = programme_sql::count_listed(
            &mut tx,
            book.id,
            programme.id,
            &programme.component,
            period_number(period),
        )
        .await?;
        let (count, people) =
            programme_sql::not_paid(&mut tx, book.id, programme.id, period_number(period), 1_000)
                .await?;
        tx.rollback().await?;
        no_cycle(out, &a.period, &programme.code, listed, (count, &people));
        return Ok(());
    };
    let prepared: Prepared =
        serde_json::from_str(&report).map_err(|e| Fault::Corrupt(e.to_string()))?;
    let (_, not_paid) =
        programme_sql::not_paid(&mut tx, book.id, programme.id, period_number(period), 1_000)
            .await?;
    let batches =
        disbursement::sql::of_period(&mut tx, book.id, programme.id, period_number(period)).await?;
    tx.rollback().await?;
    let mut value = serde_json::to_value(&prepared).unwrap_or_default();
    value["not_paid_people"] = serde_json::to_value(&not_paid).unwrap_or_default();
    value["batch_states"] = json!(
        batches
            .iter()
            .map(
                |b| json!({"batch": b.id.to_string(), "state": b.state.name(),
        "lines": b.count, "total": b.total, "follows": b.follows_id.map(|i| i.to_string())})
            )
            .collect::<Vec<_>>()
    );
    out.done(&value, || {
        let mut text = prepared_text(&prepared, out, false);
        text.push('\n');
        let mut table = Table::new(&[
            out.t("Đợt", "Batch"),
            out.t("Trạng thái", "State"),
            out.t(">Dòng", ">Lines"),
            out.t(">Số tiền", ">Amount"),
        ]);
        for b in &batches {
            table.row(vec![
                b.id.to_string(),
                out.say(codes::BATCH_STATES, b.state.name()),
                money(b.count),
                money(b.total),
            ]);
        }
        text.push_str(&table.show());
        if !not_paid.is_empty() {
            text.push('\n');
            let mut table = Table::new(&[
                out.t("Chưa chi được", "Not payable"),
                out.t("Xã", "Commune"),
                out.t("Lý do", "Reason"),
            ]);
            for p in not_paid.iter().take(30) {
                table.row(vec![
                    p.full_name.clone(),
                    p.unit.clone(),
                    words::not_paid(&p.reason, out.lang),
                ]);
            }
            text.push_str(&table.show());
        }
        for batch in &batches {
            if let Some(next) = batch_next(batch, out) {
                text.push_str(&next);
                text.push('\n');
            }
        }
        text
    });
    Ok(())
}

/// What comes next for a batch, by its state; none where nothing is left to do.
fn batch_next(batch: &Batch, out: &Out) -> Option<String> {
    let id = batch.id;
    let accountant = ("kế toán", "the accountant");
    Some(match batch.state {
        BatchState::Draft => out.next(MAKER, &format!("ansinh batch submit {id} --as …")),
        BatchState::Submitted => out.next(APPROVER, &format!("ansinh batch approve {id} --as …")),
        BatchState::Approved => out.next(APPROVER, &format!("ansinh batch release {id} --as …")),
        BatchState::Released => out.next(
            accountant,
            &format!("ansinh batch send {id} --out … --as …"),
        ),
        BatchState::Sent => out.next(
            accountant,
            out.t(
                "ansinh statement import TỆP --as …",
                "ansinh statement import FILE --as …",
            ),
        ),
        BatchState::Completed | BatchState::Rejected => return None,
    })
}

/// The programme of a code.
pub async fn programme_named(
    tx: &mut crate::store::Tx,
    code: &str,
) -> Result<programme_sql::ProgrammeRow, Failure> {
    let found = programme_sql::find_programme(tx, code).await?;
    Ok(found.ok_or_else(|| Reject::NotFound {
        what: "programme".into(),
        id: code.to_owned(),
    })?)
}

fn reply_text(reply: &BatchReply, out: &Out, who: (&str, &str), next: &str) -> String {
    let mut text = format!(
        "{} {}: {} ({} {}, {} đồng)\n{}: {}",
        out.t("Đợt chi số", "Batch"),
        reply.batch,
        out.say(codes::BATCH_STATES, &reply.state),
        money(reply.lines),
        out.t("dòng", "lines"),
        money(reply.total),
        out.t("Mã kiểm tra danh sách", "Digest of the lines"),
        reply.digest.chars().take(16).collect::<String>()
    );
    if reply.approvers_missing > 0 {
        text.push_str(&format!(
            "\n{}: {}",
            out.t("Còn cần số người duyệt", "Approvals still needed"),
            reply.approvers_missing
        ));
    }
    if !next.is_empty() {
        text.push('\n');
        text.push_str(&out.next(who, next));
    }
    text
}

pub async fn submit(cli: &Cli, out: &Out, batch: i64) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let reply = session.run(&SubmitBatch { book, batch }).await?;
    out.done(&reply, || {
        reply_text(
            &reply,
            out,
            APPROVER,
            &format!(
                "ansinh batch approve {batch} --digest {} --as …",
                reply.digest.chars().take(16).collect::<String>()
            ),
        )
    });
    Ok(())
}

pub async fn approve(
    cli: &Cli,
    out: &Out,
    batch: i64,
    digest: Option<String>,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let reply = session
        .run(&ApproveBatch {
            book,
            batch,
            digest,
            keys: session.keys.clone(),
        })
        .await?;
    out.done(&reply, || {
        if reply.approvers_missing > 0 {
            let next = format!("ansinh batch approve {batch} --as …");
            return reply_text(
                &reply,
                out,
                ("một người duyệt khác", "another approver"),
                &next,
            );
        }
        reply_text(
            &reply,
            out,
            APPROVER,
            &format!("ansinh batch release {batch} --as …"),
        )
    });
    Ok(())
}

pub async fn reject(cli: &Cli, out: &Out, batch: i64, reason: &str) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let reply = session
        .run(&RejectBatch {
            book,
            batch,
            reason: reason.to_owned(),
        })
        .await?;
    // What a follow-up was to send again is sent by the next follow-up, not by a cycle.
    let book = session.book().await?;
    let mut tx = session.db.begin_read().await?;
    let follows = disbursement::load(&mut tx, &book, batch).await?.follows_id;
    tx.rollback().await?;
    out.done(&reply, || {
        let next = match follows {
            Some(first) => format!("ansinh batch follow-up {first} --as …"),
            None => "ansinh cycle prepare --period … --as …".to_owned(),
        };
        reply_text(&reply, out, MAKER, &next)
    });
    Ok(())
}

pub async fn release(cli: &Cli, out: &Out, batch: i64) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let reply = session
        .run(&ReleaseBatch {
            book,
            batch,
            keys: session.keys.clone(),
        })
        .await?;
    out.done(&reply, || {
        reply_text(
            &reply,
            out,
            MAKER,
            &format!(
                "ansinh batch send {batch} --out {} --as …",
                out.t("THƯ-MỤC", "DIR")
            ),
        )
    });
    Ok(())
}

pub async fn follow_up(cli: &Cli, out: &Out, batch: i64) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let reply = session.run(&FollowUp { book, batch }).await?;
    out.done(&reply, || {
        format!(
            "{} {}: {} {}, {} đồng, {} {}\n{}: {}\n{}: {}\n{}",
            out.t("Đợt chi lại số", "Follow-up"),
            reply.batch.batch,
            reply.batch.lines,
            out.t("dòng", "lines"),
            money(reply.batch.total),
            out.t(
                "cho những khoản chưa đến người hưởng của đợt",
                "for what did not arrive of batch"
            ),
            reply.follows,
            out.t(
                "Còn chờ địa chỉ nhận tiền đúng",
                "Waiting for a right address"
            ),
            reply.waiting,
            out.t("Còn phần khác đang đi", "Another part is still on its way"),
            reply.under_way,
            out.next(
                MAKER,
                &format!("ansinh batch submit {} --as …", reply.batch.batch)
            )
        )
    });
    Ok(())
}

/// What is left of the frozen lines where some were withdrawn, rejected or came back.
fn live_text(batch: &Batch, (lines, total): (i64, i64), out: &Out) -> String {
    if lines == batch.count {
        return String::new();
    }
    format!(
        "{}: {} {}, {} đồng\n",
        out.t(
            "Còn lại sau khi trừ dòng đã rút, bị từ chối, bị trả lại",
            "Left without lines withdrawn, rejected or returned"
        ),
        money(lines),
        out.t("dòng", "lines"),
        money(total)
    )
}

pub async fn show(cli: &Cli, out: &Out, id: i64) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book_to_read().await?;
    let mut tx = session.db.begin_read().await?;
    let batch = disbursement::load(&mut tx, &book, id).await?;
    let events = disbursement::sql::events(&mut tx, book.id, id).await?;
    let (first, last) = (batch.first_id, batch.last_id());
    let live = crate::payment::sql::totals(&mut tx, book.id, first, last, true).await?;
    tx.rollback().await?;
    let acts: Vec<Value> = events
        .iter()
        .map(|e| json!({"event": e.event, "actor": e.actor, "at": Instant(e.at).local_text(), "note": e.note,
                        "digest": e.digest.as_deref().map(short_hex)}))
        .collect();
    let mut value = batch_json(&batch, &acts);
    value["live_lines"] = json!(live.0);
    value["live_total"] = json!(live.1);
    out.done(&value, || {
        let mut text = format!(
            "{} {}: {}\n{} {}, {} đồng, {}: {}\n{}\n",
            out.t("Đợt chi số", "Batch"),
            batch.id,
            out.say(codes::BATCH_STATES, batch.state.name()),
            money(batch.count),
            out.t("dòng", "lines"),
            money(batch.total),
            out.t("số dòng chưa quyết toán", "lines not settled yet"),
            money(batch.open_count),
            live_text(&batch, live, out)
        );
        let mut table = Table::new(&[
            out.t("Việc", "Act"),
            out.t("Người", "Who"),
            out.t("=Lúc", "=When"),
            out.t("=Mã kiểm tra", "=Digest"),
            out.t("Ghi chú", "Note"),
        ]);
        for e in &events {
            let digest = e.digest.as_deref().map(short_hex).unwrap_or_default();
            table.row(vec![
                out.say(codes::BATCH_EVENTS, &e.event),
                e.actor.clone(),
                words::moment(&Instant(e.at).local_text()),
                digest,
                words::phrase(&e.note, out.lang),
            ]);
        }
        text.push_str(&table.show());
        text.push_str(&batch_next(&batch, out).unwrap_or_default());
        text
    });
    Ok(())
}

fn batch_json(batch: &Batch, acts: &[Value]) -> Value {
    json!({"batch": batch.id.to_string(), "state": batch.state.name(), "period": crate::programme::period_text(batch.period),
           "lines": batch.count, "total": batch.total, "open_lines": batch.open_count, "made_by": batch.made_by,
           "follows": batch.follows_id.map(|i| i.to_string()), "sent_on": batch.sent_on.map(|d| d.to_string()),
           "digest": batch.digest.map(|d| crate::store::keys::hex(&d)), "events": acts})
}

/// Drafts the file, posts, gives the file its name, notes its hash; each may have been done
/// before.
pub async fn send_batch(
    session: &Session,
    out: &Out,
    book: &Book,
    batch: i64,
    folder: &Path,
) -> Result<Written, Failure> {
    let draft = draft_file(session, out, book, batch, folder).await?;
    let file = session
        .run(&SendBatch {
            book: book.clone(),
            batch,
            keys: session.keys.clone(),
        })
        .await?;
    let written = match draft.filter(|draft| draft.is_of(&file)) {
        Some(draft) => draft.place()?,
        None => {
            let bar = out.bar(file.lines, "Ghi tệp chi", "Writing the payment file");
            let written =
                payment_file::write(&session.db, &session.keys, book.id, &file, folder, |n| {
                    bar.set_position(n.unsigned_abs());
                })
                .await?;
            bar.finish_and_clear();
            written
        }
    };
    if file.sha256.is_none() {
        session
            .run(&NoteSent {
                book: book.clone(),
                batch,
                sha256: written.sha256.clone(),
            })
            .await?;
    }
    Ok(written)
}

/// The file of a released batch, made before anything is posted; none when it was posted.
async fn draft_file(
    session: &Session,
    out: &Out,
    book: &Book,
    batch: i64,
    folder: &Path,
) -> Result<Option<Draft>, Failure> {
    let mut tx = session.db.begin_read().await?;
    let planned = send::plan_file(&mut tx, &session.ctx, book, batch).await?;
    tx.rollback().await?;
    let Some(file) = planned else { return Ok(None) };
    let bar = out.bar(file.lines, "Ghi tệp chi", "Writing the payment file");
    let made = payment_file::draft(&session.db, &session.keys, book.id, &file, folder, |n| {
        bar.set_position(n.unsigned_abs());
    })
    .await;
    bar.finish_and_clear();
    match made {
        Ok(draft) => Ok(Some(draft)),
        Err(failure) => {
            let mut tx = session.db.begin_read().await?;
            Err(send::why_unwritable(&mut tx, book, batch, failure).await?)
        }
    }
}

pub async fn send(cli: &Cli, out: &Out, batch: i64, folder: &Path) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    if session.ctx.dry_run {
        let file = session
            .run(&SendBatch {
                book,
                batch,
                keys: session.keys.clone(),
            })
            .await?;
        out.done(&file, || {
            format!(
                "{}: {} {}, {} đồng",
                file.message_id,
                file.lines,
                out.t("dòng", "lines"),
                money(file.total)
            )
        });
        return Ok(());
    }
    // A folder that can't be made is found before anything is posted.
    std::fs::create_dir_all(folder).map_err(|_| Reject::BadInput {
        what: "--out".into(),
        place: folder.display().to_string(),
        found: "no folder, and none can be made".into(),
        expected: "a folder that can be written".into(),
    })?;
    let written = send_batch(&session, out, &book, batch, folder).await?;
    say_written(out, batch, &written);
    Ok(())
}

pub async fn export(cli: &Cli, out: &Out, batch: i64, folder: &Path) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let file = session
        .run(&NoteExport {
            book: book.clone(),
            batch,
        })
        .await?;
    let written =
        payment_file::write(&session.db, &session.keys, book.id, &file, folder, |_| {}).await?;
    say_written(out, batch, &written);
    Ok(())
}

fn say_written(out: &Out, batch: i64, written: &Written) {
    let path = written.path.display().to_string();
    let value = json!({"batch": batch.to_string(), "file": path, "sha256": written.sha256, "bytes": written.bytes,
                       "was_there": written.was_there});
    out.done(&value, || {
        let there = if written.was_there {
            out.t(" (đã có, đúng từng byte)", " (was there, byte for byte)")
        } else {
            ""
        };
        format!(
            "{}: {path}{there}\nSHA-256: {}\n{}",
            out.t("Tệp chi", "Payment file"),
            written.sha256,
            out.next(
                ("kế toán", "the accountant"),
                out.t(
                    "chuyển tệp cho ngân hàng; khi có sao kê: ansinh statement import TỆP --as …",
                    "give the file to the bank; with its statement: ansinh statement import FILE --as …",
                ),
            )
        )
    });
}
