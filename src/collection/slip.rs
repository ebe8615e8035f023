//! A bill as the slip that a payer is handed: what for, how much, until when, and how to pay.
//!
//! A slip is a Vietnamese paper in every language of the screen. What it asks for is what is
//! open: a part that was paid is shown and taken off. An invitation asks for nothing: its QR
//! has no amount, the payer types it.

use super::price::FeeKind;
use super::sql::bill::{BillRow, LineRow};
use crate::paper::{Column, Paper, Qr, Table, qr};
use ansinh_settlement::{Dong, VietQr, dong_in_words};

/// Where the money of slips is to come in.
pub struct PayInto {
    /// Name, tax code and address of the biller, as they stand at the top.
    pub sender: Vec<String>,
    pub bin: String,
    pub bank_name: String,
    pub account_number: String,
    pub holder_name: String,
}

/// Whom a slip is for.
pub struct SlipFor<'a> {
    pub code: &'a str,
    pub full_name: &'a str,
    /// Empty for who is in no class.
    pub class: &'a str,
    /// A number of this debtor's own that the bank leads to the account.
    pub virtual_account: Option<&'a str>,
}

/// Đồng as papers write them: `1.397.100`.
fn dotted(amount: i64) -> String {
    Dong::new(amount).map_or_else(|_| amount.to_string(), |d| d.to_string())
}

/// The slip of a bill; an error says why no QR can be made of it.
pub fn slip(
    bill: &BillRow,
    lines: &[LineRow],
    whom: &SlipFor<'_>,
    into: &PayInto,
) -> Result<Paper, String> {
    let invitation = bill.kind == "invitation";
    let open = bill.total - bill.paid;
    let account = whom.virtual_account.unwrap_or(&into.account_number);
    let mut fields = vec![
        ("Họ tên".to_owned(), whom.full_name.to_owned()),
        ("Mã".to_owned(), whom.code.to_owned()),
    ];
    if !whom.class.is_empty() {
        fields.push(("Lớp".into(), whom.class.to_owned()));
    }
    let until = if invitation {
        "Đến ngày"
    } else {
        "Hạn nộp"
    };
    fields.push((until.into(), day(bill)));
    fields.push(("Số tài khoản".into(), account.to_owned()));
    fields.push(("Ngân hàng".into(), into.bank_name.clone()));
    fields.push(("Chủ tài khoản".into(), into.holder_name.clone()));
    fields.push(("Nội dung chuyển khoản".into(), bill.pay_code.clone()));
    let part = if bill.parts > 1 {
        format!(" · Đợt {}/{}", bill.part, bill.parts)
    } else {
        String::new()
    };
    Ok(Paper {
        sender: into.sender.clone(),
        title: title(bill).to_owned(),
        subtitle: vec![format!(
            "Số {} · Kỳ {:02}/{}{part}",
            bill.number,
            bill.period % 100,
            bill.period / 100
        )],
        fields,
        table: Some(table(lines)),
        totals: totals(bill, open, invitation),
        notes: notes(open, invitation)?,
        qr: Some(code(bill, open, account, into)?),
        ..Paper::default()
    })
}

fn title(bill: &BillRow) -> &'static str {
    match bill.kind.as_str() {
        "invitation" => "THƯ MỜI ĐÓNG GÓP TỰ NGUYỆN",
        "surcharge" => "PHIẾU BÁO NỘP PHÍ CHẬM",
        _ => "PHIẾU BÁO NỘP TIỀN",
    }
}

fn day(bill: &BillRow) -> String {
    let iso = bill.due_on.to_string();
    let parts: Vec<&str> = iso.split('-').rev().collect();
    parts.join("/")
}

fn table(lines: &[LineRow]) -> Table {
    let row = |l: &LineRow| {
        let name = match l.kind {
            FeeKind::Agency => format!("{} (thu hộ)", l.name),
            _ => l.name.clone(),
        };
        vec![
            name,
            l.quantity.to_string(),
            dotted(l.price),
            dotted(l.reduction),
            dotted(l.amount),
        ]
    };
    Table {
        columns: vec![
            Column::left("Khoản thu", 10),
            Column::right("Số lượng", 4),
            Column::right("Mức thu", 5),
            Column::right("Miễn giảm", 5),
            Column::right("Số tiền (đồng)", 6),
        ],
        rows: lines.iter().map(row).collect(),
    }
}

fn totals(bill: &BillRow, open: i64, invitation: bool) -> Vec<(String, String)> {
    if invitation {
        return vec![("Mức gợi ý".into(), dotted(open))];
    }
    let mut out = Vec::new();
    if bill.paid > 0 {
        out.push(("Tổng cộng".to_owned(), dotted(bill.total)));
        out.push(("Đã nộp".to_owned(), dotted(bill.paid)));
    }
    out.push(("Phải nộp".to_owned(), dotted(open)));
    out
}

fn notes(open: i64, invitation: bool) -> Result<Vec<String>, String> {
    let words = Dong::new(open).ok().and_then(dong_in_words);
    let words = words.ok_or_else(|| format!("no words for {open}"))?;
    let mut out = vec![format!("Bằng chữ: {words}.")];
    if invitation {
        out.push(
            "Đóng góp là tự nguyện: có thể nộp mức khác hoặc không nộp, không phải là khoản nợ."
                .into(),
        );
    }
    out.push(
        "Quét mã bằng ứng dụng ngân hàng; nếu tự nhập, ghi đúng nội dung chuyển khoản.".into(),
    );
    Ok(out)
}

fn code(bill: &BillRow, open: i64, account: &str, into: &PayInto) -> Result<Qr, String> {
    let amount = match bill.kind.as_str() {
        "invitation" => None,
        _ => Some(Dong::new(open).map_err(|e| e.to_string())?),
    };
    let text = VietQr::transfer(
        &into.bin,
        account,
        amount,
        &bill.pay_code,
        &into.holder_name,
    )
    .and_then(|q| q.encode())
    .map_err(|e| e.to_string())?;
    qr::squares(&text, vec![bill.pay_code.clone()]).map_err(|e| e.to_string())
}
