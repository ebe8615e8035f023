//! A payment order by the schema: what is written, what is refused.

#![allow(clippy::unwrap_used)]

use ansinh_settlement::{
    CreditTransfer, Day, Dong, GroupHeader, Pain001Writer, PaymentInfo, WriteError,
};
use std::path::PathBuf;
use std::process::Command;

fn dong(amount: i64) -> Dong {
    Dong::new(amount).unwrap()
}

fn group(count: u64, sum: i64) -> GroupHeader<'static> {
    GroupHeader {
        message_id: "AS-20260605-000001",
        created_at: "2026-06-05T08:30:00+07:00",
        count,
        sum: dong(sum),
        initiator_name: "Phòng Nội vụ xã Đông Anh",
    }
}

fn info() -> PaymentInfo<'static> {
    PaymentInfo {
        id: "AS-20260605-000001-1",
        requested_on: Day::new(2026, 6, 5).unwrap(),
        debtor_name: "Phòng Nội vụ xã Đông Anh",
        debtor_account: "1300200012345",
        debtor_bin: "970405",
    }
}

fn payment() -> CreditTransfer<'static> {
    CreditTransfer {
        end_to_end: "P00100000000001N",
        amount: dong(750_000),
        creditor_name: "Nguyễn Thị <Ánh> & con",
        creditor_account: "1300200099991",
        creditor_bin: "970405",
        purpose: "Trợ cấp tháng 6/2026 \u{2014} \"người cao tuổi\"",
    }
}

fn write(payments: &[CreditTransfer], group: &GroupHeader) -> Result<String, WriteError> {
    let mut writer = Pain001Writer::new(Vec::new(), group, &info())?;
    for payment in payments {
        writer.payment(payment)?;
    }
    Ok(String::from_utf8(writer.finish()?).unwrap())
}

/// Catches any change of the bytes that banks were tested with.
#[test]
fn writes_this_message() {
    let second = CreditTransfer {
        purpose: "",
        creditor_name: "Trần Văn Đức",
        amount: dong(500_000),
        ..payment()
    };
    let text = write(&[payment(), second], &group(2, 1_250_000)).unwrap();
    let wanted = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">
<CstmrCdtTrfInitn>
<GrpHdr><MsgId>AS-20260605-000001</MsgId><CreDtTm>2026-06-05T08:30:00+07:00</CreDtTm><NbOfTxs>2</NbOfTxs><CtrlSum>1250000</CtrlSum><InitgPty><Nm>PHONG NOI VU XA DONG ANH</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>AS-20260605-000001-1</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>false</BtchBookg><NbOfTxs>2</NbOfTxs><CtrlSum>1250000</CtrlSum><ReqdExctnDt><Dt>2026-06-05</Dt></ReqdExctnDt><Dbtr><Nm>PHONG NOI VU XA DONG ANH</Nm></Dbtr><DbtrAcct><Id><Othr><Id>1300200012345</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><ClrSysMmbId><MmbId>970405</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt>
<CdtTrfTxInf><PmtId><EndToEndId>P00100000000001N</EndToEndId></PmtId><Amt><InstdAmt Ccy="VND">750000</InstdAmt></Amt><CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>970405</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt><Cdtr><Nm>NGUYEN THI (ANH) + CON</Nm></Cdtr><CdtrAcct><Id><Othr><Id>1300200099991</Id></Othr></Id></CdtrAcct><RmtInf><Ustrd>Tro cap thang 6/2026 - 'nguoi cao tuoi'</Ustrd></RmtInf></CdtTrfTxInf>
<CdtTrfTxInf><PmtId><EndToEndId>P00100000000001N</EndToEndId></PmtId><Amt><InstdAmt Ccy="VND">500000</InstdAmt></Amt><CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>970405</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt><Cdtr><Nm>TRAN VAN DUC</Nm></Cdtr><CdtrAcct><Id><Othr><Id>1300200099991</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>
</PmtInf>
</CstmrCdtTrfInitn>
</Document>
"#;
    assert_eq!(text, wanted);
}

/// Catches a message whose head lies about its payments, and fields that are altered or
/// cut silently instead of refused.
#[test]
fn refuses_what_cannot_be_sent() {
    let with = |change: fn(&mut CreditTransfer<'static>)| {
        let mut changed = payment();
        change(&mut changed);
        write(&[changed], &group(1, 750_000))
    };
    let head = |change: fn(&mut GroupHeader<'static>)| {
        let mut changed = group(1, 750_000);
        change(&mut changed);
        write(&[payment()], &changed)
    };
    for (result, code) in [
        (write(&[payment()], &group(2, 750_000)), "count_differs"),
        (write(&[], &group(1, 750_000)), "count_differs"),
        (write(&[payment()], &group(1, 750_001)), "sum_differs"),
        (with(|p| p.amount = dong(0)), "amount_not_payable"),
        (with(|p| p.amount = dong(-1)), "amount_not_payable"),
        (with(|p| p.end_to_end = ""), "field_not_writable"),
        (with(|p| p.end_to_end = "A&B"), "field_not_writable"),
        (
            with(|p| p.creditor_account = "13 002"),
            "field_not_writable",
        ),
        (
            with(|p| p.creditor_account = "12345678901234567890123456789012345"),
            "field_not_writable",
        ),
        (with(|p| p.creditor_bin = ""), "field_not_writable"),
        (with(|p| p.creditor_name = " \u{300}"), "field_not_writable"),
        (head(|g| g.count = 0), "field_not_writable"),
        (head(|g| g.sum = Dong::ZERO), "amount_not_payable"),
        (head(|g| g.sum = dong(Dong::LIMIT)), "amount_not_payable"),
        (
            head(|g| g.created_at = "2026-06-05 08:30:00"),
            "field_not_writable",
        ),
        (
            head(|g| g.message_id = "123456789012345678901234567890123456"),
            "field_not_writable",
        ),
    ] {
        assert_eq!(result.unwrap_err().code(), code);
    }
}

/// Catches a message that the ISO 20022 schema refuses, where schema and `xmllint` are there.
#[test]
fn the_schema_takes_it() {
    let shared = std::env::var_os("ANSINH_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let schema = shared.join("samples/xsd/pain.001.001.09.xsd");
    if !schema.exists() {
        println!("skipped: no schema {}", schema.display());
        return;
    }
    if Command::new("xmllint").arg("--version").output().is_err() {
        println!("skipped: xmllint is not installed");
        return;
    }
    let payments: Vec<_> = (0..200).map(|_| payment()).collect();
    let text = write(&payments, &group(200, 200 * 750_000)).unwrap();
    let file = std::env::temp_dir().join(format!("pain001-{}.xml", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let run = Command::new("xmllint")
        .args(["--noout", "--schema"])
        .args([&schema, &file])
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}
