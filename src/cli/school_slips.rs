//! `bill slips`: the slips of a run or a class as files to print, one for each class.

use super::out::{ACCOUNTANT, Out, money};
use super::school_args::{BillSlipsArgs, SlipFormat};
use super::school_bill::class_id;
use super::session::{Session, parse_period};
use crate::collection::biller;
use crate::collection::slip::{PayInto, SlipFor, slip};
use crate::collection::sql::bill::{self as bill_sql, BillFilter, LineRow, ListedBill};
use crate::collection::sql::people as people_sql;
use crate::error::{Failure, Fault, Reject, io_fault};
use crate::ledger::Book;
use crate::paper::{Paper, PerPage, html, pdf};
use crate::payment::sql as payment_sql;
use crate::programme::{period_number, period_text};
use crate::store::Tx;
use crate::store::keys::Purpose;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Bills of one run: a commune's schools together have 20,000.
const BILLS_MAX: i64 = 1_000_000;

pub async fn slips(
    out: &Out,
    session: &Session,
    book: &Book,
    a: &BillSlipsArgs,
) -> Result<(), Failure> {
    let mut tx = session.db.begin_read().await?;
    let mut filter = BillFilter {
        run: a.run,
        ..BillFilter::default()
    };
    if let Some(period) = &a.period {
        filter.period = Some(period_number(parse_period(period)?));
    }
    if let (Some(class), Some(year)) = (&a.class, &a.year) {
        filter.class = Some(class_id(&mut tx, book, year, class).await?);
    }
    if let Some(run) = a.run
        && bill_sql::find_run(&mut tx, book.id, run).await?.is_none()
    {
        return Err(not_found("run", &run.to_string()));
    }
    let listed = bill_sql::list(&mut tx, book.id, &filter, BILLS_MAX).await?;
    let all = listed.len();
    let (due, rest): (Vec<ListedBill>, Vec<ListedBill>) = listed
        .into_iter()
        .partition(|b| b.bill.state.is_open() && b.bill.total > b.bill.paid);
    drop(rest);
    if due.is_empty() {
        return Err(not_found("issued bill", "bill slips"));
    }
    let ids: Vec<i64> = due.iter().map(|b| b.bill.id).collect();
    let lines = bill_sql::lines_of(&mut tx, book.id, &ids).await?;
    let own_numbers = virtual_accounts(&mut tx, book).await?;
    let into = pay_into(&mut tx, session, book, &due).await?;
    tx.rollback().await?;

    let mut papers: BTreeMap<(i64, &str), Vec<Paper>> = BTreeMap::new();
    for b in &due {
        let no_lines: &[LineRow] = &[];
        let whom = SlipFor {
            code: &b.debtor_code,
            full_name: &b.full_name,
            class: &b.class_code,
            virtual_account: own_numbers.get(&b.bill.debtor_id).map(String::as_str),
        };
        let own_lines = lines.get(&b.bill.id).map_or(no_lines, Vec::as_slice);
        let into = into
            .get(&b.bill.bank_account_id)
            .ok_or_else(|| Fault::Corrupt(format!("bill {} without bank account", b.bill.id)))?;
        let paper = slip(&b.bill, own_lines, &whom, into).map_err(|why| Reject::BadInput {
            what: "bill slips".into(),
            place: b.bill.number.clone(),
            found: why,
            expected: "a bill that a VietQR can hold".into(),
        })?;
        let of = papers.entry((b.bill.period, b.class_code.as_str()));
        of.or_default().push(paper);
    }
    let mut files = Vec::new();
    std::fs::create_dir_all(&a.out).map_err(io_fault(&a.out))?;
    for ((period, class), papers) in &papers {
        files.push(
            write(&a.out, *period, class, papers, a)?
                .display()
                .to_string(),
        );
    }
    let left_out = all - due.len();
    let value = json!({"slips": due.len(), "left_out": left_out, "files": files});
    out.done(&value, || {
        let count = |n: usize| money(i64::try_from(n).unwrap_or(i64::MAX));
        format!(
            "{}: {}   {}: {}\n{}",
            out.t("Phiếu báo", "Slips"),
            count(due.len()),
            out.t(
                "Không in (chưa phát hành, đã nộp đủ, đã hủy)",
                "Left out (draft, paid, cancelled)"
            ),
            count(left_out),
            files.join("\n")
        ) + "\n"
            + &out.next(
                ACCOUNTANT,
                out.t(
                    "phát phiếu; tiền về: ansinh serve, hoặc ansinh statement import TỆP --as …",
                    "hand the slips out; the money: ansinh serve, or ansinh statement import FILE --as …",
                ),
            )
    });
    Ok(())
}

fn not_found(what: &str, id: &str) -> Failure {
    Reject::NotFound {
        what: what.into(),
        id: id.into(),
    }
    .into()
}

async fn virtual_accounts(tx: &mut Tx, book: &Book) -> Result<HashMap<i64, String>, Failure> {
    let debtors = people_sql::debtors(tx, book.id).await?;
    Ok(debtors
        .into_iter()
        .filter_map(|d| Some((d.id, d.virtual_account?)))
        .collect())
}

/// The accounts that the bills name, by id.
async fn pay_into(
    tx: &mut Tx,
    session: &Session,
    book: &Book,
    bills: &[ListedBill],
) -> Result<HashMap<i64, PayInto>, Failure> {
    let biller = biller::of(tx, book).await?;
    let mut out = HashMap::new();
    for b in bills {
        let id = b.bill.bank_account_id;
        if out.contains_key(&id) {
            continue;
        }
        let account = payment_sql::bank_account_by_id(tx, book.id, id).await?;
        let into = PayInto {
            sender: vec![
                book.name.clone(),
                format!("Mã số thuế {}", biller.tax_code),
                biller.address.clone(),
            ],
            bin: account.bin.clone(),
            bank_name: account.bank_name.clone(),
            account_number: session
                .keys
                .open_text(Purpose::BankAccount, &account.sealed)?,
            holder_name: account.holder_name.clone(),
        };
        out.insert(id, into);
    }
    Ok(out)
}

/// One file, under its name only when it is whole.
fn write(
    folder: &Path,
    period: i64,
    class: &str,
    papers: &[Paper],
    a: &BillSlipsArgs,
) -> Result<PathBuf, Failure> {
    let title = format!("Phiếu báo nộp tiền {} {class}", period_text(period));
    let per_page = PerPage(usize::from(a.per_page));
    let (ending, bytes) = match a.format {
        SlipFormat::Pdf => ("pdf", pdf::render(papers, per_page, title.trim_end())?),
        SlipFormat::Html => {
            let page = html::render(papers, per_page, "vi", title.trim_end());
            ("html", page.into_bytes())
        }
    };
    let class = if class.is_empty() {
        String::new()
    } else {
        format!("-{}", file_part(class))
    };
    let path = folder.join(format!("slips-{}{class}.{ending}", period_text(period)));
    let part = PathBuf::from(format!("{}.part", path.display()));
    std::fs::write(&part, bytes).map_err(io_fault(&part))?;
    std::fs::rename(&part, &path).map_err(io_fault(&path))?;
    Ok(path)
}

/// A class's code as part of a file name: another sign than a letter or digit as its number.
fn file_part(code: &str) -> String {
    let mut out = String::new();
    for c in code.chars() {
        if c.is_alphanumeric() || c == '-' {
            out.push(c);
        } else {
            out.push_str(&format!("~{:x}~", u32::from(c)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::file_part;

    /// Catches a class whose code leads out of the folder, and two classes in one file.
    #[test]
    fn a_class_is_a_safe_part_of_a_file_name() {
        let names = ["1A", "Lá", "../x", "1/A", "1~2f~A"].map(file_part);
        assert_eq!(names[0], "1A");
        assert_eq!(names[1], "Lá");
        assert!(names.iter().all(|n| !n.contains(['/', '.', '\\'])));
        assert_ne!(names[3], names[4]);
    }
}
