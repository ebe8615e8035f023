//! `qr encode` and `qr decode`: VietQR texts and images, without a database.

use super::args::{QrAct, QrEncodeArgs};
use super::out::{Out, money};
use crate::error::{Failure, Reject, io_fault};
use crate::paper::qr::{self, QrImageError};
use ansinh_settlement::{Dong, Payee, VietQr, VietQrError};
use serde_json::{Value, json};
use std::path::Path;

/// Pixels a module: a code of 37 modules prints well at 3 to 4 cm.
const SCALE: u8 = 8;

pub fn run(out: &Out, act: &QrAct) -> Result<(), Failure> {
    match act {
        QrAct::Encode(args) => encode(out, args),
        QrAct::Decode { source } => decode(out, source),
    }
}

fn encode(out: &Out, args: &QrEncodeArgs) -> Result<(), Failure> {
    let amount = match args.amount {
        None => None,
        Some(amount) => Some(Dong::new(amount).map_err(|_| Reject::AmountInvalid { amount })?),
    };
    let content = args.content.as_deref().unwrap_or_default();
    let name = args.name.as_deref().unwrap_or_default();
    let code = VietQr::transfer(&args.bin, &args.account, amount, content, name);
    let code = code.map_err(refused)?;
    let text = code.encode().map_err(refused)?;
    if let Some(file) = &args.svg {
        let drawing = qr::svg(&text).map_err(|e| no_image("svg", &e))?;
        std::fs::write(file, drawing).map_err(io_fault(file))?;
    }
    if let Some(file) = &args.png {
        let image = qr::png(&text, SCALE).map_err(|e| no_image("png", &e))?;
        std::fs::write(file, image).map_err(io_fault(file))?;
    }
    if out.json {
        out.done(&fields(&code, &text), String::new);
    } else {
        // To be copied as it is: no line may be broken.
        out.line(&text);
    }
    Ok(())
}

fn decode(out: &Out, source: &str) -> Result<(), Failure> {
    // Every VietQR begins with tag 00; a file with such a name can be given as ./0002...
    let text = if source.starts_with("0002") {
        source.to_owned()
    } else {
        let path = Path::new(source);
        if !path.is_file() {
            return Err(Reject::NotFound {
                what: out
                    .t("tệp PNG hoặc mã VietQR", "PNG file or VietQR text")
                    .to_owned(),
                id: source.chars().take(60).collect(),
            }
            .into());
        }
        let bytes = std::fs::read(path).map_err(io_fault(path))?;
        qr::read_png(&bytes).map_err(|e| no_image(source, &e))?
    };
    let code = VietQr::decode(&text).map_err(refused)?;
    out.done(&fields(&code, &text), || table(out, &code));
    Ok(())
}

fn fields(code: &VietQr, text: &str) -> Value {
    let labels: serde_json::Map<String, Value> = code
        .extra
        .labels
        .iter()
        .map(|(tag, label)| (format!("{tag:02}"), json!(label)))
        .collect();
    json!({
        "text": text,
        "dynamic": code.dynamic,
        "bin": code.bin,
        "service": code.payee.service(),
        "number": code.payee.number(),
        "amount": code.amount.map(Dong::get),
        "content": code.content,
        "name": code.name,
        "category": code.extra.category,
        "city": code.extra.city,
        "postcode": code.extra.postcode,
        "labels": labels,
    })
}

fn table(out: &Out, code: &VietQr) -> String {
    let kind = match code.payee {
        Payee::Account(_) => out.t("Tài khoản", "Account"),
        Payee::Card(_) => out.t("Thẻ", "Card"),
    };
    let amount = code.amount.map_or_else(
        || out.t("người trả tự nhập", "typed by the payer").to_owned(),
        |a| format!("{} đ", money(a.get())),
    );
    let mut lines = vec![
        format!("BIN: {}", code.bin),
        format!("{kind}: {}", code.payee.number()),
        format!("{}: {amount}", out.t("Số tiền", "Amount")),
    ];
    let optional = [
        (out.t("Nội dung", "Content"), &code.content),
        (out.t("Tên", "Name"), &code.name),
    ];
    for (label, value) in optional {
        lines.extend(value.as_ref().map(|v| format!("{label}: {v}")));
    }
    lines.join("\n")
}

fn refused(error: VietQrError) -> Failure {
    Reject::QrRefused {
        code: error.code().to_owned(),
        path: error.path,
        offset: error.offset,
        found: error.found,
        expected: error.expected,
    }
    .into()
}

pub(super) fn no_image(place: &str, error: &QrImageError) -> Failure {
    Reject::BadInput {
        what: "QR".to_owned(),
        place: place.to_owned(),
        found: error.to_string(),
        expected: "a PNG with one QR code".to_owned(),
    }
    .into()
}
