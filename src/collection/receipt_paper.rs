//! A receipt as the paper that a payer is handed. Vietnamese in every language of the screen.
//!
//! All words come from what was written when the receipt was made; only the stamp of a
//! cancellation is added later. Thu hộ and contributions say that they are no income.

use super::receipt::Body;
use super::receipt_qr;
use super::sql::receipt::ReceiptRow;
use crate::paper::{Column, Paper, Table, qr};
use crate::store::keys::KeyRing;
use ansinh_settlement::{Day, Dong, dong_in_words};

/// Đồng as papers write them: `1.397.100`.
fn dotted(amount: i64) -> String {
    Dong::new(amount).map_or_else(|_| amount.to_string(), |d| d.to_string())
}

/// `05/06/2026`.
fn day(day: Day) -> String {
    format!("{:02}/{:02}/{}", day.day(), day.month(), day.year())
}

/// The paper of a receipt or of a cancellation; `cancelled_by` is the cancellation of a
/// receipt. An error says why it cannot be made.
pub fn paper(
    keys: &KeyRing,
    book: &str,
    receipt: &ReceiptRow,
    cancelled_by: Option<&ReceiptRow>,
) -> Result<Paper, String> {
    let body = receipt.body().map_err(|e| e.to_string())?;
    let words = Dong::new(receipt.amount).ok().and_then(dong_in_words);
    let words = words.ok_or_else(|| format!("no words for {}", receipt.amount))?;
    let text = receipt_qr::text(keys, book, receipt);
    let caption = vec!["Quét để kiểm tra".to_owned(), receipt.name()];
    let mut out = Paper {
        sender: vec![
            body.issuer.clone(),
            format!("Mã số thuế {}", body.tax_code),
            body.address.clone(),
        ],
        title: body.title.clone(),
        subtitle: vec![
            format!("Ký hiệu {} · Số {:07}", receipt.symbol, receipt.number),
            format!("Ngày {}", day(receipt.day())),
        ],
        fields: fields(&body),
        table: Some(table(&body)),
        totals: vec![("Tổng cộng (đồng)".into(), dotted(receipt.amount))],
        notes: vec![format!("Bằng chữ: {words}.")],
        qr: Some(qr::squares(&text, caption).map_err(|e| e.to_string())?),
        signatures: vec!["Người nộp tiền".into(), "Người thu tiền".into()],
        ..Paper::default()
    };
    out.notes.extend(meaning(&body));
    if !body.cancels.is_empty() {
        out.notes
            .push(format!("Hủy {}: {}.", body.cancels, why(&body)));
        out.signatures = vec!["Người lập".into(), "Người duyệt".into()];
    }
    if let Some(cancellation) = cancelled_by {
        out.stamp = Some("ĐÃ HỦY".into());
        let reason = cancellation.body().map_err(|e| e.to_string())?;
        out.notes.push(format!(
            "ĐÃ HỦY theo {} ngày {}: {}.",
            cancellation.name(),
            day(cancellation.day()),
            why(&reason)
        ));
    }
    Ok(out)
}

/// Why a receipt was cancelled; the program's own reasons in words.
pub fn why(body: &Body) -> String {
    match body.why.as_str() {
        "not_received" => "tiền không về tài khoản theo sao kê".into(),
        "bill_cancelled" => "phiếu báo đã hủy, tiền chuyển thành tiền thừa".into(),
        "taken_back" => "ngân hàng đã rút lại khoản tiền".into(),
        why => why.to_owned(),
    }
}

fn fields(body: &Body) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if !body.payer.is_empty() {
        out.push(("Người nộp tiền".to_owned(), body.payer.clone()));
    }
    out.push(("Nộp cho".into(), body.debtor_name.clone()));
    out.push(("Mã".into(), body.debtor_code.clone()));
    if !body.class.is_empty() {
        out.push(("Lớp".into(), body.class.clone()));
    }
    let paid = Day::parse(&body.paid_on).map_or_else(|_| body.paid_on.clone(), day);
    out.push(("Ngày nhận tiền".into(), paid));
    out.push(("Hình thức".into(), "Chuyển khoản".into()));
    if !body.bank_ref.is_empty() {
        out.push(("Mã giao dịch ngân hàng".into(), body.bank_ref.clone()));
    }
    out
}

fn table(body: &Body) -> Table {
    let rows = body.lines.iter().map(|l| {
        let name = match l.kind.as_str() {
            "agency" => format!("{} (thu hộ)", l.name),
            "voluntary" => format!("{} (tự nguyện)", l.name),
            _ => l.name.clone(),
        };
        vec![
            name,
            format!("{:02}/{}", l.period % 100, l.period / 100),
            l.bill.clone(),
            dotted(l.amount),
        ]
    });
    Table {
        columns: vec![
            Column::left("Khoản thu", 10),
            Column::left("Kỳ", 4),
            Column::left("Phiếu báo số", 6),
            Column::right("Số tiền (đồng)", 6),
        ],
        rows: rows.collect(),
    }
}

/// What money is that is not the biller's income.
fn meaning(body: &Body) -> Vec<String> {
    let mut out = Vec::new();
    let has = |kind: &str| body.lines.iter().any(|l| l.kind == kind);
    if has("agency") {
        let mut parties: Vec<&str> = body
            .lines
            .iter()
            .filter(|l| l.kind == "agency" && !l.third_party.is_empty())
            .map(|l| l.third_party.as_str())
            .collect();
        parties.dedup();
        let whom = match parties.as_slice() {
            [] => String::new(),
            parties => format!(" ({})", parties.join(", ")),
        };
        out.push(format!(
            "Khoản thu hộ là tiền thu thay và chuyển cho bên thứ ba{whom}, không phải là khoản thu của đơn vị."
        ));
    }
    if has("voluntary") {
        out.push("Đóng góp là tự nguyện, không phải là khoản thu bắt buộc.".into());
    }
    out
}
