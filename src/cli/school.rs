//! `school`, `fee`, `reduction`, `absence`: the people and the prices of a biller.

use super::args::Cli;
use super::out::{CASHIER, Out, Table, money};
use super::school_args::{AbsenceAct, FeeAct, ReductionAct, ReductionArgs, SchoolAct};
use super::session::{Session, parse_period};
use crate::collection::attendance::{LoadAbsences, SettleAbsences, read_absences};
use crate::collection::fee::LoadFees;
use crate::collection::price::FeeKind;
use crate::collection::pupil_list::{PupilFile, read_pupils};
use crate::collection::pupil_list_check::{CheckedPupils, by_code, check_pupils};
use crate::collection::pupil_list_refused::write_refused_pupils;
use crate::collection::reduction::{AddReduction, EndReduction};
use crate::collection::school::{ChangeDebtor, ImportPupils, find_debtor};
use crate::collection::sql::{fee as fee_sql, people as people_sql};
use crate::collection::virtual_account::{LoadNumbers, read_numbers};
use crate::collection::{biller, fee_file};
use crate::error::{Failure, Fault, Reject, io_fault};
use crate::gateway::load::list_refused;
use crate::gateway::payment_file::digest_of;
use crate::ledger::Book;
use crate::store::keys::hex;
use crate::words::codes;
use ansinh_settlement::Day;
use serde_json::json;
use std::path::{Path, PathBuf};

pub async fn school(cli: &Cli, out: &Out, act: &SchoolAct) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    match act {
        SchoolAct::Import {
            file,
            year,
            refused,
            partly,
        } => {
            import(
                cli,
                out,
                &session,
                book,
                file,
                year,
                refused.as_deref(),
                *partly,
            )
            .await
        }
        SchoolAct::Set {
            code,
            use_credit,
            left,
        } => {
            let command = ChangeDebtor {
                book,
                code: code.clone(),
                use_credit: use_credit.as_deref().map(|w| w == "yes"),
                left: *left,
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || format!("{code}: {reply}"));
            Ok(())
        }
        SchoolAct::Accounts { file } => {
            let command = LoadNumbers {
                book,
                numbers: read_numbers(file)?,
                digest: hex(&digest_of(file)?),
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || {
                format!(
                    "{}: {}, {}: {}",
                    out.t(
                        "Tài khoản định danh trong tệp",
                        "Virtual accounts in the file"
                    ),
                    money(reply.listed),
                    out.t("thay đổi", "changed"),
                    money(reply.changed)
                ) + "\n"
                    + &out.next(CASHIER, "ansinh bill slips --run … --out … --as …")
            });
            Ok(())
        }
    }
}

fn name_of(file: &Path) -> String {
    file.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The classes that were set up for a year; none where a list is to make them.
async fn known_classes(session: &Session, book: &Book, year: &str) -> Result<Vec<String>, Failure> {
    let mut tx = session.db.begin_read().await?;
    let year = biller::year(&mut tx, book, year).await?;
    let classes = people_sql::classes(&mut tx, book.id, year.id).await?;
    tx.rollback().await?;
    Ok(classes.into_iter().map(|c| c.code).collect())
}

#[allow(clippy::too_many_arguments)]
async fn import(
    cli: &Cli,
    out: &Out,
    session: &Session,
    book: Book,
    file: &Path,
    year: &str,
    refused: Option<&Path>,
    partly: bool,
) -> Result<(), Failure> {
    let list = read_pupils(file).map_err(|e| list_refused(&e))?;
    let checked = check_pupils(&list, &known_classes(session, &book, year).await?);
    let refused_file = refused.map_or_else(
        || {
            let stem = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            PathBuf::from(format!("{stem}.refused.xlsx"))
        },
        Path::to_path_buf,
    );
    let mut wrong: Vec<usize> = checked.problems.iter().map(|p| p.row).collect();
    wrong.dedup();
    if !wrong.is_empty() && !cli.dry_run {
        write_refused_file(&list, &checked, partly, &refused_file)?;
    }
    if let Some(first) = checked.problems.first()
        && !partly
    {
        say_problems(out, &list, &checked, &refused_file);
        return Err(Reject::PupilsRefused {
            rows: i64::try_from(wrong.len()).unwrap_or(i64::MAX),
            place: list.address(&list.rows[first.row], first.column),
            reason: format!("[{}] {}", first.code.code(), first.text(out.lang)),
        }
        .into());
    }
    let command = ImportPupils {
        book,
        year: year.to_owned(),
        file_name: name_of(file),
        digest: hex(&digest_of(file)?),
        pupils: checked.pupils.clone(),
        keys: session.keys.clone(),
    };
    let reply = session.run(&command).await?;
    let mut value = serde_json::to_value(&reply).unwrap_or_default();
    value["rows"] = json!(list.rows.len());
    value["left_out"] = json!(list.left_out);
    value["refused"] = json!(wrong.len());
    value["problems"] = json!(by_code(&checked.problems));
    if !wrong.is_empty() {
        value["refused_file"] = json!(refused_file.display().to_string());
    }
    out.done(&value, || {
        format!(
            "{}: {}   {}: {}   {}: {}   {}: {}\n{}: {}   {}: {}   {}: {}   {}: {}",
            out.t("Dòng", "Rows"),
            list.rows.len(),
            out.t("Học sinh", "Pupils"),
            reply.pupils,
            out.t("Mới", "New"),
            reply.new_pupils,
            out.t("Từ chối", "Refused"),
            wrong.len(),
            out.t("Lớp mới", "New classes"),
            reply.new_classes,
            out.t("Chuyển lớp", "Changed class"),
            reply.changed_class,
            out.t("Người nộp mới", "New payers"),
            reply.new_payers,
            out.t("Chưa có người nộp", "Without payer"),
            reply.without_payer,
        ) + &left_out_text(&list, out)
            + "\n"
            + &out.next(
                CASHIER,
                &format!("ansinh bill prepare --year {year} --period … --as …"),
            )
    });
    Ok(())
}

/// How many rows under the header were taken for totals or signatures.
fn left_out_text(list: &PupilFile, out: &Out) -> String {
    if list.left_out == 0 {
        return String::new();
    }
    format!(
        "\n{}: {}",
        out.t(
            "Dòng không phải học sinh (cộng, chữ ký), bỏ qua",
            "Rows that are no pupils (totals, signatures), left out"
        ),
        list.left_out
    )
}

/// Problems that a screen shows; the file has them all.
const SHOWN: usize = 30;

fn say_problems(out: &Out, list: &PupilFile, checked: &CheckedPupils, file: &Path) {
    if out.json {
        return;
    }
    let mut table = Table::new(&[out.t("Ô", "Cell"), out.t("Lý do", "Reason")]);
    for p in checked.problems.iter().take(SHOWN) {
        table.row(vec![
            list.address(&list.rows[p.row], p.column),
            p.text(out.lang),
        ]);
    }
    let more = checked.problems.len().saturating_sub(SHOWN);
    let more = if more > 0 {
        format!("… {more}\n")
    } else {
        String::new()
    };
    out.line(&format!(
        "{}{more}{}: {}",
        table.show(),
        out.t("Tệp để sửa và nộp lại", "File to mend and hand in again"),
        file.display()
    ));
}

fn write_refused_file(
    list: &PupilFile,
    checked: &CheckedPupils,
    partly: bool,
    path: &Path,
) -> Result<(), Failure> {
    let part = PathBuf::from(format!("{}.part", path.display()));
    let file = std::fs::File::create(&part).map_err(io_fault(&part))?;
    write_refused_pupils(
        list,
        &checked.problems,
        partly,
        std::io::BufWriter::new(file),
    )
    .map_err(|e| Fault::Gateway(format!("{}: {e}", path.display())))?;
    std::fs::rename(&part, path).map_err(io_fault(path))?;
    Ok(())
}

pub async fn fee(cli: &Cli, out: &Out, act: &FeeAct) -> Result<(), Failure> {
    match act {
        FeeAct::Load { file, year } => {
            let read = fee_file::read(file, year.as_deref())?;
            let session = Session::open(cli).await?;
            let command = LoadFees {
                book: session.book().await?,
                file_name: name_of(file),
                digest: hex(&digest_of(file)?),
                file: read,
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || {
                format!(
                    "{} {}: {} ({} {}), {}: {} ({} {})\n{}: {}   {}: {}   {}: {}",
                    out.t("Khoản thu", "Fees"),
                    reply.year,
                    reply.fees,
                    reply.new_fees,
                    out.t("mới", "new"),
                    out.t("mức thu", "prices"),
                    reply.prices,
                    reply.new_prices,
                    out.t("mới", "new"),
                    out.t("Số ngày dự kiến mới", "New planned days"),
                    reply.new_plans,
                    out.t("Mức giảm theo diện mới", "New ground rates"),
                    reply.new_grounds,
                    out.t("Mức trần mới", "New ceilings"),
                    reply.new_ceilings,
                ) + "\n"
                    + &out.next(
                        CASHIER,
                        &format!(
                            "ansinh school import {} --year {} --as …",
                            out.t("TỆP", "FILE"),
                            reply.year
                        ),
                    )
            });
            Ok(())
        }
        FeeAct::List { year } => list_fees(cli, out, year).await,
    }
}

async fn list_fees(cli: &Cli, out: &Out, year: &str) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let mut tx = session.db.begin_read().await?;
    let year = biller::year(&mut tx, &book, year).await?;
    let fees = fee_sql::fees(&mut tx, book.id).await?;
    let prices = fee_sql::prices(&mut tx, book.id, year.id).await?;
    tx.rollback().await?;
    let rows: Vec<serde_json::Value> = prices
        .iter()
        .filter_map(|p| {
            let fee = fees.iter().find(|f| f.id == p.fee_id)?;
            Some(json!({"fee": fee.code, "name": fee.name, "kind": fee.kind.name(), "third_party": fee.third_party,
                        "grade": p.grade, "class_id": p.class_id.map(|i| i.to_string()),
                        "debtor_id": p.debtor_id.map(|i| i.to_string()), "per": p.per.name(), "price": p.price,
                        "due_day": p.due_day, "ground": p.ground, "valid_from": p.valid_from.to_string(),
                        "valid_to": p.valid_to.map(|d| d.to_string()), "known_from": p.known_from.to_string()}))
        })
        .collect();
    out.done(&json!({"year": year.code, "prices": rows}), || {
        let mut table = Table::new(&[
            out.t("Khoản thu", "Fee"),
            out.t("Loại", "Kind"),
            out.t(">Mức thu", ">Price"),
            out.t("Mỗi", "Per"),
            out.t("Áp dụng từ", "Valid from"),
            out.t("Biết từ", "Known from"),
            out.t("Căn cứ", "Ground"),
        ]);
        for p in &prices {
            let fee = fees.iter().find(|f| f.id == p.fee_id);
            table.row(vec![
                fee.map_or(String::new(), |f| f.name.clone()),
                fee.map_or(String::new(), |f| out.say(codes::FEE_KINDS, f.kind.name())),
                money(p.price),
                out.say(codes::PERS, p.per.name()),
                out.day(&p.valid_from.to_string()),
                out.day(&p.known_from.to_string()),
                p.ground.clone(),
            ]);
        }
        table.show()
    });
    Ok(())
}

/// A day of the command line.
pub fn day_of(place: &str, text: &str) -> Result<Day, Reject> {
    super::usage::day("day", place, text)
}

pub async fn reduction(cli: &Cli, out: &Out, act: &ReductionAct) -> Result<(), Failure> {
    match act {
        ReductionAct::Add(a) => add_reduction(cli, out, a).await,
        ReductionAct::End { id, last } => {
            let last = day_of("--last", last)?;
            let session = Session::open(cli).await?;
            let book = session.book().await?;
            let reply = session
                .run(&EndReduction {
                    book,
                    id: *id,
                    last,
                })
                .await?;
            out.done(&reply, || {
                format!(
                    "{} {id}: {} {}",
                    out.t("Thôi miễn giảm", "Reduction ended"),
                    out.t("ngày cuối", "last day"),
                    out.day(&last.to_string())
                )
            });
            Ok(())
        }
        ReductionAct::List { debtor, day } => {
            let session = Session::open(cli).await?;
            let book = session.book_to_read().await?;
            let day = match day {
                Some(text) => day_of("--day", text)?,
                None => session.ctx.now.day(),
            };
            let mut tx = session.db.begin_read().await?;
            let who = find_debtor(&mut tx, &book, debtor).await?;
            let rows = fee_sql::reductions_on(&mut tx, book.id, day, Some(who.id)).await?;
            tx.rollback().await?;
            let list: Vec<serde_json::Value> = rows
                .iter()
                .map(|r| {
                    json!({"reduction": r.id.to_string(), "form": r.form, "value": r.value, "ground": r.reduction.ground,
                           "evidence": r.evidence, "valid_from": r.reduction.valid_from.to_string(),
                           "valid_to": r.reduction.valid_to.map(|d| d.to_string()), "made_by": r.made_by})
                })
                .collect();
            out.done(
                &json!({"debtor": who.code, "day": day.to_string(), "reductions": list}),
                || {
                    let mut table = Table::new(&[
                        "Id",
                        out.t("Mức", "Value"),
                        out.t("Căn cứ", "Ground"),
                        out.t("Từ", "From"),
                    ]);
                    for r in &rows {
                        let unit = if r.form == "rate" { " %" } else { " đ" };
                        table.row(vec![
                            r.id.to_string(),
                            format!("{}{unit}", r.value),
                            r.reduction.ground.clone(),
                            out.day(&r.reduction.valid_from.to_string()),
                        ]);
                    }
                    table.show()
                },
            );
            Ok(())
        }
    }
}

async fn add_reduction(cli: &Cli, out: &Out, a: &ReductionArgs) -> Result<(), Failure> {
    let (form, value) = match (&a.rate, &a.amount) {
        (Some(rate), _) => ("rate", rate),
        (None, Some(amount)) => ("amount", amount),
        (None, None) => {
            return Err(Reject::BadInput {
                what: "reduction add".into(),
                place: "--rate".into(),
                found: String::new(),
                expected: "--rate / --amount".into(),
            }
            .into());
        }
    };
    let kind = match &a.kind {
        None => None,
        Some(name) => Some(FeeKind::parse(name).ok_or_else(|| Reject::BadInput {
            what: "reduction add".into(),
            place: "--kind".into(),
            found: name.clone(),
            expected: "tuition, service, agency, voluntary".into(),
        })?),
    };
    let valid_from = day_of("--from", &a.from)?;
    let valid_to = a.to.as_ref().map(|t| day_of("--to", t)).transpose()?;
    let session = Session::open(cli).await?;
    let command = AddReduction {
        book: session.book().await?,
        debtor: a.debtor.clone(),
        fee: a.fee.clone(),
        kind,
        form: form.into(),
        value: value.clone(),
        ground: a.ground.clone(),
        evidence: a.evidence.clone(),
        valid_from,
        valid_to,
    };
    let reply = session.run(&command).await?;
    out.done(&reply, || {
        let unit = if reply.form == "rate" { "%" } else { "đ" };
        format!(
            "{} {}: {} {unit} ({})",
            out.t("Miễn giảm", "Reduction"),
            reply.reduction,
            reply.value,
            reply.ground
        ) + "\n"
            + &out.next(CASHIER, "ansinh bill prepare --year … --period … --as …")
    });
    Ok(())
}

pub async fn absence(cli: &Cli, out: &Out, act: &AbsenceAct) -> Result<(), Failure> {
    match act {
        AbsenceAct::Load { file, fee, period } => {
            let absences = read_absences(file)?;
            let period = parse_period(period)?;
            let session = Session::open(cli).await?;
            let command = LoadAbsences {
                book: session.book().await?,
                fee: fee.clone(),
                period,
                absences,
                digest: hex(&digest_of(file)?),
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || {
                format!(
                    "{} {}: {} {}, {} {}",
                    reply.fee,
                    out.day(&reply.period),
                    reply.pupils,
                    out.t("học sinh", "pupils"),
                    reply.days,
                    out.t("ngày nghỉ", "absent days")
                )
            });
        }
        AbsenceAct::Settle { before, debtor } => {
            let before = parse_period(before)?;
            let session = Session::open(cli).await?;
            let command = SettleAbsences {
                book: session.book().await?,
                before,
                debtor: debtor.clone(),
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || {
                format!(
                    "{}: {}, {} đ; {}: {}",
                    out.t("Đã trả vào tiền thừa", "Settled to credit"),
                    reply.settled,
                    money(reply.total),
                    out.t(
                        "chưa nộp phiếu báo nên còn để lại",
                        "left, their bill is not paid"
                    ),
                    reply.not_paid.len()
                )
            });
        }
    }
    Ok(())
}
