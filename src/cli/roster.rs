//! `roster check`, `roster import`: what a commune's list came to, as table and JSON.

use super::args::{Cli, RosterArgs, RosterImportArgs};
use super::checked::{
    CheckFor, Checked, answers_of, open_register, own_standards_if_any, own_standards_in,
    read_and_check, register_as_of, take_over, write_refused_file,
};
use super::out::{ACCOUNTANT, MAKER, Out, Table, money};
use super::session::{Session, clock, parse_period};
use crate::error::{Failure, Lang};
use crate::gateway::load::LoadedRegister;
use crate::gateway::payment_file::digest_of;
use crate::programme::Period;
use crate::roster::header::Column;
use crate::roster::import::ImportReply;
use crate::roster::{Category, CheckedLine, Finding, FindingCode, RegisterLookup};
use crate::store::Ctx;
use crate::store::keys::hex;
use crate::words::{self as vocabulary, codes};
use ansinh_settlement::Dong;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub async fn check(cli: &Cli, out: &Out, a: &RosterArgs) -> Result<(), Failure> {
    let ctx = Ctx::new(cli.actor.as_deref().unwrap_or_default(), clock(cli)?.now());
    let period = parse_period(&a.period)?;
    let register = open_register(&a.registry, &ctx)?;
    let what = CheckFor {
        period,
        programme: &a.programme,
        own_standards: own_standards_if_any(cli, &a.programme, period, &ctx).await?,
        source: &a.registry,
        strict: false,
        as_of: register_as_of(Some(&a.registry), &ctx),
    };
    let checked = read_and_check(&a.file, register.as_ref(), &what, &ctx)?;
    let refused_file = match &a.refused {
        Some(path) => write_refused_file(&checked, path)?,
        None => None,
    };
    let reply = check_reply(&checked, period, out.lang, refused_file.as_deref());
    out.done(&reply, || {
        let import = format!(
            "ansinh roster import {} --period {period} --as …",
            a.file.display()
        );
        format!(
            "{}{}",
            check_text(&checked, out, refused_file.as_deref()),
            out.next(MAKER, &import)
        )
    });
    Ok(())
}

/// The answer of `roster check`; its fields keep this order.
#[derive(Serialize)]
struct CheckReply<'a> {
    period: String,
    rows: usize,
    by_category: &'a std::collections::BTreeMap<Category, usize>,
    payable_total: Dong,
    accepted: usize,
    accepted_total: Dong,
    lines: &'a [CheckedLine],
    repairs: Vec<Value>,
    warnings: Vec<Value>,
    refused: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_file: Option<String>,
}

fn check_reply<'a>(
    checked: &'a Checked,
    period: Period,
    lang: Lang,
    refused_file: Option<&Path>,
) -> CheckReply<'a> {
    let repairs: Vec<Value> = checked
        .result
        .repairs
        .iter()
        .map(|r| {
            json!({"stt": r.stt, "code": r.code.code(), "cell": checked.list.address(r.place), "was": r.was, "became": r.became})
        })
        .collect();
    let warnings: Vec<Value> = checked
        .result
        .warnings
        .iter()
        .map(|w| {
            json!({"stt": w.stt, "code": w.finding.code.code(), "cell": checked.list.address(w.finding.place),
                   "message": words(&w.finding, lang)})
        })
        .collect();
    let refused: Vec<Value> = checked
        .result
        .lines
        .iter()
        .filter(|l| !l.is_accepted())
        .map(|l| {
            let reasons: Vec<Value> = l
                .reasons()
                .map(|f| json!({"code": f.code.code(), "cell": checked.list.address(f.place), "message": words(f, lang)}))
                .collect();
            json!({"stt": l.stt, "category": l.category, "reasons": reasons})
        })
        .collect();
    let totals = &checked.result.totals;
    CheckReply {
        period: period.to_string(),
        rows: checked.result.lines.len(),
        by_category: &totals.by_category,
        payable_total: totals.matched_amount,
        accepted: totals.accepted,
        accepted_total: totals.accepted_amount,
        lines: &checked.result.lines,
        repairs,
        warnings,
        refused,
        refused_file: refused_file.map(|path| path.display().to_string()),
    }
}

/// What a finding says, in the language of messages.
pub fn words(finding: &Finding, lang: Lang) -> String {
    if lang == Lang::Vi {
        finding.vi()
    } else {
        finding.en()
    }
}

/// Refused lines that a screen shows; the file has them all.
const SHOWN: usize = 30;

/// What is said in a few words on a screen that others see: the cell says where a number
/// stands.
fn screen_words(finding: &Finding, lang: Lang) -> String {
    let text = match lang {
        Lang::Vi => finding.text_vi(),
        Lang::En => finding.text_en(),
    };
    if finding.code.code().starts_with("AMOUNT") {
        text
    } else {
        vocabulary::mask_digits(&text)
    }
}

/// The first warnings with their cells, the rest by number, and what to do about them.
fn warnings_text(checked: &Checked, out: &Out) -> String {
    let warnings = &checked.result.warnings;
    if warnings.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[out.t("=Ô", "=Cell"), out.t("Cảnh báo", "Warning")]);
    for w in warnings.iter().take(SHOWN) {
        let cell = checked.list.address(w.finding.place);
        let cell = cell.rsplit('!').next().unwrap_or_default().to_owned();
        table.row(vec![cell, screen_words(&w.finding, out.lang)]);
    }
    let more = match warnings.len().saturating_sub(SHOWN) {
        0 => String::new(),
        n => format!(
            "… {n} {}\n",
            out.t("cảnh báo nữa (--json có đủ)", "more (--json has all)")
        ),
    };
    let todo = out.t(
        "Cảnh báo không chặn việc chi: xem lại các ô này với hồ sơ; nếu sai, sửa danh sách rồi nộp lại",
        "A warning stops nobody: compare these cells with the files; where they are wrong, mend the list and hand it in again",
    );
    format!("\n{}{more}{todo}\n", table.show())
}

fn check_text(checked: &Checked, out: &Out, refused_file: Option<&Path>) -> String {
    let totals = &checked.result.totals;
    let mut text = format!(
        "{}: {}\n{}: {} ({} đồng)\n{}: {}   {}: {}   {}: {}\n\n",
        out.t("Số dòng", "Lines"),
        totals.lines,
        out.t("Nhận", "Accepted"),
        totals.accepted,
        totals.accepted_amount,
        out.t("Từ chối", "Refused"),
        totals.lines - totals.accepted,
        out.t("Đã tự sửa", "Repaired"),
        checked.result.repairs.len(),
        out.t("Cảnh báo", "Warnings"),
        checked.result.warnings.len(),
    );
    let mut table = Table::new(&[out.t("Kết quả", "Category"), out.t(">Số dòng", ">Lines")]);
    for (category, n) in &totals.by_category {
        table.row(vec![
            out.say_with_code(codes::CATEGORIES, category.code()),
            n.to_string(),
        ]);
    }
    text.push_str(&table.show());
    text.push_str(&warnings_text(checked, out));
    let refused: Vec<_> = checked
        .result
        .lines
        .iter()
        .filter(|l| !l.is_accepted())
        .collect();
    if !refused.is_empty() {
        text.push('\n');
        let mut table = Table::new(&[
            ">STT",
            out.t("Kết quả", "Category"),
            out.t("=Ô", "=Cell"),
            out.t("Lý do", "Reason"),
        ]);
        for line in refused.iter().take(SHOWN) {
            let reason = line.reasons().next();
            let words = reason.map(|f| screen_words(f, out.lang));
            let cell = reason
                .map(|f| checked.list.address(f.place))
                .unwrap_or_default();
            let cell = cell.rsplit('!').next().unwrap_or_default().to_owned();
            table.row(vec![
                line.stt.to_string(),
                out.say(codes::CATEGORIES, line.category.code()),
                cell,
                words.unwrap_or_default(),
            ]);
        }
        text.push_str(&table.show());
        if refused.len() > SHOWN {
            text.push_str(&format!(
                "… {} {}\n",
                refused.len() - SHOWN,
                out.t("dòng nữa", "more")
            ));
        }
        if let Some(path) = refused_file {
            text.push_str(&format!(
                "{}: {}\n",
                out.t("Tệp để sửa và nộp lại", "File to mend and hand in again"),
                path.display()
            ));
        }
    }
    text
}

pub async fn import(cli: &Cli, out: &Out, a: &RosterImportArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let period = parse_period(&a.period)?;
    let mut load = None;
    let register: Box<dyn RegisterLookup> = match &a.registry {
        Some(word) => open_register(word, &session.ctx)?,
        None => {
            let register = LoadedRegister::open(&session.db, &session.keys).await?;
            load = Some(register.load);
            Box::new(register)
        }
    };
    let source = a.registry.as_deref().unwrap_or("register as loaded");
    let what = CheckFor {
        period,
        programme: &a.programme,
        own_standards: own_standards_in(&session.db, &a.programme, period, &session.ctx).await?,
        source,
        strict: true,
        as_of: register_as_of(a.registry.as_deref(), &session.ctx),
    };
    let mut checked = read_and_check(&a.file, register.as_ref(), &what, &session.ctx)?;
    let register = match (load, &a.registry) {
        (Some(load), _) => format!("load/{load}"),
        (None, Some(file)) if !file.contains("://") => {
            format!("csv/{}", hex(&digest_of(Path::new(file))?))
        }
        (None, _) => answers_of(&checked),
    };
    let reply = take_over(
        &session,
        &book,
        &checked,
        &a.file,
        period,
        &a.programme,
        register,
    )
    .await?;
    mark_listed(&mut checked, &reply);
    let wanted = a.refused.clone().unwrap_or_else(|| {
        let stem = a.file.file_stem().unwrap_or_default().to_string_lossy();
        let stem = stem.trim_end_matches(".refused");
        PathBuf::from(format!("{stem}.refused.xlsx"))
    });
    let refused_file = match cli.dry_run || reply.again {
        true => None,
        false => write_refused_file(&checked, &wanted)?,
    };
    let mut value = serde_json::to_value(&reply).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("otherwise_lines");
    }
    if let Some(path) = &refused_file {
        value["refused_file"] = json!(path.display().to_string());
    }
    out.done(&value, || {
        format!(
            "{}\n{}:\n{}{}\n{}",
            check_text(&checked, out, refused_file.as_deref()),
            out.t("Đã nhập", "Imported"),
            import_text(&reply, out),
            out.next(
                ACCOUNTANT,
                "ansinh budget receive --amount … --reference … --as …",
            ),
            out.next(
                MAKER,
                &format!("ansinh cycle prepare --period {period} --as …"),
            )
        )
    });
    Ok(())
}

fn import_text(reply: &ImportReply, out: &Out) -> String {
    let mut text = String::new();
    if reply.again {
        text.push_str(&format!(
            "{} {}. {}\n",
            out.t(
                "Danh sách này đã nhập trước đó với cùng dữ liệu dân cư, là danh sách số",
                "This list was imported before with the same register, as list",
            ),
            reply.list,
            out.t(
                "Không đổi gì; số liệu dưới đây là của lần nhập đó.",
                "Nothing changed; the figures below are of that import.",
            )
        ));
    }
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    for (name, n) in [
        (out.t("Dòng được nhận", "Lines taken over"), reply.accepted),
        (out.t("Dòng bị từ chối", "Lines refused"), reply.refused),
        (
            out.t(
                "Đã có trong danh sách của kỳ, không đổi",
                "In a list of the period already, unchanged",
            ),
            reply.already_listed,
        ),
        (out.t("Người mới", "New people"), reply.new_people),
        (
            out.t(
                "Sửa cho dòng trước chưa chi được",
                "Correct an earlier line that could not be paid",
            ),
            count(reply.corrected.len()),
        ),
        (
            out.t(
                "Tài khoản an sinh mở mới",
                "Social-security accounts opened",
            ),
            reply.accounts_opened,
        ),
        (
            out.t(
                "Chưa có địa chỉ nhận tiền được ngân hàng xác nhận",
                "Without an address that a bank confirms",
            ),
            reply.address_not_active,
        ),
        (
            out.t(
                "Danh sách khác của kỳ ghi khác (trùng, từ chối)",
                "Named otherwise by another list of the period (refused)",
            ),
            count(reply.listed_otherwise.len()),
        ),
    ] {
        text.push_str(&format!("{name}: {}\n", money(n)));
    }
    text
}

/// Lines whose person another list of the period names otherwise are refused as duplicates.
fn mark_listed(checked: &mut Checked, reply: &ImportReply) {
    for at in &reply.otherwise_lines {
        let Some(line) = checked.result.lines.get_mut(*at) else {
            continue;
        };
        let place = match checked.list.lines.get(*at) {
            Some(raw) => checked.list.place(raw, Column::Identity),
            None => line.place,
        };
        let total = &mut checked.result.totals;
        if line.is_accepted() {
            total.accepted -= 1;
            let rest = total.accepted_amount.get() - line.amount.map_or(0, Dong::get);
            total.accepted_amount = Dong::new(rest).unwrap_or(total.accepted_amount);
        }
        line.category = Category::Duplicate;
        line.refusal = Some(Box::new(Finding {
            code: FindingCode::ListedBefore,
            place,
            found: "".into(),
            expected: reply.period.as_str().into(),
        }));
    }
    let lines = &checked.result.lines;
    let by_category = &mut checked.result.totals.by_category;
    by_category.clear();
    for line in lines {
        *by_category.entry(line.category).or_default() += 1;
    }
}
